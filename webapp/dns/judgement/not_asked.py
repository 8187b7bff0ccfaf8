"""The rules for what could not be asked, or may not be believed: nothing follows from it for the name."""

from __future__ import annotations

from typing import Any

from webapp.dns.judgement.case import Case
from webapp.dns.judgement.finding import (
    ADDRESSES_DIFFER,
    RESOLVER_DENIES,
    RESOLVER_UNSETTLED,
    Finding,
    shortened,
)
from webapp.dns.judgement.verdict import Verdict
from webapp.dns.lookup.observation import Trouble

UNFINISHED = Finding(Verdict.PARENT_UNREACHABLE, "unfinished")


def zone_pending(case: Case) -> Finding | None:
    return None if case.expectation.zone_in_sync else Finding(Verdict.ZONE_PENDING)


def parent_unreachable(case: Case) -> Finding | None:
    trouble = case.observation.trouble
    if trouble is Trouble.PARENT_BOGUS:
        return Finding(Verdict.PARENT_UNREACHABLE, trouble.value)
    if case.observation.parent_disputed or (case.parent_disputes and not case.quorum):
        return _addresses_differ(case)
    if case.quorum and case.observation.parent_zone:
        return None
    if trouble is None:
        return _parent_unheard(case)
    params = _silent(case) if trouble is Trouble.NO_TCP else {}
    return Finding(Verdict.PARENT_UNREACHABLE, trouble.value, params)


def _addresses_differ(case: Case) -> Finding:
    """What the servers there say is nothing to go by: an address may be forged, or has just changed."""
    differ = [
        {"name": one.name, "said": [{"by": by, "values": sorted(values)} for by, values in one.said]}
        for one in case.parent_disputes
    ]
    return Finding(Verdict.PARENT_UNREACHABLE, ADDRESSES_DIFFER, shortened("differ", differ))


def _parent_unheard(case: Case) -> Finding:
    verdict, seen = Verdict.PARENT_UNREACHABLE, case.observation
    if not seen.complete and not seen.parent_answers:
        return UNFINISHED
    if case.moving and case.speakers:
        return Finding(verdict, "parent-moving", shortened("above", sorted(seen.parent_named_above)))
    params = {
        "answered": len(case.speakers),
        "needed": seen.parent_needed,
        "asked": bool(seen.parent_answers),
        **_silent(case),
    }
    return Finding(verdict, "parent-silent", params)


def _silent(case: Case) -> dict[str, Any]:
    silent = [answer for answer in case.observation.parent_answers if not answer.says]
    return shortened("silent", [{"server": one.server, "outcome": one.outcome.value} for one in silent])


def resolver_denies(case: Case) -> Finding | None:
    """Addresses that somebody forged for one resolver look right to all that rests on it. So a new proof needs that
    no other resolver, asked afresh, denies what it shows. A name that is verified already needs no such proof."""
    if case.expectation.proved or not case.all_right:
        return None
    denying = [said.resolver for said in case.observation.resolvers if said.denies]
    unsettled = [said.resolver for said in case.observation.resolvers if said.unsettled]
    if denying:
        return Finding(Verdict.PARENT_UNREACHABLE, RESOLVER_DENIES, {"resolvers": denying})
    return (
        Finding(Verdict.PARENT_UNREACHABLE, RESOLVER_UNSETTLED, {"resolvers": unsettled})
        if unsettled
        else None
    )
