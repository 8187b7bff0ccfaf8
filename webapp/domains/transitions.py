"""Pure decisions: when the next check is due, and what a report does to a state.

What a verdict does to a name that is served, by what it says of the delegation at the parent (`AtParent`):

======================  ========================================  ==============================================
verdict                 verified                                  failing
======================  ========================================  ==============================================
VERIFIED                stays, and is free of what was against it becomes verified
STALE_DS                the same: all four are listed             becomes verified: what was contrary is over
ZONE_NOT_SERVED,        the same: all four are listed             stays, as it is we who are not ready, and takes
RESOLVE_BROKEN,                                                   two contrary checks past its date again to lapse
PROPAGATING
contrary ones,          failing at the second one, a              lapsed at the second one past its date, a
PARENT_INCONSISTENT     `confirmation` after the first            `confirmation` after the first
once it is firm
ZONE_PENDING, PARENT_-  nothing: it could not be asked, or        nothing
UNREACHABLE, PARENT_-   the answers still differ because
INCONSISTENT before     something has just changed
======================  ========================================  ==============================================

Servers of the parent that still disagree after a day are no passing matter: by some of them part of all visitors is
led elsewhere, as by DELEGATION_MIXED, so they count as that does. Pending, expired and lapsed names follow VERIFIED
alone; what is being removed follows nothing.

No step that people cannot take back at once rests on one reading of a clock. The first check past the date only sets
`overdue_since`; the step is taken by a later check that finds the date past, too, and is a `confirmation` away. A
clock that leapt is set right meanwhile, or the check is another worker's, and either takes the mark away again. (One
machine alone whose clock stays wrong has nothing to compare it with.)
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from webapp.config.settings import Settings
from webapp.dns.delegation import AtParent, Verdict
from webapp.models import DomainState


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
    overdue_since: datetime | None = None
    #: What staff have added to the grace period.
    extra_grace: timedelta = timedelta(0)


@dataclass(frozen=True)
class Decision:
    """The state and evidence clocks after a check."""

    state: DomainState
    contrary_since: datetime | None
    grace_until: datetime | None
    overdue_since: datetime | None = None


def decide(
    standing: Standing, verdict: Verdict, now: datetime, periods: Periods, *, firm: bool = False
) -> Decision:
    """What `verdict` does to a domain, by the table above. `firm` is asked of PARENT_INCONSISTENT only: whether the
    report says that it is no passing matter.
    """
    state = standing.state
    as_it_was = Decision(state, standing.contrary_since, standing.grace_until, standing.overdue_since)
    gone = state in {DomainState.REMOVING, DomainState.REMOVED}
    if gone or not (state.is_verified or verdict is Verdict.VERIFIED):
        return as_it_was
    at_parent = verdict.facts.at_parent
    if at_parent is AtParent.OURS:
        ours_to_fix = verdict.transient and state is DomainState.FAILING
        free = Decision(DomainState.VERIFIED, None, None)
        return replace(as_it_was, overdue_since=None) if ours_to_fix else free
    if at_parent is AtParent.CONTRARY or (at_parent is AtParent.DIVIDED and firm):
        return _against(standing, now, periods)
    return as_it_was


def _against(standing: Standing, now: datetime, periods: Periods) -> Decision:
    """The parent's own servers contradict a name that is served. What lies in the future was written by a clock that
    was ahead, and must not put off what follows.
    """
    since = min(standing.contrary_since or now, now)
    if standing.state is DomainState.VERIFIED:
        if now - since >= periods.confirmation:
            return Decision(DomainState.FAILING, since, now + periods.grace)
        return Decision(DomainState.VERIFIED, since, standing.grace_until)
    latest = now + periods.grace + standing.extra_grace
    until = min(standing.grace_until or latest, latest)
    if now < until:
        return Decision(DomainState.FAILING, since, until)
    overdue = min(standing.overdue_since or now, now)
    if standing.overdue_since is not None and now - overdue >= periods.confirmation:
        return Decision(DomainState.LAPSED, since, None)
    return Decision(DomainState.FAILING, since, until, overdue)


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

    Contrary evidence about a live name is checked again as soon as it could be confirmed; what could not be
    asked is asked again within minutes.
    """
    state = decision.state
    if state in {DomainState.EXPIRED, DomainState.REMOVING, DomainState.REMOVED}:
        return None
    if state in {DomainState.PENDING, DomainState.LAPSED}:
        return pending_pause(attempt)
    to_confirm = decision.contrary_since if state is DomainState.VERIFIED else decision.overdue_since
    if to_confirm is not None:
        return periods.confirmation + timedelta(seconds=spread(5, 60))
    if state is DomainState.FAILING:
        return timedelta(hours=spread(1, 2))
    if verdict.transient:
        return timedelta(minutes=spread(5, 15))
    return timedelta(
        seconds=spread(periods.live_check_min.total_seconds(), periods.live_check_max.total_seconds())
    )
