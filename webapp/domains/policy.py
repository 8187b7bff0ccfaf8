"""Pure decisions: when the next check is due, and what a report does to a state."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

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

CONFIRMATION = timedelta(minutes=10)
GRACE = timedelta(days=7)


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


def decide(standing: Standing, verdict: Verdict, now: datetime) -> Decision:
    """What `verdict` does to a domain. Whatever could not be asked does nothing at all."""
    state = standing.state
    if state in {DomainState.REMOVING, DomainState.REMOVED}:
        return Decision(state, standing.contrary_since, standing.grace_until)
    if verdict is Verdict.VERIFIED:
        return Decision(DomainState.VERIFIED, None, None)
    if verdict not in CONTRARY or not state.is_verified:
        return Decision(state, standing.contrary_since, standing.grace_until)
    since = standing.contrary_since or now
    if state is DomainState.VERIFIED and now - since >= CONFIRMATION:
        return Decision(DomainState.FAILING, since, now + GRACE)
    if state is DomainState.FAILING and standing.grace_until is not None and now >= standing.grace_until:
        return Decision(DomainState.LAPSED, since, None)
    return Decision(state, since, standing.grace_until)


def pending_pause(attempt: int) -> timedelta:
    """60 s x 1.05^n for the first ten tries, then 60 s x 1.15^n, at most 4 hours."""
    factor = 1.05 if attempt < 10 else 1.15
    return min(timedelta(seconds=60 * factor ** min(attempt, 60)), timedelta(hours=4))


def pause(
    decision: Decision,
    verdict: Verdict,
    attempt: int,
    spread: Callable[[float, float], float] = random.uniform,
) -> timedelta | None:
    """How long until the next check by schedule; None when there is none.

    Contrary evidence about a live name is looked at again as soon as it could be confirmed; what could not be
    asked is asked again within minutes.
    """
    if decision.state in {DomainState.EXPIRED, DomainState.REMOVING, DomainState.REMOVED}:
        return None
    if decision.state in {DomainState.PENDING, DomainState.LAPSED}:
        return pending_pause(attempt)
    if decision.state is DomainState.VERIFIED and decision.contrary_since is not None:
        return CONFIRMATION + timedelta(seconds=spread(5, 60))
    if decision.state is DomainState.FAILING:
        return timedelta(hours=spread(1, 2))
    if verdict.transient:
        return timedelta(minutes=spread(5, 15))
    return timedelta(hours=spread(6, 24))
