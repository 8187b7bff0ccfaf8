"""One line for what would else be a traceback from every request and task while a server of ours is away."""

from __future__ import annotations

import asyncio
import copy
import logging
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Any

import redis
from celery.beat import SchedulingError
from kombu.exceptions import OperationalError

from webapp.database.faults import is_away, is_broken, reason_of

#: Seconds for which the same is not said again.
REPEAT = 30.0
_MOST_KINDS = 500
_AWAY = (redis.ConnectionError, redis.TimeoutError, OperationalError, ConnectionError, TimeoutError)


def is_outage(error: BaseException | None) -> bool:
    """Whether a server of ours is away, silent, or broken: its name and its words tell all, a traceback nothing."""
    if isinstance(error, SchedulingError):  # beat's own, for whatever kept it from sending
        error = error.__context__
    if isinstance(error, TimeoutError) and isinstance(error.__cause__, asyncio.CancelledError):
        return False  # a limit of our own in asyncio, which no server has anything to do with
    return isinstance(error, _AWAY) or is_away(error) or is_broken(error)


@dataclass
class _Kind:
    """`last`: the newest line that was left out, with its reason."""

    said_at: float
    left_out: int = 0
    last: tuple[logging.LogRecord, str] | None = None


class Calm:
    """Lets the first line of a kind pass, and after `REPEAT` seconds the next one, which says how many were left out.

    A kind is who logs, the event, and the type of the exception. So of lines about different rows one is written.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._said: dict[tuple[str, str, type], _Kind] = {}

    def __call__(self, record: logging.LogRecord) -> logging.LogRecord | None:
        """The record to write, None for none."""
        error = _error_in(record)
        if error is None or not is_outage(error):
            return record
        kind, reason = (record.name, _event(record), type(error)), reason_of(error)
        times = self._times(kind, record, reason)
        return _short(record, reason, times) if times else None

    def overdue(self) -> list[logging.LogRecord]:
        """For each kind that is over, or has paused for so long, the newest line that was left out. It says how many
        were. To be asked with each line that is written: nothing else would tell how much there was.
        """
        now = self._clock()
        with self._lock:
            over = [kind for kind in self._said.values() if kind.last and now - kind.said_at >= REPEAT]
            found = [_short(*kind.last, kind.left_out) for kind in over if kind.last]
            for kind in over:
                kind.said_at, kind.left_out, kind.last = now, 0, None
        return found

    def _times(self, name: tuple[str, str, type], record: logging.LogRecord, reason: str) -> int:
        """How many lines this one stands for; 0 when it is left out."""
        now = self._clock()
        with self._lock:
            kind = self._said.get(name)
            if kind is not None and now - kind.said_at < REPEAT:
                kind.left_out += 1
                kind.last = _without_traceback(record), reason
                return 0
            if len(self._said) >= _MOST_KINDS:
                self._said.clear()
            self._said[name] = _Kind(now)
            return kind.left_out + 1 if kind else 1


def _given(record: logging.LogRecord) -> Any:
    return record.msg.get("exc_info") if isinstance(record.msg, dict) else record.exc_info


def _error_in(record: logging.LogRecord) -> BaseException | None:
    given = _given(record)
    if isinstance(given, BaseException):
        return given
    found = given[1] if isinstance(given, tuple) else sys.exc_info()[1] if given else None
    return found if isinstance(found, BaseException) else None


def _event(record: logging.LogRecord) -> str:
    return str(record.msg.get("event")) if isinstance(record.msg, dict) else str(record.msg)


def _without_traceback(record: logging.LogRecord) -> logging.LogRecord:
    """A copy: other handlers may want the traceback."""
    short = copy.copy(record)
    short.exc_info = short.exc_text = None
    if isinstance(record.msg, dict):
        short.msg = {name: value for name, value in record.msg.items() if name != "exc_info"}
    return short


def _short(record: logging.LogRecord, reason: str, times: int) -> logging.LogRecord:
    short = _without_traceback(record)
    said: dict[str, object] = {"reason": reason}
    if times > 1:
        said["times"] = times
    if isinstance(short.msg, dict):
        short.msg |= said
        return short
    first_line = record.getMessage().partition("\n")[0]
    short.msg, short.args = (
        f"{first_line} ({', '.join(f'{name}: {value}' for name, value in said.items())})",
        (),
    )
    return short
