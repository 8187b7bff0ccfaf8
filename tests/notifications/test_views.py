"""Who is told of an account's domains."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_mailman import EmailMessage
from sqlalchemy import select

from tests.app_fixtures import sign_in
from tests.factories import make_domain
from tests.page_lint import parse, text_of
from webapp.audit.log import SYSTEM
from webapp.auth import links
from webapp.extensions import db, settings
from webapp.models import (
    Account,
    DomainState,
    Message,
    Notification,
    NotificationAddress,
    NotificationKind,
    User,
    utcnow,
)
from webapp.notifications import addresses, delivery
from webapp.notifications import outbox as emails

TEAM = "ops@team.test"
VERIFIED = Message("notification.verified", {"name": "chat.acme.test", "since": "2026-11-23T12:00:00+00:00"})


def add(client: FlaskClient, email: str = TEAM) -> None:
    response = client.post("/account/notifications/addresses", data={"email": email})
    assert response.status_code == 303, response.text


def path_in(email: EmailMessage, what: str) -> str:
    url = next(word for word in email.body.split() if word.endswith(what))
    return str(url[url.index("/notifications/") :])


def told(account: Account) -> list[EmailMessage]:
    """Every e-mail about a domain of the account that has been verified a moment ago."""
    domain = make_domain(account, state=DomainState.VERIFIED)
    now = utcnow()
    news = Notification(
        account=account,
        custom_domain=domain,
        kind=NotificationKind.VERIFIED,
        occasion=now,
        message=VERIFIED,
        send_after=now,
    )
    db.session.add(news)
    db.session.commit()
    emails.write_emails(now, settings())
    parcels = [emails.claim(email_id, now, settings()) for email_id in emails.due(now)]
    return [delivery.message(parcel) for parcel in parcels if parcel]


def test_address_is_told_only_after_somebody_there_agreed(
    app: Flask, client: FlaskClient, account: Account, customer: User, outbox: list[EmailMessage]
) -> None:
    sign_in(client, customer)
    add(client, " Ops@TEAM.test ")
    [question] = outbox
    assert question.to == ["Ops@team.test"]
    link = path_in(question, "/agree")
    guest = app.test_client()
    assert "Be told of the domains of Acme?" in guest.get(link).text
    assert [email.to for email in told(account)] == [["owner@acme.test"]]
    assert "from now on" in guest.post(link).text
    account.custom_domains.clear()
    assert "Is told" in client.get("/account/notifications").text


def test_confirmed_address_gets_emails_with_a_way_to_end_them(
    app: Flask, client: FlaskClient, account: Account, customer: User
) -> None:
    address = addresses.add(account, TEAM, SYSTEM)
    assert isinstance(address, NotificationAddress)
    addresses.confirm(address, utcnow())
    by_address = {email.to[0]: email for email in told(account)}
    assert set(by_address) == {"owner@acme.test", TEAM}
    assert "/account/notifications" in by_address["owner@acme.test"].body
    guest = app.test_client()
    stop = path_in(by_address[TEAM], "/stop")
    assert "No more e-mails about Acme?" in guest.get(stop).text
    assert db.session.scalars(select(NotificationAddress)).all() == [address]
    assert "is not told" in guest.post(stop).text
    assert db.session.scalars(select(NotificationAddress)).all() == []
    assert guest.get(stop).status_code == 404


def test_member_who_is_also_a_further_address_gets_one_email(account: Account, customer: User) -> None:
    db.session.add(NotificationAddress(account=account, email="Owner@acme.test", confirmed_at=utcnow()))
    assert [email.to for email in told(account)] == [["owner@acme.test"]]


def test_everybody_switches_mails_off_for_themselves(
    client: FlaskClient, account: Account, customer: User, member: User
) -> None:
    sign_in(client, member)
    page = client.post("/account/notifications/mine", data={}, follow_redirects=True).text
    assert "We do not mail you any more about the domains of Acme." in page
    assert [email.to for email in told(account)] == [["owner@acme.test"]]
    page = client.post("/account/notifications/mine", data={"wants_mail": "y"}, follow_redirects=True).text
    assert "We mail you about" in page


def test_waiting_email_is_dropped_when_its_reader_wants_none(account: Account, customer: User) -> None:
    domain = make_domain(account, state=DomainState.VERIFIED)
    now = utcnow()
    common = {
        "account": account,
        "custom_domain": domain,
        "kind": NotificationKind.VERIFIED,
        "message": VERIFIED,
    }
    db.session.add(Notification(**common, occasion=now, send_after=now))
    db.session.commit()
    emails.write_emails(now, settings())
    [waiting] = emails.due(now + timedelta(seconds=1))
    customer.memberships[0].wants_mail = False
    db.session.commit()
    assert emails.claim(waiting, now, settings()) is None


def test_address_is_asked_again_and_removed(
    client: FlaskClient, account: Account, customer: User, outbox: list[EmailMessage]
) -> None:
    sign_in(client, customer)
    add(client)
    address = db.session.scalars(select(NotificationAddress)).one()
    client.post(f"/account/notifications/addresses/{address.id}/again")
    assert len(outbox) == 2
    client.post(f"/account/notifications/addresses/{address.id}/remove")
    assert db.session.scalars(select(NotificationAddress)).all() == []
    history = text_of(parse(client.get("/account").text))
    assert f"{TEAM} was asked to agree to our e-mails." in history
    assert f"{TEAM} is not told of the account" in history


@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("owner@acme.test", "members are told anyway"),
        ("there@team.test", "on the list already"),
        ("nobody", "Enter an e-mail address, like name@example.com."),
    ],
)
def test_address_that_makes_no_sense_is_refused(
    client: FlaskClient, account: Account, customer: User, email: str, words: str
) -> None:
    db.session.add(NotificationAddress(account=account, email="there@team.test"))
    db.session.commit()
    sign_in(client, customer)
    response = client.post("/account/notifications/addresses", data={"email": email})
    assert (response.status_code, words in response.text) == (422, True)


def test_list_of_addresses_has_an_end(account: Account) -> None:
    made = [addresses.add(account, f"a{n}@team.test", SYSTEM) for n in range(addresses.MOST + 1)]
    assert isinstance(made[-1], str)
    assert "Remove one first" in made[-1]


def test_addresses_of_another_account_do_not_exist(
    client: FlaskClient, customer: User, rival: Account
) -> None:
    address = NotificationAddress(account=rival, email=TEAM)
    db.session.add(address)
    db.session.commit()
    sign_in(client, customer)
    for act in ("again", "remove"):
        assert client.post(f"/account/notifications/addresses/{address.id}/{act}").status_code == 404
    assert TEAM not in client.get("/account/notifications").text


@pytest.mark.parametrize(("minutes", "said"), [(60, "an hour"), (90, "90 minutes"), (0, "")])
def test_page_says_how_far_apart_emails_are(
    app: Flask, client: FlaskClient, customer: User, minutes: float, said: str
) -> None:
    changed = {"mail_merge_minutes": minutes}
    app.extensions["settings"] = app.extensions["settings"].model_copy(update=changed)
    page = sign_in(client, customer).get("/account/notifications").text
    assert (f"Two e-mails about a domain are at least {said} apart." in page) == bool(said)
    assert "one e-mail an hour" not in page


def test_link_for_one_thing_is_none_for_another(client: FlaskClient, account: Account) -> None:
    address = NotificationAddress(account=account, email=TEAM)
    db.session.add(address)
    db.session.commit()
    token = links.signed(links.STOP, address.code)
    assert client.post(f"/notifications/{token}/agree").status_code == 404
    assert client.post(f"/notifications/{token}x/stop").status_code == 404
    db.session.refresh(address)
    assert address.confirmed_at is None
