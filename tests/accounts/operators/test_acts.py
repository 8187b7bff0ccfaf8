"""What each act leaves of a person's sign-in, whether it says that it changed something, and where it is recorded."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.auth.signing_in import passkey_of
from tests.factories import make_account, make_user
from webapp.accounts.operators import acts
from webapp.audit.log import COMMAND, Actor
from webapp.extensions import db
from webapp.models import Account, Event, EventKind, Membership, MembershipRole, SignedIn, User, utcnow

Act = Callable[[User, Actor, str | None], bool]


def recorded() -> list[tuple[EventKind, Account | None, str | None]]:
    events = db.session.query(Event).order_by(Event.id)
    return [(event.kind, event.account, event.reason) for event in events]


def secret_of_sessions(user: User) -> str:
    return str(user.fs_uniquifier)


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (acts.promote, EventKind.USER_PROMOTED),
        (acts.lock_out, EventKind.USER_LOCKED),
    ],
)
def test_act_ends_every_session_and_is_done_once(
    client: FlaskClient, customer: User, act: Act, kind: EventKind
) -> None:
    sign_in(client, customer)
    before = secret_of_sessions(customer)
    assert act(customer, COMMAND, "they asked")
    after = secret_of_sessions(customer)
    assert after != before
    assert db.session.query(SignedIn).count() == 0
    assert not act(customer, COMMAND, "they asked again")
    assert secret_of_sessions(customer) == after
    assert recorded() == [(kind, None, "they asked")]


def test_act_that_has_nothing_to_undo_is_not_recorded(customer: User) -> None:
    before = secret_of_sessions(customer)
    assert not acts.demote(customer, COMMAND, None)
    assert not acts.let_in(customer, COMMAND, None)
    assert not acts.disable_second_factor(customer, COMMAND, None)
    assert secret_of_sessions(customer) == before
    assert recorded() == []


def test_signing_out_ends_sessions_of_this_person_alone(
    app: Flask, client: FlaskClient, customer: User
) -> None:
    other = make_user(email="other@acme.test", account=make_account("Other"))
    sign_in(client, customer)
    sign_in(app.test_client(), other)
    assert acts.sign_out(customer, COMMAND, None)
    assert [row.user for row in db.session.query(SignedIn)] == [other]


def test_another_password_takes_passkeys_away_and_leaves_the_second_factor(customer: User) -> None:
    passkey_of(customer)
    customer.tf_primary_method, customer.tf_totp_secret = "authenticator", "a key"
    db.session.flush()
    assert acts.set_password(customer, "another hash", COMMAND, None)
    db.session.refresh(customer)
    assert (customer.password, list(customer.webauthn)) == ("another hash", [])
    assert (customer.tf_primary_method, customer.tf_totp_secret) == ("authenticator", "a key")


def test_help_is_in_the_history_of_each_account_of_the_person(account: Account, customer: User) -> None:
    second = make_account("Second")
    db.session.add(Membership(account=second, user=customer, role=MembershipRole.MEMBER))
    customer.tf_primary_method, customer.tf_totp_secret = "authenticator", "a key"
    db.session.flush()
    assert acts.disable_second_factor(customer, COMMAND, "phone lost")
    kind = EventKind.USER_SECOND_FACTOR
    assert recorded() == [(kind, account, "phone lost"), (kind, second, "phone lost")]


def test_help_for_whoever_is_in_no_account_is_recorded_for_staff(app: Flask) -> None:
    person, now = make_user(email="nobody@acme.test"), utcnow()
    person.memberships.clear()
    db.session.flush()
    acts.clear_tries(person, COMMAND, None, now)
    assert person.tries_cleared_at == now
    assert recorded() == [(EventKind.USER_TRIES, None, None)]
