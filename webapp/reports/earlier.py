"""Reports of releases that stored each of them whole, in the check's own row: moved to where they are shared.

Nothing waits for it, because such a row is read as it is. So it is done a part at a time, every day, and the newest
first: they stay longest, and most of the oldest are dropped before their turn comes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Row, bindparam, func, select, update

from webapp.extensions import db
from webapp.jobs.writing import begin_writing
from webapp.models import Check, CheckStatus, LLMClientCustomDomain
from webapp.reports.codec import split
from webapp.reports.rows import Seen, keep

_CHECK: Any = Check.__table__

log = structlog.get_logger(__name__)

AT_ONCE = 200
#: No index tells which checks have a whole report, so that a look is bounded by ids and not by what it finds.
LOOKED_AT = 20_000
#: About four minutes of a core.
MOST_A_DAY = 200_000


@dataclass(frozen=True)
class Moved:
    """`below`: the next look is at checks with lower ids."""

    count: int
    below: int


def newest() -> int:
    """The end of the ids that there are; later checks are of a release that shares reports."""
    return (db.session.scalar(select(func.max(Check.id))) or 0) + 1


def move(below: int) -> Moved | None:
    """Move the reports of the next checks below this id; None when there is no check."""
    begin_writing()
    start = db.session.scalar(select(Check.id).where(Check.id < below).order_by(Check.id.desc()).limit(1))
    if start is None:
        return None
    last = max(start - LOOKED_AT, 0)
    whole = Check.whole_report.is_not(None), Check.status == CheckStatus.DONE
    found = db.session.execute(
        select(Check.id, Check.custom_domain_id)
        .where(Check.id <= start, Check.id > last, *whole)
        .order_by(Check.id.desc())
        .limit(AT_ONCE)
    ).all()
    # The locks under which workers keep reports, in their order. What was dropped until then is not read any more.
    domain_id = LLMClientCustomDomain.id
    owners = {row.custom_domain_id for row in found}
    db.session.execute(select(domain_id).where(domain_id.in_(owners)).order_by(domain_id).with_for_update())
    columns = Check.id, Check.custom_domain_id, Check.whole_report
    rows = db.session.execute(
        select(*columns).where(Check.id.in_([row.id for row in found]), *whole).order_by(Check.id)
    ).all()
    seen = list(filter(None, map(_seen, rows)))
    if seen:
        _point(seen)
    return Moved(len(seen), found[-1].id if len(found) == AT_ONCE else last + 1)


def _seen(row: Row[Any]) -> Seen | None:
    """None for what no release has written so; it stays where it is."""
    check_id, domain_id, report = row.id, row.custom_domain_id, row.whole_report
    try:
        return Seen(domain_id, check_id, bool(report["transient"]), split(report))
    except (KeyError, TypeError, AttributeError) as err:
        log.error("check.report_unreadable", check_id=check_id, why=repr(err))  # noqa: TRY400 - a fault of the row
        return None


def _point(seen: list[Seen]) -> None:
    db.session.execute(
        update(_CHECK)
        .where(_CHECK.c.id == bindparam("which"))
        .values(report_id=bindparam("there"), report=None),
        [{"which": one.check_id, "there": there} for one, there in zip(seen, keep(seen), strict=True)],
    )
