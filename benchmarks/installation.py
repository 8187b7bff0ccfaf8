"""A Nameplate of the benchmark's own: its database, its names, its workers."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from alembic import command as alembic
from flask import Flask
from sqlalchemy import func, insert, select, update

from benchmarks.pinning import cpu_seconds, pinned
from benchmarks.tree import Host
from webapp import create_app
from webapp.checks import tasks
from webapp.config.settings import load_settings
from webapp.dns.batch_cache import NOTE, NOTE_ABOVE
from webapp.extensions import db, migrate
from webapp.models import (
    Account,
    Check,
    CheckStatus,
    DomainState,
    HostedZone,
    LLMClientCustomDomain,
    ZoneState,
    utcnow,
)

ROOT = Path(__file__).resolve().parents[1]
WORKER = ["-m", "celery", "--quiet", "--app", "webapp.worker", "worker"]
WORKER += ["--pool", "threads", "--concurrency", "4", "--loglevel", "WARNING"]
START_SECONDS, RUN_SECONDS = 60, 900


@dataclass(frozen=True)
class Measured:
    """One run over all names. `cpu_ms` is the workers' own time for one verification."""

    names: int
    seconds: float
    per_second: float
    cpu_ms: float
    verified: int
    queries: float


class Installation:
    """`environment` is what Nameplate reads its settings from; the process's own is left alone."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)
        values = {name.lower(): value for name, value in environment.items()}
        self.app: Flask = create_app(load_settings(**values))

    def fill(self, hosts: Sequence[Host]) -> None:
        """Migrates the database and puts a pending domain with a ready zone into it for every host."""
        with self.app.app_context():
            logging.disable(logging.INFO)  # the names of the migrations would only hide the results
            config: Any = migrate.get_config(str(ROOT / "migrations"))
            alembic.upgrade(config, "head")
            logging.disable(logging.NOTSET)
            account = Account(name="Benchmark")
            db.session.add(account)
            db.session.flush()
            now = utcnow()
            db.session.execute(insert(LLMClientCustomDomain), [_domain(account.id, h, now) for h in hosts])
            ids = dict(
                db.session.execute(select(LLMClientCustomDomain.domain_name, LLMClientCustomDomain.id)).all()
            )
            db.session.execute(insert(HostedZone), [_zone(ids[host.name], host) for host in hosts])
            db.session.commit()

    @contextmanager
    def workers(self, cores: Sequence[int | None], log: Path) -> Iterator[list[int]]:
        """One worker for each entry, on that core; their process ids."""
        with ExitStack() as stack:
            pids, logs = [], []
            for number, core in enumerate(cores):
                logs.append(log.with_name(f"{log.name}-{number}"))
                output = stack.enter_context(logs[-1].open("wb"))
                process = subprocess.Popen(  # noqa: S603 - the command is ours
                    pinned([sys.executable, *WORKER, "--hostname", f"bench{number}@localhost"], core),
                    cwd=ROOT,
                    env={**os.environ, **self.environment},
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                )
                stack.callback(process.wait)
                stack.callback(process.terminate)
                pids.append(process.pid)
            _wait_for_workers(logs)
            yield pids

    def measure(self, pids: Sequence[int]) -> Measured:
        """Makes every name due, and takes the time from the rows: the first start to the last finish."""
        with self.app.app_context():
            after = db.session.scalar(select(func.max(Check.id))) or 0
            db.session.execute(update(LLMClientCustomDomain).values(next_check_at=utcnow()))
            db.session.commit()
            used = sum(map(cpu_seconds, pids))
            tasks.sweep.delay()
            names = db.session.scalar(select(func.count()).select_from(LLMClientCustomDomain)) or 0
            self._wait_until_done(names, after)
            used = sum(map(cpu_seconds, pids)) - used
            return _measured(names, after, used)

    def _wait_until_done(self, names: int, after: int) -> None:
        deadline = time.monotonic() + RUN_SECONDS
        count = select(func.count()).where(Check.id > after, Check.status == CheckStatus.DONE)
        while (done := db.session.scalar(count) or 0) < names:
            db.session.rollback()
            if time.monotonic() > deadline:
                raise RuntimeError(f"{done} of {names} checks were done after {RUN_SECONDS} s")
            time.sleep(0.5)
        db.session.rollback()


def _wait_for_workers(logs: Sequence[Path]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not all("worker.ready" in log.read_text() for log in logs):
        if time.monotonic() > deadline:
            raise RuntimeError(f"a worker did not start within {START_SECONDS} s: {logs[-1].read_text()}")
        time.sleep(0.1)


def _measured(names: int, after: int, used: float) -> Measured:
    mine = Check.id > after
    first, last, done, verified = db.session.execute(
        select(
            func.min(func.coalesce(Check.started_at, Check.created_at)),
            func.max(Check.updated_at),
            func.count(),
            func.count().filter(Check.verdict == "VERIFIED"),
        ).where(mine)
    ).one()
    reports = [check.report for check in db.session.scalars(select(Check).where(mine, Check.id % 10 == 0))]
    queries = sum(_asked(report) for report in reports if report) / max(1, len(reports))
    db.session.rollback()
    if first is None or last is None:
        raise RuntimeError("no check was done")
    seconds = (last - first).total_seconds()
    return Measured(names, seconds, done / seconds, 1000 * used / done, verified, queries)


def _asked(report: Mapping[str, Any]) -> int:
    """How many queries were sent, without those that the batch cache answered."""
    known = ([NOTE.to_dict()], [NOTE_ABOVE.to_dict()])
    return sum(bool(line["dig"]) and line.get("notes") not in known for line in report["asked"])


def _domain(account_id: int, host: Host, now: object) -> dict[str, object]:
    return {
        "account_id": account_id,
        "domain_name": host.name,
        "registrable_domain": host.parent,
        "state": DomainState.PENDING,
        "is_verified": False,
        "version": 1,
        "state_changed_at": now,
        "check_attempt": 0,
    }


def _zone(domain_id: int, host: Host) -> dict[str, object]:
    return {
        "custom_domain_id": domain_id,
        "domain_name": host.name,
        "caller_reference": f"bench-{domain_id}",
        "state": ZoneState.READY,
        "name_servers": list(host.name_servers),
        "aws_hosted_zone_id": f"Z{domain_id:08}",
        "created_at": utcnow() - timedelta(days=1),
    }
