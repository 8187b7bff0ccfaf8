"""Pure decisions: when the next check is due, and what a report does to a state."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.config import Settings
from webapp.dns.delegation import Verdict
from webapp.models import DomainState

#: Verdicts by which the parent's own servers say that the name leads elsewhere, or nowhere.
CONTRARY = frozenset(
    {
        Verdict.ALIAS_ABOVE,
        Verdict.RECORD_IN_THE_WAY,
        Verdict.MISPLACED,
        Verdict.NOT_DELEGATED,
        Verdict.OLD_NAME_SERVERS,
        Verdict.NS_MISTYPED,
        Verdict.DELEGATED_ELSEWHERE,
        Verdict.DELEGATION_MIXED,
        Verdict.DELEGATION_PARTIAL,
    }
)


@dataclass(frozen=True)
class Periods:
    """How long things take, from the settings."""

    confirmation: timedelta = timedelta(minutes=10)
    grace: timedelta = timedelta(days=7)
    live_check_min: timedelta = timedelta(hours=6)
    live_check_max: timedelta = timedelta(hours=24)

    @classmethod
    def of(cls, settings: Settings) -> Periods:
        return cls(
            confirmation=timedelta(minutes=settings.failing_confirmation_minutes),
            grace=timedelta(days=settings.grace_days),
            live_check_min=timedelta(hours=settings.live_check_hours_min),
            live_check_max=timedelta(hours=settings.live_check_hours_max),
        )


@dataclass(frozen=True)
class Standing:
    """What a decision needs to know of a domain."""

    state: DomainState
    created_at: datetime
    contrary_since: datetime | None
    grace_until: datetime | None


@dataclass(frozen=True)
class Decision:
    """The state and evidence clocks after a check."""

    state: DomainState
    contrary_since: datetime | None
    grace_until: datetime | None


def decide(standing: Standing, verdict: Verdict, now: datetime, periods: Periods) -> Decision:
    """What `verdict` does to a domain. Whatever could not be asked does nothing at all."""
    state = standing.state
    if state in {DomainState.REMOVING, DomainState.REMOVED}:
        return Decision(state, standing.contrary_since, standing.grace_until)
    if verdict is Verdict.VERIFIED:
        return Decision(DomainState.VERIFIED, None, None)
    if verdict not in CONTRARY or not state.is_verified:
        return Decision(state, standing.contrary_since, standing.grace_until)
    # Evidence of the future is that of a clock that was ahead, and must not put off what follows.
    since = min(standing.contrary_since or now, now)
    if state is DomainState.VERIFIED and now - since >= periods.confirmation:
        return Decision(DomainState.FAILING, since, now + periods.grace)
    if state is DomainState.FAILING and standing.grace_until is not None and now >= standing.grace_until:
        return Decision(DomainState.LAPSED, since, None)
    return Decision(state, since, standing.grace_until)


#: The longest pause between two checks of a name that is not live.
LONGEST_PENDING = timedelta(hours=4)


def longest_pause(settings: Settings) -> timedelta:
    """No check is put off for longer than this."""
    return max(timedelta(hours=settings.live_check_hours_max), LONGEST_PENDING)


def pending_pause(attempt: int) -> timedelta:
    """60 s x 1.05^n for the first ten tries, then 60 s x 1.15^n, at most 4 hours."""
    factor = 1.05 if attempt < 10 else 1.15
    return min(timedelta(seconds=60 * factor ** min(attempt, 60)), LONGEST_PENDING)


def pause(
    decision: Decision,
    verdict: Verdict,
    attempt: int,
    periods: Periods,
    spread: Callable[[float, float], float] = random.uniform,
) -> timedelta | None:
    """How long until the next check by schedule; None when there is none.

    Contrary evidence about a live name is looked at again as soon as it could be confirmed; what could not be
    asked is asked again within minutes.
    """
    state = decision.state
    if state in {DomainState.EXPIRED, DomainState.REMOVING, DomainState.REMOVED}:
        return None
    if state in {DomainState.PENDING, DomainState.LAPSED}:
        return pending_pause(attempt)
    if state is DomainState.VERIFIED and decision.contrary_since is not None:
        return periods.confirmation + timedelta(seconds=spread(5, 60))
    if state is DomainState.FAILING:
        return timedelta(hours=spread(1, 2))
    if verdict.transient:
        return timedelta(minutes=spread(5, 15))
    return timedelta(
        seconds=spread(periods.live_check_min.total_seconds(), periods.live_check_max.total_seconds())
    )
