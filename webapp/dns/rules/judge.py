"""Judging: turns an observation into a report. Pure, and it never raises for what servers said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from webapp.dns import name_arithmetic
from webapp.dns.answers import Outcome
from webapp.dns.judgement.finding import (
    FOR_LONG,
    IN_A_SENTENCE,
    Finding,
    Params,
    shortened,
)
from webapp.dns.judgement.mistyped import Mistyped, find_mistyped
from webapp.dns.judgement.report import DelegationReport
from webapp.dns.judgement.verdict import Verdict
from webapp.dns.lookup.expectation import Expectation
from webapp.dns.lookup.inquiry import SHOWN
from webapp.dns.lookup.observation import Observation, ParentAnswer, Says
from webapp.dns.rules import not_asked, whole_domain
from webapp.dns.rules.case import Case


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
    yield from found or [_verified(case) or not_asked.UNFINISHED]
    if case.all_right:
        resolving = _resolving(case)
        if resolving:
            yield resolving
    yield from (hint for rule in _HINTS if (hint := rule(case)))


def _alias_above(case: Case) -> Finding | None:
    alias = next(iter(case.aliases), None)
    return Finding(Verdict.ALIAS_ABOVE, "", dict(vars(alias))) if alias else None


def _parent_inconsistent(case: Case) -> Finding | None:
    if case.agreed:
        return None
    for_long = case.settled_too_long and not case.agreed_where_sure
    behind = [answer for answer in case.speakers if answer not in case.right]
    params = {
        "right": len(case.right),
        "answered": len(case.speakers),
        **shortened("different", [_said(answer) for answer in behind]),
    }
    return Finding(Verdict.PARENT_INCONSISTENT, FOR_LONG if for_long else "", params)


def _said(answer: ParentAnswer) -> dict[str, Any]:
    said = {"server": answer.server, "says": str(answer.says), "outcome": answer.outcome.value}
    return said | shortened("names", sorted(answer.name_servers))


def _record_in_the_way(case: Case) -> Finding | None:
    owners = [answer.server for answer in case.speakers if answer.says is Says.OWN_ZONE]
    if owners:
        return Finding(Verdict.RECORD_IN_THE_WAY, "own-zone", shortened("servers", owners))
    types = [record_set.type for record_set in case.observation.in_the_way]
    if not types or case.delegated:
        return None
    return Finding(Verdict.RECORD_IN_THE_WAY, "records", {"types": types})


def _misplaced(case: Case) -> Finding | None:
    where = case.observation.misplaced_at
    return Finding(Verdict.MISPLACED, "", {"at": list(where)}) if where and not case.all_right else None


def _not_delegated(case: Case) -> Finding | None:
    if case.delegated or not case.speakers:
        return None
    return Finding(Verdict.NOT_DELEGATED, "domain-missing" if case.missing_domain else "")


def _old_name_servers(case: Case) -> Finding | None:
    former = case.former
    return Finding(Verdict.OLD_NAME_SERVERS, "", shortened("former", former)) if former else None


def _ns_mistyped(case: Case) -> Finding | None:
    slips = _slips(case)
    if not slips:
        return None
    meant = {slip.expected for slip in slips}
    shown = [vars(slip) | {"slip": slip.slip.value} for slip in slips[:IN_A_SENTENCE]]
    params = {"slips": shown, "missing": [name for name in case.missing if name not in meant]}
    return Finding(Verdict.NS_MISTYPED, slips[0].slip.value, params)


def _slips(case: Case) -> tuple[Mistyped, ...]:
    candidates = [name for name in case.unexpected if name not in case.former]
    suffixes = (case.host, *name_arithmetic.between(case.host, "."))
    longer_than_a_label = tuple(suffix for suffix in suffixes if "." in suffix)
    addresses = {ours.address: ours.server for ours in case.observation.ours if ours.address}
    expected = case.expectation.name_servers
    return find_mistyped(candidates, expected, case.found, longer_than_a_label, addresses)


def _delegated_elsewhere(case: Case) -> Finding | None:
    if not case.unexpected or case.found & case.expected:
        return None
    return Finding(Verdict.DELEGATED_ELSEWHERE, "", shortened("unexpected", case.unexpected))


def _delegation_mixed(case: Case) -> Finding | None:
    if not case.unexpected or not case.found & case.expected:
        return None
    return Finding(Verdict.DELEGATION_MIXED, "", shortened("unexpected", case.unexpected))


def _delegation_partial(case: Case) -> Finding | None:
    if case.unexpected or not case.found or not case.missing:
        return None
    return Finding(Verdict.DELEGATION_PARTIAL)


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
    seen = (
        case.quorum
        and case.observation.parent_zone is not None
        and case.observation.trouble is None
        and case.all_right
        and not case.not_served
        and not case.observation.parent_disputed
        and case.ds_known
        and (not case.ds or case.observation.ds_matches is True)
    )
    return Finding(Verdict.VERIFIED) if seen else None


def _resolving(case: Case) -> Finding | None:
    """Whether visitors already see what the parent says. One resolver of several may dissent."""
    dissenting = case.dissenting
    allowed = 1 if len(case.observation.resolvers) > 1 else 0
    if len(dissenting) <= allowed:
        return None
    params: Params = {"resolvers": [said.resolver for said in dissenting]}
    if any(said.outcome is Outcome.SERVFAIL for said in dissenting):
        params = {**params, "dnssec": any(said.bogus for said in dissenting)}
        return Finding(Verdict.RESOLVE_BROKEN, "", params)
    return Finding(Verdict.PROPAGATING, "", params)


_RULES: tuple[Callable[[Case], Finding | None], ...] = (
    not_asked.zone_pending,
    whole_domain.whole_domain,
    not_asked.parent_unreachable,
    not_asked.put_off,
    _alias_above,
    _parent_inconsistent,
    _record_in_the_way,
    _misplaced,
    _not_delegated,
    _old_name_servers,
    _ns_mistyped,
    _delegated_elsewhere,
    _delegation_mixed,
    _delegation_partial,
    _zone_not_served,
    _stale_ds,
    not_asked.resolver_denies,
)

_HINTS = (whole_domain.whole_domain_too, whole_domain.remembered)

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
    zone = case.missing_domain or whole_domain.zone_for_records(case) or asked_in
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
    )
