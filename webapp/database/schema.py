"""Which migration the database is at, and which one this code needs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from webapp.config.places import MIGRATIONS

#: A table that every version of ours has.
_OURS = "llm_client_custom_domain"

UPGRADE = "Run “flask db upgrade”."
TOO_OLD = (
    "This code is too old for these data: start the version that upgraded the database, or a newer one. “flask db "
    "downgrade” of that version leads back, if the data may lose what it added."
)


@dataclass(frozen=True)
class Schema:
    """`found` is None when nothing says it; `needed` is the newest migration of this code, `known` are all."""

    found: str | None
    needed: str
    known: frozenset[str]
    has_tables: bool

    @property
    def is_right(self) -> bool:
        """Tables that no migration has made, as in tests, may be right."""
        return self.has_tables and self.found in {None, self.needed}

    @property
    def is_newer(self) -> bool:
        return self.found is not None and self.found not in self.known

    @property
    def sentence(self) -> str:
        if not self.has_tables:
            return f"The database has no tables, and this version needs migration {self.needed}."
        if self.found is None:
            return (
                f"The database does not say at which migration it is, and this version needs {self.needed}."
            )
        if self.is_newer:
            return (
                f"The database is at migration {self.found}, and this version knows none after {self.needed}."
            )
        return f"The database is at migration {self.found}, and this version needs {self.needed}."

    @property
    def advice(self) -> str:
        return TOO_OLD if self.is_newer else UPGRADE


def schema(connection: Connection) -> Schema:
    """Raises what the database raises."""
    head, known = _ours()
    found = MigrationContext.configure(connection).get_current_revision()
    has_tables = found is not None or inspect(connection).has_table(_OURS)
    return Schema(found, head, known, has_tables)


@cache
def _ours() -> tuple[str, frozenset[str]]:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = ScriptDirectory.from_config(config)
    known = frozenset(script.revision for script in scripts.walk_revisions())
    return str(scripts.get_current_head()), known
