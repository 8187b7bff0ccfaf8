"""What staff see of mail that is not with its readers yet."""

from __future__ import annotations

from datetime import timedelta

from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.factories import make_domain
from webapp.extensions import db
from webapp.health import status
from webapp.health.status import Component
from webapp.models import Account, Email, EmailState, Message, User, utcnow

NOW = utcnow()


def email(account: Account, name: str, state: EmailState, answer: str = "", days_ago: float = 0) -> None:
    reply, _, said = answer.partition(" ")
    params = {"server": "mail.test", "reply": reply, "said": said}
    at = NOW - timedelta(days=days_ago)
    row = Email(
        custom_domain=make_domain(account, name),
        address=f"somebody@{name}",
        state=state,
        problem=Message("mail.answered", params) if answer else None,
        next_attempt_at=NOW,
        attempts=2,
        created_at=at,
        updated_at=at,
    )
    db.session.add(row)
    db.session.commit()


def test_held_up_and_refused_emails_are_shown_with_the_reason(
    client: FlaskClient, staff_member: User, account: Account
) -> None:
    email(account, "waits.acme.test", EmailState.WAITING)
    email(account, "full.acme.test", EmailState.WAITING, "452 mailbox full")
    email(account, "gone.acme.test", EmailState.REFUSED, "550 no such user")
    email(account, "old.acme.test", EmailState.REFUSED, "550 long ago", days_ago=8)
    email(account, "sent.acme.test", EmailState.SENT)
    page = sign_in(client, staff_member).get("/staff/system").text
    assert "<dt>E-mails waiting</dt><dd>2</dd>" in page
    assert "The mail server mail.test answered 452 mailbox full" in page
    assert "somebody@gone.acme.test" in page
    assert "550 no such user" in page
    assert not [name for name in ("waits.acme", "old.acme", "sent.acme") if name in page]
    assert "Not taken since" not in page


def test_mail_server_in_trouble_is_named_with_its_reason(client: FlaskClient, staff_member: User) -> None:
    trouble = Message("mail.not-taken", {"server": "smtp.test", "said": "timed out."})
    status.note_trouble(Component.MAIL, trouble, NOW)
    db.session.commit()
    page = sign_in(client, staff_member).get("/staff/system").text
    assert "Not taken since" in page
    assert "smtp.test does not take mail: timed out." in page
