"""What checks take on disk, and how fast what is old is dropped, on both databases.

    python -m benchmarks.storage

Reports are those of a usual name: sixteen to twenty-seven questions, with other milliseconds, TTLs and orders each
time. They go through the code that records a worker's batch. After each round the tables are vacuumed, because the
versions of a row that its changes leave behind are room for later rows; what is left is what grows. “before” is the
same report whole in each row, as releases stored it until migration 0021, in the same run.

The rows that are dropped are the filled ones, dated back: first checks, then events, notifications and e-mails.
"""

from __future__ import annotations

import argparse
import itertools
import json
import logging
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnClause, case, column, delete, func, insert, select, table, update

from benchmarks.installation import Installation
from benchmarks.output import say, write
from benchmarks.tree import Host
from tests.servers.postgresql import postgresql
from webapp.checks import bulk_record, record, schedule
from webapp.checks.record import Work
from webapp.dns.delegation import Asked, DelegationReport, Verdict
from webapp.dns.servers.evidence import Role
from webapp.extensions import db, settings
from webapp.health import pruning
from webapp.models import (
    Account,
    ActorKind,
    Check,
    CheckOrigin,
    CheckReport,
    CheckStatus,
    Email,
    EmailState,
    Event,
    EventKind,
    LLMClientCustomDomain,
    Notification,
    NotificationKind,
    utcnow,
)
from webapp.retention import history

SETUPS = ("sqlite", "postgresql")
#: A check every six to twenty-four hours.
CHECKS_A_DAY = 1.6
TABLES = ("domain_check", "domain_check_report", "domain_check_measurement")
#: Rounds of repeated checks until the tables have the room that changes of rows leave behind, and use it again.
SETTLING = 3
CHOSEN = random.Random(7)  # noqa: S311 - no secret


def main() -> None:
    options = _options()
    found: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory(prefix="nameplate-bench-") as name:
        for setup in options.only or SETUPS:
            with _installation(setup, Path(name)) as one:
                one.fill(_hosts(options.names))
                with one.app.app_context():
                    found.append({"setup": setup, **_storage(options), **_pruning(options)})
                    db.session.remove()
                    db.engine.dispose()
    write("storage", found)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--names", type=int, default=2000, help="how many (2000)")
    parser.add_argument("--rounds", type=int, default=6, help="checks of each that repeat the first (6)")
    parser.add_argument(
        "--rows", type=int, default=100_000, help="rows of each table that are dropped (100000)"
    )
    parser.add_argument("--only", choices=SETUPS, action="append", help="one of the databases (both)")
    return parser.parse_args()


@contextmanager
def _installation(setup: str, folder: Path) -> Iterator[Installation]:
    place = folder / setup
    place.mkdir()
    plain = {"SECRET_KEY": "only-for-the-benchmark", "NAMEPLATE_INSTANCE": str(place), "REDIS_URL": ""}
    paths = {"BROKER_PATH": str(place / "broker.sqlite"), "CACHE_DIRECTORY": str(place / "cache")}
    if setup == "sqlite":
        yield Installation({**plain, **paths, "DATABASE_URL": f"sqlite:///{place / 'n.sqlite'}"})
        return
    with postgresql() as server:
        server.create_database("bench")
        yield Installation({**plain, **paths, "DATABASE_URL": server.url("bench")})


def _hosts(count: int) -> list[Host]:
    return [Host(f"chat{n}.acme{n}.example", f"acme{n}.example", n % 20, _set(n)) for n in range(count)]


def _set(number: int) -> tuple[str, ...]:
    endings = ("com", "net", "org", "co.uk")
    return tuple(
        f"ns-{(number * 7 + 512 * place) % 2048}.awsdns-{number % 64:02}.{end}"
        for place, end in enumerate(endings)
    )


def _storage(options: argparse.Namespace) -> dict[str, object]:
    hosts = _hosts(options.names)
    db.session.execute(
        update(LLMClientCustomDomain).values(state="verified", is_verified=True, verdict="VERIFIED")
    )
    db.session.commit()
    empty = _size()
    whole = _whole(options.names)
    sizes, parts = [_size()], {}
    for _ in range(1 + SETTLING + options.rounds):
        _check_all(hosts)
        sizes.append(_size())
        if len(sizes) == 2 + SETTLING:
            parts = _parts()
    count = options.names
    before = (sizes[0] - empty) / count
    first = (sizes[1] - sizes[0]) / count
    again = (sizes[-1] - sizes[1 + SETTLING]) / (count * options.rounds)
    say(f"\n{db.engine.dialect.name}: {count} names, {options.rounds} checks of each that saw the same")
    say(f"  a report as JSON                      {whole:8.0f} bytes")
    say(f"  a check before                        {before:8.0f} bytes, {_daily(before)}")
    say(f"  the first check of a name             {first:8.0f} bytes, what it saw and measured included")
    say(f"  a check that saw the same             {again:8.0f} bytes, {_daily(again)}")
    say(f"  … as a part of one before             {again / before:8.3f}")
    for name, size in parts.items():
        say(f"    {name:<48}{(_parts()[name] - size) / (count * options.rounds):6.1f}")
    return {"before": before, "first": first, "again": again, "gigabytes_a_day": _gigabytes(again)}


def _gigabytes(size: float) -> float:
    return CHECKS_A_DAY * 1e6 * size / 1e9


def _daily(size: float) -> str:
    return f"{_gigabytes(size):5.2f} GB a day at a million names"


def _whole(names: int) -> float:
    """Stores one check of each name as releases did until 0021, and gives the size of its report."""
    ids = db.session.scalars(select(LLMClientCustomDomain.id)).all()
    reports = [_report(host).to_data() for host in _hosts(names)]
    now = utcnow()
    times = {"created_at": now, "updated_at": now, "started_at": now, "finished_at": now}
    done = {
        "origin": CheckOrigin.SCHEDULE,
        "status": CheckStatus.DONE,
        "verdict": "VERIFIED",
        "request_id": "0" * 16,
    }
    rows = [
        {"custom_domain_id": which, "whole_report": one, **times, **done}
        for which, one in zip(ids, reports, strict=True)
    ]
    db.session.execute(insert(Check), rows)
    db.session.commit()
    return sum(len(json.dumps(one)) for one in reports) / len(reports)


def _check_all(hosts: Sequence[Host]) -> None:
    """A round of the schedule: opened, taken and recorded in batches, each name in its turn."""
    by_name = {host.name: host for host in hosts}
    db.session.execute(update(LLMClientCustomDomain).values(next_check_at=utcnow() - timedelta(minutes=1)))
    db.session.commit()
    schedule.open_due(utcnow(), limit=len(hosts))
    db.session.commit()
    while works := record.take_batch(50, utcnow()):
        db.session.commit()
        CHOSEN.shuffle(works)
        done: list[tuple[Work, DelegationReport]] = [
            (work, _report(by_name[work.expectation.host])) for work in works
        ]
        bulk_record.record_reports(done, utcnow())
        db.session.commit()


def _report(host: Host) -> DelegationReport:
    zone, ours = host.parent, host.name_servers
    theirs = (f"ns1.provider{host.provider}.net", f"ns2.provider{host.provider}.net")
    asked = [_asked("resolver", "127.0.0.1:53", f"{zone} {kind}") for kind in ("SOA", "NS")]
    asked += [_asked("resolver", "127.0.0.1:53", f"{server} A") for server in (*ours, *theirs)]
    asked += [_asked("ours", server, f"{host.name} SOA", True) for server in ours]
    asked += [_asked("ours", server, f"{host.name} NS", True, ours) for server in ours]
    asked += [_asked("above", "a.gtld-servers.net", f"{zone} NS", False, theirs)]
    asked += [_asked("parent", server, f"{host.name} NS", False, ours) for server in theirs]
    asked += [_asked("parent", server, f"{host.name} DS", True) for server in theirs]
    CHOSEN.shuffle(asked)
    return DelegationReport(
        verdict=Verdict.VERIFIED,
        host=host.name,
        parent_zone=zone,
        relative_name=host.name.partition(".")[0],
        expected=ours,
        found=ours,
        missing=(),
        unexpected=(),
        asked=tuple(asked),
        who_acts="nobody",
        transient=False,
        further=(),
        old_answers_until=None,
        checked_at=utcnow(),
        duration_ms=CHOSEN.randrange(40, 900),
        delegations={zone: theirs},
    )


def _asked(
    role: Role, server: str, question: str, authoritative: bool = False, names: tuple[str, ...] = ()
) -> Asked:
    resolver = role == "resolver"
    ttl = CHOSEN.randrange(1, 3600) if resolver else 300
    address = server if resolver else f"205.251.{sum(server.encode()) % 256}.{len(server)}"
    dig = f"dig @{server} {question}" if resolver else f"dig +norecurse @{server} {question}"
    outcome = "NODATA" if question.endswith("DS") else "NOERROR"
    seen = outcome, authoritative, names, ttl, CHOSEN.randrange(1, 120)
    return Asked(server, address, question, "udp", *seen, role, dig)


def _size() -> int:
    """Bytes of the tables of checks, with their indexes, once what is free in them is known to be free."""
    if db.engine.dialect.name == "postgresql":
        _vacuum()
    return sum(_parts().values())


def _vacuum() -> None:
    db.session.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for one in TABLES:
            connection.exec_driver_sql(f"VACUUM (ANALYZE) {one}")


def _parts() -> dict[str, int]:
    """Bytes by table and index."""
    found: Any
    if db.engine.dialect.name == "postgresql":
        oid, owner = _column("oid"), _column("indrelid")
        tables = [func.to_regclass(one) for one in TABLES]
        indexes = select(_column("indexrelid")).select_from(table("pg_index")).where(owner.in_(tables))
        size = case((_column("relkind") == "r", func.pg_table_size(oid)), else_=func.pg_relation_size(oid))
        found = select(_column("relname"), size).select_from(table("pg_class"))
        found = found.where(oid.in_(tables) | oid.in_(indexes))
    else:
        named = _column("name")
        schema = select(named).select_from(table("sqlite_master")).where(_column("tbl_name").in_(TABLES))
        found = select(named, func.sum(_column("pgsize"))).select_from(table("dbstat"))
        found = found.where(named.in_(schema)).group_by(named)
    return {name: int(size) for name, size in db.session.execute(found)}


def _column(name: str) -> ColumnClause[Any]:
    return column(name)


def _pruning(options: argparse.Namespace) -> dict[str, object]:
    """Rows a second, and how long a pass takes that finds nothing old: it must not look at what stays."""
    for fill in (_fill_checks, _fill_others):
        fill(options.rows)
        db.session.commit()
    found: dict[str, object] = {}
    passes: list[tuple[str, Callable[[], int]]] = [("checks", _prune_checks)]
    passes += [(kind.name, partial(_prune, kind)) for kind in history.KINDS]
    for name, run in passes:
        dropped, seconds = _timed(run)
        _, empty = _timed(run)
        found[name] = {"dropped": dropped, "a_second": dropped / seconds, "empty_pass_seconds": empty}
        say(
            f"  {name:<16}{dropped:8d} dropped, {dropped / seconds:8.0f} a second; a pass for nothing {empty:6.3f} s"
        )
    return found


def _timed(run: Callable[[], int]) -> tuple[int, float]:
    began = time.perf_counter()
    count = run()
    return count, time.perf_counter() - began


#: Where the pass has come to, as the task keeps it from day to day.
_REACHED = {"checks": 0}


def _prune_checks() -> int:
    before, dropped = utcnow() - timedelta(days=settings().check_history_days), 0
    while old := pruning.domains_with_old_checks(before, _REACHED["checks"]):
        dropped += pruning.prune_checks(old, before)
        db.session.commit()
        pruning.drop_reports(old.domain_ids)
        _REACHED["checks"] = old.up_to
        db.session.commit()
    return dropped


def _prune(kind: history.Kind) -> int:
    dropped = 0
    after: int | None = 0
    while after is not None:
        gone, after = history.prune(kind, utcnow(), settings(), after)
        dropped += gone
        db.session.commit()
    return dropped


def _fill_checks(rows: int) -> None:
    """Old checks that saw the same, and as many young ones behind them."""
    db.session.execute(delete(Check))
    db.session.commit()
    _REACHED["checks"] = 0
    reports = dict(db.session.execute(select(CheckReport.custom_domain_id, CheckReport.id)).all())
    old = utcnow() - timedelta(days=settings().check_history_days + 1)
    for at in (old, utcnow()):
        ids = itertools.islice(itertools.cycle(list(reports)[: max(1, rows // 50)]), rows)
        done = {
            "origin": CheckOrigin.SCHEDULE,
            "status": CheckStatus.DONE,
            "verdict": "VERIFIED",
            "created_at": at,
            "updated_at": at,
        }
        _insert(Check, ({"custom_domain_id": which, "report_id": reports[which], **done} for which in ids))


def _fill_others(rows: int) -> None:
    account_id = db.session.scalars(select(Account.id)).first()
    ids = db.session.scalars(select(LLMClientCustomDomain.id)).all()
    for days in (5000, 0):
        at = utcnow() - timedelta(days=days)
        domains = [ids[number % len(ids)] for number in range(rows)]
        times = {"created_at": at, "updated_at": at, "sent_at": at}
        event: dict[str, Any] = {
            "kind": EventKind.CHECK_REQUESTED,
            "actor_kind": ActorKind.SYSTEM,
            "actor_name": "Nameplate",
        }
        event |= {"account_id": account_id, "created_at": at, "updated_at": at}
        _insert(Event, ({"custom_domain_id": which, **event} for which in domains))
        email = {"address": "somebody@acme.example", "state": EmailState.SENT, "next_attempt_at": at, **times}
        _insert(Email, ({"custom_domain_id": which, **email} for which in domains))
        news = {"account_id": account_id, "kind": NotificationKind.VERIFIED, "send_after": at, **times}
        _insert(
            Notification,
            (
                {"custom_domain_id": which, "occasion": at + timedelta(seconds=number), **news}
                for number, which in enumerate(domains)
            ),
        )


def _insert(model: Any, rows: Iterator[dict[str, Any]]) -> None:
    while some := list(itertools.islice(rows, 5000)):
        db.session.execute(insert(model), some)
        db.session.commit()


if __name__ == "__main__":
    logging.disable(logging.INFO)
    main()
