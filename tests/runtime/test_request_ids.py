"""One request id from a click to the e-mail that follows from it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from celery.signals import before_task_publish, task_prerun
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.app_fixtures import sign_in
from tests.factories import make_domain, make_zone
from tests.twins.dns import MemoryDns
from webapp.checks import schedule, tasks
from webapp.extensions import db
from webapp.models import Account, Check, DomainState, Event, Notification, User, utcnow
from webapp.runtime.request_ids import following


class Task:
    """What Celery hands to whoever listens for the start of a task."""

    def __init__(self, name: str, **headers: object) -> None:
        self.name = f"webapp.checks.tasks.{name}"
        self.request = type("Request", (), headers)()


@pytest.fixture(autouse=True)
def nothing_bound() -> Iterator[None]:
    structlog.contextvars.clear_contextvars()
    yield
    structlog.contextvars.clear_contextvars()


def bound() -> object:
    return structlog.contextvars.get_contextvars().get("request_id")


def events(text: str, name: str) -> list[dict[str, Any]]:
    found = (json.loads(line) for line in text.splitlines() if line.startswith("{"))
    return [line for line in found if line["event"] == name]


def test_every_answer_names_its_id_and_each_has_another(client: FlaskClient) -> None:
    ids = [client.get("/login").headers["X-Request-ID"] for _ in range(3)]
    assert len(set(ids)) == 3
    assert all(re.fullmatch("[0-9a-f]{16}", one) for one in ids)


def test_path_of_a_link_in_a_mail_is_not_told(
    client: FlaskClient, capsys: pytest.CaptureFixture[str]
) -> None:
    client.get("/reset/a-token-that-resets-a-password")
    client.get("/no/such/a-token-that-resets-a-password")
    text = capsys.readouterr().err
    assert [line["path"] for line in events(text, "request")] == ["/reset/<token>", "no page"]
    assert "a-token" not in text


@pytest.mark.parametrize("path", ["/healthz", "/edge/ask?domain=chat.acme.test", "/static/theme.css"])
def test_what_machines_ask_all_the_time_is_not_told(
    client: FlaskClient, capsys: pytest.CaptureFixture[str], path: str
) -> None:
    client.get(path).close()
    assert events(capsys.readouterr().err, "request") == []


def test_click_check_event_mail_and_log_have_one_id(
    app: Flask,
    client: FlaskClient,
    customer: User,
    account: Account,
    queued: list[tuple[str, tuple[object, ...]]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    dns: MemoryDns = app.extensions["dns"]
    domain = make_domain(account)
    zone = make_zone(domain)
    dns.zone(domain.domain_name, *zone.name_servers, delegate=False)
    dns.zone("acme.test", "ns1.provider.test", "ns2.provider.test").put(
        domain.domain_name, "NS", *zone.name_servers
    )
    db.session.commit()
    sign_in(client, customer)
    clicked = client.post(f"/domains/{domain.id}/checks").headers["X-Request-ID"]
    check = db.session.scalars(select(Check)).one()
    assert check.request_id == clicked
    structlog.contextvars.clear_contextvars()

    # The message is lost: another round, of another process, finds the row.
    with following("id-of-the-sweep"):
        schedule.queue_again(utcnow())
        tasks.run_waiting_checks.run()
        assert bound() == "id-of-the-sweep"
    db.session.refresh(domain)
    assert domain.state is DomainState.VERIFIED
    state_changed = db.session.scalars(select(Event).where(Event.kind == "state.changed")).one()
    assert state_changed.request_id == clicked
    assert {mail.request_id for mail in db.session.scalars(select(Notification))} == {clicked}
    (done,) = events(capsys.readouterr().err, "check.done")
    assert done["request_id"] == clicked


def test_queue_carries_the_id(app: Flask) -> None:
    headers: dict[str, object] = {}
    with following("0123456789abcdef"):
        before_task_publish.send(sender="webapp.checks.tasks.run_check", headers=headers)
    assert headers["request_id"] == "0123456789abcdef"

    task = Task("run_check", **headers)
    task_prerun.send(sender=task, task_id="7d1f6a5e-0000-4000-8000-000000000000", task=task)
    assert bound() == "0123456789abcdef"
    assert structlog.contextvars.get_contextvars()["task"] == "run_check"


def test_what_the_clock_started_has_the_id_of_its_task(app: Flask) -> None:
    headers: dict[str, object] = {}
    before_task_publish.send(sender="webapp.checks.tasks.sweep", headers=headers)
    assert headers == {}
    task = Task("sweep")
    task_prerun.send(sender=task, task_id="7d1f6a5e-0000-4000-8000-000000000000", task=task)
    assert bound() == "7d1f6a5e00004000"


def test_line_of_a_request_names_the_rows_that_it_is_about(
    client: FlaskClient, customer: User, account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    domain = make_domain(account)
    db.session.commit()
    sign_in(client, customer)
    capsys.readouterr()
    client.get(f"/domains/{domain.id}")
    client.get("/domains")
    one, all_of_them = events(capsys.readouterr().err, "request")
    assert (one["domain_id"], one["account_id"], one["person"]) == (domain.id, account.id, customer.id)
    assert all_of_them["account_id"] == account.id
    assert "domain_id" not in all_of_them
