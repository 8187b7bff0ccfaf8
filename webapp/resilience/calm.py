"""One line for what would else be a traceback from every request and task while a server of ours is away."""

from __future__ import annotations

import copy
import logging
import sys
import time
from collections.abc import Callable
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
    return isinstance(error, _AWAY) or is_away(error) or is_broken(error)


class Calm:
    """Lets the first line of a kind pass, and after `REPEAT` seconds the next one, which says how many were left out.

    A kind is who logs, the event, and the type of the exception.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._said: dict[tuple[str, str, type], tuple[float, int]] = {}

    def __call__(self, record: logging.LogRecord) -> logging.LogRecord | None:
        """The record to write, None for none."""
        error = _error_in(record)
        if error is None or not is_outage(error):
            return record
        times = self._times((record.name, _event(record), type(error)))
        return _short(record, error, times) if times else None

    def _times(self, kind: tuple[str, str, type]) -> int:
        """How many lines this one stands for; 0 when it is left out."""
        now = self._clock()
        with self._lock:
            said_at, left_out = self._said.get(kind, (float("-inf"), 0))
            if now - said_at < REPEAT:
                self._said[kind] = said_at, left_out + 1
                return 0
            if len(self._said) >= _MOST_KINDS:
                self._said.clear()
            self._said[kind] = now, 0
            return left_out + 1


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


def _short(record: logging.LogRecord, error: BaseException, times: int) -> logging.LogRecord:
    """A copy: other handlers may want the traceback."""
    short = copy.copy(record)
    short.exc_info = short.exc_text = None
    said: dict[str, object] = {"reason": reason_of(error)}
    if times > 1:
        said["times"] = times
    if isinstance(record.msg, dict):
        short.msg = {name: value for name, value in record.msg.items() if name != "exc_info"} | said
        return short
    first_line = record.getMessage().partition("\n")[0]
    short.msg, short.args = (
        f"{first_line} ({', '.join(f'{name}: {value}' for name, value in said.items())})",
        (),
    )
    return short
