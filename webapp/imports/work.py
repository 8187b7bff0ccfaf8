"""The work on an import, some lines at a time: they are judged, or registered.

`claim` takes the import for the job's lease, `gather` asks AWS where zones are taken over, and `record` writes what
became of the lines in one transaction, with the lease: a worker that is killed in between leaves lines that are as
they were before, and another one that was overtaken writes nothing. So each line is done once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from webapp.aws.route53.port import Route53Api
from webapp.config.settings import Settings
from webapp.dns.resolver import Dns
from webapp.extensions import db
from webapp.imports import queries, service
from webapp.imports.lines import adoption, judging
from webapp.imports.lines.registering import Proofs, Registering
from webapp.jobs.leases import Job
from webapp.jobs.writing import begin_writing
from webapp.models import (
    DomainImport,
    ImportLine,
    ImportState,
    LineState,
    Message,
)

#: The lease is longer than a batch takes, of which each line may wait for AWS and DNS.
JOB = Job(
    DomainImport.id,
    DomainImport.next_attempt_at,
    lease=timedelta(minutes=3),
    longest=lambda: timedelta(minutes=3),
)
#: Lines of one transaction. SQLite lets nobody else write meanwhile.
JUDGED, REGISTERED, ADOPTED = 100, 20, 5
#: After so many faults of ours at one line, the line is given up.
MOST_FAULTS = 3
_PAUSE = timedelta(seconds=5)


@dataclass(frozen=True)
class Wanted:
    """A hosted zone that a line wants to take over."""

    domain_name: str
    zone: str


@dataclass(frozen=True)
class Work:
    """The next lines of an import as they stood when this worker took them."""

    import_id: int
    lease: datetime
    state: ImportState
    account: str
    line_ids: tuple[int, ...]
    zones: Mapping[int, Wanted]


def due(now: datetime, limit: int) -> list[int]:
    return [*JOB.due_ids(now, limit, DomainImport.state.in_(queries.BUSY))]


def claim(import_id: int, now: datetime) -> datetime | None:
    """The end of the lease; None when it is another worker's, or nothing is to be done."""
    return JOB.claim(import_id, now, DomainImport.state.in_(queries.BUSY))


def next_lines(import_id: int, lease: datetime) -> Work | None:
    """None when the lease is another worker's, or the import was cancelled."""
    row = db.session.get(DomainImport, import_id, populate_existing=True)
    if row is None or row.next_attempt_at != lease or not row.state.is_busy:
        return None
    judges = row.state is ImportState.CHECKING
    size = 1 if row.faults else JUDGED if judges else ADOPTED if row.adopt else REGISTERED
    wanted = LineState.NEW if judges else LineState.READY
    lines = queries.lines_of(row, wanted, limit=size)
    zones = {
        line.id: Wanted(line.domain_name, line.aws_hosted_zone_id)
        for line in lines
        if row.adopt and not judges and line.domain_name and line.aws_hosted_zone_id
    }
    return Work(row.id, lease, row.state, row.account.number, tuple(line.id for line in lines), zones)


async def gather(work: Work, route53: Route53Api, dns: Dns) -> Proofs:
    return {
        line_id: await adoption.prove(wanted.domain_name, wanted.zone, work.account, route53, dns)
        for line_id, wanted in work.zones.items()
    }


def record(work: Work, proofs: Proofs, now: datetime, settings: Settings) -> datetime | None:
    """The end of the next lease; None when nothing is left to do, or the lease was lost."""
    begin_writing()
    lease = now + JOB.lease
    row = _held(work, lease)
    if row is None:
        return None
    if row.account.deleted_at is not None:
        service.cancel(row, actor=service.actor_of(row))
        return None
    lines = db.session.scalars(
        select(ImportLine).where(ImportLine.id.in_(work.line_ids)).order_by(ImportLine.number)
    ).all()
    if not lines:
        _end(row, now)
        return None
    if row.state is ImportState.CHECKING:
        judging.judge(row.account, lines, settings, now)
    else:
        Registering(row, service.actor_of(row), settings, now).register(lines, proofs)
    row.faults = 0
    db.session.flush()
    return lease


def judge_at_once(row: DomainImport, settings: Settings, now: datetime) -> bool:
    """Judge a new list in the transaction that keeps it, if it is short. False for one that a worker has to judge."""
    if row.lines > JUDGED:
        return False
    judging.judge(row.account, queries.lines_of(row, LineState.NEW, limit=JUDGED), settings, now)
    _end(row, now)
    return True


def _held(work: Work, lease: datetime) -> DomainImport | None:
    """The import, if it is still ours and was not cancelled, with its lease made longer."""
    held = db.session.execute(
        update(DomainImport)
        .where(
            DomainImport.id == work.import_id,
            DomainImport.next_attempt_at == work.lease,
            DomainImport.state == work.state,
        )
        .values(next_attempt_at=lease)
        .execution_options(synchronize_session=False)
    )
    if not held.rowcount:  # type: ignore[attr-defined]
        return None
    return db.session.get_one(DomainImport, work.import_id, populate_existing=True)


def _end(row: DomainImport, now: datetime) -> None:
    row.next_attempt_at = None
    if row.state is ImportState.CHECKING:
        row.state = ImportState.CHECKED
        db.session.flush()
        return
    row.state, row.ended_at = ImportState.DONE, now
    db.session.flush()
    service.note_end(row, service.actor_of(row))


def failed(work: Work, now: datetime) -> None:
    """A fault of ours, after the roll-back: from now on one line at a time, so that the others go on without the one
    that cannot be done.
    """
    row = _held(work, now + _PAUSE)
    if row is None:
        return
    row.faults += 1
    if len(work.line_ids) == 1 and row.faults >= MOST_FAULTS:
        line = db.session.get_one(ImportLine, work.line_ids[0])
        line.state, line.problem = LineState.REFUSED, Message("import.fault")
        row.faults = 1
    db.session.flush()


def pause(import_id: int, lease: datetime, now: datetime) -> None:
    """Let go of an import on which there is more to do."""
    db.session.execute(
        update(DomainImport)
        .where(DomainImport.id == import_id, DomainImport.next_attempt_at == lease)
        .values(next_attempt_at=now)
        .execution_options(synchronize_session=False)
    )
