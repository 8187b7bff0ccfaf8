"""The queue in a file: who creates it, and what happens when two processes do so at the same moment."""

from __future__ import annotations

import errno
import gc
import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from kombu.transport import redis as redis_transport
from kombu.transport import virtual
from kombu.transport.sqlalchemy.models import metadata
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tests.app_fixtures import make_app
from webapp.checks import tasks
from webapp.extensions import settings
from webapp.runtime import queue as sending
from webapp.runtime.broker import ForgetfulQoS, declare, prepare
from webapp.runtime.logs import configure
from webapp.runtime.queue import queue


def rows(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM kombu_{table}").fetchone()[0])  # noqa: S608 - ours


def test_queue_that_another_process_makes_meanwhile_is_used(app: Flask) -> None:
    """A worker and its beat start on an empty directory: each sees that there is no queue, and adds it."""
    path, celery = settings().broker_path, app.extensions["celery"]

    came: list[Session] = []

    def other_process(session: Session, *_: Any) -> None:
        if came:
            return
        came.append(session)
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(
                "INSERT INTO kombu_queue (id, name) VALUES (7, ?)", (celery.conf.task_default_queue,)
            )

    event.listen(Session, "before_flush", other_process)
    try:
        prepare(celery)
    finally:
        event.remove(Session, "before_flush", other_process)
    assert came
    assert rows(path, "queue") == 1
    queue(tasks.run_check, 1)
    queue(tasks.run_check, 2)
    assert rows(path, "message") == 2


def test_tables_that_another_process_makes_meanwhile_are_used(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []
    original = metadata.create_all

    def create(engine: Any) -> None:
        tries.append(1)
        if len(tries) == 1:
            original(engine)
            original(engine, checkfirst=False)
        original(engine)

    monkeypatch.setattr(metadata, "create_all", create)
    prepare(app.extensions["celery"])
    prepare(app.extensions["celery"])
    assert len(tries) == 2
    assert rows(settings().broker_path, "queue") == 1


def test_file_that_cannot_be_used_is_an_error_and_a_click_goes_on(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    app = make_app(tmp_path, broker_path=tmp_path / "file" / "broker.sqlite")
    with pytest.raises(OperationalError):
        prepare(app.extensions["celery"])
    with app.app_context():
        queue(tasks.run_check, 1)


def test_sweep_of_many_rows_says_once_that_the_broker_is_away(
    app: Flask, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(_send: object) -> None:
        raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")

    monkeypatch.setattr(sending, "_send", refused)
    configure("json")
    for row in range(20):
        queue(tasks.run_check, row)
    [line] = [json.loads(said) for said in capsys.readouterr().err.splitlines()]
    assert (line["event"], line["row_id"]) == ("queue.unreachable", 0)
    assert line["reason"] == "[Errno 111] Connection refused"
    assert "exception" not in line


def test_asking_for_the_queue_borrows_nothing_for_long(app: Flask) -> None:
    """kombu's engine lends fifteen connections; a process that collects garbage seldom must not count on it."""
    gc.disable()
    try:
        for _ in range(20):
            declare(app.extensions["celery"])
    finally:
        gc.enable()


def test_click_waits_for_a_silent_broker_only_so_long_and_the_next_one_not_at_all(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, heard, tried = Event(), Event(), []

    def silent(row_id: int) -> None:
        tried.append(row_id)
        begun.set()
        assert heard.wait(60)

    monkeypatch.setattr(sending, "PATIENCE", 0.05)
    monkeypatch.setattr(tasks.run_check, "delay", silent)
    queue(tasks.run_check, 1)
    queue(tasks.run_check, 2)
    queue(tasks.run_check, 3)
    assert begun.wait(60)
    assert tried == [1]
    heard.set()
    deadline = time.monotonic() + 60
    while 4 not in tried and time.monotonic() < deadline:
        queue(tasks.run_check, 4)
    assert 4 in tried


def test_click_without_a_free_thread_goes_on_and_the_next_one_is_sent(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(tasks.run_check, "delay", sent.append)

    def refuse(_thread: Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as without:
        without.setattr(Thread, "start", refuse)
        queue(tasks.run_check, 1)
    monkeypatch.setattr(sending, "PATIENCE", 60)
    queue(tasks.run_check, 2)
    assert sent == [2]


@pytest.mark.parametrize("client", [None, "redis"], ids=["cut off", "connected"])
def test_messages_of_a_connection_that_is_lost_are_let_go(
    client: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kombu would open a connection to an address that it has forgotten, and the worker would end."""
    asked: list[str] = []
    monkeypatch.setattr(redis_transport.QoS, "restore_unacked", lambda _qos: asked.append("restore"))
    monkeypatch.setattr(
        redis_transport.QoS,
        "_remove_from_indices",
        lambda _qos, tag: SimpleNamespace(execute=lambda: asked.append(tag)),
    )
    channel = SimpleNamespace(connection=SimpleNamespace(client=client), do_restore=True)
    qos = ForgetfulQoS(channel)
    for tag in ("one", "other"):
        virtual.QoS.append(qos, object(), tag)
    qos.ack("one")
    qos.restore_unacked_once()
    assert asked == (["one", "restore"] if client else [])


def test_worker_and_beat_try_the_broker_for_ever(app: Flask) -> None:
    conf = app.extensions["celery"].conf
    assert conf.broker_connection_max_retries is None
    assert conf.broker_connection_retry
    assert conf.broker_connection_retry_on_startup
    assert conf.broker_channel_error_retry
