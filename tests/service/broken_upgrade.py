"""Migrations without their numbers, run to their end or broken off behind each of their steps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, event

from webapp.extensions import migrate
from webapp.models import Base
from webapp.schema_changes import batches, constraints, indexes, tables  # noqa: F401 - in `op`

MIGRATIONS = str(Path(__file__).resolve().parents[2] / "migrations")


def scripts() -> list[Any]:
    config: Any = migrate.get_config(MIGRATIONS)
    return list(reversed(list(ScriptDirectory.from_config(config).walk_revisions())))


class Broken(Exception):  # noqa: N818 - no error
    """What a kill looks like from inside: nothing after the statement happens."""


class Breaker:
    """Ends the migration after each statement that committed something, the first time that it is seen."""

    def __init__(self, engine: Engine) -> None:
        self._seen: set[str] = set()
        self._engine = engine
        self._inside = False
        self._texts: list[str] = []
        self.breaks = 0

    def __enter__(self) -> Breaker:
        event.listen(self._engine, "after_cursor_execute", self._after)
        return self

    def __exit__(self, *_: object) -> None:
        event.remove(self._engine, "after_cursor_execute", self._after)

    def _after(self, _connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        words = statement.strip()
        if words.startswith("BEGIN"):
            self._inside, self._texts = True, []
        elif not words.startswith(("SELECT", "SET", "PRAGMA", "show", "COMMIT", "ROLLBACK")):
            self._texts.append(f"{words} {parameters}")
        if words.startswith(("COMMIT", "ROLLBACK")):
            self._inside = False
        if self._inside or not self._texts:
            return
        done, self._texts = "; ".join(self._texts), []
        if words.startswith("ROLLBACK") or done in self._seen:
            return
        self._seen.add(done)
        self.breaks += 1
        raise Broken(done)


@contextmanager
def operations(engine: Engine) -> Iterator[Operations]:
    """What Alembic gives a migration, without its number."""
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        options = {
            "transaction_per_migration": True,
            "render_as_batch": True,
            "target_metadata": Base.metadata,
        }
        context = MigrationContext.configure(connection, opts=options)
        with Operations.context(context) as found, context.begin_transaction(_per_migration=True):
            yield found


def run(module: ModuleType, engine: Engine, direction: str) -> None:
    with operations(engine):
        getattr(module, direction)()


def run_broken(module: ModuleType, engine: Engine, direction: str) -> int:
    with Breaker(engine) as breaker:
        while True:
            try:
                run(module, engine, direction)
            except Broken:
                continue
            return breaker.breaks
