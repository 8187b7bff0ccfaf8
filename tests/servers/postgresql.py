"""A PostgreSQL of the tests' own, on a Unix socket."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests.servers.programs import Restartable, find

PACKAGE = "postgresql"
# Names the socket in the directory; nothing listens on TCP.
PORT = 5432
# Waiting for a disk would be most of a test's time, and no test takes the machine's power away. Commits stay
# synchronous: a server that a test kills would else lose what it had promised to keep. Nothing is vacuumed or
# analysed behind a test's back: one that takes long on a busy machine would else meet other plans, and its locks.
_FAST = ("fsync=off", "full_page_writes=off", "max_connections=150", "autovacuum=off")


@dataclass(frozen=True)
class PostgreSQL:
    """A running server. Its superuser is `nameplate` and needs no password on the socket."""

    directory: Path

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://nameplate@/{database}?host={self.directory}&port={PORT}"

    def create_database(self, name: str, template: str = "template0") -> None:
        self._execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )

    def drop_database(self, name: str) -> None:
        self._execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def serves(self) -> bool:
        try:
            self._execute(sql.SQL("SELECT 1"))
        except psycopg.OperationalError:
            return False
        return True

    def _execute(self, statement: sql.SQL | sql.Composed) -> None:
        where = {"host": str(self.directory), "port": PORT, "user": "nameplate", "dbname": "postgres"}
        with psycopg.connect(**where, autocommit=True) as connection:  # type: ignore[arg-type]
            connection.execute(statement)


@contextmanager
def postgresql() -> Iterator[PostgreSQL]:
    """A new server with empty data."""
    with restartable_postgresql() as (found, _):
        yield found


@contextmanager
def restartable_postgresql() -> Iterator[tuple[PostgreSQL, Restartable]]:
    """The same for a test that stops it. PostgreSQL refuses to be root, so root runs it as Debian's `postgres`."""
    # Debian keeps the programs of each version in a directory of its own, away from the PATH.
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda bin_: float(bin_.parent.name))
    places = [str(version) for version in reversed(versions)]
    initdb, postgres = find("initdb", PACKAGE, *places), find("postgres", PACKAGE, *places)
    # Not below pytest's directory, which only its owner may enter; and a socket's path must be short.
    directory = Path(tempfile.mkdtemp(prefix="nameplate-pg-"))
    try:
        owner = _owner(directory)
        data = directory / "data"
        options = ["--username=nameplate", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C"]
        subprocess.run([initdb, "--pgdata", data, *options], check=True, stdout=subprocess.DEVNULL, **owner)
        command = [
            postgres,
            "-D",
            str(data),
            "-k",
            str(directory),
            "-c",
            "listen_addresses=",
            "-c",
            f"port={PORT}",
        ]
        command += [word for setting in _FAST for word in ("-c", setting)]
        found = PostgreSQL(directory)
        with Restartable(command, log=directory / "log", ready=found.serves, **owner) as server:
            try:
                yield found, server
            finally:
                # SIGTERM would have it wait for whoever is still connected.
                server.process.send_signal(signal.SIGINT)
    finally:
        shutil.rmtree(directory)


def _owner(directory: Path) -> dict[str, Any]:
    """How to start a program that must own `directory` and must not be root."""
    if os.getuid() != 0:
        return {"cwd": directory}
    entry = pwd.getpwnam("postgres")
    os.chown(directory, entry.pw_uid, entry.pw_gid)
    return {"cwd": directory, "user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
