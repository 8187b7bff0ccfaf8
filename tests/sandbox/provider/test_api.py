"""The providers' JSON."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from webapp.sandbox.provider import records
from webapp.sandbox.shared.store import Store

ZONE = "/sandbox/zones/acme.test"
TOKEN = {"name": "_nameplate-challenge.chat", "type": "TXT", "value": '"token"'}


def test_records_are_added_shown_and_deleted(web: FlaskClient, store: Store) -> None:
    made = web.post(f"{ZONE}/records", json=TOKEN | {"ttl": 60})

    (document,) = made.get_json()["records"]
    assert made.status_code == 201
    assert document | {"id": 0} == {
        "id": 0,
        "zone": "acme.test",
        "name": "_nameplate-challenge.chat.acme.test",
        "type": "TXT",
        "ttl": 60,
        "value": '"token"',
        "proxied": False,
    }
    assert web.get(ZONE).get_json() == {
        "zone": "acme.test",
        "settings": {"provider": "registrar", "flatten": "off", "names": "append"},
        "records": [document],
    }
    assert web.delete(f"{ZONE}/records/{document['id']}").status_code == 204
    assert records.records(store) == []
    assert web.delete(f"{ZONE}/records/{document['id']}").status_code == 404


def test_several_lines_make_several_records_with_their_ids(web: FlaskClient, store: Store) -> None:
    made = web.post(
        f"{ZONE}/records", json={"name": "chat", "type": "A", "value": "203.0.113.1\n203.0.113.2"}
    )

    assert {one["id"] for one in made.get_json()["records"]} == {one.id for one in records.records(store)}


def test_settings_are_changed_one_by_one(web: FlaskClient) -> None:
    assert web.post(f"{ZONE}/settings", json={"flatten": "apex"}).status_code == 200
    changed = web.post(f"{ZONE}/settings", json={"names": "as-typed"})

    assert changed.get_json() == {"provider": "registrar", "flatten": "apex", "names": "as-typed"}
    full = {"name": "chat.acme.test", "type": "CNAME", "value": "x.sandbox-edge.test", "proxied": True}
    (made,) = web.post(f"{ZONE}/records", json=full).get_json()["records"]
    assert (made["name"], made["value"], made["proxied"]) == ("chat.acme.test", "x.sandbox-edge.test.", True)


@pytest.mark.parametrize(
    ("path", "body", "status", "field"),
    [
        ("acme.test/records", TOKEN | {"ttl": "60"}, 422, "ttl"),
        ("acme.test/records", TOKEN | {"proxied": "yes"}, 422, "proxied"),
        ("acme.test/records", TOKEN | {"comment": ""}, 422, "comment"),
        ("acme.test/records", TOKEN | {"name": "a..b"}, 422, "name"),
        ("acme.test/records", {"name": "chat"}, 422, "type"),
        ("acme.test/records", [], 422, ""),
        ("acme.test/records", TOKEN | {"proxied": True}, 409, "proxied"),
        ("acme.test/records", {"type": "CNAME", "value": "x.test."}, 409, "name"),
        ("acme.test/settings", {"flatten": "no"}, 422, "flatten"),
        ("chat.acme.test/records", TOKEN, 404, "zone"),
        ("co.uk/records", TOKEN, 422, "name"),
        ("sandbox-edge.test/records", TOKEN, 422, "name"),
        ("sandbox-edge.test/settings", {"flatten": "apex"}, 422, "provider"),
    ],
)
def test_a_refusal_names_its_field_and_changes_nothing(
    web: FlaskClient, store: Store, path: str, body: object, status: int, field: str
) -> None:
    answer = web.post(f"/sandbox/zones/{path}", json=body)

    assert (answer.status_code, answer.get_json()["field"]) == (status, field)
    assert answer.get_json()["message"].endswith(".")
    assert records.records(store) == []
    assert records.zones(store) == []


def test_other_sites_cannot_write(web: FlaskClient, store: Store) -> None:
    answer = web.post(f"{ZONE}/records", json=TOKEN, headers={"Origin": "https://evil.example"})

    assert answer.status_code == 403
    assert records.records(store) == []
