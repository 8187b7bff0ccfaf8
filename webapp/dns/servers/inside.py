"""Resolvers with a view of their own of a zone: they answer from a copy inside a network, not as the Internet does.

Such a resolver says nothing of what visitors see. It is told from one that denies a forged delegation by its own
words alone, which nobody else can forge: all the name servers that it knows for the zone are at addresses that the
Internet cannot reach, or its copy has none, while the registry delegates the zone to others.
"""

from __future__ import annotations

import asyncio

from webapp.dns.servers.inquiry import Inquiry

#: How many name servers of the copy are looked at.
_MOST_SERVERS = 3


async def is_inside_view(inquiry: Inquiry, zone: str, path: int) -> bool:
    """Whether the resolver number `path` has such a view of a zone that a zone above is known to delegate."""
    answer = await inquiry.learn(zone, "NS", path)
    if not answer.outcome.answered or answer.record_set("CNAME"):
        return False
    names = answer.values("NS")[:_MOST_SERVERS]
    if not names:
        # The SOA record of a zone above shows that it was the Internet that said so, be it out of a cache.
        return answer.soa is None or answer.soa.name == zone
    addresses: list[str] = []
    for rdtype in ("A", "AAAA"):
        if not addresses:
            words = await asyncio.gather(*(inquiry.word(name, rdtype, path) for name in names))
            addresses = [address for word in words if word for address in word.values]
    return bool(addresses) and not any(map(inquiry.may_ask, addresses))
