"""What follows from an attempt: when the next one comes, and what becomes of the endpoint. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.models import DeliveryState, OffReason
from webapp.webhooks.outcomes import Outcome

_S, _M, _H = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
#: Pauses before each attempt, by Standard Webhooks: about three days in all.
PAUSES = (0 * _S, 5 * _S, 5 * _M, 30 * _M, 2 * _H, 5 * _H, 10 * _H, 14 * _H, 20 * _H, 24 * _H)
#: A pause is longer by so much at most, so that what failed together does not come back together.
JITTER = 0.1
#: Retry-After is followed so far: for the message, and for all else that waits for the endpoint.
LONGEST_RETRY_AFTER, LONGEST_REST = 24 * _H, _H
#: What is our own trouble is tried again after this.
OWN_PAUSE = _M
#: Its people are told of an endpoint that fails for so long, and after so long it is switched off.
TELL_AFTER, OFF_AFTER = 24 * _H, 120 * _H

Spread = Callable[[float, float], float]


@dataclass(frozen=True)
class Standing:
    """What is known before the attempt is recorded. `attempts`: those before it."""

    attempts: int
    failing_since: datetime | None
    told_at: datetime | None


@dataclass(frozen=True)
class Consequence:
    """`tell`: an e-mail says that the endpoint fails. `off`: it is switched off, which an e-mail says as well."""

    state: DeliveryState
    attempts: int
    next_attempt_at: datetime | None
    failing_since: datetime | None
    rests_until: datetime | None = None
    tell: bool = False
    off: OffReason | None = None


def follow(
    outcome: Outcome, retry_after: timedelta | None, standing: Standing, now: datetime, spread: Spread
) -> Consequence:
    """A time in the future was written by a clock that was ahead, and counts as now."""
    if outcome.facts.delivered:
        return Consequence(DeliveryState.DELIVERED, standing.attempts + 1, None, None)
    if outcome.facts.ours:
        due = now + OWN_PAUSE * spread(1, 1 + JITTER)
        return Consequence(DeliveryState.WAITING, standing.attempts, due, standing.failing_since)
    since = min(standing.failing_since or now, now)
    attempts = standing.attempts + 1
    off = OffReason.GONE if outcome is Outcome.GONE else None
    if off is None and now - since >= OFF_AFTER:
        off = OffReason.FAILING
    if off is not None:
        return Consequence(DeliveryState.DROPPED, attempts, None, since, off=off)
    rest = min(retry_after, LONGEST_REST) if retry_after else None
    return Consequence(
        *_next(attempts, retry_after, now, spread),
        failing_since=since,
        rests_until=now + rest if rest else None,
        tell=standing.told_at is None and now - since >= TELL_AFTER,
    )


def _next(
    attempts: int, retry_after: timedelta | None, now: datetime, spread: Spread
) -> tuple[DeliveryState, int, datetime | None]:
    if attempts >= len(PAUSES):
        return DeliveryState.FAILED, attempts, None
    asked = min(retry_after or timedelta(0), LONGEST_RETRY_AFTER)
    pause = max(PAUSES[attempts], asked) * spread(1, 1 + JITTER)
    return DeliveryState.WAITING, attempts, now + pause
