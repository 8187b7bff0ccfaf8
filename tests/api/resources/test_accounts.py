"""Accounts by the API: the key's own, and all of them for keys of the platform."""

from __future__ import annotations

import pytest
from flask import Flask
from flask_mailman import EmailMessage
from sqlalchemy import select

from tests.api.conftest import Ask, program
from tests.factories import make_account, make_key
from webapp.abuse import stranger_mail
from webapp.extensions import db
from webapp.models import Account, Event, EventKind, Invitation, MembershipRole, utcnow


@pytest.fixture
def platform(app: Flask) -> Ask:
    token = make_key(None, ["write"])[1]
    db.session.commit()
    return program(app, token)


def test_key_reads_its_own_account(ask: Ask, account: Account) -> None:
    told = ask("GET", "/account").get_json()
    assert (told["number"], told["name"], told["deleted_at"]) == (account.number, "Acme", None)


def test_key_of_the_platform_names_the_account(platform: Ask, account: Account) -> None:
    assert platform("GET", "/account").get_json()["code"] == "account-needed"
    told = platform("GET", "/account", headers={"Nameplate-Account": account.number}).get_json()
    assert told["number"] == account.number


@pytest.mark.parametrize(
    ("number", "status"),
    [("1111-2222-3333", 404), ("1", 400), ("٠٠٠٠-٠٠٠٠-٠٠٠٠".encode().decode("latin1"), 400)],
)
def test_header_must_name_an_account(platform: Ask, number: str, status: int) -> None:
    answer = platform("GET", "/account", headers={"Nameplate-Account": number})
    assert (answer.status_code, answer.get_json()["code"]) == (status, "account-unknown")


def test_account_that_is_being_deleted_is_acted_for_no_more(platform: Ask, account: Account) -> None:
    account.deleted_at = utcnow()
    db.session.commit()
    answer = platform("GET", "/account", headers={"Nameplate-Account": account.number})
    assert (answer.status_code, answer.get_json()["code"]) == (404, "account-unknown")
    assert platform("GET", f"/accounts/{account.number}").get_json()["deleted_at"] is not None
    renamed = platform("PATCH", f"/accounts/{account.number}", json={"name": "New"})
    assert (renamed.status_code, renamed.get_json()["code"]) == (409, "account-deleted")


@pytest.mark.parametrize("test", [False, True])
def test_others_are_refused(app: Flask, account: Account, test: bool) -> None:
    """A key of an account, and a test key of the platform: accounts have names of customers."""
    token = make_key(None if test else account, ["read", "write"], test=test)[1]
    db.session.commit()
    ask = program(app, token)
    for method, path in (("GET", "/accounts"), ("POST", "/accounts"), ("GET", f"/accounts/{account.number}")):
        answer = ask(method, path, json={"name": "x"} if method == "POST" else None)
        assert answer.status_code == 403
        assert answer.get_json()["code"] in {"platform-only", "scope-missing"}


def test_account_is_opened_without_people(platform: Ask) -> None:
    answer = platform("POST", "/accounts", json={"name": "Globex"})
    assert answer.status_code == 201
    number = answer.get_json()["number"]
    assert answer.headers["Location"] == f"/api/v1/accounts/{number}"
    account = db.session.scalars(select(Account).filter_by(number=number)).one()
    assert account.memberships == []
    event = db.session.scalars(select(Event).filter_by(kind=EventKind.ACCOUNT_OPENED)).one()
    assert (event.account_id, event.actor_kind) == (account.id, "key")
    told = platform("GET", "/account", headers={"Nameplate-Account": number})
    assert told.get_json()["name"] == "Globex"


def test_owner_is_invited_by_e_mail(platform: Ask, outbox: list[EmailMessage]) -> None:
    asked = {"name": "Globex", "owner_email": "Boss@Globex.Example"}
    number = platform("POST", "/accounts", json=asked).get_json()["number"]
    invitation = db.session.scalars(select(Invitation)).one()
    assert (invitation.account.number, invitation.role) == (number, MembershipRole.OWNER)
    assert len(outbox) == 1


def test_refused_invitation_opens_no_account(platform: Ask, outbox: list[EmailMessage]) -> None:
    stranger_mail.stop("boss@globex.example")
    db.session.commit()
    for email, status, code in (
        ("nobody", 422, "invalid-email"),
        ("boss@globex.example", 409, "mail-refused"),
    ):
        answer = platform("POST", "/accounts", json={"name": "Globex", "owner_email": email})
        assert (answer.status_code, answer.get_json()["code"]) == (status, code)
        assert answer.get_json()["errors"][0]["pointer"] == "/owner_email"
    assert db.session.scalars(select(Account).filter_by(name="Globex")).all() == []
    assert outbox == []


def test_list_has_all_accounts_newest_first(platform: Ask, account: Account) -> None:
    make_account("Globex Corporation")
    db.session.commit()
    names = [one["name"] for one in platform("GET", "/accounts").get_json()["data"]]
    assert names == ["Globex Corporation", "Acme"]
    found = platform("GET", "/accounts?name_contains=GLOBEX%20").get_json()["data"]
    assert [one["name"] for one in found] == ["Globex Corporation"]


def test_account_is_renamed_unless_somebody_was_quicker(platform: Ask, account: Account) -> None:
    path = f"/accounts/{account.number}"
    etag = platform("GET", path).headers["ETag"]
    assert platform("PATCH", path, json={"name": "Acme Ltd"}, headers={"If-Match": etag}).status_code == 200
    late = platform("PATCH", path, json={"name": "Other"}, headers={"If-Match": etag})
    assert (late.status_code, late.get_json()["code"]) == (412, "changed-meanwhile")
    assert platform("GET", path).get_json()["name"] == "Acme Ltd"
    assert platform("GET", "/accounts/1").status_code == 404
