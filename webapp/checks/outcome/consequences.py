"""What follows from a report for its domain, as a value. Recording one check and recording many share it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from webapp.checks.outcome import alarm as alarms
from webapp.checks.outcome.alarm import Alarm
from webapp.dns.delegation import AtParent
from webapp.dns.judgement.report import Report
from webapp.domains.rules import transitions
from webapp.domains.rules.transitions import Decision, Periods
from webapp.models import LLMClientCustomDomain, Unsettled

#: The columns of a domain that decide.
READ = (
    "state",
    "method",
    "created_at",
    "verdict",
    "contrary_since",
    "grace_until",
    "overdue_since",
    "extra_grace_days",
    "inconsistent_since",
    "check_history",
    "alarm_since",
    "alarm",
    "known_delegations",
    "unsettled",
    "held_at",
    "check_attempt",
)


@dataclass(frozen=True)
class Consequences:
    """`suspended`: the check was under way when staff suspended the domain. The report is kept as evidence, nothing
    else follows, and there is no next check. `delegations`: the name servers seen at the zones above, until now.
    `unsettled`: what the report says if it is not firm. `new_verdict`: the report is firm and says something else
    than before. `history`: what the next check has to know. `quiet`: nothing changes but that, the delegations, the
    times and the count of checks. `proved`: the domain becomes served, unless it is refused.
    """

    decision: Decision
    alarm: Alarm | None
    delegations: dict[str, list[str]]
    verdict: str | None
    inconsistent_since: datetime | None
    history: dict[str, Any] | None
    unsettled: Unsettled | None
    suspended: bool
    new_verdict: bool
    quiet: bool
    proved: bool


def consequences(
    domain: LLMClientCustomDomain | Row[Any], report: Report, now: datetime, periods: Periods
) -> Consequences:
    """`domain` is the row as it stands, with the columns `READ` at least."""
    decision = _decide(domain, report, now, periods)
    verdict = domain.verdict if report.transient else report.verdict.value
    divided = report.verdict.facts.at_parent is AtParent.DIVIDED
    inconsistent_since = min(domain.inconsistent_since or now, now) if divided else None
    history = domain.check_history if report.history is None else dict(report.history) or None
    unsettled = _unsettled(report)
    suspended, new_verdict = domain.held_at is not None, verdict != domain.verdict
    before = alarms.of(domain)
    alarm = alarms.after(before, report, now)
    delegations = (domain.known_delegations or {}) | {
        zone: list(names) for zone, names in report.delegations.items()
    }
    as_it_was = Decision(domain.state, domain.contrary_since, domain.grace_until, domain.overdue_since)
    same = decision == as_it_was and inconsistent_since == domain.inconsistent_since and alarm == before
    same = same and unsettled == domain.unsettled
    quiet = same and not suspended and not new_verdict
    proved = decision.state.is_verified and not domain.state.is_verified and not suspended
    return Consequences(
        decision=decision,
        alarm=alarm,
        delegations=delegations,
        verdict=verdict,
        inconsistent_since=inconsistent_since,
        history=history,
        unsettled=unsettled,
        suspended=suspended,
        new_verdict=new_verdict,
        quiet=quiet,
        proved=proved,
    )


def _unsettled(report: Report) -> Unsettled | None:
    if not report.transient:
        return None
    if report.who_acts == "you":
        return Unsettled.OWNER
    return Unsettled.RIGHT if report.verdict.facts.at_parent is AtParent.OURS else None


def _decide(
    domain: LLMClientCustomDomain | Row[Any], report: Report, now: datetime, periods: Periods
) -> Decision:
    standing = transitions.Standing(
        domain.state,
        domain.created_at,
        domain.contrary_since,
        domain.grace_until,
        domain.overdue_since,
        timedelta(days=domain.extra_grace_days),
    )
    firm = not report.transient
    return transitions.decide(standing, report.verdict, now, periods, firm=firm, asked=report.parent_asked)


def next_check_at(
    after: Consequences, report: Report, attempt: int, now: datetime, periods: Periods
) -> datetime | None:
    """None when no check follows by schedule."""
    wait = transitions.pause(after.decision, report.verdict, attempt, periods)
    if wait is None:
        return None
    return now + (min(wait, after.alarm.pause(now)) if after.alarm else wait)
