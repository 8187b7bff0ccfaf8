"""Asking the expected name servers whether they serve our zone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from webapp.dns.answers import UNHEARD, Outcome
from webapp.dns.lookup.observation import OurAnswer
from webapp.dns.servers.inquiry import Inquiry
from webapp.dns.servers.locate import Located, locate, locate_by_other_family


async def ask_ours(
    inquiry: Inquiry, host: str, name_servers: tuple[str, ...], found: dict[str, OurAnswer]
) -> None:
    """Asks each expected name server for SOA and NS of `host`, and puts what it says into `found`."""
    cap = inquiry.limits.name_servers
    await asyncio.gather(*(_ask_one(inquiry, host, server, found) for server in name_servers[:cap]))


async def try_ipv6(inquiry: Inquiry, host: str, found: Mapping[str, OurAnswer]) -> None:
    """Asks one of ours by IPv6 where servers of the parent are silent by it, and nobody is heard: our own side may be
    at fault then. The evidence tells."""
    by_ipv6 = [Outcome(one.outcome) for one in inquiry.asked if one.role != "resolver" and ":" in one.address]
    silent = any(
        ":" in one.address and one.role == "parent" and one.outcome in UNHEARD for one in inquiry.asked
    )
    heard = next((ours for ours in found.values() if ours.authoritative and "." in ours.address), None)
    if not silent or heard is None or not UNHEARD.issuperset({*by_ipv6} - {Outcome.NOT_ASKED}):
        return
    other = await locate_by_other_family(inquiry, "ours", Located(heard.server, (heard.address,)))
    for address in other.addresses[:1] if other else ():
        await inquiry.ask("ours", heard.server, address, host, "SOA")


async def _ask_one(inquiry: Inquiry, host: str, server: str, found: dict[str, OurAnswer]) -> None:
    located = await locate(inquiry, "ours", server)
    found[server] = OurAnswer(server, Outcome.NOT_ASKED)
    if not await _ask_in_turn(inquiry, host, located, found):
        other = await locate_by_other_family(inquiry, "ours", located)
        if other:
            await _ask_in_turn(inquiry, host, other, found)


async def _ask_in_turn(inquiry: Inquiry, host: str, at: Located, found: dict[str, OurAnswer]) -> bool:
    """Whether the server was heard at one of its addresses."""
    for address in at.addresses:
        found[at.server] = await _ask_at(inquiry, host, at.server, address)
        if found[at.server].outcome not in UNHEARD:
            return True
    return False


async def _ask_at(inquiry: Inquiry, host: str, server: str, address: str) -> OurAnswer:
    soa = await inquiry.ask("ours", server, address, host, "SOA")
    if not soa.outcome.answered:
        return OurAnswer(server, soa.outcome, address)
    ns = await inquiry.ask("ours", server, address, host, "NS")
    apex = soa.record_set("SOA")
    return OurAnswer(
        server=server,
        outcome=soa.outcome,
        address=address,
        authoritative=soa.authoritative and ns.authoritative,
        soa_owner=apex.name if apex else None,
        name_servers=frozenset(ns.values("NS")),
    )
