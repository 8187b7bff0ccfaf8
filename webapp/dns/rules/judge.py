"""Judging: turns an observation into a report. Pure, and it never raises for what servers said."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime

from webapp.dns import name_arithmetic
from webapp.dns.judgement.finding import (
    DOMAIN_MISSING,
    GONE,
    OWN_ZONE,
    PARKED,
    WILDCARD,
    WRONG_TYPE,
    Finding,
    shortened,
)
from webapp.dns.judgement.report import DelegationReport
from webapp.dns.judgement.verdict import Verdict
from webapp.dns.lookup.expectation import Expectation
from webapp.dns.lookup.observation import Observation, Says
from webapp.dns.records import RecordSet
from webapp.dns.rules import agreement, not_asked, persistence, values, whole_domain
from webapp.dns.rules.case import Case
from webapp.dns.servers.evidence_log import SHOWN

#: A name or an address in the value of a record.
_WORD = re.compile(r"[a-z0-9:._-]+")


def judge(expectation: Expectation, observation: Observation, now: datetime) -> DelegationReport:
    """The report: the first finding is its verdict, the others are its hints.

    VERIFIED is not the default when no other verdict applies. It needs evidence of its own, see `_verified`;
    otherwise a gap in the other rules would verify a name.
    """
    case = Case(expectation, observation, now)
    first, *later = _findings(case)
    implied = _implied(case, first.verdict)
    return _report(case, first, [finding for finding in later if finding.verdict not in implied])


def _findings(case: Case) -> Iterator[Finding]:
    found = [finding for rule in _RULES if (finding := rule(case))]
    at = sum(finding.verdict is Verdict.ZONE_PENDING for finding in found)
    alarm = whole_domain.whole_domain(case, next(iter(found[at:]), None))
    if alarm:
        found.insert(at, alarm)
    yield from found or [_verified(case) or not_asked.NOT_SEEN_ENOUGH]
    if case.all_right:
        resolving = agreement.resolving(case)
        if resolving:
            yield resolving
        if not found and not case.quorum:
            yield not_asked.unheard_for_long(case)
    yield from (hint for rule in _HINTS if (hint := rule(case)))


def _alias_above(case: Case) -> Finding | None:
    alias = next(iter(case.aliases), None)
    return Finding(Verdict.ALIAS_ABOVE, "", dict(vars(alias))) if alias else None


def _record_in_the_way(case: Case) -> Finding | None:
    owners = [answer.server for answer in case.speakers if answer.says is Says.OWN_ZONE]
    if owners:
        reason = PARKED if case.observation.answers_any_name else OWN_ZONE
        return Finding(Verdict.RECORD_IN_THE_WAY, reason, shortened("servers", owners))
    found = case.observation.in_the_way
    if not found or case.delegated:
        return None
    types = [record_set.type for record_set in found]
    ours = {record_set.type: names for record_set in found if (names := _ours_in(case, record_set))}
    if not ours:
        return Finding(Verdict.RECORD_IN_THE_WAY, "records", {"types": types})
    leads_to = list(dict.fromkeys(name for names in ours.values() for name in names))
    params = {"types": types, "wrong": list(ours), **shortened("leads_to", leads_to)}
    return Finding(Verdict.RECORD_IN_THE_WAY, WRONG_TYPE, params)


def _ours_in(case: Case, record_set: RecordSet) -> list[str]:
    """Those of our name servers that records of another type hold, by name or by address."""
    words = {word for value in record_set.values for word in _WORD.findall(value.lower())}
    words |= {word.rstrip(".") for word in words}
    by_name = [name for name in case.expectation.name_servers if name in words]
    return by_name or [server for address, server in case.our_addresses.items() if address in words]


def _wildcard(case: Case) -> Finding | None:
    return Finding(Verdict.MISPLACED, WILDCARD, {"at": [case.wildcard]}) if case.wildcard else None


def _misplaced(case: Case) -> Finding | None:
    where = [] if case.all_right else [at for at in case.observation.misplaced_at if at != case.wildcard]
    return Finding(Verdict.MISPLACED, "", {"at": where}) if where else None


def _not_delegated(case: Case) -> Finding | None:
    if case.delegated or not case.speakers:
        return None
    before = case.listed_before
    if case.missing_domain:
        return Finding(Verdict.NOT_DELEGATED, DOMAIN_MISSING, {GONE: True} if before else {})
    return Finding(Verdict.NOT_DELEGATED, GONE if before else "", {"first": True} if before is False else {})


def _zone_not_served(case: Case) -> Finding | None:
    if not case.all_right or not case.not_served:
        return None
    return Finding(Verdict.ZONE_NOT_SERVED, "", {"servers": list(case.not_served)})


def _stale_ds(case: Case) -> Finding | None:
    if not case.ds or case.observation.ds_matches is not False:
        return None
    return Finding(Verdict.STALE_DS, "", shortened("ds", case.ds, most=2))


def _verified(case: Case) -> Finding | None:
    """VERIFIED, if each of its conditions was observed. A condition that could not be checked is not fulfilled."""
    alone = persistence.may_decide_alone(case)
    seen = (
        (case.quorum or alone)
        and case.observation.parent_zone is not None
        and case.observation.trouble is None
        and case.all_right
        and not case.not_served
        and not case.observation.parent_disputed
        and case.no_wildcard
        and (case.ds_known or alone)
        and (not case.ds or case.observation.ds_matches is True)
    )
    return Finding(Verdict.VERIFIED) if seen else None


_RULES: tuple[Callable[[Case], Finding | None], ...] = (
    not_asked.zone_pending,
    not_asked.parent_unreachable,
    not_asked.put_off,
    _alias_above,
    agreement.parent_inconsistent,
    _record_in_the_way,
    _wildcard,
    _misplaced,
    _not_delegated,
    values.old_name_servers,
    values.ns_mistyped,
    values.delegated_elsewhere,
    values.delegation_mixed,
    values.delegation_partial,
    _zone_not_served,
    _stale_ds,
    not_asked.resolver_denies,
)

_HINTS = (whole_domain.whole_domain_too, whole_domain.remembered, agreement.inside_view)

_NOTHING_THERE = frozenset({Verdict.NOT_DELEGATED})
_NOT_OURS = frozenset({Verdict.DELEGATED_ELSEWHERE, Verdict.DELEGATION_MIXED})
_IMPLIED = {
    Verdict.ALIAS_ABOVE: _NOTHING_THERE,
    Verdict.RECORD_IN_THE_WAY: _NOTHING_THERE,
    Verdict.MISPLACED: _NOTHING_THERE | {Verdict.MISPLACED, Verdict.PARENT_UNREACHABLE},
    Verdict.OLD_NAME_SERVERS: _NOT_OURS,
    Verdict.NS_MISTYPED: _NOT_OURS,
}
_OUT_OF_DATE = _NOT_OURS | {Verdict.OLD_NAME_SERVERS, Verdict.NS_MISTYPED, Verdict.DELEGATION_PARTIAL}


def _implied(case: Case, verdict: Verdict) -> frozenset[Verdict]:
    """The verdicts that the sentences of `verdict` say already, so that a hint would repeat them.

    Where one server of the parent lists exactly our set, the other servers are out of date and nobody made a mistake.
    """
    if verdict is Verdict.PARENT_INCONSISTENT and case.right:
        return _OUT_OF_DATE
    return _IMPLIED.get(verdict, frozenset())


def _report(case: Case, first: Finding, later: list[Finding]) -> DelegationReport:
    expected, asked_in = case.expectation.name_servers, case.observation.parent_zone
    zone = case.missing_domain or whole_domain.zone_for_records((first, *later)) or asked_in
    return DelegationReport(
        verdict=first.verdict,
        host=case.host,
        parent_zone=zone,
        relative_name=name_arithmetic.relative(case.host, zone) if zone else None,
        expected=expected,
        found=(*(name for name in expected if name in case.found), *case.unexpected[:SHOWN]),
        missing=case.missing,
        unexpected=case.unexpected[:SHOWN],
        asked=case.observation.asked,
        who_acts=first.who_acts,
        transient=first.transient,
        further=tuple(later),
        old_answers_until=case.old_answers_until,
        checked_at=case.now,
        duration_ms=case.observation.duration_ms,
        reason=first.reason,
        delegations=whole_domain.delegations_without_ours(case),
        params=first.params if zone == asked_in else {**first.params, "asked_in": asked_in},
        history=persistence.history_after(case, verified=first.verdict is Verdict.VERIFIED).to_data(),
    )
