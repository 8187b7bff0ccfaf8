"""One commit for a request, with a key that lives."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update
from sqlalchemy.orm.exc import StaleDataError

from tests.api.conftest import Ask
from webapp.api.domains import domains
from webapp.domains import registration
from webapp.extensions import db
from webapp.models import Account, ApiKey, LLMClientCustomDomain, utcnow

NEW = {"domain_name": "chat.acme.test"}


class Meanwhile:
    """In the place of the service: something happens after it has done its work."""

    def __init__(self, happens: Any) -> None:
        self._happens = happens

    def register(self, *args: Any, **kwargs: Any) -> Any:
        outcome = registration.register(*args, **kwargs)
        self._happens()
        return outcome


def domains_there() -> int:
    return db.session.scalar(select(func.count()).select_from(LLMClientCustomDomain)) or 0


def revoke() -> None:
    db.session.execute(update(ApiKey).values(revoked_at=utcnow()))


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "a"}], ids=["plain", "idempotent"])
def test_what_a_key_that_was_revoked_meanwhile_began_is_not_done(
    ask: Ask,
    monkeypatch: pytest.MonkeyPatch,
    queued: list[tuple[str, tuple[object, ...]]],
    headers: dict[str, str],
) -> None:
    monkeypatch.setattr(domains, "registration", Meanwhile(revoke))
    answer = ask("POST", "/domains", json=NEW, headers=headers)
    assert (answer.status_code, answer.get_json()["code"]) == (401, "key-wrong")
    assert domains_there() == 0
    assert queued == []


def test_two_that_change_the_same_are_told_so(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def stale() -> None:
        raise StaleDataError("the row has another version")

    monkeypatch.setattr("webapp.api.transactions._require_living_key", stale)
    answer = ask("POST", "/domains", json=NEW)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "changed-at-once")
    assert domains_there() == 0


def test_workers_are_woken_after_the_commit_and_not_after_a_refusal(
    app: Flask, ask: Ask, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[bool] = []
    monkeypatch.setattr(domains, "wake_for", lambda _domain: woken.append(db.session().in_transaction()))
    assert ask("POST", "/domains", json=NEW).status_code == 201
    assert woken == [False]
    assert ask("POST", "/domains", json={"domain_name": "acme"}).status_code == 422
    assert ask("POST", "/domains", json=NEW).status_code == 200
    assert woken == [False]
