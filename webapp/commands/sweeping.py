"""Running the schedule once in this process, for installations without a worker and for people who cannot wait."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import structlog
from celery import Task
from flask import current_app
from werkzeug.utils import import_string

from webapp.commands.output import table, tell
from webapp.config.schedule import SCHEDULE, Row
from webapp.extensions import cache, db
from webapp.messages.catalogue import sentence
from webapp.models import Check, HostedZone
from webapp.runtime.inline import in_this_process

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Checked:
    """`verdict` is None when a worker has taken the check meanwhile and is still at it."""

    domain_name: str
    account: str
    verdict: str | None
    state: str


@dataclass(frozen=True)
class Prepared:
    """A zone as it is after the run; `error` is a sentence on what it waits for."""

    domain_name: str
    account: str
    state: str
    error: str | None


@dataclass(frozen=True)
class Swept:
    """`failed`: the tasks that ended with a fault of ours, which the log describes."""

    checks: Sequence[Checked]
    zones: Sequence[Prepared]
    failed: Sequence[str] = ()

    def document(self) -> dict[str, Any]:
        return {"checks": [asdict(one) for one in self.checks], "zones": [asdict(one) for one in self.zones]}

    def lines(self) -> list[str]:
        if not self.checks and not self.zones:
            return ["Nothing was due."]
        rows = [
            *(
                (one.domain_name, one.account, one.verdict or "being checked", one.state)
                for one in self.checks
            ),
            *((one.domain_name, one.account, f"zone {one.state}", one.error or "") for one in self.zones),
        ]
        return table(rows)


def sweep() -> Swept:
    """Run every row of the schedule that is due, in its order. A fault in one row stops no other."""
    with in_this_process(current_app.extensions["celery"]) as failed:
        found = {row.name: _run(row) for row in SCHEDULE if _is_due(row)}
    # A transaction that was begun before the run would show the rows as they were.
    db.session.rollback()
    zone_ids = dict.fromkeys([*found["sweep-zones"], *found["sweep-removals"]])
    return Swept(_checked(found["sweep"]), _prepared(zone_ids), failed)


def _run(row: Row) -> Sequence[int]:
    """The ids of the rows that the task found due, if it is one that tells."""
    tell(f"{row.says} …")
    task: Task[[], Sequence[int] | None] = import_string(row.task)
    done = task.apply()
    found = done.result if done.successful() else None
    return found if isinstance(found, list) else ()


def _is_due(row: Row) -> bool:
    """False for a seldom-run row of the schedule that another sweep ran a short time ago."""
    if not row.seldom:
        return True
    try:
        return bool(cache.add(f"swept:{row.name}", True, timeout=int(row.seconds)))
    except Exception:
        log.warning("cache.unreachable", key=row.name, exc_info=True)
        return True


def _checked(check_ids: Iterable[int]) -> list[Checked]:
    checks = [db.session.get_one(Check, check_id, populate_existing=True) for check_id in check_ids]
    return [
        Checked(domain.domain_name, domain.account.number, check.verdict, domain.state.value)
        for check in checks
        for domain in [check.custom_domain]
    ]


def _prepared(zone_ids: Iterable[int]) -> list[Prepared]:
    zones = [db.session.get_one(HostedZone, zone_id, populate_existing=True) for zone_id in zone_ids]
    return [
        Prepared(
            zone.domain_name,
            zone.custom_domain.account.number,
            zone.state.value,
            sentence(zone.problem) if zone.problem else None,
        )
        for zone in zones
    ]
