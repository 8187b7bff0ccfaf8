"""How long the database is waited for: briefly by a request, long by a worker, without end by a migration."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

#: Seconds that a statement may take where a proxy waits. `/edge/ask` answers within two seconds whatever happens.
EDGE_SECONDS = 1.4
#: A server that works ends a statement that takes too long by itself, and tells us. Only after these seconds more do
#: we end the connection.
GRACE = 0.3
#: Whoever waits for nobody takes the database for silent only after so many times DATABASE_SILENT_SECONDS.
UNHURRIED = 5


@dataclass(frozen=True)
class Patience:
    """`statement`: the seconds that one statement may take, None without a limit. `hurried`: somebody waits for the
    answer, so that a silent database must be noticed soon.
    """

    statement: float | None = None
    hurried: bool = False


#: Migrations and commands: a statement may take hours, but a silent database ends them.
UNBOUNDED = Patience()
EDGE = Patience(EDGE_SECONDS, hurried=True)

_current: ContextVar[Patience] = ContextVar("patience", default=UNBOUNDED)


def current() -> Patience:
    return _current.get()


@contextmanager
def patient(patience: Patience) -> Iterator[None]:
    """Inside the block every statement of this thread is waited for so long."""
    before = _current.get()
    _current.set(patience)
    try:
        yield
    finally:
        _current.set(before)


def use(patience: Patience) -> None:
    """From now on, in this thread."""
    _current.set(patience)
