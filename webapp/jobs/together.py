"""Changes of many rows that are sent to the database together.

Whoever changes one row flushes it and sends the statements that go with it at once. Each costs a core about a third
of a millisecond, whatever it does, so a worker that records fifty proofs would spend its time on sending. Within
`together` the same code changes its rows in memory. At the end all rows are flushed, and each kind of statement is
sent once for all of them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar, cast

from webapp.extensions import db

T = TypeVar("T")

#: Sends one kind of statement for these rows.
Statement = Callable[[Sequence[Any]], object]
#: By domain, what waits for the end.
_Waiting = dict[int, deque[tuple[Statement, Any]]]

_waiting: ContextVar[_Waiting | None] = ContextVar("waiting", default=None)
_asked: ContextVar[dict[Hashable, Any] | None] = ContextVar("asked", default=None)


@contextmanager
def together() -> Iterator[None]:
    """Nothing is flushed or sent before the end, and nothing at all after an exception.

    Who calls it has loaded what the changes read: a query would not see what was changed before it.
    """
    waiting: _Waiting = {}
    marks = _waiting.set(waiting), _asked.set({})
    try:
        with db.session.no_autoflush:
            yield
    finally:
        _waiting.reset(marks[0])
        _asked.reset(marks[1])
    db.session.flush()
    _send(waiting)


def is_open() -> bool:
    return _waiting.get() is not None


def flush() -> None:
    """Flush, now or at the end."""
    if not is_open():
        db.session.flush()


def send(statement: Statement, domain_id: int, row: Any) -> None:
    """Send the statement for this row, now or with those for other domains. The order of one domain's is kept."""
    waiting = _waiting.get()
    if waiting is None:
        statement([row])
    else:
        waiting.setdefault(domain_id, deque()).append((statement, row))


def once(key: Hashable, ask: Callable[[], T]) -> T:
    """What `ask` returns, for whatever is the same for many rows: until the end it is asked once for each key."""
    asked = _asked.get()
    if asked is None:
        return ask()
    if key not in asked:
        asked[key] = ask()
    return cast("T", asked[key])


def _send(waiting: _Waiting) -> None:
    while left := [of_domain for of_domain in waiting.values() if of_domain]:
        statement = left[0][0][0]
        statement([of_domain.popleft()[1] for of_domain in left if of_domain[0][0] is statement])
