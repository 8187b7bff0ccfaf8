"""One way for everything that a worker advances step by step: claim a row, work on it, record the outcome.

A row has one column that says when it is due. `Job.claim` writes the end of a lease there in one compare-and-set, so
that of several workers one gets the row; recording compares the column with the lease, so that a worker that was
overtaken records nothing. A worker that is killed leaves a lease that ends, and the row is due again.

Times come from `webapp.jobs.clock.now`, which is the database's clock wherever several machines share one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from webapp.aws.shared.errors import AccessTrouble, AwsError, CapacityReached, InputRefused
from webapp.extensions import db
from webapp.jobs.clock import has_come, most_overdue
from webapp.jobs.turns import in_turns
from webapp.models import Message

#: How soon a row is tried again that staff must do something for.
PARKED_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True)
class Job:
    """Rows of one kind, and how they are claimed.

    `row_id` and `due` are columns of one model. `lease` is longer than a step may take, the patience of every client
    included, or else two workers take one step. `longest` is the longest time that is ever written to `due`: what
    lies further off was written by a clock that was ahead, and is due. `none_is_due`: a row without a time is due.
    """

    row_id: InstrumentedAttribute[int]
    due: InstrumentedAttribute[Any]
    lease: timedelta
    longest: Callable[[], timedelta]
    none_is_due: bool = False

    def is_due(self, now: datetime) -> ColumnElement[bool]:
        """Nobody holds the row, and its pause is over."""
        come = has_come(self.due, now, self.longest())
        return or_(self.due.is_(None), come) if self.none_is_due else come

    def due_ids(self, now: datetime, limit: int, *conditions: ColumnElement[bool]) -> Sequence[int]:
        """The ids of rows that are due, most overdue first."""
        query = select(self.row_id).where(self.is_due(now), *conditions)
        return db.session.scalars(query.order_by(most_overdue(self.due)).limit(limit)).all()

    def due_in_turns(
        self,
        now: datetime,
        limit: int,
        domain_id: InstrumentedAttribute[int],
        *conditions: ColumnElement[bool],
        tried: InstrumentedAttribute[int] | None = None,
    ) -> Sequence[int]:
        """The ids of rows that are due, by turns between the accounts of their domains. Within an account the most
        overdue comes first, after those that were `tried` less often.
        """
        due = self.is_due(now), *conditions
        turns = in_turns(self.row_id, domain_id, most_overdue(self.due), *due, tried=tried)
        return db.session.scalars(select(turns.c.id).order_by(turns.c.turn).limit(limit)).all()

    def claim(self, row_id: int, now: datetime, *conditions: ColumnElement[bool]) -> datetime | None:
        """The end of the lease; None when the row is not due, not in question, or another worker's."""
        lease = now + self.lease
        taken = db.session.execute(
            update(self.row_id.class_)
            .where(self.row_id == row_id, self.is_due(now), *conditions)
            .values({self.due: lease})
            .execution_options(synchronize_session=False)
        )
        return lease if taken.rowcount else None  # type: ignore[attr-defined]

    def claim_all(
        self, row_ids: Sequence[int], now: datetime, free: ColumnElement[bool], **values: object
    ) -> Sequence[int]:
        """The ids of those rows that this worker has got, by one compare-and-set, until `now + lease`. `free`: what
        makes a row claimable, for rows whose status tells as well. `values` are set with the lease.
        """
        taken = db.session.scalars(
            update(self.row_id.class_)
            .where(self.row_id.in_(row_ids), free)
            .values({self.due.key: now + self.lease, **values})
            .returning(self.row_id)
            .execution_options(synchronize_session=False)
        )
        return taken.all()

    def is_held(self, lease: datetime) -> ColumnElement[bool]:
        """The row is still that worker's who claimed it until `lease`: what recording compares."""
        return self.due == lease

    def may_be_held(self, due: datetime | None, now: datetime) -> bool:
        """Whether a worker may be busy with a row that is due then."""
        return due is not None and now < due <= now + self.lease


@dataclass(frozen=True)
class BackOff:
    """Pauses between attempts, in seconds: `factor` times as long each time, from `first` up to `most`."""

    first: float
    most: float
    factor: float = 1.5

    def pause(self, attempts: int) -> timedelta:
        """After so many attempts in vain, at least one."""
        return timedelta(seconds=min(self.most, self.first * self.factor ** min(max(attempts - 1, 0), 30)))


@dataclass(frozen=True)
class Trouble:
    """A step that AWS did not take.

    `final`: it never will. `parked`: staff must act first. `code` is AWS's own word, empty where AWS was not asked.
    """

    message: Message
    final: bool = False
    parked: bool = False
    code: str = ""

    @classmethod
    def of(cls, error: AwsError) -> Self:
        return cls(
            message_of(error),
            final=isinstance(error, InputRefused),
            parked=isinstance(error, CapacityReached | AccessTrouble),
            code=error.code,
        )

    def pause(self, attempts: int, back_off: BackOff) -> timedelta:
        return PARKED_PAUSE if self.parked else back_off.pause(attempts)


def message_of(error: AwsError) -> Message:
    """What AWS said, in its own words, which are stable and hold no secret."""
    return Message("aws", {"said": str(error), "code": error.code})
