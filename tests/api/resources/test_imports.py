"""Lists of names by the API."""

from __future__ import annotations

from typing import Any, cast

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.api.conftest import Ask, program
from tests.app_fixtures import sign_in
from tests.factories import make_account, make_key
from tests.twins.dns import MemoryDns
from tests.twins.route53 import MemoryRoute53
from webapp.extensions import db
from webapp.imports import tasks
from webapp.models import Account, DomainImport, LLMClientCustomDomain, User

Queued = list[tuple[str, tuple[object, ...]]]


def names() -> set[str]:
    return {one.domain_name for one in db.session.query(LLMClientCustomDomain)}


def test_a_list_is_judged_and_then_registered(ask: Ask, account: Account, queued: Queued) -> None:
    lines: list[Any] = ["chat.acme.test", {"domain_name": "help.acme.test", "llm_client": "nobody"}]
    made = ask("POST", "/imports", json={"lines": lines})
    assert made.status_code == 201, made.json
    body = made.get_json()
    assert body["state"] == "checked"
    assert [(one["line"], one["result"]) for one in body["verdicts"]] == [(1, "ready"), (2, "refused")]
    assert body["verdicts"][1]["refusal"]["code"] == "import.unknown-llm-client"
    assert names() == set()
    begun = ask("POST", f"/imports/{body['id']}/runs")
    assert begun.status_code == 202
    assert begun.headers["Location"].endswith(f"/imports/{body['id']}")
    assert begun.headers["Retry-After"]
    assert ("work_on", (body["id"],)) in queued
    tasks.work_on.run(body["id"])
    shown = ask("GET", f"/imports/{body['id']}").get_json()
    assert shown["state"] == "done"
    assert shown["counts"] == {"new": 0, "ready": 0, "refused": 1, "existing": 0, "registered": 1}
    [line] = ask("GET", f"/imports/{body['id']}/lines?result=registered").get_json()["data"]
    assert ask("GET", f"/domains/{line['domain_id']}").get_json()["domain_name"] == "chat.acme.test"
    again = ask("POST", f"/imports/{body['id']}/runs")
    assert again.get_json()["code"] == "already-ended"
    assert [one["id"] for one in ask("GET", "/imports").get_json()["data"]] == [body["id"]]


def test_a_long_list_is_judged_by_a_worker(ask: Ask, account: Account, queued: Queued) -> None:
    made = ask("POST", "/imports", json={"csv": "".join(f"n{i}.acme.test\n" for i in range(101))}).get_json()
    assert (made["state"], made["verdicts"]) == ("checking", [])
    assert ask("POST", f"/imports/{made['id']}/runs").get_json()["code"] == "still-checking"
    tasks.work_on.run(made["id"])
    page = ask("GET", f"/imports/{made['id']}/lines?limit=100").get_json()
    rest = ask("GET", f"/imports/{made['id']}/lines?limit=100&cursor={page['next_cursor']}").get_json()
    assert [one["line"] for one in (*page["data"], *rest["data"])] == [*range(1, 102)]


def test_an_import_is_cancelled(ask: Ask, account: Account) -> None:
    made = ask("POST", "/imports", json={"lines": ["chat.acme.test"]}).get_json()
    assert ask("DELETE", f"/imports/{made['id']}").get_json()["state"] == "cancelled"
    assert ask("DELETE", f"/imports/{made['id']}").status_code == 409


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"csv": ""}, "list-refused"),
        ({"csv": "a,b\n"}, "list-refused"),
        ({}, "invalid-request"),
        ({"lines": ["a.acme.test"], "csv": "a"}, "invalid-request"),
        ({"lines": [{"name": "a.acme.test"}]}, "invalid-request"),
    ],
)
def test_a_list_that_cannot_be_read(ask: Ask, account: Account, body: dict[str, Any], code: str) -> None:
    answer = ask("POST", "/imports", json=body)
    assert (answer.status_code, answer.get_json()["code"]) == (422, code)
    assert db.session.query(DomainImport).count() == 0


def test_only_the_platform_takes_zones_over(app: Flask, ask: Ask, account: Account, queued: Queued) -> None:
    aws, dns = cast("MemoryRoute53", app.extensions["route53"]), cast("MemoryDns", app.extensions["dns"])
    dns.zone("acme.test", "ns1.registrar.test", "ns2.registrar.test")
    zone = aws.create_zone("chat.acme.test", "django-1", "x")
    aws.kept[zone.id].installation_id, aws.kept[zone.id].tags = "", {"nameplate:adopt": account.number}
    body = {"lines": [{"domain_name": "chat.acme.test", "aws_hosted_zone_id": zone.id}], "adopt": True}
    assert ask("POST", "/imports", json=body).get_json()["code"] == "platform-only"
    _, token = make_key(None, scopes=["write"])
    db.session.commit()
    platform = program(app, token, **{"Nameplate-Account": account.number})
    made = platform("POST", "/imports", json=body).get_json()
    assert platform("POST", f"/imports/{made['id']}/runs").status_code == 202
    tasks.work_on.run(made["id"])
    [domain] = db.session.query(LLMClientCustomDomain)
    assert domain.zones[0].caller_reference == "django-1"


def test_a_file_is_taken_as_it_is(ask: Ask, account: Account, queued: Queued) -> None:
    csv = "Domain_Name;method\nchät.acme.test;\nhelp.acme.test;teleport\n"
    made = ask("POST", "/imports", data=csv.encode(), content_type="text/csv; charset=utf-8")
    assert made.status_code == 201, made.json
    verdicts = made.get_json()["verdicts"]
    assert [(one["line"], one["domain_name"], one["result"]) for one in verdicts] == [
        (2, "xn--cht-rla.acme.test", "ready"),
        (3, "help.acme.test", "refused"),
    ]
    same = ask("POST", "/imports", json={"csv": csv}).get_json()["verdicts"]
    assert same == verdicts


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 422, "list-refused"),
        (b"a,b\n", 422, "list-refused"),
        (b"\xff\xfe", 400, "unreadable-body"),
        (b"x" * (1024 * 1024 + 1), 413, "body-too-large"),
    ],
)
def test_a_file_that_cannot_be_read(ask: Ask, account: Account, data: bytes, status: int, code: str) -> None:
    answer = ask("POST", "/imports", data=data, content_type="text/csv")
    assert (answer.status_code, answer.get_json()["code"]) == (status, code)
    assert db.session.query(DomainImport).count() == 0


def test_a_file_is_no_body_of_others(ask: Ask, account: Account) -> None:
    assert ask("POST", "/domains", data="chat.acme.test", content_type="text/csv").status_code == 415


@pytest.mark.parametrize("content_type", [None, "text/plain", "text/csv-schema"])
def test_a_list_of_another_type_is_no_file(ask: Ask, account: Account, content_type: str | None) -> None:
    answer = ask("POST", "/imports", data=b"chat.acme.test", content_type=content_type)
    assert answer.status_code == 415
    assert db.session.query(DomainImport).count() == 0


def test_a_file_that_is_sent_again_is_judged_once(ask: Ask, account: Account) -> None:
    sent = {"content_type": "text/csv", "headers": {"Idempotency-Key": "once"}}
    first, again = (ask("POST", "/imports", data="chat.acme.test", **sent) for _ in range(2))
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.get_json() == first.get_json()
    other = ask("POST", "/imports", data="shop.acme.test", **sent)
    assert other.get_json()["code"] == "idempotency-mismatch"
    assert db.session.query(DomainImport).count() == 1


def test_the_result_is_the_file_of_the_page(
    ask: Ask, client: FlaskClient, customer: User, account: Account, queued: Queued
) -> None:
    made = ask("POST", "/imports", json={"lines": ["chat.acme.test", "no name"]}).get_json()
    ask("POST", f"/imports/{made['id']}/runs")
    tasks.work_on.run(made["id"])
    answer = ask("GET", f"/imports/{made['id']}/result.csv", buffered=False)
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    assert answer.is_streamed
    assert "ETag" not in answer.headers
    page = sign_in(client, customer).get(f"/domains/imports/{made['id']}/result.csv")
    assert answer.data == page.data
    assert b"chat.acme.test" in answer.data
    assert answer.headers["Content-Disposition"] == page.headers["Content-Disposition"]
    assert ask("GET", f"/imports/{made['id']}/result.csv?x=1").status_code == 422


def test_the_result_of_another_is_not_there(app: Flask, ask: Ask, account: Account) -> None:
    made = ask("POST", "/imports", json={"lines": ["chat.acme.test"]}).get_json()
    _, token = make_key(make_account("Rival"), scopes=["read"])
    db.session.commit()
    answer = program(app, token)("GET", f"/imports/{made['id']}/result.csv")
    assert (answer.status_code, answer.get_json()["code"]) == (404, "not-found")
