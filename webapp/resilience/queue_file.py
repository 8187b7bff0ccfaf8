"""The file of the broker, when it is broken, deleted or replaced while processes use it.

It holds messages alone, and the rows say what is due, so that nothing is lost with it. But beat's messages go through
it as well: while it cannot be used, or processes use two different files, nothing is checked.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import structlog
from kombu.transport.sqlalchemy import Channel, Transport
from sqlalchemy import Engine, event, make_url
from sqlalchemy.exc import DatabaseError, DisconnectionError

log = structlog.get_logger(__name__)

P = ParamSpec("P")
RV = TypeVar("RV")

#: Seconds for which the look at a file waits for somebody who writes into it.
_PATIENCE = 5
#: What belongs to a file. What stayed of one file would be played into the next.
_BESIDE = ("-journal", "-wal", "-shm")
#: What another file helps against: what stands beside it may know pages that it has no longer, a fault of reading.
_OF_THE_FILE = frozenset({sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_IOERR})
#: What no other file helps against.
_NOT_OF_THE_FILE = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL})


def init_queue_file() -> None:
    """Let every channel of this process go on with a new file. Whatever stands in the way of it passes by itself or
    when somebody helps, so that workers try again and never end.
    """
    Transport.Channel = LastingChannel
    Transport.connection_errors = (DatabaseError, OSError)  # type: ignore[assignment]


class LastingChannel(Channel):
    """Uses the file that is there now, and makes another when that one is of no use."""

    def _engine_from_config(self) -> Engine:
        engine = super()._engine_from_config()
        _follow(engine, _path(self))
        return engine

    def _open(self) -> Any:
        """Once more when another thread of this process forgets the engine meanwhile (`_forget`)."""
        try:
            return super()._open()
        except KeyError:
            return super()._open()

    def _new_queue(self, queue: str, **options: Any) -> None:
        _lasting(self, super()._new_queue, queue, **options)

    def _put(self, queue: str, message: Any, **options: Any) -> None:  # type: ignore[override]
        _lasting(self, super()._put, queue, message, **options)

    def _get(self, queue: str, timeout: float | None = None) -> Any:  # noqa: ARG002 - kombu's signature
        return _lasting(self, super()._get, queue)

    def _size(self, queue: str) -> Any:
        return _lasting(self, super()._size, queue)

    def _purge(self, queue: str) -> Any:
        return _lasting(self, super()._purge, queue)


def _path(channel: Any) -> Path:
    return Path(str(make_url(channel.connection.client.hostname).database))


def _follow(engine: Engine, path: Path) -> None:
    """A connection to a file that was deleted goes on as if nothing were: it is closed before its next use."""

    @event.listens_for(engine, "do_connect")
    def _begin(*_: object) -> None:
        if _is_gone(path):
            with suppress(OSError, sqlite3.Error):  # SQLite says so itself
                _make(path)

    @event.listens_for(engine, "connect")
    def _remember(_connection: object, record: Any) -> None:
        record.info["file"] = _identity(path)

    @event.listens_for(engine, "checkout")
    def _compare(_connection: object, record: Any, _proxy: object) -> None:
        if record.info["file"] is None or record.info["file"] != _identity(path):
            raise DisconnectionError("the queue is in another file now")


def _is_gone(path: Path) -> bool:
    """An emptied file is as good as none. Those who use it hold locks on it, so that no table can be made in it."""
    try:
        return path.stat().st_size == 0
    except OSError:
        return True


def _make(path: Path) -> None:
    """A file without tables, and none of what belonged to the one before. Raises OSError or sqlite3.Error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path):
        if _is_gone(path):
            path.unlink(missing_ok=True)
            _clear(path)
            path.touch(0o600)
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")


def _clear(path: Path) -> None:
    for ending in _BESIDE:
        path.with_name(path.name + ending).unlink(missing_ok=True)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _lasting(channel: Any, act: Callable[P, RV], *args: P.args, **named: P.kwargs) -> RV:
    """What `act` returns, if need be at the second try and with a new file."""
    try:
        return act(*args, **named)
    except DatabaseError as err:
        _forget(channel)
        code = getattr(err.orig, "sqlite_errorcode", sqlite3.SQLITE_BUSY) & 0xFF
        if code in _NOT_OF_THE_FILE:
            raise
        try:
            make_usable(_path(channel))
        except OSError as reason:
            raise err from reason
        return act(*args, **named)


def _forget(channel: Any) -> None:
    """The session, which refuses everything after a fault, and the engine: only with a new one kombu makes tables."""
    if channel._session is not None:  # noqa: SLF001 - kombu has no public names for these
        channel._session.close()  # noqa: SLF001
        channel._session = None  # noqa: SLF001
    engine, _ = channel._engines.pop(channel.connection.client.hostname, (None, None))  # noqa: SLF001
    if engine is not None:
        engine.dispose()


def make_usable(path: Path) -> None:
    """Put a file aside that SQLite cannot read, so that a new one takes its place. It is not deleted: somebody may
    have named a file in BROKER_PATH that is of worth. Raises OSError.
    """
    with _alone(path):
        reason = _why_broken(path)
        if reason is None:
            return
        aside = path.with_name(f"{path.name}.broken")
        path.replace(aside)
        _clear(path)
    log.error("queue.file_replaced", file=str(path), reason=reason, put_aside=str(aside))


def _why_broken(path: Path) -> str | None:
    """None for a file that is well, is not there, or that somebody is writing into."""
    if not path.is_file():
        return None
    try:
        with closing(sqlite3.connect(path, timeout=_PATIENCE)) as connection:
            (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as err:
        code = getattr(err, "sqlite_errorcode", 0) & 0xFF
        return str(err) if code in _OF_THE_FILE else None
    return None if said == "ok" else str(said)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """No other process looks at the file meanwhile, or both would put it aside, the second time a good one."""
    held = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)
