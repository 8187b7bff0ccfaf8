"""When the trouble is ours, every page says so, and stops saying so by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from tests.app_fixtures import sign_in
from tests.factories import make_domain, make_zone, said
from webapp.extensions import db
from webapp.health import status
from webapp.health.status import Component, note_ok, note_trouble
from webapp.models import Account, User, utcnow

OURS = "The problem is on our side:"


def trouble(component: Component, minutes_ago: float = 11) -> None:
    note_trouble(component, said("Staff's own words."), utcnow() - timedelta(minutes=minutes_ago))
    db.session.commit()


@pytest.mark.parametrize(
    ("component", "consequence"),
    [
        (Component.RESOLVER, "we cannot check any domain"),
        (Component.ROUTE53, "new domains wait for their name servers"),
        (Component.ACM, "new certificates wait"),
        (Component.MAIL, "our e-mails come later"),
    ],
)
def test_every_page_says_what_it_means_and_stops_by_itself(
    client: FlaskClient, customer: User, account: Account, component: Component, consequence: str
) -> None:
    domain = make_domain(account)
    make_zone(domain)
    trouble(component)
    pages = ["/login", "/no-such-page"]
    assert all(OURS in client.get(page).text for page in pages)
    sign_in(client, customer)
    pages += ["/domains", f"/domains/{domain.id}", "/domains/register", "/llm-clients", "/account"]
    for page in pages[1:]:
        text = client.get(page).text
        assert OURS in text, page
        assert consequence in text
        assert "no domain changes its state" in text
        assert "Staff's own words" not in text
        assert f'data-trouble="{component}"' in text
    note_ok(component, utcnow())
    db.session.commit()
    assert all(OURS not in client.get(page).text for page in pages)


def test_short_trouble_is_not_worth_a_banner(client: FlaskClient) -> None:
    trouble(Component.RESOLVER, minutes_ago=9)
    assert OURS not in client.get("/login").text


def test_stopped_worker_is_our_problem(client: FlaskClient) -> None:
    note_ok(Component.WORKER, utcnow() - timedelta(minutes=11))
    db.session.commit()
    text = client.get("/login").text
    assert OURS in text
    assert "checks wait" in text


def test_page_comes_out_when_nobody_knows_how_we_are(
    client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_args: object, **_options: object) -> None:
        raise OperationalError("SELECT", {}, Exception("the database is away"))

    monkeypatch.setattr(status, "statuses", silent)
    response = client.get("/login")
    assert response.status_code == 200
    assert OURS not in response.text


def test_staff_read_what_the_trouble_is(client: FlaskClient, staff_member: User) -> None:
    sign_in(client, staff_member)
    assert "nothing is known" in client.get("/staff/system").text
    trouble(Component.RESOLVER)
    note_ok(Component.WORKER, utcnow())
    db.session.commit()
    text = client.get("/staff/system").text
    assert "Staff&#39;s own words." in text
    assert 'data-component="worker"' in text
