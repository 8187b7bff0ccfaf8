"""The one schedule: what beat sends is what a worker knows."""

from __future__ import annotations

import pytest
from celery import Celery
from flask import Flask
from werkzeug.utils import import_string

from webapp.config.schedule import SCHEDULE, Row, beat_schedule


@pytest.mark.parametrize("row", SCHEDULE, ids=lambda row: row.name)
def test_row_names_a_task(app: Flask, row: Row) -> None:
    """A wrong path would be a message that every worker drops, for ever."""
    celery: Celery = app.extensions["celery"]
    assert import_string(row.task).name == row.task
    assert row.task in celery.tasks


def test_beat_sends_every_row(app: Flask) -> None:
    sent = app.extensions["celery"].conf.beat_schedule
    assert {(entry["task"], entry["schedule"]) for entry in sent.values()} == {
        (row.task, row.seconds) for row in SCHEDULE
    }
    assert len(sent) == len(SCHEDULE)


def test_message_is_not_dropped_before_the_next_one_is_sent() -> None:
    """With a shorter life than its period, a message that a busy worker takes late would leave its work undone."""
    entries = beat_schedule().values()
    lives = [entry["options"]["expires"] - entry["schedule"] for entry in entries if "options" in entry]
    assert min(lives) >= 0
