"""Questions about checks, which read and never write, and the two jobs that say when a row may be claimed: a domain
whose check is due, and a check to be carried out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from webapp.domains.rules import transitions
from webapp.extensions import db, settings
from webapp.jobs.backlog import Backlog
from webapp.jobs.clock import SKEW, most_overdue
from webapp.jobs.leases import Job
from webapp.jobs.turns import by_turn, in_turns
from webapp.models import (
    CHECKED_STATES,
    Check,
    CheckReport,
    CheckStatus,
    LLMClientCustomDomain,
)
from webapp.models.check import IS_OPEN

#: How long a queued check may wait for a worker before the sweep queues it again.
QUEUE_LEASE = timedelta(seconds=30)
#: Longer than any check may take, so that a lease that is over means a worker that is gone.
_WORK_LEASE = timedelta(seconds=60)

#: The window of `webapp.jobs.turns` for domains whose checks are due; the queue takes a quarter of it at once.
MOST_DUE_IN_TURNS = 20_000
#: Of more due domains, as after a day without workers, PostgreSQL ranks only some. SQLite serves one machine alone.
MOST_RANKED = 50_000
BACKLOG = Backlog(
    LLMClientCustomDomain,
    "account_id",
    "next_check_at",
    free=lambda row: row.held_at.is_(None),
    parts=lambda row: [row.state == state for state in CHECKED_STATES],
)

#: A check without a lease is nobody's, and due. A waiting one may be taken before its lease for the queue is over.
WORK = Job(
    Check.id,
    Check.lease_until,
    lease=_WORK_LEASE,
    longest=lambda: _WORK_LEASE,
    none_is_due=True,
)
#: Opening a check claims its domain until the check must have been recorded, which sets the real time of the next.
SCHEDULE = Job(
    LLMClientCustomDomain.id,
    LLMClientCustomDomain.next_check_at,
    lease=_WORK_LEASE + QUEUE_LEASE,
    longest=lambda: transitions.longest_pause(settings()),
)


def latest_check(domain: LLMClientCustomDomain) -> Check | None:
    return _newest_check(domain, Check.status == CheckStatus.DONE)


def latest_firm_check(domain: LLMClientCustomDomain) -> Check | None:
    """The newest check that could say something about the domain."""
    whole = Check.report_id.is_(None), Check.whole_report["transient"].as_boolean().is_(False)
    query = _newest(
        domain, Check.status == CheckStatus.DONE, or_(CheckReport.transient.is_(False), and_(*whole))
    )
    return db.session.scalar(query.outerjoin(CheckReport, CheckReport.id == Check.report_id))


def open_check(domain: LLMClientCustomDomain) -> Check | None:
    return _newest_check(domain, OPEN)


def _newest_check(domain: LLMClientCustomDomain, *conditions: object) -> Check | None:
    return db.session.scalar(_newest(domain, *conditions))


def _newest(domain: LLMClientCustomDomain, *conditions: object) -> Select[Check]:
    query = select(Check).where(Check.custom_domain_id == domain.id, *conditions)  # type: ignore[arg-type]
    return query.order_by(Check.id.desc()).limit(1)


def due_for_check(now: datetime, limit: int) -> Sequence[int]:
    """The ids of domains whose time has come, by turns between accounts, and in each most overdue first."""
    domain = LLMClientCustomDomain
    # What an index answers alone, so that counting reads no rows.
    indexed = SCHEDULE.is_due(now), domain.state.in_(CHECKED_STATES)
    due = *indexed, domain.held_at.is_(None)
    if db.engine.dialect.name == "postgresql" and BACKLOG.is_longer(MOST_RANKED, *indexed):
        return _first_of_backlog(now, limit, *due)
    order = most_overdue(domain.next_check_at)
    turns = in_turns(domain.id, domain.id, order, *due, window=MOST_DUE_IN_TURNS)
    query = by_turn(domain.id, turns, limit).where(*due)
    return db.session.scalars(query.with_for_update(skip_locked=True, of=domain)).all()


def _first_of_backlog(now: datetime, limit: int, *due: ColumnElement[bool]) -> Sequence[int]:
    domain = LLMClientCustomDomain
    first = BACKLOG.first(now, now + SCHEDULE.longest() + SKEW, limit)
    free = select(domain.id).where(domain.id.in_(first), *due).order_by(domain.id)
    locked = {*db.session.scalars(free.with_for_update(skip_locked=True))}
    return [which for which in first if which in locked]


OPEN = IS_OPEN
_OPEN_STATES = (CheckStatus.WAITING, CheckStatus.RUNNING)


def unattended_checks(now: datetime, limit: int) -> Select[int]:
    """The ids of checks that no worker has: their message was lost, or their worker was killed."""
    return (
        select(Check.id)
        .where(
            OPEN,
            Check.status.in_(_OPEN_STATES),
            WORK.is_due(now),
        )
        .order_by(Check.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )


def first_in_turns(limit: int, condition: ColumnElement[bool]) -> Select[int]:
    """The ids of the first open checks of this kind, by turns between accounts, and in each the oldest first."""
    turns = in_turns(Check.id, Check.custom_domain_id, Check.id.expression, OPEN, condition)
    return by_turn(Check.id, turns, limit).where(OPEN, condition)


def waiting_checks(limit: int) -> int:
    """How many checks wait for a worker, counted no further than to `limit`."""
    some = select(Check.id).where(OPEN, Check.status == CheckStatus.WAITING).limit(limit)
    return db.session.scalar(select(func.count()).select_from(some.subquery())) or 0
