"""Endpoints and their deliveries by the API."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.api.conftest import Ask, program
from tests.factories import make_key
from tests.webhooks.telling import deliveries, endpoint_of
from webapp.extensions import db, settings
from webapp.models import Account, Event, EventKind, utcnow
from webapp.webhooks import endpoints, queries, secret
from webapp.webhooks.types import DEFAULT

Queued = list[tuple[str, tuple[object, ...]]]
URL = "https://hooks.acme.test/in"


def test_an_endpoint_from_its_beginning_to_its_end(ask: Ask, account: Account, queued: Queued) -> None:
    made = ask("POST", "/webhooks", json={"url": URL})
    assert made.status_code == 201
    told = made.get_json()
    first, where = told.pop("secret"), f"/webhooks/{told['id']}"
    assert made.headers["Location"] == f"/api/v1{where}"
    assert told["types"] == [one.value for one in DEFAULT]
    assert (told["account"], told["state"], told["payload_version"]) == (account.number, "on", "2026-11-27")
    shown = ask("GET", where)
    assert shown.get_json() == told
    assert ask("GET", "/webhooks").get_json()["data"] == [told]

    headers = {"If-Match": shown.headers["ETag"]}
    changed = ask("PATCH", where, json={"types": ["domain.removed"], "state": "off"}, headers=headers)
    assert (changed.get_json()["types"], changed.get_json()["state"]) == (["domain.removed"], "off")
    assert changed.get_json()["off_reason"] == "asked"
    assert ask("PATCH", where, json={"description": "x"}, headers=headers).status_code == 412

    refused = ask("POST", f"{where}/tests")
    assert (refused.status_code, refused.get_json()["code"]) == (409, "endpoint-off")
    ask("PATCH", where, json={"state": "on"})
    rotated = ask("POST", f"{where}/secrets")
    assert rotated.status_code == 201
    [endpoint] = queries.endpoints_of(account)
    db.session.expire_all()
    both = [rotated.get_json()["secret"], first]
    assert secret.signing(endpoint, utcnow(), settings().secret_keys) == both

    sent = ask("POST", f"{where}/tests")
    [delivery] = deliveries(endpoint)
    assert sent.status_code == 202
    assert sent.headers["Location"] == f"/api/v1{where}/deliveries/{delivery.id}"
    assert queued == [("send_one", (delivery.id,))]
    whole = ask("GET", sent.headers["Location"].removeprefix("/api/v1")).get_json()
    assert (whole["type"], whole["state"], whole["body"]["type"]) == (
        "webhook.test",
        "waiting",
        "webhook.test",
    )
    assert ask("POST", f"{where}/deliveries/{delivery.id}/attempts").status_code == 202
    listed = ask("GET", f"{where}/deliveries?state=waiting").get_json()["data"]
    assert [one["id"] for one in listed] == [delivery.id]
    assert ask("GET", f"{where}/deliveries?state=failed").get_json()["data"] == []

    assert ask("DELETE", where).status_code == 204
    assert ask("GET", where).status_code == 404
    actors = {
        event.actor_kind.value for event in db.session.query(Event).filter_by(kind=EventKind.WEBHOOK_OFF)
    }
    assert actors == {"key"}


def test_what_is_wrong_is_named(ask: Ask) -> None:
    for body, code, pointer in (
        ({"url": "https://10.0.0.1/"}, "url-not-public", "/url"),
        ({"url": "http://hooks.acme.test/"}, "url-not-secure", "/url"),
        ({"url": URL, "types": ["no.such"]}, "invalid-request", "/types/0"),
        ({"url": URL, "types": []}, "invalid-request", "/types"),
        ({"url": URL, "more": 1}, "invalid-request", "/more"),
        ({}, "invalid-request", "/url"),
    ):
        answer = ask("POST", "/webhooks", json=body)
        assert (answer.status_code, answer.get_json()["code"]) == (422, code), body
        assert answer.get_json()["errors"][0]["pointer"] == pointer


def test_a_key_of_the_platform_has_the_platforms_own_and_an_accounts(
    app: Flask, account: Account, ask: Ask
) -> None:
    mine = endpoint_of(account)
    _, token = make_key(None, scopes=["webhooks:write"])
    db.session.commit()
    platform = program(app, token)
    made = platform("POST", "/webhooks", json={"url": URL, "types": ["domain.moved"]}).get_json()
    assert made["account"] is None
    assert [one["id"] for one in platform("GET", "/webhooks").get_json()["data"]] == [made["id"]]
    assert ask("GET", f"/webhooks/{made['id']}").status_code == 404
    for_account = program(app, token, **{"Nameplate-Account": account.number})
    assert [one["id"] for one in for_account("GET", "/webhooks").get_json()["data"]] == [mine.id]


def test_scopes_count(app: Flask, account: Account) -> None:
    _, reads = make_key(account, scopes=["webhooks:read"])
    _, other = make_key(account, scopes=["domains:write"])
    _, test = make_key(account, scopes=["write"], test=True)
    db.session.commit()
    assert program(app, reads)("GET", "/webhooks").status_code == 200
    assert program(app, reads)("POST", "/webhooks", json={"url": URL}).status_code == 403
    assert program(app, other)("GET", "/webhooks").status_code == 403
    assert program(app, test)("GET", "/webhooks").status_code == 403, "its names are not bounded here"


def test_tests_of_all_keys_of_an_account_have_one_limit(
    app: Flask, account: Account, queued: Queued, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The URL may be a server of somebody who never asked for them."""
    monkeypatch.setattr(endpoints, "TESTS_AN_HOUR", "3 per hour")
    monkeypatch.setattr(endpoints, "AGAIN_AN_HOUR", "1 per hour")
    endpoint = endpoint_of(account)
    tokens = [make_key(account, scopes=["webhooks:write"])[1] for _ in range(2)]
    _, platform = make_key(None, scopes=["write"])
    db.session.commit()
    first, second = (program(app, token) for token in tokens)
    path = f"/webhooks/{endpoint.id}"
    assert [ask("POST", f"{path}/tests").status_code for ask in (first, second, first)] == [202] * 3
    refused = second("POST", f"{path}/tests", headers={"Idempotency-Key": "a"})
    assert (refused.status_code, refused.get_json()["code"]) == (429, "too-many-an-hour")
    assert 0 < int(refused.headers["Retry-After"]) <= 3600
    [delivery, *_] = deliveries(endpoint)
    again = f"{path}/deliveries/{delivery.id}/attempts"
    assert [first("POST", again).status_code, second("POST", again).status_code] == [202, 429]
    staff = program(app, platform, **{"Nameplate-Account": account.number})
    assert [staff("POST", f"{path}/tests").status_code for _ in range(4)] == [202] * 4
