"""Reports of releases that stored each of them whole, in the check's own row: moved to where they are shared.

Nothing waits for it, because such a row is read as it is. So it is done a part at a time, every day; most of them are
dropped before their turn comes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Row, bindparam, select, update

from webapp.extensions import db
from webapp.models import Check, CheckStatus, LLMClientCustomDomain
from webapp.reports.codec import split
from webapp.reports.rows import Seen, keep

_CHECK: Any = Check.__table__

log = structlog.get_logger(__name__)

AT_ONCE = 200
#: About four minutes of a core.
MOST_A_DAY = 200_000


@dataclass(frozen=True)
class Moved:
    count: int
    up_to: int


def move(after_id: int) -> Moved | None:
    """Move the reports of the next checks after this id; None when none follows."""
    waiting = Check.id > after_id, Check.whole_report.is_not(None), Check.status == CheckStatus.DONE
    columns = Check.id, Check.custom_domain_id, Check.whole_report
    rows = db.session.execute(select(*columns).where(*waiting).order_by(Check.id).limit(AT_ONCE)).all()
    if not rows:
        return None
    # The locks under which workers keep reports, in their order.
    domain_id = LLMClientCustomDomain.id
    owners = {row.custom_domain_id for row in rows}
    db.session.execute(select(domain_id).where(domain_id.in_(owners)).order_by(domain_id).with_for_update())
    left = list(filter(None, map(_seen, rows)))
    moved = len(left)
    while left:
        first = list({one.domain_id: one for one in reversed(left)}.values())
        _point(first)
        left = [one for one in left if one not in first]
    return Moved(moved, rows[-1].id)


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
        [{"which": one.check_id, "there": at.report_id} for one, at in zip(seen, keep(seen), strict=True)],
    )
