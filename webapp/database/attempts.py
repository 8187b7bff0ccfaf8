"""Connections to a server that has several addresses, or to several servers, of which the first may be silent.

psycopg tries one address after another and gives each its `connect_timeout`. Behind a silent one that is longer than
a request waits, so that no request would ever connect, while the next address answers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from functools import partial
from threading import Thread
from typing import Any, TypeVar

import psycopg
from psycopg import _conninfo_attempts
from psycopg.conninfo import conninfo_to_dict

T = TypeVar("T")
C = TypeVar("C", bound=psycopg.Connection[Any])

#: Seconds after which the next address is tried beside the one that has not answered yet.
APART = 0.3
#: What `psycopg.Connection.connect` takes besides libpq's parameters.
_NO_PARAMETERS = {"autocommit", "prepare_threshold", "context", "row_factory", "cursor_factory"}


def connect(kind: type[C], words: Sequence[str], named: Mapping[str, Any]) -> C:
    """As `kind.connect`, which is given one address at a time."""
    ours = {name: value for name, value in named.items() if name in _NO_PARAMETERS}
    theirs = {name: value for name, value in named.items() if name not in ours}
    params = conninfo_to_dict(*words or [""], **theirs)
    each: list[dict[str, Any]] = [{**one, **ours} for one in _conninfo_attempts.conninfo_attempts(params)]
    return kind.connect(**each[0]) if len(each) == 1 else first(partial(kind.connect, **one) for one in each)


def first(attempts: Iterable[Callable[[], C]]) -> C:
    """The connection of the first attempt that makes one. The next begins when the one before has failed, or has said
    nothing for a moment. Where all fail and one heard nothing, that is raised: another's refusal says nothing of it.
    """
    left, running, errors = deque(attempts), set[Future[C]](), list[BaseException]()
    while left or running:
        if left:
            running.add(begin(left.popleft()))
        done, running = wait(running, APART if left else None, FIRST_COMPLETED)
        made = [one for one in done if one.exception() is None]
        if made:
            for other in (*made[1:], *running):
                other.add_done_callback(close)
            return made[0].result()
        errors += [one.exception() or RuntimeError() for one in done]
    raise next((one for one in errors if isinstance(one, psycopg.errors.ConnectionTimeout)), errors[-1])


def begin(work: Callable[[], T]) -> Future[T]:
    """`work` in a thread of its own, which nobody waits for at the end of the process."""
    future: Future[T] = Future()
    try:
        Thread(target=_run, args=(work, future), name="connect", daemon=True).start()
    except RuntimeError as err:  # no thread can be started now
        future.set_exception(err)
    return future


def _run(work: Callable[[], T], future: Future[T]) -> None:
    try:
        future.set_result(work())
    except BaseException as err:  # noqa: BLE001 - it belongs to the thread that waits
        future.set_exception(err)


def close(future: Future[C]) -> None:
    """Nobody waits for this connection any more."""
    if future.exception() is None:
        future.result().close()
