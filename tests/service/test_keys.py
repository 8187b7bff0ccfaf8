"""Keys that several processes use, make and revoke at once, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import make_account, make_key
from tests.service.racing import at_once, racing_app
from webapp.audit.log import COMMAND
from webapp.extensions import db
from webapp.keys import services
from webapp.keys.access import last_use
from webapp.keys.access.authentication import authenticate
from webapp.keys.services import MadeKey, Wanted
from webapp.models import Account, ApiKey, Event, EventKind, utcnow

__all__ = ["racing_app"]  # the fixture

pytestmark = pytest.mark.service
NOW = utcnow()


def revoke(key_id: int) -> Callable[[], bool]:
    def act() -> bool:
        done = services.revoke(db.session.get_one(ApiKey, key_id), actor=COMMAND, now=utcnow())
        db.session.commit()
        return done

    return act


def use(key_id: int, at: datetime) -> Callable[[], None]:
    return lambda: last_use.write(key_id, at)


def create(account_id: int) -> Callable[[], bool]:
    def act() -> bool:
        account = db.session.get_one(Account, account_id)
        made = services.create(account, Wanted("Deploy", ["read"]), actor=COMMAND, now=utcnow())
        db.session.commit()
        return isinstance(made, MadeKey)

    return act


def a_key() -> tuple[int, str]:
    key, token = make_key(make_account())
    db.session.commit()
    return key.id, token


def test_of_two_that_revoke_a_key_one_does_and_all_see_it(racing_app: Flask) -> None:
    key_id, token = a_key()
    assert sorted(at_once(racing_app, revoke(key_id), revoke(key_id))) == [False, True]  # type: ignore[type-var]
    assert authenticate(token, utcnow()) is None
    told = db.session.scalars(select(Event).filter_by(kind=EventKind.KEY_REVOKED)).all()
    assert len(told) == 1


def test_last_use_is_the_latest_whoever_writes_first(racing_app: Flask) -> None:
    key_id, _ = a_key()
    times = [NOW + timedelta(minutes=2 * number) for number in (3, 1, 4, 2)]
    assert at_once(racing_app, *(use(key_id, at) for at in times)) == [None] * 4
    db.session.expire_all()
    assert db.session.get_one(ApiKey, key_id).last_used_at == max(times)


def test_use_and_revocation_lose_nothing_of_each_other(racing_app: Flask) -> None:
    key_id, _ = a_key()
    assert at_once(racing_app, use(key_id, NOW), revoke(key_id)) == [None, True]
    db.session.expire_all()
    key = db.session.get_one(ApiKey, key_id)
    assert key.revoked_at is not None
    assert key.last_used_at == NOW


def test_no_two_requests_pass_the_limit_together(racing_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "MOST_VALID", 2)
    account = make_account()
    db.session.commit()
    made = at_once(racing_app, *[create(account.id)] * 4)
    assert made.count(True) == 2
    assert made.count(False) == 2
