"""`flask users promote`, `lock` and the others: what operators do to one person."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_mailman import EmailMessage
from flask_security import verify_password
from sqlalchemy.exc import OperationalError
from structlog.testing import capture_logs

from tests.app_fixtures import make_app, make_tables, sign_in
from tests.commands.conftest import Run, document
from tests.factories import PASSWORD, make_user
from webapp.extensions import datastore, db
from webapp.models import ActorKind, Event, EventKind, SignedIn, User, WebAuthn

PERSON = "owner@acme.test"
ACTS = (
    "promote",
    "demote",
    "reset-password",
    "disable-second-factor",
    "reset-second-factor",
    "sign-out",
    "lock",
    "unlock",
    "clear-tries",
)


def events() -> list[Event]:
    return db.session.query(Event).filter(Event.kind.like("user.%")).order_by(Event.id).all()


@pytest.fixture(autouse=True)
def mails(outbox: list[EmailMessage]) -> list[EmailMessage]:
    return outbox


@pytest.mark.parametrize("act", ACTS)
def test_nobody_is_not_found_and_no_address_is_wrong_usage(run: Run, act: str) -> None:
    unknown = run("users", act, "nobody@acme.test", "--json")
    assert (unknown.exit_code, document(unknown)["outcome"]) == (3, "not_found")
    assert run("users", act, "no address").exit_code == 2
    assert events() == []


@pytest.mark.parametrize(
    ("act", "kind", "mailed"),
    [
        ("promote", EventKind.USER_PROMOTED, True),
        ("reset-password", EventKind.USER_PASSWORD, True),
        ("sign-out", EventKind.USER_SIGNED_OUT, False),
        ("lock", EventKind.USER_LOCKED, False),
    ],
)
def test_act_ends_every_session_is_recorded_and_told(
    run: Run,
    client: FlaskClient,
    customer: User,
    mails: list[EmailMessage],
    act: str,
    kind: EventKind,
    mailed: bool,
) -> None:
    sign_in(client, customer)
    assert client.get("/account").status_code == 200
    result = run("users", act, PERSON.upper(), "--reason", "They asked", "--json")
    assert result.exit_code == 0
    assert (document(result)["email"], document(result)["changed"]) == (PERSON, True)
    assert document(result)["mailed"] is mailed
    assert client.get("/account").status_code == 302
    assert db.session.query(SignedIn).count() == 0
    (event,) = events()
    assert (event.kind, event.actor_kind, event.reason) == (kind, ActorKind.COMMAND, "They asked")
    assert len(mails) == mailed
    assert all("operator" in str(one.body) and one.to == [PERSON] for one in mails)


def test_staff_are_made_and_unmade_once(run: Run, customer: User) -> None:
    for act, staff in (("promote", True), ("demote", False)):
        assert document(run("users", act, PERSON, "--json"))["changed"] is True
        again = run("users", act, PERSON, "--json")
        assert (again.exit_code, document(again)["changed"], document(again)["mailed"]) == (0, False, False)
        db.session.refresh(customer)
        assert customer.is_staff is staff
    assert [event.kind for event in events()] == [EventKind.USER_PROMOTED, EventKind.USER_DEMOTED]


def test_promoted_person_is_told_of_the_second_factor_where_staff_need_one(
    tmp_path: Path, mails: list[EmailMessage]
) -> None:
    app = make_app(tmp_path, staff_second_factor="on", public_url="https://nameplate.example")
    with app.app_context():
        make_tables()
        make_user(email=PERSON)
        db.session.commit()
        result = app.test_cli_runner().invoke(args=["users", "promote", PERSON])
        assert "second factor" in result.stdout
        assert "https://nameplate.example/" in str(mails[0].body)
        db.session.remove()
        db.engine.dispose()


def test_locked_person_signs_in_by_no_way_until_unlocked(
    run: Run, client: FlaskClient, customer: User
) -> None:
    run("users", "lock", PERSON)
    answer = client.post("/login", data={"email": PERSON, "password": PASSWORD})
    assert answer.status_code != 302
    assert document(run("users", "show", PERSON, "--json"))["state"] == "locked"
    assert document(run("users", "unlock", PERSON, "--json"))["changed"] is True
    assert document(run("users", "unlock", PERSON, "--json"))["changed"] is False
    sign_in(client, customer)


def test_new_password_is_shown_once_and_passkeys_go(run: Run, customer: User) -> None:
    db.session.add(
        WebAuthn(
            user_id=customer.id,
            credential_id=b"x",
            public_key=b"x",
            sign_count=0,
            transports=[],
            extensions="",
            name="key",
            usage="first",
            backup_state=False,
            device_type="single_device",
            lastuse_datetime=customer.create_datetime,
        )
    )
    customer.tf_primary_method = "authenticator"
    db.session.commit()
    result = document(run("users", "reset-password", PERSON, "--json"))
    db.session.refresh(customer)
    assert customer.password is not None
    assert verify_password(result["password"], customer.password)
    assert customer.webauthn == []
    assert customer.tf_primary_method == "authenticator"


def test_password_from_standard_input_is_held_to_the_rules_and_not_shown(run: Run, customer: User) -> None:
    before = customer.password
    refused = run("users", "reset-password", PERSON, "--password-stdin", input="short\n")
    assert refused.exit_code == 2
    db.session.refresh(customer)
    assert customer.password == before
    new = "four plain words here 1!"
    result = run("users", "reset-password", PERSON, "--password-stdin", "--json", input=f"{new}\n")
    assert document(result)["password"] is None
    assert new not in result.output
    db.session.refresh(customer)
    assert customer.password is not None
    assert verify_password(new, customer.password)


def test_second_factor_is_switched_off_and_told_once(
    run: Run, customer: User, mails: list[EmailMessage]
) -> None:
    customer.tf_primary_method, customer.tf_totp_secret, customer.mf_recovery_codes = (
        "authenticator",
        "x",
        ["x"],
    )
    db.session.commit()
    for changed in (True, False):
        result = run("users", "disable-second-factor", PERSON, "--json")
        assert (result.exit_code, document(result)["changed"]) == (0, changed)
    db.session.refresh(customer)
    assert not customer.tf_primary_method
    assert len(mails) == len(events()) == 1


def test_mail_server_that_is_away_undoes_nothing(
    app: Flask, run: Run, customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_args: object, **_options: object) -> bool:
        return False

    monkeypatch.setattr("webapp.auth.links.send", away)
    result = run("users", "promote", PERSON, "--json")
    assert (result.exit_code, document(result)["mailed"]) == (0, False)
    assert "could not be told" in result.stderr
    user = datastore.find_user(email=PERSON)
    assert isinstance(user, User)
    assert user.is_staff


def test_reason_that_cannot_be_shown_is_refused(run: Run, customer: User) -> None:
    assert run("users", "lock", PERSON, "--reason", "a\x00b").exit_code == 2
    assert events() == []


def test_cleared_tries_are_recorded_in_the_account(run: Run, customer: User) -> None:
    result = run("users", "clear-tries", PERSON, "--reason", "They asked", "--json")
    assert (result.exit_code, document(result)["changed"]) == (0, True)
    db.session.refresh(customer)
    assert customer.tries_cleared_at is not None
    (event,) = events()
    assert (event.kind, event.account_id, event.reason) == (
        EventKind.USER_TRIES,
        customer.memberships[0].account_id,
        "They asked",
    )


def test_link_goes_to_whoever_has_a_sign_in_and_to_whoever_has_none(
    run: Run, customer: User, mails: list[EmailMessage]
) -> None:
    for address in (PERSON, "new@acme.test"):
        result = run("users", "send-link", address, "--json")
        assert (result.exit_code, document(result)["mailed"]) == (0, True)
    assert [(one.to, "/reset/" in str(one.body), "/confirm/" in str(one.body)) for one in mails] == [
        ([PERSON], True, False),
        (["new@acme.test"], False, True),
    ]
    assert [one.message_code for one in events()] == ["user.mailed-password", "user.mailed-sign-up"]


def test_no_link_to_whoever_is_locked_out(run: Run, customer: User, mails: list[EmailMessage]) -> None:
    customer.active = False
    db.session.commit()
    result = run("users", "send-link", PERSON, "--json")
    assert (result.exit_code, "locked out" in result.output + result.stderr) == (5, True)
    assert (mails, events()) == ([], [])


def test_link_that_could_not_be_recorded_is_told_as_a_failure(
    run: Run, customer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise OperationalError("COMMIT", {}, OSError("the disk is full"))

    monkeypatch.setattr(db.session, "commit", broken)
    with capture_logs():
        result = run("users", "send-link", PERSON)
    assert (result.exit_code, "It failed; the log says why." in result.output + result.stderr) == (5, True)
