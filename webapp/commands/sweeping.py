"""One round of the schedule in this process, for installations without a worker and for whoever is impatient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from webapp.accounts.tasks import sweep_deletions
from webapp.checks import schedule, tasks
from webapp.commands.output import table, tell
from webapp.extensions import db, settings
from webapp.jobs import clock
from webapp.messages.catalogue import sentence
from webapp.models import Check, HostedZone, utcnow
from webapp.notifications import tasks as notification_tasks
from webapp.removal import deletion_queue, deletion_record
from webapp.removal import tasks as removal_tasks
from webapp.zones import queries as zone_queries
from webapp.zones import tasks as zone_tasks


@dataclass(frozen=True)
class Checked:
    """`verdict` is None when a worker has taken the check meanwhile and is still at it."""

    domain_name: str
    account: str
    verdict: str | None
    state: str


@dataclass(frozen=True)
class Prepared:
    """A zone as it stands after the round; `error` is a sentence on what it waits for."""

    domain_name: str
    account: str
    state: str
    error: str | None


@dataclass(frozen=True)
class Swept:
    checks: Sequence[Checked]
    zones: Sequence[Prepared]

    def document(self) -> dict[str, Any]:
        return asdict(self)

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
    """Zones first, since a zone that gets ready may be checked from then on; mail last, since it tells of it all."""
    swept = Swept(zones=[*_sweep_zones(), *_sweep_removals()], checks=_sweep_checks())
    notification_tasks.send_mail.run()
    return swept


def _sweep_zones() -> list[Prepared]:
    zone_ids = zone_queries.zones_due(clock.now(), 50)
    db.session.commit()
    return [_prepare(zone_id) for zone_id in zone_ids]


def _prepare(zone_id: int) -> Prepared:
    zone_tasks.set_up_zone.run(zone_id)
    return _as_it_stands(zone_id)


def _sweep_removals() -> list[Prepared]:
    sweep_deletions.run()
    now = clock.now()
    deletion_record.remove_long_expired(now, settings().expired_keep_days)
    deletion_record.catch_up(now)
    zone_ids = deletion_queue.due(now, limit=50)
    db.session.commit()
    return [_see_off(zone_id) for zone_id in zone_ids]


def _see_off(zone_id: int) -> Prepared:
    removal_tasks.see_zone_off.run(zone_id)
    return _as_it_stands(zone_id)


def _as_it_stands(zone_id: int) -> Prepared:
    zone = db.session.get_one(HostedZone, zone_id, populate_existing=True)
    error = sentence(zone.problem) if zone.problem else None
    return Prepared(zone.domain_name, zone.custom_domain.account.number, zone.state.value, error)


def _sweep_checks() -> list[Checked]:
    now = utcnow()
    schedule.expire_pending(now, settings().pending_days)
    check_ids = {*schedule.open_due(now), *schedule.queue_again(now)}
    db.session.commit()
    return [_check(check_id) for check_id in sorted(check_ids)]


def _check(check_id: int) -> Checked:
    check = db.session.get_one(Check, check_id)
    tell(f"Checking {check.custom_domain.domain_name} …")
    tasks.run_check.run(check_id)
    db.session.refresh(check)
    domain = check.custom_domain
    return Checked(domain.domain_name, domain.account.number, check.verdict, domain.state.value)
