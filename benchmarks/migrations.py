"""How long each migration takes with a million names on PostgreSQL, and how long anybody waits meanwhile.

    python -m benchmarks.migrations --rows 1000000

Starts a PostgreSQL of its own, fills the first schema, and upgrades it step by step. Other processes go on asking
what the edge asks and writing what workers write. For each migration it prints its duration and the longest wait of
each of them, and before all migrations the same waits without one.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import make_url, text

from benchmarks.migration_rows import fill
from benchmarks.output import say
from tests.app_fixtures import make_app
from tests.servers.postgresql import postgresql
from webapp.extensions import db, migrate

MIGRATIONS = str(Path(__file__).resolve().parents[1] / "migrations")
#: Between two questions of a probe.
PAUSE = 0.02
CALM_SECONDS = 5
WRITE_DOMAIN = "UPDATE llm_client_custom_domain SET updated_at = now() WHERE id = %s"
#: What goes on all the while; `%s` is the number of a row. The first one is the edge's.
PROBES = {
    "edge": "SELECT id FROM llm_client_custom_domain WHERE domain_name = 'chat.shop' || %s || '.example'"
    " AND is_verified",
    "domain": WRITE_DOMAIN,
    "zone": "UPDATE hosted_zone SET updated_at = now() WHERE id = %s",
    "event": "SELECT id FROM event WHERE custom_domain_id = %s ORDER BY created_at LIMIT 10",
    "sign-in": "SELECT id FROM users WHERE email = 'person' || %s || '@shop.example'",
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000, help="how many names (1000000)")
    options = parser.parse_args()
    logging.disable(logging.INFO)  # Alembic's lines would only part the figures
    with tempfile.TemporaryDirectory(prefix="nameplate-migrations-") as name, postgresql() as server:
        server.create_database("migrations")
        app = make_app(Path(name), database_url=server.url("migrations"))
        with app.app_context():
            _measure(app, options.rows, Path(name))


def _measure(app: Flask, rows: int, directory: Path) -> None:
    revisions = [one.revision for one in _scripts()]
    _upgrade(revisions[0])
    _fill(revisions[0], rows)
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    say(f"{'':11}{'took':>9}" + "".join(f"{name:>10}" for name in PROBES) + "   longest wait in ms")
    with _probes(url, rows, directory) as waits:
        began = time.time()
        time.sleep(CALM_SECONDS)
        _report("none", began, waits)
        for revision in revisions[1:]:
            began = time.time()
            _upgrade(revision)
            _report(revision, began, waits)
            _fill(revision, rows)


def _scripts() -> list[Any]:
    config: Any = migrate.get_config(MIGRATIONS)
    return list(reversed(list(ScriptDirectory.from_config(config).walk_revisions())))


def _upgrade(revision: str) -> None:
    db.session.rollback()
    upgrade(directory=MIGRATIONS, revision=revision)
    db.engine.dispose()


def _fill(revision: str, rows: int) -> None:
    """The rows of the tables that this migration made; nobody asks about them, so their locks do not count."""
    started = time.perf_counter()
    statements = fill(revision, rows)
    for statement in statements:
        db.session.execute(text(statement))
    db.session.commit()
    for table in {statement.split()[2] for statement in statements if statement.startswith("INSERT")}:
        db.session.execute(text(f"ANALYZE {table}"))
        db.session.commit()
    if statements:
        say(f"filled after {revision} in {time.perf_counter() - started:.0f} s")


def _report(revision: str, began: float, waits: dict[str, Path]) -> None:
    ended = time.time()
    time.sleep(2 * PAUSE)
    longest = [_longest(path, began, ended) for path in waits.values()]
    say(f"{revision:11}{ended - began:7.1f} s" + "".join(f"{1000 * wait:10.0f}" for wait in longest))


def _longest(path: Path, began: float, ended: float) -> float:
    lines = (line.split() for line in path.read_text(encoding="ascii").splitlines())
    return max(
        (float(wait) for at, wait in lines if began <= float(at) + float(wait) and float(at) <= ended),
        default=0.0,
    )


@contextmanager
def _probes(url: str, rows: int, directory: Path) -> Iterator[dict[str, Path]]:
    """A process for each, so that the migration's own work in Python does not count as a wait."""
    files = {name: directory / name for name in PROBES}
    start = multiprocessing.get_context("spawn")
    processes = [
        start.Process(target=probe, args=(url, statement, rows, str(files[name])), daemon=True)
        for name, statement in PROBES.items()
    ]
    for process in processes:
        process.start()
    while not all(path.exists() and path.stat().st_size for path in files.values()):
        time.sleep(PAUSE)
    try:
        yield files
    finally:
        for process in processes:
            process.terminate()
            process.join()


def probe(url: str, statement: str, rows: int, path: str) -> None:
    """Ask until the process is ended; each line is when a question was asked and how long its answer took."""
    parts = make_url(url)
    where = {"host": parts.query["host"], "port": parts.query["port"]}
    with (
        psycopg.connect(user=parts.username, dbname=parts.database, autocommit=True, **where) as connection,  # type: ignore[arg-type]
        Path(path).open("w", buffering=1, encoding="ascii") as file,
    ):
        number = 1
        while True:
            number = number * 7919 % rows + 1
            asked = time.time()
            connection.execute(statement, [number])
            file.write(f"{asked} {time.time() - asked}\n")
            time.sleep(PAUSE)


if __name__ == "__main__":
    main()
