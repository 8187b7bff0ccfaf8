"""Transfers by the API: between two keys."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from tests.api.conftest import Ask, program
from tests.factories import make_domain, make_key
from tests.transfers.sides import HOST, Sides, sides
from webapp.extensions import db
from webapp.transfers import offers, queries

pytestmark = pytest.mark.usefixtures("queued")


@pytest.fixture
def both(app: Flask) -> Sides:
    return sides()


@pytest.fixture
def keys(app: Flask, both: Sides) -> tuple[Ask, Ask]:
    tokens = [make_key(account, scopes=["write"])[1] for account in (both.giver, both.receiver)]
    db.session.commit()
    giver, receiver = (program(app, token) for token in tokens)
    return giver, receiver


def offer(giver: Ask, both: Sides, to: str) -> dict[str, Any]:
    answer = giver("POST", f"/domains/{both.domain.id}/transfers", json={"to": to})
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.get_json()
    return told


def test_offer_is_accepted_by_the_other_key(both: Sides, keys: tuple[Ask, Ask]) -> None:
    giver, receiver = keys
    made = offer(giver, both, both.receiver.number)
    assert (made["direction"], made["state"], made["to"], made["giver"]) == (
        "out",
        "offered",
        both.receiver.number,
        None,
    )
    [seen] = receiver("GET", "/transfers").get_json()["data"]
    assert (seen["direction"], seen["to"], seen["giver"]) == ("in", None, f"Acme ({both.giver.number})")
    path = f"/transfers/{made['id']}/acceptance"
    answer = receiver("POST", path, json={})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "llm-client-needed")
    answer = receiver("POST", path, json={"llm_client_id": both.former.id})
    assert answer.get_json()["code"] == "llm-client-unknown"
    answer = receiver("POST", path, json={"llm_client_id": both.client.id})
    assert (answer.status_code, answer.get_json()["state"]) == (200, "accepted")
    assert giver("GET", f"/domains/{both.domain.id}").status_code == 404
    told = receiver("GET", f"/domains/{both.domain.id}").get_json()
    assert told["domain_name"] == HOST
    assert giver("GET", f"/transfers/{made['id']}").get_json()["state"] == "accepted"
    assert receiver("POST", path, json={"llm_client_id": both.client.id}).get_json()["code"] == "offer-over"


@pytest.mark.parametrize("to", ["real number", "9999-9999-9999", "owner@rival.test", "nobody@nowhere.test"])
def test_answer_does_not_tell_who_exists(both: Sides, keys: tuple[Ask, Ask], to: str) -> None:
    made = offer(keys[0], both, both.receiver.number if to == "real number" else to)
    assert {key for key, value in made.items() if value is None} == {"giver", "decided_at"}


def test_offer_to_an_address_is_no_keys_business(both: Sides, keys: tuple[Ask, Ask]) -> None:
    giver, receiver = keys
    made = offer(giver, both, "owner@rival.test")
    assert receiver("GET", "/transfers").get_json()["data"] == []
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/acceptance"), ("POST", "/refusal")):
        options: dict[str, Any] = {"json": {}} if path == "/acceptance" else {}
        assert receiver(method, f"/transfers/{made['id']}{path}", **options).status_code == 404


def test_giver_withdraws_and_receiver_refuses(both: Sides, keys: tuple[Ask, Ask]) -> None:
    giver, receiver = keys
    first = offer(giver, both, both.receiver.number)
    assert receiver("DELETE", f"/transfers/{first['id']}").status_code == 404
    assert giver("POST", f"/transfers/{first['id']}/refusal").status_code == 404
    assert giver("DELETE", f"/transfers/{first['id']}").status_code == 204
    assert giver("DELETE", f"/transfers/{first['id']}").get_json()["code"] == "offer-over"
    assert receiver("GET", f"/transfers/{first['id']}").status_code == 404
    second = offer(giver, both, both.receiver.number)
    answer = receiver("POST", f"/transfers/{second['id']}/refusal")
    assert (answer.status_code, answer.get_json()["state"]) == (200, "refused")
    listed = giver("GET", "/transfers?direction=out").get_json()["data"]
    assert [one["state"] for one in listed] == ["refused", "withdrawn"]
    assert giver("GET", "/transfers?direction=in").get_json()["data"] == []


def test_refusals_of_an_offer_have_codes(both: Sides, keys: tuple[Ask, Ask]) -> None:
    path = f"/domains/{both.domain.id}/transfers"
    answer = keys[0]("POST", path, json={"to": "nonsense"})
    assert (answer.status_code, answer.get_json()["errors"][0]["pointer"]) == (422, "/to")
    assert keys[0]("POST", path, json={"to": both.giver.number}).get_json()["code"] == "same-account"
    offer(keys[0], both, "a@b.test")
    assert keys[0]("POST", path, json={"to": "c@d.test"}).get_json()["code"] == "offered-already"


def test_platform_moves_a_domain_by_acting_for_both(app: Flask, both: Sides) -> None:
    _, token = make_key(None, scopes=["write"])
    db.session.commit()
    giver, receiver = (
        program(app, token, **{"Nameplate-Account": one.number}) for one in (both.giver, both.receiver)
    )
    made = offer(giver, both, both.receiver.number)
    answer = receiver("POST", f"/transfers/{made['id']}/acceptance", json={"llm_client_id": both.client.id})
    assert answer.status_code == 200
    assert program(app, token)("GET", "/transfers").get_json()["code"] == "account-needed"


def test_offers_have_the_limit_of_the_page(
    both: Sides, keys: tuple[Ask, Ask], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a program could fill the history of whoever has the number, by offers that it withdraws."""
    monkeypatch.setattr(offers, "AN_HOUR", "2 per hour")
    giver, receiver = keys
    for _ in range(2):
        made = offer(giver, both, both.receiver.number)
        giver("DELETE", f"/transfers/{made['id']}")
    answer = giver("POST", f"/domains/{both.domain.id}/transfers", json={"to": both.receiver.number})
    assert (answer.status_code, answer.get_json()["code"]) == (429, "too-many-an-hour")
    events = receiver("GET", "/events").get_json()["data"]
    assert [one["kind"] for one in events].count("transfer.offered") == 2


def test_offers_of_many_push_none_out_of_the_list(
    both: Sides, keys: tuple[Ask, Ask], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page shows the newest ones; a list of the API has a next piece."""
    monkeypatch.setattr(queries, "MOST_SHOWN", 1)
    first = offer(keys[0], both, both.receiver.number)
    other = make_domain(both.giver, "help.acme.test")
    db.session.commit()
    second = keys[0]("POST", f"/domains/{other.id}/transfers", json={"to": both.receiver.number}).get_json()
    seen = keys[1]("GET", "/transfers?direction=in").get_json()["data"]
    assert [one["id"] for one in seen] == [second["id"], first["id"]]
