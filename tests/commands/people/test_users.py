"""`flask users create`: let somebody sign in."""

from __future__ import annotations

import pytest
from flask_mailman import EmailMessage
from flask_security import verify_password

from tests.commands.conftest import ACCOUNT, Run, document
from webapp.extensions import datastore, db
from webapp.models import Account, Event, EventKind, MembershipRole, User

CREATE = ("users", "create")
LONG = "three plain words 1!"


def user_with(email: str) -> User | None:
    found = datastore.find_user(email=email)
    assert found is None or isinstance(found, User)
    return found


def test_new_account_with_a_password_that_is_shown_once(run: Run) -> None:
    result = run(*CREATE, "Owner@Acme.example", "--account-name", "Acme", "--json")
    assert result.exit_code == 0
    created = document(result)
    user = user_with(created["email"])
    assert user is not None
    assert user.confirmed_at is not None
    assert user.password is not None
    assert len(created["password"]) >= 16
    assert verify_password(created["password"], user.password)
    (membership,) = user.memberships
    assert (membership.account.name, membership.role) == ("Acme", MembershipRole.OWNER)
    assert created["account"] == membership.account.number
    assert not user.is_staff


def test_people_text_names_address_account_and_password(run: Run) -> None:
    lines = run(*CREATE, "owner@acme.example", "--account-name", "Acme").stdout.splitlines()
    assert lines[0] == "owner@acme.example can sign in now."
    assert lines[1].startswith("Account")
    assert lines[2].endswith("(shown only now)")


def test_first_into_an_account_owns_it_and_the_next_is_a_member(run: Run, account: Account) -> None:
    for person in ("first", "second"):
        assert run(*CREATE, f"{person}@acme.example", "--account", ACCOUNT).exit_code == 0
    db.session.refresh(account)
    roles = {membership.user.email: membership.role for membership in account.memberships}
    assert roles == {
        "first@acme.example": MembershipRole.OWNER,
        "second@acme.example": MembershipRole.MEMBER,
    }


def test_staff_need_no_account(run: Run) -> None:
    created = document(run(*CREATE, "staff@platform.example", "--staff", "--json"))
    user = user_with("staff@platform.example")
    assert user is not None
    assert user.is_staff
    assert (created["staff"], created["account"]) == (True, None)


def test_reason_is_recorded(run: Run) -> None:
    options = ("--staff", "--reason", "Her first day")
    assert run(*CREATE, "staff@platform.example", *options).exit_code == 0
    event = db.session.query(Event).filter_by(kind=EventKind.USER_CREATED).one()
    assert event.reason == "Her first day"


def test_password_from_standard_input_is_not_repeated(run: Run) -> None:
    options = ("--account-name", "Acme", "--password-stdin")
    result = run(*CREATE, "owner@acme.example", *options, "--json", input=f"{LONG}\n")
    user = user_with("owner@acme.example")
    assert user is not None
    assert user.password is not None
    assert verify_password(LONG, user.password)
    assert document(result)["password"] is None
    assert LONG not in result.output


@pytest.mark.parametrize(
    ("words", "typed"),
    [
        (("no address", "--account-name", "Acme"), ""),
        (("owner@", "--account-name", "Acme"), ""),
        (("owner@acme.example", "--account-name", "Acme", "--password-stdin"), "short\n"),
        (("owner@acme.example", "--account-name", "Acme", "--password-stdin"), ""),
        (("owner@acme.example",), ""),
        (("owner@acme.example", "--account", ACCOUNT, "--account-name", "Acme"), ""),
        (("owner@acme.example", "--account", "1234"), ""),
    ],
    ids=["no address", "half address", "short", "no password", "no account", "two accounts", "number"],
)
def test_what_cannot_be_used_is_refused_with_the_reason(
    run: Run, account: Account, words: tuple[str, ...], typed: str
) -> None:
    result = run(*CREATE, *words, input=typed)
    assert result.exit_code == 2
    assert result.stderr
    assert result.stdout == ""
    assert db.session.query(User).count() == 0


def test_unknown_account_is_not_found(run: Run) -> None:
    assert run(*CREATE, "owner@acme.example", "--account", ACCOUNT).exit_code == 3
    assert user_with("owner@acme.example") is None


def test_address_that_is_taken_is_refused_whatever_its_case(run: Run) -> None:
    run(*CREATE, "owner@acme.example", "--account-name", "Acme")
    result = run(*CREATE, "OWNER@acme.example", "--account-name", "Acme again", "--json")
    assert result.exit_code == 5
    assert "can sign in already" in document(result)["sentence"]
    assert db.session.query(Account).count() == 1


def test_second_factor_that_was_lost_is_switched_off(run: Run, outbox: list[EmailMessage]) -> None:
    run(*CREATE, "owner@acme.example", "--account-name", "Acme")
    user = user_with("owner@acme.example")
    assert user is not None
    user.tf_primary_method, user.tf_totp_secret, user.mf_recovery_codes = "authenticator", "x", ["x"]
    db.session.commit()
    assert user.tf_primary_method
    assert run("users", "reset-second-factor", "OWNER@acme.example").exit_code == 0
    db.session.expire_all()
    assert not user.tf_primary_method
    assert not user.tf_totp_secret
    assert not user.mf_recovery_codes
    assert run("users", "reset-second-factor", "nobody@acme.example").exit_code == 3


def test_keys_of_apps_are_renewed(run: Run) -> None:
    result = run("users", "renew-keys", "--json")
    none = {"renewed": 0, "unreadable": 0}
    assert (result.exit_code, document(result)) == (0, {**none, "unsure": 0, "webhooks": none})


def test_password_that_is_easy_to_guess_is_refused(run: Run) -> None:
    words = (*CREATE, "owner@acme.example", "--account-name", "Acme", "--password-stdin")
    result = run(*words, input="password1234\n")
    assert result.exit_code == 2
    assert "That password is easy to guess." in result.output + result.stderr
