"""Judging the records method: turns an observation into a report. Pure, and it never raises for what servers said."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

from webapp.dns import name_arithmetic
from webapp.dns.judgement.finding import Finding
from webapp.dns.judgement.verdict import Verdict
from webapp.dns.records_method.lookup.expectation import RecordsExpectation
from webapp.dns.records_method.lookup.observation import RecordsObservation
from webapp.dns.records_method.rules import pointing, token
from webapp.dns.records_method.rules.case import RecordsCase
from webapp.dns.records_method.rules.listed import listed
from webapp.dns.records_method.rules.proof import decides_alone, leads, proves
from webapp.dns.records_method.words.reasons import APPENDED, OTHER_VALUE
from webapp.dns.records_method.words.report import RecordsReport, Stage
from webapp.dns.rules import agreement, not_asked, persistence
from webapp.dns.servers.evidence_log import SHOWN

_Rule = Callable[[RecordsCase], Finding | None]


def judge(expectation: RecordsExpectation, observation: RecordsObservation, now: datetime) -> RecordsReport:
    """The report: the first finding is its verdict, the others are its hints.

    Neither VERIFIED nor a proved token is the default when no other verdict applies. Each needs evidence of its own,
    see `webapp.dns.records_method.rules.proof`; otherwise a gap in the other rules would verify a name.
    """
    case = RecordsCase(expectation, observation, now)
    first, *later = _findings(case)
    history = persistence.history_after(case.token, verified=first.verdict is Verdict.VERIFIED)
    implied = _IMPLIED.get(first.verdict, frozenset())
    further = [finding for finding in later if finding.verdict not in implied]
    return replace(_report(case, first, further), history=history.to_data())


def _findings(case: RecordsCase) -> Iterator[Finding]:
    found = [finding for rule in _RULES if (finding := rule(case))]
    verified = proves(case) and leads(case)
    yield from found or [Finding(Verdict.VERIFIED) if verified else not_asked.NOT_SEEN_ENOUGH]
    if case.token.all_right and case.leads_to_us:
        resolving = agreement.resolving(case.pointing)
        if resolving:
            yield resolving
    if proves(case) and not case.token.quorum:
        yield not_asked.unheard_for_long(case.token)
    yield from (hint for rule in _HINTS if (hint := rule(case)))


def _inconsistent(case: RecordsCase) -> Finding | None:
    """The servers differ about the token."""
    return agreement.parent_inconsistent(case.token)


def _not_seen_enough(case: RecordsCase) -> Finding | None:
    """The token is there, and what a proof needs besides was not learnt."""
    return not_asked.NOT_SEEN_ENOUGH if case.token.all_right and not proves(case) else None


def _inconsistent_pointing(case: RecordsCase) -> Finding | None:
    """They differ about the host."""
    if case.undecided or not case.token.all_right:
        return None
    found = agreement.parent_inconsistent(case.pointing)
    return replace(found, params={**found.params, "about": "host"}) if found else None


def _host_unheard(case: RecordsCase) -> Finding | None:
    """Too few servers told of the host, though they told of the token. One that decides alone may prove, and what it
    says against a name stands for nothing."""
    if case.undecided or not case.token.all_right or (decides_alone(case) and case.leads_to_us):
        return None
    return not_asked.parent_unreachable(case.pointing)


def _validation(case: RecordsCase) -> Finding | None:
    seen, wanted = case.validation_missing, case.expectation.validation
    if seen is None or wanted is None:
        return None
    reason = APPENDED if seen.appended else OTHER_VALUE if seen.value else ""
    return Finding(
        Verdict.VALIDATION_MISSING, reason, {"name": wanted.name, "value": wanted.value, "seen": seen.value}
    )


def _inside_view(case: RecordsCase) -> Finding | None:
    return agreement.inside_view(case.token)


_RULES: tuple[_Rule, ...] = (
    lambda case: not_asked.parent_unreachable(case.token),
    lambda case: not_asked.put_off(case.token),
    token.alias_above,
    token.in_the_way,
    _inconsistent,
    token.wildcard,
    token.misplaced,
    token.mismatch,
    token.missing,
    lambda case: not_asked.resolver_denies(case.token),
    _not_seen_enough,
    pointing.beyond_unheard,
    _inconsistent_pointing,
    _host_unheard,
    pointing.loop,
    pointing.wrong,
    pointing.addresses,
    pointing.missing,
)
_HINTS: tuple[_Rule, ...] = (_validation, _inside_view)

#: What is said already, or what nobody can act on before the first is done: where the name leads is told, for it may
#: be switched later.
_TOKEN = frozenset(
    {Verdict.TOKEN_MISSING, Verdict.TOKEN_MISMATCH, Verdict.TOKEN_EXPIRED, Verdict.TOKEN_MISPLACED}
)
_POINTING = frozenset(
    {
        Verdict.CNAME_LOOP,
        Verdict.CNAME_MISTYPED,
        Verdict.CNAME_FLATTENED,
        Verdict.CNAME_WRONG,
        Verdict.CNAME_MISSING,
    }
)
_NOT_ASKED = frozenset({Verdict.PARENT_UNREACHABLE})
_IMPLIED = {
    Verdict.PARENT_UNREACHABLE: _TOKEN | _NOT_ASKED | {Verdict.CNAME_MISSING},
    Verdict.ALIAS_ABOVE: _TOKEN
    | _NOT_ASKED
    | {Verdict.CNAME_MISSING, Verdict.CNAME_MISTYPED, Verdict.CNAME_WRONG},
    Verdict.RECORD_IN_THE_WAY: _TOKEN | _NOT_ASKED | {Verdict.CNAME_MISSING},
    Verdict.PARENT_INCONSISTENT: _TOKEN | _NOT_ASKED | _POINTING,
    **dict.fromkeys(_TOKEN, _TOKEN | _NOT_ASKED | {Verdict.CNAME_MISSING}),
    Verdict.CNAME_LOOP: frozenset({Verdict.CNAME_MISTYPED, Verdict.CNAME_WRONG}),
}


def _stage(case: RecordsCase, first: Finding) -> Stage:
    if first.verdict is Verdict.VERIFIED:
        return Stage.VERIFIED
    if proves(case):
        return Stage.RESERVED
    if not first.asked or first.verdict is Verdict.PARENT_INCONSISTENT:
        return Stage.UNKNOWN
    return Stage.TARGET_ALONE if case.leads_to_us else Stage.NOTHING


def _report(case: RecordsCase, first: Finding, later: list[Finding]) -> RecordsReport:
    asked_in, seen = case.zone, listed(case)
    zone = case.token.missing_domain or asked_in
    return RecordsReport(
        verdict=first.verdict,
        host=case.host,
        parent_zone=zone,
        relative_name=name_arithmetic.relative(case.host, zone) if zone else None,
        expected=seen.expected,
        found=(*seen.found, *seen.unexpected[:SHOWN]),
        missing=seen.missing,
        unexpected=seen.unexpected[:SHOWN],
        asked=case.observation.zone.asked,
        who_acts=first.who_acts,
        transient=first.transient,
        further=tuple(later),
        old_answers_until=case.token.old_answers_until or case.pointing.old_answers_until,
        checked_at=case.now,
        duration_ms=case.observation.zone.duration_ms,
        reason=first.reason,
        params=first.params if zone == asked_in else {**first.params, "asked_in": asked_in},
        stage=_stage(case, first),
    )
