"""A look at a part that is in trouble, for when nothing else is about to use it."""

from __future__ import annotations

from webapp.aws.route53.port import Route53Api
from webapp.aws.shared.errors import AwsError
from webapp.dns.resolver import Budget, Dns, Outcome
from webapp.jobs.leases import message_of
from webapp.models import Message

_SILENCE = frozenset({Outcome.TIMEOUT, Outcome.UNREACHABLE, Outcome.NOT_ASKED})


async def resolver_trouble(dns: Dns) -> Message | None:
    """None when one of our resolvers says anything."""
    budget = Budget(dns.limits.queries)
    outcomes = []
    for path, resolver in enumerate(dns.resolvers):
        answer = await dns.resolve(".", "SOA", budget=budget, path=path)
        if answer.outcome not in _SILENCE:
            return None
        outcomes.append([str(resolver), answer.outcome.value])
    return Message("resolver.silent", {"outcomes": outcomes})


def route53_trouble(route53: Route53Api) -> Message | None:
    """None when AWS counts our zones, else what it said."""
    try:
        quota = route53.zone_quota()
    except AwsError as err:
        return message_of(err)
    return Message("route53.full", {"limit": quota.limit}) if quota.full else None
