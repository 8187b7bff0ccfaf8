"""What a browser that was left open is not enough for: giving others power over an account or its domains."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.app_fixtures import sign_in
from tests.factories import PASSWORD, make_account, make_domain, make_user
from tests.webhooks.telling import endpoint_of
from webapp.extensions import db
from webapp.models import (
    Account,
    DomainState,
    DomainTransfer,
    Invitation,
    LLMClientCustomDomain,
    Membership,
    MembershipRole,
    User,
    WebhookEndpoint,
    utcnow,
)

#: The path, and what is sent there. Numbers of rows stand for those of `world`.
ACTS: dict[str, tuple[str, dict[str, str]]] = {
    "an endpoint gets another address": (
        "/account/webhooks/{endpoint}/edit",
        {"url": "https://elsewhere.test/in", "description": "CRM", "types": "domain.verified"},
    ),
    "a domain is offered to another account": ("/domains/{domain}/transfer", {"to": "2222-3333-4444"}),
    "a domain moves to another account at once": (
        "/domains/{domain}/transfer/move",
        {"account": "{second}", "llm_client": "", "confirm": "chat.acme.test"},
    ),
    "somebody is invited": ("/account/people/invitations", {"email": "new@acme.test", "role": "owner"}),
    "an invitation that is over is sent again": ("/account/people/invitations/{invitation}/again", {}),
    "a member becomes an owner": ("/account/people/{member}/role", {"role": "owner"}),
    "a member is removed": ("/account/people/{member}/remove", {}),
    "the account is deleted": ("/account/delete", {"number": "{number}"}),
}


@pytest.fixture
def world(account: Account, customer: User) -> dict[str, str]:
    clerk, second = make_user(email="clerk@acme.test"), make_account("Second", number="5555-6666-7777")
    db.session.flush()
    member = Membership(account_id=account.id, user_id=clerk.id, role=MembershipRole.MEMBER)
    mine = Membership(account_id=second.id, user_id=customer.id, role=MembershipRole.OWNER)
    db.session.add_all([member, mine])
    make_account("Other", number="2222-3333-4444")
    over = Invitation(
        account_id=account.id,
        email="old@acme.test",
        role=MembershipRole.OWNER,
        invited_by=customer.email,
        expires_at=utcnow() - timedelta(days=1),
    )
    db.session.add(over)
    domain, endpoint = make_domain(account, state=DomainState.VERIFIED), endpoint_of(account)
    db.session.commit()
    return {
        "domain": str(domain.id),
        "endpoint": str(endpoint.id),
        "invitation": str(over.id),
        "member": str(member.id),
        "second": str(second.id),
        "number": account.number,
    }


def left_open(browser: FlaskClient) -> None:
    """Its sign-in is old, whatever it did until now."""
    assert browser.get("/account/security/passkeys").status_code == 200
    with browser.session_transaction() as session:
        session["fs_paa"] = time.time() - timedelta(hours=3).total_seconds()


def power() -> list[object]:
    """Everything that these acts change."""
    db.session.expire_all()
    return [
        [(one.url, one.state) for one in db.session.scalars(select(WebhookEndpoint))],
        [(one.id, one.account_id) for one in db.session.scalars(select(LLMClientCustomDomain))],
        [one.id for one in db.session.scalars(select(DomainTransfer))],
        [(one.email, one.expires_at) for one in db.session.scalars(select(Invitation))],
        [(one.id, one.role) for one in db.session.scalars(select(Membership))],
        [(one.id, one.deleted_at is None) for one in db.session.scalars(select(Account))],
    ]


@pytest.mark.usefixtures("queued", "outbox")
@pytest.mark.parametrize("act", ACTS)
def test_only_with_the_password_once_more(
    client: FlaskClient, customer: User, world: dict[str, str], act: str
) -> None:
    browser = sign_in(client, customer)
    path, fields = ACTS[act][0].format(**world), {k: v.format(**world) for k, v in ACTS[act][1].items()}
    before = power()
    left_open(browser)
    asked = browser.post(path, data=fields, headers={"Referer": "http://localhost/account/people?page=2"})
    assert asked.status_code == 302
    assert asked.location.startswith("/verify?next=")
    assert power() == before
    browser.post(asked.location, data={"password": PASSWORD})
    browser.post(path, data=fields)
    assert power() != before


def test_form_without_a_page_of_its_own_leads_back_to_the_page_it_was_sent_from(
    client: FlaskClient, customer: User, world: dict[str, str]
) -> None:
    browser = sign_in(client, customer)
    left_open(browser)
    path = f"/account/people/{world['member']}/role"
    asked = browser.post(path, data={"role": "owner"}, headers={"Referer": "http://localhost/account/people"})
    assert "What you sent is not done yet." in browser.get(asked.location).text
    back = browser.post(asked.location, data={"password": PASSWORD})
    assert back.location.endswith("/account/people")
    assert browser.get(back.location).status_code == 200


@pytest.mark.parametrize("referrer", ["https://evil.test/account/people", "//evil.test/x", ""])
def test_no_other_site_is_led_back_to(
    client: FlaskClient, customer: User, world: dict[str, str], referrer: str
) -> None:
    browser = sign_in(client, customer)
    left_open(browser)
    path = f"/account/people/{world['member']}/role"
    asked = browser.post(path, data={"role": "owner"}, headers={"Referer": referrer})
    assert asked.location == "/verify?next=/"
    assert browser.post(asked.location, data={"password": PASSWORD}).location == "/"


@pytest.mark.parametrize(
    "referrer", ["http://localhost/account/people/invitations", "http://localhost/account/people/0/role", ""]
)
def test_address_that_takes_a_form_alone_is_not_led_back_to(
    client: FlaskClient, customer: User, world: dict[str, str], referrer: str
) -> None:
    """The browser names such an address when a form was shown again with its problems."""
    browser = sign_in(client, customer)
    left_open(browser)
    path = f"/account/people/{world['member']}/role"
    asked = browser.post(path, data={"role": "owner"}, headers={"Referer": referrer} if referrer else {})
    assert "What you sent is not done yet." in browser.get(asked.location).text
    back = browser.post(asked.location, data={"password": PASSWORD})
    assert browser.get(back.location, follow_redirects=True).status_code == 200
