"""How long a zone in the making is a worker's, and how long nobody tries it again.

Both are written to `next_attempt_at`, so that one comparison tells whose turn it is.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_

from webapp.jobs.clock import has_come
from webapp.models import HostedZone, ZoneState

#: While a worker is busy with a zone nobody else may be; longer than the AWS client's own patience.
LEASE = timedelta(minutes=3)
#: How soon a zone is tried again that staff must do something for, and the longest pause of one that is new.
PARKED_PAUSE = timedelta(minutes=5)
#: The longest time until the next attempt, a lease included: for a zone whose parent goes on saying nothing.
LONGEST_PAUSE = timedelta(hours=2)
#: After so many attempts in vain a zone may rest for longer than `PARKED_PAUSE`.
MANY_ATTEMPTS = 10


def growing(attempts: int, *, first: float, most: float) -> timedelta:
    """Seconds between attempts, half as much again each time."""
    return timedelta(seconds=min(most, first * 1.5 ** min(attempts - 1, 30)))


def is_free(now: datetime) -> ColumnElement[bool]:
    """Nobody is busy with the zone in the making, and its pause is over.

    A customer waits for a new zone, so the lease of a worker whose clock was an hour ahead must not hold for that
    hour. Only a zone that was tried often, or that rests for today, is believed to have a pause of hours.
    """
    time = HostedZone.next_attempt_at
    rests = or_(HostedZone.state == ZoneState.PARKED, HostedZone.attempts >= MANY_ATTEMPTS)
    return or_(
        time.is_(None),
        has_come(time, now, LONGEST_PAUSE),
        and_(~rests, has_come(time, now, PARKED_PAUSE)),
    )
