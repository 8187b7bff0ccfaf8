"""What both databases share: the statement's text, what it finds, and why there is no answer."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

from sqlalchemy import Dialect, Select

#: A row of the statement, as the driver gives it.
Found = tuple[Any, ...]
#: Equal as long as nothing was committed.
Moment = object


class Read(NamedTuple):
    """`found`: None when there is no row. `moment`: one from before the row was read, None where the database tells
    none.
    """

    found: Found | None
    moment: Moment | None = None


class AwayError(Exception):
    """The database did not answer: it is neither yes nor no."""


class Prepared(Protocol):
    """A statement with one parameter, and the connections on which it is asked. All methods but `is_usable` raise
    what the driver or SQLAlchemy raises. A connection is used by one thread at a time.

    `ask` is None when nothing was committed since the moment `since`.
    """

    def connect(self) -> Any: ...

    def ask(self, connection: Any, name: str, since: Moment | None) -> Read | None: ...

    def is_usable(self, connection: Any) -> bool: ...


def text_of(statement: Select[*tuple[object, ...]], dialect: Dialect) -> str:
    """The SQL with one placeholder, for `name`; all else stands in it."""
    compiled = statement.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    others = set(compiled.positiontup or ()) - {"name"}
    if others:
        raise ValueError(f"the statement has more parameters than the name: {sorted(others)}")
    return str(compiled)
