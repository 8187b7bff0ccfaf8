"""The pages of endpoints and their deliveries."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from standardwebhooks import Webhook

from tests.factories import PASSWORD
from tests.page_lint import elements, parse, text_of
from tests.webhooks.telling import NOW, added, deliveries, endpoint_of
from webapp.extensions import db, settings
from webapp.models import (
    Account,
    DeliveryState,
    EndpointState,
    User,
    WebhookAttempt,
    WebhookEndpoint,
    utcnow,
)
from webapp.webhooks import endpoints, outbox, queries, secret

Queued = list[tuple[str, tuple[object, ...]]]
_FORM = {
    "url": "https://hooks.acme.test/in",
    "description": "CRM",
    "types": ["domain.verified", "domain.removed"],
}


@pytest.fixture
def client(app: Flask, customer: User) -> FlaskClient:
    return signed_in(app, customer)


def signed_in(app: Flask, user: User) -> FlaskClient:
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    assert client.post("/login", data={"email": user.email, "password": PASSWORD}).status_code == 302
    return client


def secret_in(page: str) -> str:
    [found] = re.findall(r"whsec_[A-Za-z0-9+/=]+(?=</code>)", page)
    return str(found)


def test_an_endpoint_from_its_beginning_to_its_end(
    client: FlaskClient, account: Account, queued: Queued
) -> None:
    assert "There is no endpoint yet" in client.get("/account/webhooks").text
    made = client.post("/account/webhooks/new", data=_FORM)
    first = secret_in(made.text)
    [endpoint] = queries.endpoints_of(account)
    where = f"/account/webhooks/{endpoint.id}"
    assert endpoint.types == _FORM["types"]
    assert secret.signing(endpoint, utcnow(), settings().secret_keys) == [first]
    assert "whsec_" not in client.get(where).text + client.get("/account/webhooks").text

    changed = client.post(f"{where}/edit", data={**_FORM, "url": "https://new.acme.test/"})
    assert changed.status_code == 303
    db.session.expire_all()
    assert queries.endpoints_of(account)[0].url == "https://new.acme.test/"
    assert "whsec_" not in client.get(f"{where}/secret").text, "opening the page changes nothing"
    second = secret_in(client.post(f"{where}/secret").text)
    db.session.expire_all()
    assert secret.signing(endpoint, utcnow(), settings().secret_keys) == [second, first]

    sent = client.post(f"{where}/tests")
    [delivery] = deliveries(endpoint)
    assert sent.location.endswith(f"{where}/deliveries/{delivery.id}")
    assert ("send_one", (delivery.id,)) in queued
    page = client.get(sent.location).text
    assert delivery.message.code in page
    assert "webhook.test" in page

    assert client.post(f"{where}/switch", data={"wish": "off"}).status_code == 303
    db.session.expire_all()
    assert endpoint.state is EndpointState.OFF
    assert [one.state for one in deliveries(endpoint)] == [DeliveryState.DROPPED]
    assert "Send test" not in client.get(where).text
    client.post(f"{where}/switch", data={"wish": "on"})

    assert "Delete the endpoint?" in client.get(f"{where}/delete").text
    assert client.post(f"{where}/delete").status_code == 303
    assert queries.endpoints_of(account) == []


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"url": ""}, "Enter the URL"),
        ({"url": "http://hooks.acme.test/"}, "begins with https://"),
        ({"url": "https://169.254.169.254/"}, "not a public address"),
        ({"description": "x" * 300}, "200 characters at most"),
        ({"types": []}, "Choose one type"),
        ({"types": ["no.such"]}, "not a valid choice"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    client: FlaskClient, account: Account, wrong: dict[str, object], words: str
) -> None:
    answer = client.post("/account/webhooks/new", data={**_FORM, **wrong})
    assert answer.status_code == 422
    assert words in answer.text
    assert queries.endpoints_of(account) == []


def test_what_came_back_is_shown_and_escaped(client: FlaskClient, account: Account, queued: Queued) -> None:
    endpoint = endpoint_of(account)
    outbox.write_test(endpoint, NOW)
    [delivery] = deliveries(endpoint)
    db.session.add(
        WebhookAttempt(
            delivery_id=delivery.id,
            outcome_code="answered",
            outcome_params={"status": 500},
            status=500,
            answer="<script>alert(1)</script>",
        )
    )
    delivery.state, delivery.next_attempt_at = DeliveryState.FAILED, None
    db.session.commit()
    where = f"/account/webhooks/{endpoint.id}"
    assert "It answered 500, not 2xx." in client.get(where).text
    page = client.get(f"{where}/deliveries/{delivery.id}").text
    assert "&lt;script&gt;alert(1)" in page
    assert client.post(f"{where}/deliveries/{delivery.id}/again").status_code == 303
    assert [one.state for one in deliveries(endpoint)] == [DeliveryState.WAITING]
    assert queued == [("send_one", (delivery.id,))]


def test_a_long_log_has_pages(client: FlaskClient, account: Account) -> None:
    endpoint = endpoint_of(account)
    for _ in range(60):
        outbox.write_test(endpoint, NOW)
    db.session.commit()
    page = client.get(f"/account/webhooks/{endpoint.id}").text
    assert page.count("webhook.test</code>") == 50
    [older] = re.findall(r"before=(\d+)", page)
    assert (
        client.get(f"/account/webhooks/{endpoint.id}?before={older}").text.count("webhook.test</code>") == 10
    )


def test_members_look_and_owners_change(app: Flask, account: Account, member: User) -> None:
    endpoint = endpoint_of(account)
    client = signed_in(app, member)
    where = f"/account/webhooks/{endpoint.id}"
    assert client.get("/account/webhooks").status_code == client.get(where).status_code == 200
    assert "New endpoint" not in client.get("/account/webhooks").text
    for path in (
        "/account/webhooks/new",
        *(f"{where}/{end}" for end in ("edit", "secret", "switch", "tests", "delete")),
    ):
        assert client.post(path, data=_FORM).status_code == 403, path
    assert queries.endpoints_of(account) == [endpoint]


def test_anothers_endpoint_is_not_there(client: FlaskClient, account: Account, rival: Account) -> None:
    theirs, mine, platform = endpoint_of(rival), endpoint_of(account), endpoint_of(None)
    outbox.write_test(theirs, NOW)
    db.session.commit()
    [delivery] = deliveries(theirs)
    for endpoint in (theirs, platform):
        assert client.get(f"/account/webhooks/{endpoint.id}").status_code == 404
        assert client.post(f"/account/webhooks/{endpoint.id}/delete").status_code == 404
    assert client.get(f"/account/webhooks/{mine.id}/deliveries/{delivery.id}").status_code == 404
    assert client.get(f"/account/webhooks/{2**70}").status_code == 404
    assert client.get("/staff/webhooks").status_code == 404


def test_staff_have_the_platforms_own(app: Flask, account: Account, staff_member: User) -> None:
    endpoint_of(account)
    client = signed_in(app, staff_member)
    assert "There is no endpoint yet" in client.get("/staff/webhooks").text
    secret_in(client.post("/staff/webhooks/new", data=_FORM).text)
    [endpoint] = queries.endpoints_of(None)
    assert client.get(f"/staff/webhooks/{endpoint.id}").status_code == 200


def test_no_more_than_so_many(client: FlaskClient, account: Account) -> None:
    for _ in range(endpoints.MOST):
        added(account)
    answer = client.post("/account/webhooks/new", data=_FORM)
    assert answer.status_code == 422
    assert "Delete one first" in answer.text
    assert "New endpoint" not in client.get("/account/webhooks").text
    assert isinstance(queries.endpoints_of(account)[0], WebhookEndpoint)


def test_developer_sees_what_was_sent_what_came_back_and_how_to_send_and_check_it(
    client: FlaskClient, account: Account, queued: Queued
) -> None:
    endpoint, made = added(account)
    client.post(f"/account/webhooks/{endpoint.id}/tests")
    [delivery] = deliveries(endpoint)
    delivery.attempts = 1
    delivery.log.append(
        WebhookAttempt(
            outcome_code="answered", outcome_params={"status": 500}, status=500, answer="no such table"
        )
    )
    db.session.commit()
    page = client.get(f"/account/webhooks/{endpoint.id}/deliveries/{delivery.id}").text
    read = parse(page)
    assert "Somebody asked for a test." in page
    assert "1 of 10" in page
    [answer] = [one for one in elements(read, "details") if (one.get("id") or "").startswith("answer")]
    assert (answer.get("open"), "no such table" in text_of(answer)) == ("", True)
    assert f"POST {endpoint.url}" in page
    [sent] = [one.get("data-copy") or "" for one in elements(read, "button") if one.get("data-copy")]
    assert sent == delivery.message.body
    assert f"/api/v1/webhooks/{endpoint.id}/deliveries/{delivery.id}/attempts" in page
    now = utcnow()
    headers = {
        "webhook-id": delivery.message.code,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(made).sign(delivery.message.code, now, delivery.message.body),
    }
    found: dict[str, Any] = {}
    sample = next(one for one in elements(read, "code") if one.get("data-verify") is not None)
    exec("".join(sample.itertext()), found)  # noqa: S102 - our own
    assert found["receive"](made, headers, sent.encode()) == 204
    assert found["receive"](made, headers, sent.encode() + b" ") == 401
