"""While a server is away, each kind of trouble is one line, without a traceback."""

from __future__ import annotations

import asyncio
import logging

import psycopg
import pytest
import redis
import structlog
from celery.beat import SchedulingError
from sqlalchemy.exc import OperationalError

from webapp.resilience.calm import REPEAT, Calm, is_outage
from webapp.runtime import logs


def away() -> OperationalError:
    return OperationalError("SELECT 1", {}, psycopg.OperationalError("connection refused\nIs it running?"))


def record(event: str, error: BaseException, name: str = "celery") -> logging.LogRecord:
    return logging.LogRecord(name, logging.ERROR, "", 1, event, (), (type(error), error, None))


def test_kind_is_said_once_and_later_how_often() -> None:
    now = 0.0
    calm = Calm(clock=lambda: now)
    first = calm(record("Task failed", away()))
    assert first is not None
    assert first.getMessage() == "Task failed (reason: connection refused)"
    assert first.exc_info is None
    assert [calm(record("Task failed", away())) for _ in range(30)] == [None] * 30
    assert calm(record("Other line", away())) is not None
    assert calm(record("Task failed", redis.ConnectionError("no"))) is not None
    now = REPEAT
    later = calm(record("Task failed", away()))
    assert later is not None
    assert later.getMessage() == "Task failed (reason: connection refused, times: 31)"


def test_lines_that_were_left_out_are_told_when_the_trouble_is_over() -> None:
    """The newest of each kind, once, when anything else is written later."""
    now = 0.0
    calm = Calm(clock=lambda: now)
    for number in range(4):
        calm(record(f"Task {number % 2} failed", away()))
    calm(record("Once", away()))
    assert calm.overdue() == []
    now = REPEAT
    assert sorted(line.getMessage() for line in calm.overdue()) == [
        "Task 0 failed (reason: connection refused)",
        "Task 1 failed (reason: connection refused)",
    ]
    assert calm.overdue() == []
    assert calm(record("Task 0 failed", away())) is None, "one was written just now"


def test_later_line_writes_what_was_left_out(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    handler = logs._StandardError()
    handler._calm = Calm(clock=lambda: now[0])
    for _ in range(5):
        handler.emit(record("Task failed", away()))
    now[0] = REPEAT
    handler.emit(logging.LogRecord("webapp", logging.INFO, "", 1, "well again", (), None))
    assert capsys.readouterr().err.splitlines() == [
        "Task failed (reason: connection refused)",
        "Task failed (reason: connection refused, times: 4)",
        "well again",
    ]


def test_time_limit_of_our_own_keeps_its_traceback() -> None:
    async def slow() -> None:
        async with asyncio.timeout(0):
            await asyncio.sleep(1)

    with pytest.raises(TimeoutError) as ours:
        asyncio.run(slow())
    assert not is_outage(ours.value)
    assert is_outage(TimeoutError("the broker has not taken the message before"))


def test_fault_of_ours_keeps_its_traceback_each_time() -> None:
    calm = Calm()
    ours = record("Task failed", ValueError("ours"))
    assert [calm(ours) for _ in range(3)] == [ours] * 3
    assert ours.exc_info


def test_outages_are_those_of_servers() -> None:
    assert is_outage(redis.TimeoutError())
    assert is_outage(ConnectionRefusedError())
    assert not is_outage(FileNotFoundError())
    assert not is_outage(None)


@pytest.mark.parametrize(
    "cause", [redis.ConnectionError("refused"), ValueError("ours")], ids=["away", "ours"]
)
def test_what_keeps_beat_from_sending_is_judged_by_its_cause(cause: Exception) -> None:
    kept = SchedulingError("Couldn't apply scheduled task sweep")
    kept.__context__ = cause
    assert is_outage(kept) is isinstance(cause, redis.ConnectionError)


def test_lines_of_ours_name_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")
    log = structlog.get_logger("webapp.test_calm")
    for _ in range(3):
        try:
            raise away()
        except OperationalError:
            log.warning("troubles.unknown", exc_info=True)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert '"reason": "connection refused"' in lines[0]
    assert "Traceback" not in lines[0]
