"""What a request calls us stands in no page, in no redirect and in no e-mail."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_mailman import EmailMessage

from tests.attacks.people import FILLED_IN, Side, filled, program, with_method
from tests.factories import PASSWORD

EVIL = "evil.example"
#: Headers by which proxies tell the host of the request, or frameworks take another address for it.
FORGED = {
    "X-Forwarded-Host": EVIL,
    "X-Forwarded-Server": EVIL,
    "X-Forwarded-Proto": f"https://{EVIL}",
    "X-Forwarded-Prefix": f"//{EVIL}",
    "X-Original-Host": EVIL,
    "X-Host": EVIL,
    "X-Original-URL": f"//{EVIL}/",
    "X-Rewrite-URL": f"//{EVIL}/",
    "Forwarded": f"for=192.0.2.1;host={EVIL};proto=https",
}
PLACES = [(f"http://{EVIL}", {}), (f"http://localhost.{EVIL}:8000", {}), ("http://localhost", FORGED)]


def signed_in(app: Flask, side: Side, place: str) -> FlaskClient:
    """At that host, for which the browser keeps its cookies."""
    somebody = program(app)
    sent = {"email": side.owner.email, "password": PASSWORD}
    assert somebody.post("/login", data=sent, base_url=place).status_code == 302
    return somebody


@pytest.mark.parametrize(("place", "headers"), PLACES, ids=["host", "below", "forwarded"])
def test_no_page_leads_to_a_foreign_host(
    app: Flask, client: FlaskClient, sides: dict[str, Side], place: str, headers: dict[str, str]
) -> None:
    people = [signed_in(app, sides["acme"], place), program(app)]
    found = []
    for rule in with_method(app, "GET"):
        known = rule.arguments <= sides["acme"].ids.keys()
        url = sides["acme"].address(rule) if known else filled(rule, "x")
        for somebody in people:
            answer = somebody.get(url, base_url=place, headers=headers)
            if EVIL in answer.data.decode(errors="replace") + answer.headers.get("Location", ""):
                found.append(url)
    assert found == []


@pytest.mark.parametrize(("place", "headers"), PLACES, ids=["host", "below", "forwarded"])
@pytest.mark.usefixtures("queued")
def test_no_mail_and_no_redirect_of_a_form_leads_to_a_foreign_host(
    app: Flask,
    client: FlaskClient,
    sides: dict[str, Side],
    outbox: list[EmailMessage],
    place: str,
    headers: dict[str, str],
) -> None:
    somebody, side = signed_in(app, sides["acme"], place), sides["acme"]
    for rule in with_method(app, "POST"):
        url = side.address(rule) if rule.arguments <= side.ids.keys() else filled(rule, "x")
        for email in ("new@rival.test", side.member.email):
            sent = {
                **FILLED_IN,
                "email": email,
                "account_name": "New",
                "role": "member",
                "password": PASSWORD,
            }
            answer = somebody.post(
                url, data={**sent, "password_confirm": PASSWORD}, base_url=place, headers=headers
            )
            assert EVIL not in answer.text + answer.headers.get("Location", ""), url
    mailed = [str(message.message()) for message in outbox]
    assert len([one for one in mailed if "http" in one]) > 3
    assert not [one for one in mailed if EVIL in one]
