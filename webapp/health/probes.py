"""A look at a part that is in trouble, for when nothing else is about to use it."""

from __future__ import annotations

from webapp.aws.route53.port import Route53Api
from webapp.aws.shared.errors import AwsError
from webapp.dns.resolver import Budget, Dns, Outcome

_SILENCE = frozenset({Outcome.TIMEOUT, Outcome.UNREACHABLE, Outcome.NOT_ASKED})


async def resolver_trouble(dns: Dns) -> str | None:
    """None when one of our resolvers says anything, else a sentence."""
    budget = Budget(dns.limits.queries)
    outcomes = []
    for path, resolver in enumerate(dns.resolvers):
        answer = await dns.resolve(".", "SOA", budget=budget, path=path)
        if answer.outcome not in _SILENCE:
            return None
        outcomes.append(f"{resolver}: {answer.outcome.value}")
    return f"No answer from our resolver ({', '.join(outcomes) or 'DNS_RESOLVERS names none'})."


def route53_trouble(route53: Route53Api) -> str | None:
    """None when AWS counts our zones, else what it said."""
    try:
        quota = route53.zone_quota()
    except AwsError as err:
        return str(err)
    return f"All {quota.limit} hosted zones that the AWS account may have are in use." if quota.full else None
