"""Whether a name is an alias of another one, as recursive resolvers see it."""

from __future__ import annotations

from webapp.dns.resolver import Budget, Dns


async def leads(dns: Dns, name: str, target: str) -> bool | None:
    """Whether the CNAME record of `name` has this value. One resolver that finds it is enough: others may remember
    that it was not there. None when none of them could be asked.
    """
    budget, answered = Budget(dns.limits.queries), False
    for path in range(min(len(dns.resolvers), dns.limits.resolvers)):
        answer = await dns.resolve(name, "CNAME", budget=budget, path=path)
        answered = answered or answer.outcome.answered
        if target.lower().rstrip(".") in {value.lower().rstrip(".") for value in answer.values("CNAME")}:
            return True
    return False if answered else None
