"""The delegations on the way down to the parent zone, and whether one of them leads to us.

Our name servers hold the host and nothing above it. A zone above the host that is delegated to them is therefore
down, with its web site and its mail, unless one of ours holds that zone as well: domains may be at Route 53, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from webapp.dns import name_arithmetic
from webapp.dns.answers import Answer
from webapp.dns.lookup.asking import Heard
from webapp.dns.records import RecordSet
from webapp.dns.servers.evidence import Delegation
from webapp.dns.servers.inquiry import Inquiry
from webapp.dns.servers.locate import Located, locate

#: How many of our name servers are asked whether they hold a zone. One that does is enough.
_MOST_ASKED = 4


def note_delegation(
    inquiry: Inquiry, cut: RecordSet | None, *, by: str, towards: str, sure: bool = False
) -> None:
    """Keeps what the zone `by` hands out, by the referral `cut`, for a zone between it and `towards`."""
    if cut and name_arithmetic.below(cut.name, by) and name_arithmetic.at_or_below(towards, cut.name):
        inquiry.delegations[cut.name] = Delegation(cut.name, by, frozenset(cut.values), cut.ttl, sure=sure)


def note_descent(
    inquiry: Inquiry, shown_by: Answer, answers: Mapping[Located, Heard], *, by: str, needed: int
) -> None:
    """Keeps the delegation in `shown_by`, one of the answers of servers of `by` about the host. It is sure when as
    many of these servers show the same as are `needed`."""
    cut = shown_by.referral
    if cut is None:
        return
    seen = [(at.server, heard.answer.referral) for at, heard in answers.items()]
    alike = {at for at, one in seen if one and (one.name, set(one.values)) == (cut.name, set(cut.values))}
    note_delegation(inquiry, cut, by=by, towards=shown_by.name, sure=len(alike) >= needed)


async def find_holders(inquiry: Inquiry, ours: frozenset[str]) -> None:
    """Asks name servers of `ours` for the SOA of each zone on the way that is delegated to them."""
    suspects = [one for one in inquiry.delegations.values() if one.name_servers & ours]
    held = await asyncio.gather(*(_held_by(inquiry, one, ours) for one in suspects))
    for one, holders in zip(suspects, held, strict=True):
        inquiry.delegations[one.zone] = replace(one, held_by=holders)


async def _held_by(inquiry: Inquiry, delegation: Delegation, ours: frozenset[str]) -> frozenset[str]:
    names = sorted(delegation.name_servers & ours)[:_MOST_ASKED]
    holds = await asyncio.gather(*(_holds(inquiry, name, delegation.zone) for name in names))
    return frozenset(name for name, does in zip(names, holds, strict=True) if does)


async def _holds(inquiry: Inquiry, server: str, zone: str) -> bool:
    located = await locate(inquiry, "ours", server)
    for address in located.addresses[:1]:
        answer = await inquiry.ask("ours", server, address, zone, "SOA")
        apex = answer.record_set("SOA")
        return answer.authoritative and apex is not None and apex.name == zone
    return False
