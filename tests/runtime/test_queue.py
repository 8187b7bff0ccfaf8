"""The queue in a file: who creates it, and what happens when two processes do so at the same moment."""

from __future__ import annotations

import gc
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from kombu.transport.sqlalchemy.models import metadata
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tests.app_fixtures import make_app
from webapp.checks import tasks
from webapp.extensions import settings
from webapp.runtime.broker import declare, prepare
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


def test_asking_for_the_queue_borrows_nothing_for_long(app: Flask) -> None:
    """kombu's engine lends fifteen connections; a process that collects garbage seldom must not count on it."""
    gc.disable()
    try:
        for _ in range(20):
            declare(app.extensions["celery"])
    finally:
        gc.enable()
