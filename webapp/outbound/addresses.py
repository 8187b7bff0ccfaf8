"""Where a name leads, by the resolvers that are asked for everything else. Nothing is kept, nothing is judged."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence
from itertools import chain, zip_longest

from webapp.dns.addresses import IPAddress
from webapp.dns.resolver import Answer, Budget, Dns

#: How long a resolver may take before the next one is asked.
RESOLVER_SECONDS = 1.5


async def addresses_of(name: str, dns: Dns) -> Sequence[IPAddress] | None:
    """The addresses, those of IPv4 and IPv6 by turns, as the first resolver that answers has them; None when none
    does. A family that could not be asked is left out where the other one has addresses.
    """
    budget = Budget(dns.limits.queries)
    for path in range(min(len(dns.resolvers), dns.limits.resolvers)):
        asked = (_resolve(dns, name, rdtype, budget, path) for rdtype in ("A", "AAAA"))
        four, six = await asyncio.gather(*asked)
        found = [one for one in chain(*zip_longest(_of(four, "A"), _of(six, "AAAA"))) if one is not None]
        if found or (_is_answered(four) and _is_answered(six)):
            return found
    return None


async def _resolve(dns: Dns, name: str, rdtype: str, budget: Budget, path: int) -> Answer | None:
    try:
        async with asyncio.timeout(RESOLVER_SECONDS):
            return await dns.resolve(name, rdtype, budget=budget, path=path)
    except TimeoutError:
        return None


def _is_answered(answer: Answer | None) -> bool:
    return answer is not None and answer.outcome.answered


def _of(answer: Answer | None, rdtype: str) -> list[IPAddress]:
    """At whatever name the chain of CNAME records ends."""
    if answer is None:
        return []
    values = {value for found in answer.answer if found.type == rdtype for value in found.values}
    return sorted(ipaddress.ip_address(value) for value in values)
