"""Who belongs to an account, who comes, and who goes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_mailman import EmailMessage
from sqlalchemy import select

from tests.app_fixtures import sign_in
from tests.factories import PASSWORD, make_user, membership
from tests.page_lint import parse, text_of
from webapp.accounts import people as account_people
from webapp.auth import links
from webapp.extensions import datastore, db
from webapp.messages.formatting import clock
from webapp.models import Account, Event, EventKind, Invitation, Membership, MembershipRole, User, utcnow

NEW = "lena@new.test"


def invite(client: FlaskClient, email: str = NEW, role: str = "member") -> None:
    sent = {"email": email, "role": role}
    response = client.post("/account/people/invitations", data=sent)
    assert response.status_code == 303, response.text


def link_in(letter: EmailMessage) -> str:
    url = next(word for word in letter.body.split() if "/invitations/" in word)
    return str(url[url.index("/invitations/") :])


def kinds(account: Account) -> list[EventKind]:
    events = select(Event).where(Event.account_id == account.id).order_by(Event.id)
    return [event.kind for event in db.session.scalars(events)]


def role_of(email: str, account: Account) -> MembershipRole | None:
    return db.session.scalar(
        select(Membership.role).join(User).where(User.email == email, Membership.account_id == account.id)
    )


def test_new_person_comes_by_letter_chooses_a_password_and_is_in(
    app: Flask, client: FlaskClient, account: Account, customer: User, outbox: list[EmailMessage]
) -> None:
    sign_in(client, customer)
    invite(client, "Lena@NEW.test")
    [letter] = outbox
    assert letter.to == ["Lena@new.test"]
    assert "Acme" in letter.subject
    guest = app.test_client()
    assert "Choose a password" in guest.get(link_in(letter)).text
    refused = guest.post(link_in(letter), data={"password": "short"})
    assert refused.status_code == 422
    assert "at least 12 characters" in refused.text
    assert guest.post(link_in(letter), data={"password": PASSWORD}).location == "/domains"
    assert guest.get("/domains").status_code == 200
    assert role_of("Lena@new.test", account) is MembershipRole.MEMBER
    assert kinds(account) == [EventKind.PERSON_INVITED, EventKind.PERSON_JOINED]
    assert guest.get(link_in(letter)).status_code == 404
    page = text_of(parse(client.get("/account").text))
    assert "Lena@new.test was invited as member." in page
    assert "Lena@new.test joined as member." in page


def test_person_of_another_account_signs_in_to_join_and_changes_between_both(
    app: Flask,
    client: FlaskClient,
    account: Account,
    customer: User,
    rival: Account,
    outbox: list[EmailMessage],
) -> None:
    sign_in(client, customer)
    invite(client, "owner@rival.test", "owner")
    guest = app.test_client()
    link = link_in(outbox[0])
    assert "Sign in to join" in guest.get(link).text
    sign_in(guest, rival.memberships[0].user)
    assert "Join Acme" in guest.get(link).text
    guest.post(link)
    assert role_of("owner@rival.test", account) is MembershipRole.OWNER
    assert "chat.rival.test" not in guest.get("/domains").text
    assert "Change to Rival" in guest.get("/domains").text
    guest.post("/account/choose", data={"account": rival.id})
    assert "chat.rival.test" in guest.get("/domains").text


def test_choice_of_an_account_counts_only_while_one_belongs_to_it(
    client: FlaskClient, account: Account, customer: User, rival: Account
) -> None:
    sign_in(client, customer)
    assert client.post("/account/choose", data={"account": rival.id}).status_code == 404
    both = Membership(account=rival, user=customer, role=MembershipRole.MEMBER)
    db.session.add(both)
    db.session.commit()
    client.post("/account/choose", data={"account": rival.id})
    assert "chat.rival.test" in client.get("/domains").text
    db.session.delete(both)
    db.session.commit()
    assert "chat.rival.test" not in client.get("/domains").text


def test_link_is_for_the_person_who_was_invited(
    app: Flask, client: FlaskClient, account: Account, customer: User, outbox: list[EmailMessage]
) -> None:
    other = make_user(email="other@acme.test")
    db.session.commit()
    sign_in(client, customer)
    invite(client)
    guest = sign_in(app.test_client(), other)
    page = guest.post(link_in(outbox[0])).text
    assert "You are signed in as other@acme.test." in page
    assert role_of(other.email, account) is None


def test_password_that_a_stranger_set_under_the_address_is_worth_nothing(
    app: Flask, client: FlaskClient, customer: User, outbox: list[EmailMessage]
) -> None:
    """Somebody signed up with the invited address before, and never opened the letter."""
    squatter = make_user(email=NEW)
    squatter.confirmed_at = None
    db.session.commit()
    sign_in(client, customer)
    invite(client)
    new = "another horse another battery"
    assert app.test_client().post(link_in(outbox[0]), data={"password": new}).location == "/domains"
    refused = app.test_client().post("/login", data={"email": NEW, "password": PASSWORD})
    assert refused.status_code == 200
    assert app.test_client().post("/login", data={"email": NEW, "password": new}).status_code == 302


def invited(app: Flask, client: FlaskClient, customer: User, outbox: list[EmailMessage]) -> str:
    """The link of somebody who is invited."""
    sign_in(client, customer)
    invite(client)
    return link_in(outbox[-1])


def test_link_pressed_twice_at_once_makes_one_person(
    app: Flask,
    client: FlaskClient,
    customer: User,
    outbox: list[EmailMessage],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    link = invited(app, client, customer, outbox)
    make_user(email=NEW)
    db.session.commit()
    monkeypatch.setattr("webapp.accounts.people_views.is_taken", lambda _user: False)
    guest = app.test_client()
    assert guest.post(link, data={"password": PASSWORD}).location == "/domains"
    assert "Sign in if you are asked to." in guest.get("/domains", follow_redirects=True).text
    assert len(db.session.scalars(select(User).where(User.email == NEW)).all()) == 1


def test_member_who_joins_twice_at_once_is_one(
    app: Flask,
    client: FlaskClient,
    account: Account,
    customer: User,
    outbox: list[EmailMessage],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    link = invited(app, client, customer, outbox)
    guest = sign_in(app.test_client(), make_user(account=account, email=NEW))
    monkeypatch.setattr("webapp.accounts.queries.membership_of", lambda _account, _user: None)
    assert guest.post(link).location == "/domains"
    assert guest.get("/domains").status_code == 200
    assert len(db.session.scalars(select(Membership).where(Membership.account_id == account.id)).all()) == 2


def test_invitation_sent_twice_at_once_is_one(
    app: Flask,
    client: FlaskClient,
    customer: User,
    outbox: list[EmailMessage],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    invited(app, client, customer, outbox)
    monkeypatch.setattr("webapp.accounts.queries.invitation_of", lambda _account, _email: None)
    invite(client)
    assert len(db.session.scalars(select(Invitation)).all()) == len(outbox) == 1


def test_link_does_not_lie_in_the_store_of_limits(
    app: Flask, client: FlaskClient, customer: User, outbox: list[EmailMessage], tmp_path: Path
) -> None:
    link = invited(app, client, customer, outbox)
    assert app.test_client().post(link, data={"password": "short"}).status_code == 422
    with closing(sqlite3.connect(tmp_path / "limits.sqlite")) as store:
        keys = " ".join(key for (key,) in store.execute("SELECT key FROM hit"))
    assert "accept" in keys
    assert link.rpartition("/")[2] not in keys


def test_every_page_has_the_time_that_an_invitation_lasts_from_one_place(
    client: FlaskClient, customer: User, outbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_people, "INVITATION_LASTS", timedelta(days=3))
    sign_in(client, customer)
    assert "a link that works for 3 days" in client.get("/account/people").text
    sent = {"email": NEW, "role": "member"}
    page = client.post("/account/people/invitations", data=sent, follow_redirects=True).text
    expires_at = db.session.scalars(select(Invitation.expires_at)).one()
    assert f"Its link works until {clock(expires_at)}." in page
    assert "is older than 3 days" in client.get("/invitations/nothing").text


@pytest.mark.parametrize("end", ["withdrawn", "expired", "sent again", "forged"])
def test_link_that_has_ended_leads_nowhere(
    app: Flask, client: FlaskClient, customer: User, outbox: list[EmailMessage], end: str
) -> None:
    sign_in(client, customer)
    invite(client)
    invitation = db.session.scalars(select(Invitation)).one()
    link = link_in(outbox[0])
    if end == "withdrawn":
        client.post(f"/account/people/invitations/{invitation.id}/withdraw")
    elif end == "sent again":
        client.post(f"/account/people/invitations/{invitation.id}/again")
        assert app.test_client().get(link_in(outbox[1])).status_code == 200
    elif end == "expired":
        invitation.expires_at = utcnow() - timedelta(seconds=1)
        db.session.commit()
    else:
        link = "/invitations/" + links.signed(links.STOP, invitation.code)
    response = app.test_client().post(link, data={"password": PASSWORD})
    assert response.status_code == 404
    assert "Ask for a new one" in response.text
    assert datastore.find_user(email=NEW) is None


def test_owner_changes_roles_and_removes(
    app: Flask, client: FlaskClient, account: Account, customer: User, member: User
) -> None:
    sign_in(client, customer)
    part = membership(member, account)
    client.post(f"/account/people/{part.id}/role")
    assert role_of(member.email, account) is MembershipRole.OWNER
    assert "Remove member@acme.test?" in client.get(f"/account/people/{part.id}/remove").text
    client.post(f"/account/people/{part.id}/remove")
    assert role_of(member.email, account) is None
    assert kinds(account) == [EventKind.PERSON_ROLE_CHANGED, EventKind.PERSON_REMOVED]
    assert sign_in(app.test_client(), member).get("/domains").status_code == 403


def test_last_owner_neither_leaves_nor_steps_down(
    client: FlaskClient, account: Account, customer: User, member: User
) -> None:
    sign_in(client, customer)
    mine = membership(customer, account)
    for url in (f"/account/people/{mine.id}/role", f"/account/people/{mine.id}/remove"):
        page = client.post(url, follow_redirects=True).text
        assert "An account needs an owner." in page
    assert role_of(customer.email, account) is MembershipRole.OWNER
    client.post(f"/account/people/{membership(member, account).id}/role")
    assert client.post(f"/account/people/{mine.id}/remove").location == "/"
    assert role_of(customer.email, account) is None


def test_only_owner_is_not_offered_what_would_be_refused(
    client: FlaskClient, account: Account, customer: User, member: User
) -> None:
    sign_in(client, customer)
    mine = membership(customer, account)
    page = client.get("/account/people").text
    assert "make somebody else an owner before you leave" in page
    assert f"Make {customer.email} a member" not in page
    assert f"/account/people/{mine.id}/remove" not in page
    asked = client.get(f"/account/people/{mine.id}/remove")
    assert (asked.status_code, asked.location) == (303, "/account/people")
    client.post(f"/account/people/{membership(member, account).id}/role")
    page = client.get("/account/people").text
    assert f"Make {customer.email} a member" in page
    assert f"/account/people/{mine.id}/remove" in page


def test_who_leaves_the_only_account_meets_a_page_that_leads_on(
    app: Flask, client: FlaskClient, account: Account, customer: User, member: User
) -> None:
    sign_in(client, member)
    mine = membership(member, account)
    page = client.post(f"/account/people/{mine.id}/remove", follow_redirects=True)
    assert page.status_code == 200
    assert "You left Acme." in page.text
    assert "You belong to no account" in page.text
    for url in ("/domains", "/account", "/account/notifications", "/llm-clients"):
        answer = client.get(url)
        assert (answer.status_code, "You belong to no account" in answer.text) == (403, True), url
    assert client.get("/account/security").status_code == 200
    assert "Enter a name for the account" in client.post("/account/open", data={"name": " "}).text
    assert client.post("/account/open", data={"name": " Mine "}).location == "/domains"
    assert "Welcome to Nameplate" in client.get("/").text
    db.session.expire_all()
    [own] = member.memberships
    assert (own.account.name, own.role) == ("Mine", MembershipRole.OWNER)
    assert client.post("/account/open", data={"name": "Second"}).location == "/"
    assert account_people.open_own_account("Third", member) is own.account
    assert account.name == "Acme"


def test_who_was_taken_out_and_who_deleted_the_account_meet_the_same_page(
    app: Flask, client: FlaskClient, account: Account, customer: User, member: User, queued: list[object]
) -> None:
    sign_in(client, customer)
    client.post(f"/account/people/{membership(member, account).id}/remove")
    taken_out = sign_in(app.test_client(), member)
    assert "You belong to no account" in taken_out.get("/").text
    client.post("/account/delete", data={"number": account.number})
    assert "You belong to no account" in client.get("/").text
    assert "You belong to no account" in client.get("/domains").text


def test_accounts_cannot_be_opened_without_end(
    client: FlaskClient, account: Account, member: User, customer: User
) -> None:
    """Else whoever deletes one after the other has the zones of many."""
    sign_in(client, member)
    answers = [client.post("/account/open", data={"name": "x"}).status_code for _ in range(6)]
    assert answers == [303] * 5 + [429]


def test_member_may_look_and_leave_but_manage_nobody(
    client: FlaskClient, account: Account, customer: User, member: User
) -> None:
    invitation = Invitation(
        account=account, email=NEW, invited_by="x", expires_at=utcnow() + timedelta(days=1)
    )
    db.session.add(invitation)
    db.session.commit()
    sign_in(client, member)
    page = client.get("/account/people").text
    assert customer.email in page
    assert NEW not in page
    theirs = membership(customer, account)
    tried = (
        "/account/people/invitations",
        f"/account/people/invitations/{invitation.id}/again",
        f"/account/people/invitations/{invitation.id}/withdraw",
        f"/account/people/{theirs.id}/role",
        f"/account/people/{theirs.id}/remove",
        "/account/notifications/addresses",
        "/account/delete",
        "/account",
    )
    for url in tried:
        response = client.post(url, data={"email": "a@b.test", "role": "owner", "name": "Mine"})
        assert response.status_code == 403, url
        assert "Only an owner" in response.text
    assert kinds(account) == []
    assert client.post(f"/account/people/{membership(member, account).id}/remove").location == "/"
    assert role_of(member.email, account) is None


def test_people_of_another_account_do_not_exist(client: FlaskClient, customer: User, rival: Account) -> None:
    invitation = Invitation(account=rival, email=NEW, invited_by="x", expires_at=utcnow())
    db.session.add(invitation)
    db.session.commit()
    sign_in(client, customer)
    part = rival.memberships[0]
    for url in (
        f"/account/people/{part.id}/role",
        f"/account/people/{part.id}/remove",
        f"/account/people/invitations/{invitation.id}/again",
        f"/account/people/invitations/{invitation.id}/withdraw",
    ):
        assert client.post(url).status_code == 404, url
    assert client.get(f"/account/people/{part.id}/remove").status_code == 404
    assert role_of("owner@rival.test", rival) is MembershipRole.OWNER
    assert "rival.test" not in client.get("/account/people").text


def test_invitation_of_a_member_and_a_slip_of_the_pen_are_refused(
    client: FlaskClient, customer: User, member: User, outbox: list[EmailMessage]
) -> None:
    sign_in(client, customer)
    for email, words in (
        ("MEMBER@acme.test", "belongs to this account already"),
        ("member@", "Enter an e-mail address, like name@example.com."),
        ("", "Enter the e-mail address of the person."),
    ):
        response = client.post("/account/people/invitations", data={"email": email, "role": "member"})
        assert (response.status_code, words in response.text) == (422, True), email
    assert outbox == []


def test_letter_that_the_mail_server_refuses_can_be_sent_again(
    client: FlaskClient, customer: User, broken_mail: None
) -> None:
    sign_in(client, customer)
    sent = {"email": NEW, "role": "member"}
    page = client.post("/account/people/invitations", data=sent, follow_redirects=True).text
    assert "The mail server did not take the e-mail" in page
    assert "Send again" in page
