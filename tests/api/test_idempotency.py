"""Idempotency-Key: the same request twice does one thing, and is answered alike."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.api.conftest import Ask, program
from tests.app_fixtures import change
from tests.factories import make_key
from webapp.api import idempotency
from webapp.api.domains import domains
from webapp.domains import registration
from webapp.extensions import db
from webapp.models import Account, Event, IdempotentAnswer, LLMClientCustomDomain, utcnow

KEY = {"Idempotency-Key": "0f0e-1"}
NEW = {"domain_name": "chat.acme.test"}


def count(model: type) -> int:
    db.session.expire_all()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_the_same_again_is_answered_alike_and_does_nothing(ask: Ask) -> None:
    first = ask("POST", "/domains", json=NEW, headers=KEY)
    events = count(Event)
    again = ask("POST", "/domains", json=NEW, headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.data == first.data
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    assert (count(LLMClientCustomDomain), count(Event)) == (1, events)


def test_without_the_key_the_second_finds_what_is_there(ask: Ask) -> None:
    assert [ask("POST", "/domains", json=NEW).status_code for _ in range(2)] == [201, 200]


def test_the_same_key_with_something_else_is_refused(ask: Ask, account: Account) -> None:
    ask("POST", "/domains", json=NEW, headers=KEY)
    for path, told in (
        ("/domains", {"domain_name": "other.acme.test"}),
        ("/llm-clients", {"name": "Sales"}),
        ("/domains?", {**NEW, "method": "delegation"}),
    ):
        answer = ask("POST", path, json=told, headers=KEY)
        assert (answer.status_code, answer.get_json()["code"]) == (409, "idempotency-mismatch")


def test_another_api_key_has_keys_of_its_own(app: Flask, ask: Ask, account: Account) -> None:
    ask("POST", "/llm-clients", json={"name": "Sales"}, headers=KEY)
    _, token = make_key(account)
    db.session.commit()
    answer = program(app, token)("POST", "/llm-clients", json={"name": "Support"}, headers=KEY)
    assert answer.status_code == 201


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "x" * 256])
def test_a_key_is_visible_ascii(ask: Ask, key: str) -> None:
    answer = ask("POST", "/domains", json=NEW, headers={"Idempotency-Key": key})
    assert (answer.status_code, answer.get_json()["code"]) == (400, "idempotency-key-invalid")
    assert count(LLMClientCustomDomain) == 0


def test_a_refusal_is_kept_and_what_was_invalid_is_not(ask: Ask) -> None:
    refused = ask("POST", "/domains", json={"domain_name": "acme"}, headers=KEY)
    assert refused.status_code == 422
    assert ask("POST", "/domains", json={"domain_name": "acme"}, headers=KEY).data == refused.data
    other = {"Idempotency-Key": "other"}
    assert ask("POST", "/domains", json={"more": 1}, headers=other).status_code == 422
    assert ask("POST", "/domains", json=NEW, headers=other).status_code == 201


def test_a_fault_of_ours_is_not_kept(app: Flask, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with monkeypatch.context() as broken:
        broken.setattr(domains, "domain_answer", lambda _domain: 1 / 0)
        assert ask("POST", "/domains", json=NEW, headers=KEY).status_code == 500
    assert (count(IdempotentAnswer), count(LLMClientCustomDomain)) == (0, 0)
    assert ask("POST", "/domains", json=NEW, headers=KEY).status_code == 201


def test_a_limit_of_time_is_not_kept(app: Flask, ask: Ask) -> None:
    change(app, methods=["records"], edge_domain="edge.nameplate.net", edge_target=["192.0.2.1"])
    domain_id = ask("POST", "/domains", json={**NEW, "method": "records"}).get_json()["id"]
    path = f"/domains/{domain_id}/checks"
    statuses = [ask("POST", path, headers={"Idempotency-Key": str(at)}).status_code for at in range(2)]
    assert statuses[0] == 202 or statuses[0] == 409
    kept = db.session.scalars(select(IdempotentAnswer.status)).all()
    assert 429 not in kept


def test_a_second_request_waits_while_the_first_is_at_work(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def slow(*args: object, **kwargs: object) -> object:
        monkeypatch.undo()
        seen.append(ask("POST", "/domains", json=NEW, headers=KEY))
        return registration.register(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(domains, "registration", _With(slow))
    assert ask("POST", "/domains", json=NEW, headers=KEY).status_code == 201
    assert (seen[0].status_code, seen[0].get_json()["code"]) == (409, "idempotency-in-progress")
    assert seen[0].headers["Retry-After"] == "1"


def test_what_a_process_left_that_died_is_taken_over(ask: Ask) -> None:
    ask("POST", "/domains", json=NEW, headers=KEY)
    row = db.session.scalars(select(IdempotentAnswer)).one()
    row.status = row.body = None
    row.claimed_at = utcnow() - idempotency.LONGEST_REQUEST + timedelta(seconds=30)
    db.session.commit()
    assert ask("POST", "/domains", json=NEW, headers=KEY).status_code == 409
    row.claimed_at = utcnow() - idempotency.LONGEST_REQUEST
    db.session.commit()
    assert ask("POST", "/domains", json=NEW, headers=KEY).status_code == 200


def test_who_was_taken_over_from_changes_nothing(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its claim was taken while it was at work, so that two would have done it."""

    def slow(*args: object, **kwargs: object) -> object:
        outcome = registration.register(*args, **kwargs)  # type: ignore[arg-type]
        row = db.session.scalars(select(IdempotentAnswer)).one()
        row.claimed_at = utcnow()
        db.session.flush()
        return outcome

    monkeypatch.setattr(domains, "registration", _With(slow))
    answer = ask("POST", "/domains", json=NEW, headers=KEY)
    assert (answer.status_code, answer.get_json()["code"]) == (409, "idempotency-in-progress")
    assert count(LLMClientCustomDomain) == 0


class _With:
    def __init__(self, register: object) -> None:
        self.register = register


def test_stored_answers_are_sealed(ask: Ask) -> None:
    ask("POST", "/domains", json=NEW, headers=KEY)
    row = db.session.scalars(select(IdempotentAnswer)).one()
    assert row.body is not None
    assert b"chat.acme.test" not in row.body


def test_an_account_leaves_so_many_answers_behind_and_no_more(
    app: Flask, ask: Ask, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With all its keys together. What comes without the header, or from the platform, is not counted."""
    monkeypatch.setattr(idempotency, "AN_HOUR", "2 per hour")
    tokens = [make_key(account, scopes=["write"])[1], make_key(None, scopes=["write"])[1]]
    db.session.commit()
    other, platform = (
        program(app, tokens[0]),
        program(app, tokens[1], **{"Nameplate-Account": account.number}),
    )

    def create(ask: Ask, key: str | None) -> int:
        headers = {"Idempotency-Key": key} if key else {}
        return ask("POST", "/llm-clients", json={"name": "Sales"}, headers=headers).status_code

    assert [create(ask, "a"), create(other, "b"), create(ask, "c"), create(other, "d")] == [
        201,
        201,
        429,
        429,
    ]
    assert [create(ask, None), create(platform, "e")] == [201, 201]
    assert count(IdempotentAnswer) == 3
