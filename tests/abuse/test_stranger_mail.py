"""How often and with what words people who never asked for it are written to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_mailman import EmailMessage

from tests.app_fixtures import make_app, sign_in
from tests.factories import make_account, make_user
from webapp.abuse import stranger_mail
from webapp.extensions import db
from webapp.models import Account, Invitation, MailStop, MembershipRole, NotificationAddress, User

STRANGER = "stranger@else.test"
INVITE, ASK = "/account/people/invitations", "/account/notifications/addresses"


def invite(browser: FlaskClient, email: str = STRANGER) -> int:
    return browser.post(INVITE, data={"email": email, "role": "member"}).status_code


def ask(browser: FlaskClient, email: str = STRANGER) -> int:
    return browser.post(ASK, data={"email": email}).status_code


@pytest.fixture
def accounts(app: Flask, client: FlaskClient) -> list[FlaskClient]:
    """Five accounts, each with its owner signed in."""
    people = [make_user(account=make_account(f"No. {n}"), email=f"owner{n}@acme.test") for n in range(5)]
    db.session.commit()
    return [sign_in(app.test_client(), person) for person in people]


def test_mailbox_gets_three_a_day_from_however_many_accounts(
    accounts: list[FlaskClient], outbox: list[EmailMessage]
) -> None:
    spellings = [STRANGER, "STRANGER@else.test", "stranger@ｅlse.test", STRANGER, STRANGER]
    assert [invite(one, email) for one, email in zip(accounts, spellings, strict=True)] == [303] * 3 + [
        422
    ] * 2
    assert ask(accounts[4]) == 422
    assert len(outbox) == 3
    assert db.session.query(Invitation).count() == 3
    assert invite(accounts[4], "another@else.test") == 303


def test_invitations_and_questions_share_the_count(
    accounts: list[FlaskClient], outbox: list[EmailMessage]
) -> None:
    assert [ask(accounts[0]), invite(accounts[0]), ask(accounts[1]), invite(accounts[2])] == [303] * 3 + [422]
    assert len(outbox) == 3
    assert db.session.query(NotificationAddress).count() == 2


def test_sending_again_counts_as_well(accounts: list[FlaskClient], outbox: list[EmailMessage]) -> None:
    one = accounts[0]
    invite(one)
    invitation = db.session.query(Invitation).one()
    for _ in range(4):
        answer = one.post(f"{INVITE}/{invitation.id}/again")
        assert answer.status_code == 303
    assert len(outbox) == 3
    assert "was sent 3 such e-mails today" in one.get("/account/people").text


def test_mailbox_stops_them_for_good_without_signing_in(
    app: Flask, accounts: list[FlaskClient], outbox: list[EmailMessage]
) -> None:
    invite(accounts[0])
    anybody, link = app.test_client(), never_link(outbox[-1])
    assert anybody.get(link).status_code == 200
    assert db.session.query(MailStop).count() == 0, "opening the link alone changes nothing"
    for _ in range(2):
        assert anybody.post(link).status_code == 303
    assert db.session.query(MailStop).one().address_hash.isalnum()
    for try_ in (invite, ask):
        assert [try_(one, "Stranger@ELSE.test") for one in accounts[1:3]] == [422] * 2
    assert len(outbox) == 1
    assert "Nobody can have us write to" in anybody.get(link).text

    anybody.post(link, data={"wish": "allow"})
    assert invite(accounts[3]) == 303


def never_link(mail: EmailMessage) -> str:
    [found] = re.findall(r"http://localhost(?::\d+)?(/invitations/never/\S+)", str(mail.body))
    return str(found)


def test_question_has_the_link_too(accounts: list[FlaskClient], outbox: list[EmailMessage]) -> None:
    ask(accounts[0])
    assert never_link(outbox[-1])


DOORS = ["/register", "/confirm"]
OWNER = "owner0@acme.test"


@pytest.mark.parametrize("email", [STRANGER, OWNER], ids=["nobody", "somebody"])
def test_mailbox_gets_three_a_day_from_those_who_type_it(
    app: Flask, accounts: list[FlaskClient], outbox: list[EmailMessage], email: str
) -> None:
    pages = [app.test_client().post(url, data={"email": email}) for url in DOORS * 4]
    assert [page.status_code for page in pages] == [200] * 8
    assert len(outbox) == 3
    assert all(never_link(mail) for mail in outbox)
    assert invite(accounts[1], email) == 422, "the same, whether somebody has the address or not"
    assert app.test_client().post("/register", data={"email": "another@else.test"}).status_code == 200
    assert len(outbox) == 4


def test_invitations_and_sign_ups_share_the_count(
    app: Flask, accounts: list[FlaskClient], outbox: list[EmailMessage]
) -> None:
    for one in accounts[:3]:
        invite(one)
    app.test_client().post("/register", data={"email": "STRANGER@else.test"})
    assert len(outbox) == 3


@pytest.mark.parametrize("email", [STRANGER, OWNER], ids=["nobody", "somebody"])
def test_mailbox_stops_what_strangers_ask_for_and_may_have_it_again(
    app: Flask, accounts: list[FlaskClient], outbox: list[EmailMessage], email: str
) -> None:
    anybody = app.test_client()
    anybody.post("/register", data={"email": email})
    link = never_link(outbox[-1])
    anybody.post(link)
    for url in DOORS:
        anybody.post(url, data={"email": email})
    assert len(outbox) == 1
    assert invite(accounts[1], email) == 422
    anybody.post(link, data={"wish": "allow"})
    anybody.post("/register", data={"email": email})
    assert len(outbox) == 2


def test_nobody_stops_or_uses_up_what_somebody_needs_to_get_in(
    app: Flask, accounts: list[FlaskClient], outbox: list[EmailMessage]
) -> None:
    anybody = app.test_client()
    for url in DOORS * 3:
        anybody.post(url, data={"email": OWNER})
    anybody.post(never_link(outbox[-1]))
    outbox.clear()
    for url in ("/reset", "/login/way-in", "/reset", "/login/way-in"):
        anybody.post(url, data={"email": OWNER})
    assert [mail.to for mail in outbox] == [[OWNER]] * 4
    assert [mail for mail in outbox if "/never/" in str(mail.body)] == []


def test_address_of_an_earlier_release_that_nobody_proved_is_a_strangers(
    app: Flask, client: FlaskClient, outbox: list[EmailMessage]
) -> None:
    make_user(email=STRANGER).confirmed_at = None
    db.session.commit()
    for _ in range(4):
        app.test_client().post("/reset", data={"email": STRANGER})
    assert len(outbox) == 3


def test_page_says_why_no_mail_may_come_whoever_has_the_address(
    app: Flask, accounts: list[FlaskClient], outbox: list[EmailMessage]
) -> None:
    def said(email: str) -> set[str]:
        pages = [app.test_client().post("/confirm", data={"email": email}).text for _ in range(4)]
        return {re.sub(r'(nonce|value)="[^"]*"', "", page).replace(email, "") for page in pages}

    assert said(OWNER) == said(STRANGER)
    assert (
        "An address gets three a day at most, and none if its owner asked us to stop." in said(STRANGER).pop()
    )


@pytest.mark.parametrize("token", ["x", "InN0cmFuZ2VyQGVsc2UudGVzdCI.forged"])
def test_nobody_stops_the_mails_of_others(client: FlaskClient, token: str) -> None:
    assert client.post(f"/invitations/never/{token}").status_code == 404
    assert db.session.query(MailStop).count() == 0


def test_invitation_cannot_be_used_to_stop_mails(
    app: Flask, accounts: list[FlaskClient], outbox: list[EmailMessage]
) -> None:
    """A link for one thing is none for another."""
    invite(accounts[0])
    [token] = re.findall(r"/invitations/(?!never)(\S+)", str(outbox[-1].body))
    assert app.test_client().post(f"/invitations/never/{token}").status_code == 404


def test_refused_member_uses_up_nobodys_letters(
    app: Flask, account: Account, customer: User, client: FlaskClient, outbox: list[EmailMessage]
) -> None:
    member = make_user(account=account, email="member@acme.test")
    member.memberships[0].role = MembershipRole.MEMBER
    db.session.commit()
    theirs = sign_in(client, member)
    for _ in range(31):
        assert invite(theirs) == ask(theirs) == 403
    assert invite(sign_in(app.test_client(), customer)) == 303


def test_account_sends_only_so_many_an_hour(accounts: list[FlaskClient], outbox: list[EmailMessage]) -> None:
    most = int(stranger_mail.OF_AN_ACCOUNT.split()[0])
    answers = [invite(accounts[0], f"stranger{number}@else.test") for number in range(most + 1)]
    assert answers == [303] * most + [429]


@pytest.fixture
def phishing(tmp_path: Path) -> Iterator[FlaskClient]:
    app = make_app(tmp_path)
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        db.create_all()
        name = "Your invoice is overdue, pay at http://evil.example/pay?id=1 or evil.example"
        owner = make_user(account=make_account(name), email="owner@evil.test")
        db.session.commit()
        yield sign_in(app.test_client(), owner)
        db.session.remove()
        db.engine.dispose()


def test_name_of_an_account_is_no_link_and_stands_in_quotes(
    phishing: FlaskClient, outbox: list[EmailMessage]
) -> None:
    assert invite(phishing) == ask(phishing) == 303
    quoted = "“Your invoice is overdue, pay at [link] or evil[.]example”"
    for mail in outbox:
        text = " ".join(str(mail.body).split())
        assert quoted in mail.subject
        assert quoted in text
        assert "evil.example" not in mail.subject + text
