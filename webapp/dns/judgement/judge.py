"""Judging: turns an observation into a report. Pure, and it never raises for what servers said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from webapp.dns import name_arithmetic
from webapp.dns.answers import Outcome
from webapp.dns.judgement.case import Case
from webapp.dns.judgement.messages import Wording, Words
from webapp.dns.judgement.mistyped import Mistyped, find_mistyped
from webapp.dns.judgement.report import DelegationReport, Hint, WhoActs
from webapp.dns.judgement.verdict import Verdict
from webapp.dns.lookup.expectation import Expectation
from webapp.dns.lookup.inquiry import SHOWN
from webapp.dns.lookup.observation import Observation, Says, Trouble


@dataclass(frozen=True)
class Finding:
    """One thing that holds in a case, with its words."""

    verdict: Verdict
    words: Words
    who_acts: WhoActs
    transient: bool
    reason: str = ""


def judge(expectation: Expectation, observation: Observation, now: datetime) -> DelegationReport:
    """The first finding is the verdict, the later ones are hints beside it.

    VERIFIED is never what is left over: it needs its own positive evidence, see `_verified`.
    """
    case = Case(expectation, observation, now)
    findings = list(_findings(case))
    hints = [
        finding for finding in findings[1:] if finding.verdict not in _implied(case, findings[0].verdict)
    ]
    return _report(case, findings[0], hints)


def _findings(case: Case) -> Iterator[Finding]:
    say = Wording(case)
    found = [finding for rule in _RULES if (finding := rule(case, say))]
    verified = None if found else _verified(case, say)
    if verified:
        found.append(verified)
    yield from found or [_unfinished(say)]
    if case.all_right:
        resolving = _resolving(case, say)
        if resolving:
            yield resolving


def _firm(verdict: Verdict, words: Words, reason: str = "") -> Finding:
    return Finding(verdict, words, "you", transient=False, reason=reason)


def _passing(verdict: Verdict, words: Words, who: WhoActs = "nobody", reason: str = "") -> Finding:
    return Finding(verdict, words, who, transient=True, reason=reason)


def _zone_pending(case: Case, say: Wording) -> Finding | None:
    if case.expectation.zone_in_sync:
        return None
    return _passing(Verdict.ZONE_PENDING, say.zone_pending(), "we")


def _parent_unreachable(case: Case, say: Wording) -> Finding | None:
    verdict, trouble = Verdict.PARENT_UNREACHABLE, case.observation.trouble
    if trouble is Trouble.PARENT_BOGUS:
        return _passing(verdict, say.parent_bogus(), "you", trouble)
    if case.quorum and case.observation.parent_zone:
        return None
    if trouble is Trouble.RESOLVER_SILENT:
        return _passing(verdict, say.our_resolver_silent(), "we", trouble)
    if trouble is Trouble.NO_TCP:
        return _passing(verdict, say.no_tcp(), "you", trouble)
    return _parent_unheard(case, say)


def _parent_unheard(case: Case, say: Wording) -> Finding:
    verdict = Verdict.PARENT_UNREACHABLE
    if not case.observation.complete and not case.observation.parent_answers:
        return _unfinished(say)
    if case.moving and case.speakers:
        return _passing(verdict, say.parent_moving(), reason="parent-moving")
    return _passing(verdict, say.parent_silent(), reason="parent-silent")


def _unfinished(say: Wording) -> Finding:
    return _passing(Verdict.PARENT_UNREACHABLE, say.unfinished(), reason="unfinished")


def _alias_above(case: Case, say: Wording) -> Finding | None:
    aliases = case.aliases
    return _firm(Verdict.ALIAS_ABOVE, say.alias_above(aliases[0])) if aliases else None


def _parent_inconsistent(case: Case, say: Wording) -> Finding | None:
    if case.agreed:
        return None
    if case.settled_too_long:
        return _firm(Verdict.PARENT_INCONSISTENT, say.inconsistent_for_long())
    return _passing(Verdict.PARENT_INCONSISTENT, say.inconsistent())


def _record_in_the_way(case: Case, say: Wording) -> Finding | None:
    owners = [answer.server for answer in case.speakers if answer.says is Says.OWN_ZONE]
    if owners:
        return _firm(Verdict.RECORD_IN_THE_WAY, say.own_zone(owners), "own-zone")
    types = [record_set.type for record_set in case.observation.in_the_way]
    if not types or case.delegated:
        return None
    return _firm(Verdict.RECORD_IN_THE_WAY, say.record_in_the_way(types), "records")


def _misplaced(case: Case, say: Wording) -> Finding | None:
    where = case.observation.misplaced_at
    return _firm(Verdict.MISPLACED, say.misplaced(where)) if where and not case.all_right else None


def _not_delegated(case: Case, say: Wording) -> Finding | None:
    if case.delegated or not case.speakers:
        return None
    reason = "domain-missing" if case.missing_domain else ""
    return _firm(Verdict.NOT_DELEGATED, say.not_delegated(), reason)


def _old_name_servers(case: Case, say: Wording) -> Finding | None:
    former = case.former
    return _firm(Verdict.OLD_NAME_SERVERS, say.old_name_servers(former)) if former else None


def _ns_mistyped(case: Case, say: Wording) -> Finding | None:
    slips = _slips(case)
    return _firm(Verdict.NS_MISTYPED, say.mistyped(slips), slips[0].slip) if slips else None


def _slips(case: Case) -> tuple[Mistyped, ...]:
    candidates = [name for name in case.unexpected if name not in case.former]
    suffixes = (case.host, *name_arithmetic.between(case.host, "."))
    longer_than_a_label = tuple(suffix for suffix in suffixes if "." in suffix)
    addresses = {ours.address: ours.server for ours in case.observation.ours if ours.address}
    expected = case.expectation.name_servers
    return find_mistyped(candidates, expected, case.found, longer_than_a_label, addresses)


def _delegated_elsewhere(case: Case, say: Wording) -> Finding | None:
    if not case.unexpected or case.found & case.expected:
        return None
    return _firm(Verdict.DELEGATED_ELSEWHERE, say.elsewhere())


def _delegation_mixed(case: Case, say: Wording) -> Finding | None:
    if not case.unexpected or not case.found & case.expected:
        return None
    return _firm(Verdict.DELEGATION_MIXED, say.mixed())


def _delegation_partial(case: Case, say: Wording) -> Finding | None:
    if case.unexpected or not case.found or not case.missing:
        return None
    return _firm(Verdict.DELEGATION_PARTIAL, say.partial())


def _zone_not_served(case: Case, say: Wording) -> Finding | None:
    if not case.all_right or not case.not_served:
        return None
    return _passing(Verdict.ZONE_NOT_SERVED, say.zone_not_served(), "we")


def _stale_ds(case: Case, say: Wording) -> Finding | None:
    if not case.ds or case.observation.ds_matches is not False:
        return None
    return _firm(Verdict.STALE_DS, say.stale_ds())


def _verified(case: Case, say: Wording) -> Finding | None:
    """VERIFIED, if every single thing that it stands for was seen."""
    seen = (
        case.quorum
        and case.observation.parent_zone is not None
        and case.observation.trouble is None
        and case.all_right
        and not case.not_served
        and case.ds_known
        and (not case.ds or case.observation.ds_matches is True)
    )
    return Finding(Verdict.VERIFIED, say.verified(), "nobody", transient=False) if seen else None


def _resolving(case: Case, say: Wording) -> Finding | None:
    """Whether visitors already see what the parent says. One resolver of several may dissent."""
    dissenting = case.dissenting
    allowed = 1 if len(case.observation.resolvers) > 1 else 0
    if len(dissenting) <= allowed:
        return None
    if any(said.outcome is Outcome.SERVFAIL for said in dissenting):
        return _passing(Verdict.RESOLVE_BROKEN, say.resolve_broken())
    return _passing(Verdict.PROPAGATING, say.propagating())


_RULES: tuple[Callable[[Case, Wording], Finding | None], ...] = (
    _zone_pending,
    _parent_unreachable,
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
)

_NOTHING_THERE = frozenset({Verdict.NOT_DELEGATED})
_NOT_OURS = frozenset({Verdict.DELEGATED_ELSEWHERE, Verdict.DELEGATION_MIXED})
_IMPLIED = {
    Verdict.ALIAS_ABOVE: _NOTHING_THERE,
    Verdict.RECORD_IN_THE_WAY: _NOTHING_THERE,
    Verdict.MISPLACED: _NOTHING_THERE,
    Verdict.OLD_NAME_SERVERS: _NOT_OURS,
    Verdict.NS_MISTYPED: _NOT_OURS,
}
_OUT_OF_DATE = _NOT_OURS | {Verdict.OLD_NAME_SERVERS, Verdict.NS_MISTYPED, Verdict.DELEGATION_PARTIAL}


def _implied(case: Case, verdict: Verdict) -> frozenset[Verdict]:
    """What the words of a verdict have said already, so that a hint would only say it again.

    Where one server of the parent has it all right, what the others still tell is the past, not a mistake.
    """
    if verdict is Verdict.PARENT_INCONSISTENT and case.right:
        return _OUT_OF_DATE
    return _IMPLIED.get(verdict, frozenset())


def _report(case: Case, finding: Finding, hints: list[Finding]) -> DelegationReport:
    expected = case.expectation.name_servers
    zone = case.missing_domain or case.observation.parent_zone
    return DelegationReport(
        verdict=finding.verdict,
        host=case.host,
        parent_zone=zone,
        relative_name=name_arithmetic.relative(case.host, zone) if zone else None,
        expected=expected,
        found=(*(name for name in expected if name in case.found), *case.unexpected[:SHOWN]),
        missing=case.missing,
        unexpected=case.unexpected[:SHOWN],
        asked=case.observation.asked,
        message=finding.words.message,
        next_step=finding.words.next_step,
        who_acts=finding.who_acts,
        transient=finding.transient,
        hints=tuple(Hint(hint.verdict, hint.words.message) for hint in hints),
        old_answers_until=case.old_answers_until,
        checked_at=case.now,
        duration_ms=case.observation.duration_ms,
        reason=finding.reason,
    )
