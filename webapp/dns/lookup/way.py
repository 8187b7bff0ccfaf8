"""The delegations on the way down to the parent zone, and whether one of them leads to us.

Our name servers hold the host and nothing above it. A zone above the host that is delegated to them is therefore
down, with its web site and its mail, unless one of ours holds that zone as well: domains may be at Route 53, too.
A lost answer must not pass for “it does not hold it”, nor one server of a customer's zone for the whole of them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from webapp.dns import name_arithmetic
from webapp.dns.answers import Answer, Outcome
from webapp.dns.lookup.asking import Heard
from webapp.dns.names import reserved
from webapp.dns.records import RecordSet
from webapp.dns.servers.agreement import agreed_by, same_values
from webapp.dns.servers.evidence import Delegation
from webapp.dns.servers.inquiry import Inquiry
from webapp.dns.servers.locate import Located, ask_above, locate

#: How many of our name servers are asked whether they hold a zone. One that does is enough.
_MOST_ASKED = 4
#: How many servers of a zone above are asked what they hand out, and how many have to say it.
_MOST_ABOVE, _NEEDED_ABOVE = 4, 2


def note_delegation(
    inquiry: Inquiry, cut: RecordSet | None, *, by: str, towards: str, sure: bool = False
) -> None:
    """Keeps what the zone `by` hands out, by the referral `cut`, for a zone between it and `towards`."""
    if cut and name_arithmetic.below(cut.name, by) and name_arithmetic.at_or_below(towards, cut.name):
        inquiry.delegations[cut.name] = Delegation(
            cut.name, by, frozenset(cut.values), cut.ttl, sure=sure, unsettled=True
        )


def note_descent(
    inquiry: Inquiry, shown_by: Answer, answers: Mapping[Located, Heard], *, by: str, needed: int
) -> None:
    """Keeps the delegation in `shown_by`, one of the answers of believed servers of `by` about the host. It is sure
    when as many of these servers show the same as are `needed`, and all that answer do."""
    cut = shown_by.referral
    if cut is None:
        return
    told = {at.server: heard.answer for at, heard in answers.items() if heard.answer.outcome.answered}
    same = [_hands_out(answer, cut.name, frozenset(cut.values)) for answer in told.values()]
    note_delegation(inquiry, cut, by=by, towards=shown_by.name, sure=all(same) and len(same) >= needed)


async def find_holders(inquiry: Inquiry, ours: frozenset[str]) -> None:
    """Asks about each zone on the way that is delegated to `ours`: name servers of ours for its SOA, more servers of
    the zone above for its delegation, and our resolvers for the name servers before."""
    for zone, one in inquiry.delegations.items():
        inquiry.delegations[zone] = replace(
            one, unsettled=one.unsettled and not one.name_servers.isdisjoint(ours)
        )
    suspects = [one for one in inquiry.delegations.values() if one.unsettled]
    settled = await asyncio.gather(*(_settled(inquiry, one, ours) for one in suspects))
    inquiry.delegations.update((one.zone, one) for one in settled)


async def _settled(inquiry: Inquiry, one: Delegation, ours: frozenset[str]) -> Delegation:
    names = sorted(one.name_servers & ours)[:_MOST_ASKED]
    holds, sure, former = await asyncio.gather(
        asyncio.gather(*(_holds(inquiry, name, one.zone) for name in names)),
        _is_sure(inquiry, one),
        _former(inquiry, one, ours),
    )
    held_by = frozenset(name for name, does in zip(names, holds, strict=True) if does)
    return replace(one, held_by=held_by, unsettled=False not in holds, sure=sure, former=former)


async def _holds(inquiry: Inquiry, server: str, zone: str) -> bool | None:
    """None when the server could not be asked, which is no denial. Whoever refused a name of the zone has told."""
    told = (one for one in inquiry.asked if one.server == server and one.outcome == Outcome.REFUSED)
    if any(name_arithmetic.at_or_below(one.question.partition(" ")[0], zone) for one in told):
        return False
    located = await locate(inquiry, "ours", server)
    for address in located.addresses[:1]:
        answer = await inquiry.ask("ours", server, address, zone, "SOA")
        apex = answer.record_set("SOA")
        if answer.authoritative and apex is not None and apex.name == zone:
            return True
        if answer.outcome.answered or answer.outcome is Outcome.REFUSED:
            return False
    return None


async def _is_sure(inquiry: Inquiry, one: Delegation) -> bool:
    """Each server of a registry is believed. Of another zone, two have to say the same, where there are two, and it
    has to be sure that they are its servers. Where no delegation to that zone was seen, those of the zone above it
    hold both."""
    if reserved.is_run_by_a_registry(one.by):
        return True
    way = [zone for zone in inquiry.delegations if name_arithmetic.at_or_below(one.by, zone)]
    above = inquiry.delegations[max(way, key=len)] if way else None
    if above is None or not await _is_sure(inquiry, above):
        return False
    if one.sure and above.zone == one.by:
        return True
    names = sorted(above.name_servers - inquiry.ours)[:_MOST_ABOVE]
    answers = await asyncio.gather(*(_ask_above(inquiry, name, one.zone) for name in names))
    same = [_hands_out(answer, one.zone, one.name_servers) for answer in answers if answer]
    return bool(same) and all(same) and len(same) >= min(_NEEDED_ABOVE, len(names))


async def _ask_above(inquiry: Inquiry, server: str, zone: str) -> Answer | None:
    located = await locate(inquiry, "above", server, zones=True)
    return await ask_above(inquiry, located, zone, "NS") if located.confirmed else None


def _hands_out(answer: Answer, zone: str, name_servers: frozenset[str]) -> bool:
    cut = answer.referral
    return cut is not None and cut.name == zone and frozenset(cut.values) == name_servers


async def _former(inquiry: Inquiry, one: Delegation, ours: frozenset[str]) -> frozenset[str]:
    """People are told to put these back. So one resolver, which may be poisoned, is not enough to go by."""
    if len(inquiry.paths) < 2 or one.name_servers - ours:
        return frozenset()
    words = await inquiry.words(one.zone, "NS")
    return (agreed_by(words) or frozenset()) - ours if len(words) > 1 and same_values(words) else frozenset()
