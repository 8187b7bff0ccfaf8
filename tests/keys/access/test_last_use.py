"""When a key was last used: to the minute, never backwards, and without a write for every request."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask

from tests.factories import make_key
from webapp.extensions import db
from webapp.keys.access import last_use
from webapp.models import Account, ApiKey, utcnow

NOW = utcnow()


@pytest.fixture
def left(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The writes that requests left for later."""
    jobs: list[str] = []
    monkeypatch.setattr(last_use, "afterwards", lambda _job, argument: jobs.append(argument))
    monkeypatch.setattr(last_use, "_noted", last_use._Noted())
    return jobs


def read(key: ApiKey) -> datetime | None:
    db.session.refresh(key)
    return key.last_used_at


def test_one_minute_has_one_write(account: Account, left: list[str]) -> None:
    key = make_key(account)[0]
    for seconds in (0, 1, 59):
        last_use.note(key, NOW + timedelta(seconds=seconds))
    assert left == [f"{key.id} {NOW.isoformat()}"]
    last_use.note(key, NOW + timedelta(seconds=60))
    assert len(left) == 2


def test_use_that_another_process_wrote_is_not_written_again(account: Account, left: list[str]) -> None:
    key = make_key(account, last_used_at=NOW - timedelta(seconds=30))[0]
    last_use.note(key, NOW)
    assert left == []


def test_keys_are_counted_apart(account: Account, left: list[str]) -> None:
    for key in (make_key(account)[0], make_key(account)[0]):
        last_use.note(key, NOW)
    assert len(left) == 2


def test_what_a_process_remembers_has_an_end(
    account: Account, left: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(last_use, "_MOST", 2)
    for key in [make_key(account)[0] for _ in range(3)]:
        last_use.note(key, NOW)
    assert len(left) == 3
    assert len(last_use._noted._at) == 1


def test_job_writes_the_time_of_the_use(account: Account) -> None:
    key = make_key(account)[0]
    changed = key.updated_at
    last_use._write(f"{key.id} {NOW.isoformat()}")
    assert read(key) == NOW
    assert key.updated_at == changed


def test_earlier_use_that_is_written_late_changes_nothing(account: Account) -> None:
    key = make_key(account, last_used_at=NOW)[0]
    for before in (timedelta(hours=1), timedelta(seconds=30)):
        last_use.write(key.id, NOW - before)
    last_use.write(key.id, NOW + timedelta(seconds=30))
    assert read(key) == NOW
    last_use.write(key.id, NOW + timedelta(minutes=1))
    assert read(key) == NOW + timedelta(minutes=1)
