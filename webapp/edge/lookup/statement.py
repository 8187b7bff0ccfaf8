"""What both databases share: the statement's text, what it finds, and why there is no answer."""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy import Dialect, Select

#: A row of the statement, as the driver gives it.
Found = tuple[Any, ...]


class AwayError(Exception):
    """The database did not answer: it is neither yes nor no."""


class Prepared(Protocol):
    """A statement with one parameter, and the connections on which it is asked. All methods but `is_usable` raise
    what the driver or SQLAlchemy raises. A connection is used by one thread at a time.
    """

    def connect(self) -> Any: ...

    def ask(self, connection: Any, name: str) -> Found | None: ...

    def is_usable(self, connection: Any) -> bool: ...


def text_of(statement: Select[*tuple[object, ...]], dialect: Dialect) -> str:
    """The SQL with one placeholder, for `name`; all else stands in it."""
    compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    others = set(compiled.positiontup or ()) - {"name"}
    if others:
        raise ValueError(f"the statement has more parameters than the name: {sorted(others)}")
    return str(compiled)
