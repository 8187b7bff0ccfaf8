"""Requests of the API at once, on SQLite and on PostgreSQL: the database decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from tests.api.conftest import program
from tests.factories import make_account, make_domain, make_key, make_llm_client
from tests.service.racing import at_once, racing_app
from webapp.api.domains import domains
from webapp.domains import registration
from webapp.extensions import db
from webapp.models import ApiKey, IdempotentAnswer, LLMClient, LLMClientCustomDomain, utcnow

__all__ = ["racing_app"]  # the fixture

pytestmark = pytest.mark.service

NEW = {"domain_name": "chat.acme.test"}


def count(model: type) -> int:
    db.session.expire_all()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def answers(app: Flask, *acts: Callable[[], TestResponse]) -> list[TestResponse]:
    found = at_once(app, *acts)
    assert [one for one in found if isinstance(one, Exception)] == []
    return [one for one in found if not isinstance(one, Exception)]


@pytest.fixture
def token(racing_app: Flask) -> str:
    racing_app.extensions["celery"].conf.broker_url = "memory://"
    _, token = make_key(make_account("Acme"))
    db.session.commit()
    return token


def test_of_many_with_one_idempotency_key_one_does_it(racing_app: Flask, token: str) -> None:
    ask = program(racing_app, token)
    send = partial(ask, "POST", "/llm-clients", json={"name": "Sales"}, headers={"Idempotency-Key": "a"})
    found = answers(racing_app, *[send] * 8)
    statuses = Counter(one.status_code for one in found)
    assert statuses[201] >= 1
    assert statuses.keys() <= {201, 409}
    assert {one.get_json()["code"] for one in found if one.status_code == 409} <= {"idempotency-in-progress"}
    assert len({one.data for one in found if one.status_code == 201}) == 1
    assert (count(LLMClient), count(IdempotentAnswer)) == (1, 1)
    assert send().headers["Idempotency-Replayed"] == "true"
    assert count(LLMClient) == 1


def test_of_many_without_one_each_gets_the_same_domain(racing_app: Flask, token: str) -> None:
    ask = program(racing_app, token)
    found = answers(racing_app, *[partial(ask, "POST", "/domains", json=NEW)] * 4)
    assert Counter(one.status_code for one in found) == {201: 1, 200: 3}
    assert count(LLMClientCustomDomain) == 1


def test_of_two_that_change_what_they_have_read_one_is_told_to_read_again(
    racing_app: Flask, token: str
) -> None:
    account = db.session.scalars(select(ApiKey)).one().account
    domain, clients = make_domain(account), [make_llm_client(account, name) for name in ("One", "Two")]
    db.session.commit()
    ask, path = program(racing_app, token), f"/domains/{domain.id}"
    match = {"If-Match": ask("GET", path).headers["ETag"]}
    bodies = [{"llm_client_id": client.id} for client in clients]
    found = answers(racing_app, *(partial(ask, "PATCH", path, json=one, headers=match) for one in bodies))
    assert sorted(one.status_code for one in found) == [200, 412]


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "a"}], ids=["plain", "idempotent"])
def test_a_key_that_is_revoked_in_mid_request_changes_nothing(
    racing_app: Flask, token: str, monkeypatch: pytest.MonkeyPatch, headers: dict[str, str]
) -> None:
    """Another process revokes it and commits, after the request was let in and before it has written."""

    class Slow:
        @staticmethod
        def register(*args: Any, **kwargs: Any) -> Any:
            assert at_once(racing_app, revoke) == [None]
            return registration.register(*args, **kwargs)

    monkeypatch.setattr(domains, "registration", Slow)
    ask = program(racing_app, token)
    answer = ask("POST", "/domains", json=NEW, headers=headers)
    assert (answer.status_code, answer.get_json()["code"]) == (401, "key-wrong")
    assert ask("GET", "/domains").status_code == 401
    assert count(LLMClientCustomDomain) == 0


def revoke() -> None:
    db.session.execute(update(ApiKey).values(revoked_at=utcnow()))
