"""What staff see of mail that is not with its readers yet."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.factories import make_domain, said
from webapp.extensions import db
from webapp.health import status
from webapp.health.status import Component
from webapp.models import Account, Email, EmailState, User, utcnow

NOW = utcnow()


def letter(account: Account, name: str, state: EmailState, error: str | None, days_ago: float = 0) -> None:
    at = NOW - timedelta(days=days_ago)
    row = Email(
        custom_domain=make_domain(account, name),
        address=f"somebody@{name}",
        state=state,
        problem=said(error) if error else None,
        next_attempt_at=NOW,
        attempts=2,
        created_at=at,
        updated_at=at,
    )
    db.session.add(row)
    db.session.commit()


def test_held_up_and_refused_letters_are_shown_with_the_reason(
    client: FlaskClient, staff_member: User, account: Account
) -> None:
    letter(account, "waits.acme.test", EmailState.WAITING, None)
    letter(account, "full.acme.test", EmailState.WAITING, "The mail server answered 452 mailbox full")
    letter(account, "gone.acme.test", EmailState.REFUSED, "The mail server answered 550 no such user")
    letter(account, "old.acme.test", EmailState.REFUSED, "The mail server answered 550 long ago", days_ago=8)
    letter(account, "sent.acme.test", EmailState.SENT, None)
    page = sign_in(client, staff_member).get("/staff/system").text
    assert "<dt>Letters waiting</dt><dd>2</dd>" in page
    assert "452 mailbox full" in page
    assert "somebody@gone.acme.test" in page
    assert "550 no such user" in page
    assert not [name for name in ("waits.acme", "old.acme", "sent.acme") if name in page]
    assert "Not taken since" not in page


def test_mail_server_in_trouble_is_named_with_its_reason(client: FlaskClient, staff_member: User) -> None:
    status.note_trouble(Component.MAIL, said("The mail server smtp.test does not take mail: timed out."), NOW)
    db.session.commit()
    page = sign_in(client, staff_member).get("/staff/system").text
    assert "Not taken since" in page
    assert "smtp.test does not take mail: timed out." in page
