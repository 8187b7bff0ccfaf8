"""What is no longer needed is dropped, a little at a time, so that nothing waits for it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Delete, and_, delete, false, func, or_, select

from webapp.extensions import db
from webapp.jobs import clock
from webapp.jobs.clock import is_of_the_future
from webapp.models import Check, CheckReport, CheckStatus, LLMClientCustomDomain

#: How many of its newest checks every domain keeps, however old they are.
KEPT_CHECKS = 20
#: How many ends of runs of equal verdicts it keeps besides; an answer that comes and goes is not kept for ever.
KEPT_ENDS = 200
#: Rows that are deleted in one transaction; SQLite lets nobody else write meanwhile.
AT_ONCE = 1000


def prune_broker(path: Path) -> int:
    """Delete the delivered messages of the queue's SQLite file, which kombu never does. How many it were."""
    if not path.exists():
        return 0
    deleted = 0
    # Each statement is a transaction of its own.
    with closing(sqlite3.connect(path, timeout=20, isolation_level=None)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'kombu_message'").fetchone():
            return 0
        statement = (
            "DELETE FROM kombu_message WHERE id IN (SELECT id FROM kombu_message WHERE visible = 0 LIMIT ?)"
        )
        while count := connection.execute(statement, (AT_ONCE,)).rowcount:
            deleted += count
    return deleted


@dataclass(frozen=True)
class Old:
    """Some checks in the order of their ids, as far as they are old: the last of them, and whose they are."""

    up_to: int
    domain_ids: list[int]


def domains_with_old_checks(before: datetime, after_id: int, limit: int = AT_ONCE) -> Old | None:
    """The next checks after this id, read by it; None when no old one follows.

    What a clock that was ahead has written is passed over: it would stop the pass for as long.
    """
    rows = db.session.execute(
        select(Check.id, Check.custom_domain_id, Check.created_at)
        .where(Check.id > after_id)
        .order_by(Check.id)
        .limit(limit)
    ).all()
    now = clock.now()
    gone = [row for row in rows if row.created_at < before or is_of_the_future(row.created_at, now)]
    return Old(gone[-1].id, sorted({row.custom_domain_id for row in gone})) if gone else None


def prune_checks(old: Old, before: datetime) -> int:
    """Drop the checks of these domains from before `before`, but for the newest and for the first and the last of
    each run of equal verdicts: what was news stays, and until when it was so, for the newest `KEPT_ENDS` of them.

    Only what is up to the id of `old` is looked at, so that a domain's checks of today are not read for that.
    """
    newest = (
        select(Check.id)
        .where(Check.custom_domain_id == LLMClientCustomDomain.id)
        .order_by(Check.id.desc())
        .offset(KEPT_CHECKS - 1)
        .limit(1)
        .scalar_subquery()
    )
    domains = (
        select(LLMClientCustomDomain.id, newest.label("newest"))
        .where(LLMClientCustomDomain.id.in_(old.domain_ids))
        .subquery()
    )
    domain = Check.custom_domain_id
    before_it = func.lag(Check.verdict).over(partition_by=domain, order_by=Check.id)
    after_it = func.lead(Check.verdict).over(partition_by=domain, order_by=Check.id)
    same = func.coalesce(and_(Check.verdict == before_it, Check.verdict == after_it), false())
    ranked = (
        select(Check.id, same.label("repeated"), domain.label("domain_id"), domains.c.newest)
        .join(domains, domains.c.id == domain)
        .where(Check.id <= old.up_to)
        .subquery()
    )
    within = func.row_number().over(
        partition_by=(ranked.c.domain_id, ranked.c.repeated), order_by=ranked.c.id.desc()
    )
    past = (
        select(ranked.c.id, ranked.c.repeated, within.label("end"))
        .where(ranked.c.id < ranked.c.newest)
        .subquery()
    )
    repeated = select(past.c.id).where(or_(past.c.repeated, past.c.end > KEPT_ENDS))
    dropped = _deleted(
        delete(Check).where(
            Check.id.in_(repeated), Check.status == CheckStatus.DONE, Check.created_at < before
        )
    )
    if dropped:
        _prune_reports(old.domain_ids)
    return dropped


def _prune_reports(domain_ids: list[int]) -> None:
    """Drop the reports of these domains that no check points to any more.

    A worker may be about to let a check point to one of them, which it does under the lock of the domain.
    """
    shown = select(Check.id).where(
        Check.custom_domain_id == CheckReport.custom_domain_id, Check.report_id == CheckReport.id
    )
    unused = ~shown.exists(), CheckReport.custom_domain_id.in_(domain_ids)
    owners = db.session.scalars(select(CheckReport.custom_domain_id).where(*unused).distinct()).all()
    if not owners:
        return
    domain_id = LLMClientCustomDomain.id
    db.session.execute(select(domain_id).where(domain_id.in_(owners)).order_by(domain_id).with_for_update())
    _deleted(delete(CheckReport).where(*unused, CheckReport.custom_domain_id.in_(owners)))


def _deleted(statement: Delete) -> int:
    done = db.session.execute(statement.execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]
