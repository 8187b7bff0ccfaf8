"""Pure decisions: when the next check is due, and what a report does to a state.

What a verdict does to a name that is served, by what it says of the delegation at the parent (`AtParent`):

======================  ========================================  ==============================================
verdict                 verified                                  failing
======================  ========================================  ==============================================
VERIFIED                stays; earlier contrary evidence is       becomes verified
                        dropped
STALE_DS                the same: all four are listed             becomes verified: all four are listed
ZONE_NOT_SERVED,        the same: all four are listed             stays, because we are not ready; lapsing takes
RESOLVE_BROKEN,                                                   two contrary checks past its date again
PROPAGATING
contrary ones,          failing at the second one, a              lapsed at the second one past its date, a
PARENT_INCONSISTENT     `confirmation` after the first            `confirmation` after the first
once it is firm
ZONE_PENDING, PARENT_-  nothing: the parent could not be asked,   nothing
UNREACHABLE, PARENT_-   or its servers still differ because
INCONSISTENT before     something has just changed
======================  ========================================  ==============================================

MISPLACED, when the whole domain is led to us and nobody but ours can be asked about the name, does nothing: `asked`
is False then, as it is for the verdicts in the last row.

PARENT_INCONSISTENT is firm once the parent's servers have disagreed for a day. It then counts as DELEGATION_MIXED
does, because some of these servers lead part of all visitors elsewhere. Pending, expired and lapsed names follow
VERIFIED alone. Names that are being removed follow no verdict.

A step that people cannot take back at once never rests on one reading of a clock, because that clock may be wrong.
The first check past the date only sets `overdue_since`. A second check, at least a `confirmation` later, takes the
step if it finds the date past as well. If the clock leapt, it has been set right by then, or the second check runs on
another machine; in both cases the mark is removed. (A single machine whose clock stays wrong cannot notice it.)
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
    """The facts of a domain that a decision needs."""

    state: DomainState
    created_at: datetime
    contrary_since: datetime | None
    grace_until: datetime | None
    overdue_since: datetime | None = None
    #: What staff have added to the grace period.
    extra_grace: timedelta = timedelta(0)


@dataclass(frozen=True)
class Decision:
    """The domain's state and dates after a check."""

    state: DomainState
    contrary_since: datetime | None
    grace_until: datetime | None
    overdue_since: datetime | None = None


def decide(
    standing: Standing,
    verdict: Verdict,
    now: datetime,
    periods: Periods,
    *,
    firm: bool = False,
    asked: bool = True,
) -> Decision:
    """What `verdict` does to a domain, by the table above. `firm` matters for PARENT_INCONSISTENT only: whether the
    parent's servers have disagreed for so long that waiting will not help. `asked` is False when they could not be
    asked, whatever the verdict: then nothing follows.
    """
    state = standing.state
    as_it_was = Decision(state, standing.contrary_since, standing.grace_until, standing.overdue_since)
    gone = state in {DomainState.REMOVING, DomainState.REMOVED}
    if not asked or gone or not (state.is_verified or verdict is Verdict.VERIFIED):
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
    """The decision when the parent's own servers contradict a name that is served. A time in the future was written
    by a clock that was ahead; it is cut to now, so that it cannot delay the next step.
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
    """The longest time between two checks by schedule of any domain."""
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

    After contrary evidence about a live name, the next check comes as soon as it can confirm it. After a check that
    could not ask, the next one comes within minutes.
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
