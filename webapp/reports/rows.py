"""Reports as rows: kept when a check is recorded, and read back for whoever shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select, tuple_

from webapp.dns import methods
from webapp.dns.judgement.report import Report
from webapp.extensions import db
from webapp.jobs.upsert import insert
from webapp.models import Check, CheckMeasurement, CheckReport, CheckStatus
from webapp.reports import codec
from webapp.reports.codec import Parts, UnreadableError

log = structlog.get_logger(__name__)

#: Rows in one statement; SQLite takes at most 32,766 values in one.
_AT_ONCE = 500


@dataclass(frozen=True)
class Seen:
    """What a check saw, taken apart."""

    domain_id: int
    check_id: int
    transient: bool
    parts: Parts

    @property
    def key(self) -> tuple[int, bytes]:
        return self.domain_id, self.parts.digest


def keep(seen: Sequence[Seen]) -> list[int]:
    """Store what is new of it; the ids of the reports in the same order.

    The caller holds the locks of the domains, or a report could be dropped before its check points to it.
    """
    kept: list[int] = []
    for start in range(0, len(seen), _AT_ONCE):
        some = seen[start : start + _AT_ONCE]
        known = _known(some)
        known |= _add([one for one in some if one.key not in known])
        kept += [known[one.key] for one in some]
        _measured(some)
    return kept


def _known(seen: Sequence[Seen]) -> dict[tuple[int, bytes], int]:
    """Asked by pairs: with two lists, a database may look up every domain with every digest."""
    key = tuple_(CheckReport.custom_domain_id, CheckReport.digest)
    found = db.session.execute(
        select(CheckReport.custom_domain_id, CheckReport.digest, CheckReport.id).where(
            key.in_({one.key for one in seen})
        )
    )
    return {(domain_id, bytes(digest)): which for domain_id, digest, which in found}


def _add(new: Sequence[Seen]) -> dict[tuple[int, bytes], int]:
    """The unique digest decides between two that store the same report at once: both get the id of the one."""
    if not new:
        return {}
    rows = [
        {
            "custom_domain_id": one.domain_id,
            "check_id": one.check_id,
            "transient": one.transient,
            "digest": one.parts.digest,
            "body": one.parts.packed(),
        }
        for one in _each({one.key: one for one in sorted(new, key=_by_check, reverse=True)})
    ]
    columns = CheckReport.custom_domain_id, CheckReport.digest, CheckReport.id
    values = insert(CheckReport).values(rows)
    # A row that is only left alone would not be returned.
    there = values.on_conflict_do_update(
        index_elements=["custom_domain_id", "digest"], set_={"digest": values.excluded.digest}
    )
    added = db.session.execute(there.returning(*columns))
    return {(domain_id, bytes(digest)): which for domain_id, digest, which in added}


def _measured(seen: Sequence[Seen]) -> None:
    rows = [
        {
            "custom_domain_id": one.domain_id,
            "transient": one.transient,
            "check_id": one.check_id,
            "body": one.parts.packed_measured(),
        }
        for one in _each({(one.domain_id, one.transient): one for one in sorted(seen, key=_by_check)})
    ]
    values = insert(CheckMeasurement).values(rows)
    new = {"check_id": values.excluded.check_id, "body": values.excluded.body}
    db.session.execute(
        values.on_conflict_do_update(
            index_elements=["custom_domain_id", "transient"],
            set_=new,
            where=CheckMeasurement.check_id < values.excluded.check_id,
        )
    )


def began(check: Check) -> datetime | None:
    """None as long as it waits. Of a check of the schedule that changed nothing the row tells two times only."""
    return check.started_at or (check.created_at if check.status is CheckStatus.DONE else None)


def ended(check: Check) -> datetime | None:
    return check.finished_at or (check.updated_at if check.status is CheckStatus.DONE else None)


def _by_check(one: Seen) -> int:
    return one.check_id


def _each(found: dict[Any, Seen]) -> list[Seen]:
    """In one order, so that two that store rows of the same domains never wait for each other."""
    return sorted(found.values(), key=lambda one: one.key)


def read(check: Check) -> dict[str, Any] | None:
    """The report as JSON; None as long as there is none. Raises `UnreadableError`.

    Of the newest checks, and of that which saw it first, it is the report as it was. A check in between has its own
    times, and the milliseconds of single questions that the first check measured.
    """
    if check.report_id is None:
        return check.whole_report
    stored = db.session.get(CheckReport, check.report_id)
    # SQLite gives the id of a report that was dropped to another one.
    if stored is None or stored.custom_domain_id != check.custom_domain_id:
        raise UnreadableError(f"report {check.report_id} is missing")
    both = codec.unpack(stored.body)
    newest = db.session.get(CheckMeasurement, (check.custom_domain_id, stored.transient))
    measured = None
    if check.id == stored.check_id:
        measured = both["measured"]
    elif newest is not None and newest.check_id == check.id:
        measured = codec.unpack(newest.body)
    return codec.told(both, measured, began(check) or check.created_at, ended(check))


def report_of(check: Check | None) -> Report | None:
    """The check's report. None, and a line in the log, when this release cannot read it: the verdict stands in the
    check itself, and a page that shows the rest is better than none.
    """
    if check is None:
        return None
    try:
        data = check.report
        return methods.read(data) if data else None
    except (UnreadableError, KeyError, TypeError, ValueError) as err:
        log.error("check.report_unreadable", check_id=check.id, why=repr(err))  # noqa: TRY400 - a fault of the row
        return None


def has_report(check: Check | None) -> bool:
    return check is not None and (check.report_id is not None or check.whole_report is not None)
