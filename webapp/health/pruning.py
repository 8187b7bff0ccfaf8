"""What is no longer needed is dropped, a little at a time, so that nothing waits for it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from sqlalchemy import and_, delete, false, func, or_, select

from webapp.extensions import db
from webapp.models import Check, CheckStatus

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


def domains_with_old_checks(before: datetime, after_id: int, limit: int = 100) -> list[int]:
    """The ids of domains that have more checks than are kept and some from before `before`, in order."""
    query = (
        select(Check.custom_domain_id)
        .where(Check.custom_domain_id > after_id)
        .group_by(Check.custom_domain_id)
        .having(func.count() > KEPT_CHECKS, func.min(Check.created_at) < before)
        .order_by(Check.custom_domain_id)
        .limit(limit)
    )
    return list(db.session.scalars(query))


def prune_checks(domain_ids: list[int], before: datetime) -> int:
    """Drop the checks of these domains from before `before`, but for the newest and for the first and the last of
    each run of equal verdicts: what was news stays, and until when it was so, for the newest `KEPT_ENDS` of them.
    """
    domain = Check.custom_domain_id
    before_it = func.lag(Check.verdict).over(partition_by=domain, order_by=Check.id)
    after_it = func.lead(Check.verdict).over(partition_by=domain, order_by=Check.id)
    ranked = (
        select(
            Check.id,
            func.row_number().over(partition_by=domain, order_by=Check.id.desc()).label("place"),
            func.coalesce(and_(Check.verdict == before_it, Check.verdict == after_it), false()).label(
                "repeated"
            ),
            domain.label("domain_id"),
        )
        .where(Check.custom_domain_id.in_(domain_ids))
        .subquery()
    )
    within = func.row_number().over(
        partition_by=(ranked.c.domain_id, ranked.c.repeated), order_by=ranked.c.id.desc()
    )
    old = (
        select(ranked.c.id, ranked.c.repeated, within.label("end"))
        .where(ranked.c.place > KEPT_CHECKS)
        .subquery()
    )
    repeated = select(old.c.id).where(or_(old.c.repeated, old.c.end > KEPT_ENDS))
    dropped = db.session.execute(
        delete(Check)
        .where(Check.id.in_(repeated), Check.status == CheckStatus.DONE, Check.created_at < before)
        .execution_options(synchronize_session=False)
    )
    return int(dropped.rowcount)  # type: ignore[attr-defined]
