"""A mail server in trouble stops no page, and tells nobody who has an account."""

from __future__ import annotations

import re

from flask.testing import FlaskClient

from webapp.extensions import db
from webapp.messages.catalogue import sentence
from webapp.models import Message, SystemStatus, User


def shown(page: str) -> str:
    """Without what differs from request to request."""
    return re.sub(r'nonce="[^"]*"|value="[^"]*"', "", page)


def test_new_password_asked_for_while_no_mail_server_answers(
    client: FlaskClient, customer: User, broken_mail: None
) -> None:
    known = client.post("/reset", data={"email": customer.email})
    unknown = client.post("/reset", data={"email": "nobody@acme.test"})
    assert known.status_code == unknown.status_code == 200
    assert shown(known.text).replace(customer.email, "") == shown(unknown.text).replace(
        "nobody@acme.test", ""
    )
    status = db.session.get(SystemStatus, "mail")
    assert status is not None
    assert status.problem == Message("mail.refused", {"said": "no mail server"})
    assert sentence(status.problem) == "The mail server did not take a mail: no mail server"


def test_signing_up_while_no_mail_server_answers(client: FlaskClient, broken_mail: None) -> None:
    assert client.post("/register", data={"email": "new@acme.test"}).status_code == 200
    assert db.session.query(User).all() == []
