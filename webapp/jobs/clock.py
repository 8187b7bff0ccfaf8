"""Times in rows, and clocks that were wrong when they were written.

A clock that was ahead, of a machine or before somebody set it, leaves due times and leases in the future: a lease of
a minute would hold for an hour, and a name that is due in a day would be forgotten for a year. No period of ours
reaches so far, so a time beyond its longest period has come, too. What says when something was, and lies in the
future, says nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from webapp.extensions import db
from webapp.models import utcnow

#: Clocks of machines that work together may differ by so much without anybody taking a lease from its holder.
SKEW = timedelta(minutes=10)


def has_come(time: InstrumentedAttribute[Any], now: datetime, longest: timedelta) -> ColumnElement[bool]:
    """Whether `time` is over, or further off than the longest period that is ever written there. None never comes."""
    return or_(time <= now, time > now + longest + SKEW)


def most_overdue(time: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """The order of `time`, in a form that no index has. In the order of an index, a database would read it from end
    to end for the few that have come; so it takes the two ranges that `has_come` is, and sorts what it finds.
    """
    return func.coalesce(time, time)


def is_of_the_future(time: datetime, now: datetime) -> bool:
    """Whether only a wrong clock can have written that this was."""
    return time > now + SKEW


def now() -> datetime:
    """The time by which leases are taken and due times compared.

    On PostgreSQL it is the database's, so that machines whose clocks differ agree who holds a row. SQLite serves one
    machine, and that machine's clock is its own.
    """
    if db.engine.dialect.name != "postgresql":
        return utcnow()
    found: datetime = db.session.execute(select(func.clock_timestamp())).scalar_one()
    return found.astimezone(UTC)
