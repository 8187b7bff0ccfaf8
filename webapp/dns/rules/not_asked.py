"""The rules for what could not be asked, or may not be believed: nothing follows from it for the name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from webapp.dns.answers import Outcome
from webapp.dns.judgement.finding import (
    ADDRESSES_DIFFER,
    GONE,
    PARENT_MOVING,
    PARENT_SILENT,
    PUT_OFF,
    RESOLVER_DENIES,
    RESOLVER_UNSETTLED,
    UNFINISHED,
    UNHEARD_FOR_LONG,
    Finding,
    shortened,
)
from webapp.dns.judgement.verdict import Verdict
from webapp.dns.limits import RESTS
from webapp.dns.lookup.observation import NameServerSet, Trouble
from webapp.dns.rules import persistence
from webapp.dns.rules.case import Case

NOT_SEEN_ENOUGH = Finding(Verdict.PARENT_UNREACHABLE, UNFINISHED)


def zone_pending(case: Case) -> Finding | None:
    return None if case.expectation.zone_in_sync else Finding(Verdict.ZONE_PENDING)


def parent_unreachable(case: Case) -> Finding | None:
    trouble = case.observation.trouble
    if trouble is Trouble.PARENT_BOGUS:
        return Finding(Verdict.PARENT_UNREACHABLE, trouble.value)
    if case.observation.parent_disputed or (case.parent_disputes and not case.quorum):
        return _addresses_differ(case)
    if case.observation.parent_zone and (case.quorum or persistence.may_decide_alone(case)):
        return None
    if trouble is None:
        return _parent_unheard(case)
    params = _silent(case.unheard) if trouble is Trouble.NO_TCP else {}
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
        return NOT_SEEN_ENOUGH
    if persistence.is_unheard_for_long(case):
        return unheard_for_long(case)
    if seen.parent_set.differs and case.speakers:
        return Finding(verdict, PARENT_MOVING, shortened("above", sorted(seen.parent_named_above)))
    params = {
        "answered": len(case.speakers) + case.leading_on,
        "needed": seen.parent_needed,
        "asked": bool(seen.parent_answers),
        **_silent(case.unheard),
    }
    return Finding(verdict, PARENT_SILENT, params)


def unheard_for_long(case: Case) -> Finding:
    gone = {GONE: True} if case.observation.parent_set is NameServerSet.DENIED else {}
    answered = len(case.heard) + case.leading_on
    params = {"answered": answered, **gone, **_silent(case.unheard_when_asked)}
    return Finding(Verdict.PARENT_UNREACHABLE, UNHEARD_FOR_LONG, params)


def _silent(unheard: Iterable[tuple[str, str]]) -> dict[str, Any]:
    silent = [{"server": server, "outcome": code} for server, code in unheard]
    return shortened("silent", sorted(silent, key=lambda one: one["outcome"] == Outcome.NOT_ASKED))


def put_off(case: Case) -> Finding | None:
    """Where there is no delegation, its obstacles decide what to tell. A question that the limit of all checks put
    off has no answer. It must not pass for one that found none, neither for a record at the host, nor for the
    wildcard that made it up. A server that answered nothing at all is a silent one."""
    if case.delegated:
        return None
    addresses = {answer.address for answer in case.speakers}
    servers = {
        asked.server
        for asked in case.observation.asked
        if asked.address in addresses and any(note.code == RESTS for note in asked.notes)
    }
    if not servers:
        return None
    return Finding(Verdict.PARENT_UNREACHABLE, PUT_OFF, shortened("servers", sorted(servers)))


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
