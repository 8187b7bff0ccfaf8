"""Whom the e-mail lets in, to what, and who gets none."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator

import pytest
from flask import Flask
from flask_mailman import EmailMessage

from webapp.abuse import stranger_mail
from webapp.accounts.operators.sent_links import send_link
from webapp.audit.log import COMMAND
from webapp.extensions import db
from webapp.models import Event, EventKind, User

NEW = "lena@new.test"


def codes() -> list[str]:
    events = db.session.query(Event).filter(Event.kind == EventKind.USER_MAILED).order_by(Event.id)
    return [event.message.code for event in events if event.message]


@pytest.fixture(autouse=True)
def in_a_request(app: Flask) -> Iterator[None]:
    with app.test_request_context():
        yield


def test_whoever_has_a_sign_in_gets_a_link_to_a_new_password(
    customer: User, outbox: list[EmailMessage]
) -> None:
    assert send_link(customer.email, COMMAND, None) is None
    assert [(mail.to, "/reset/" in str(mail.body)) for mail in outbox] == [([customer.email], True)]
    assert codes() == ["user.mailed-password"]


def test_everybody_else_gets_a_link_to_a_sign_in(app: Flask, outbox: list[EmailMessage]) -> None:
    assert send_link(NEW, COMMAND, None) is None
    assert [(mail.to, "/confirm/" in str(mail.body)) for mail in outbox] == [([NEW], True)]
    assert codes() == ["user.mailed-sign-up"]


def test_locked_person_and_mailbox_that_wants_none_get_none(
    customer: User, outbox: list[EmailMessage]
) -> None:
    customer.active = False
    stranger_mail.stop(NEW)
    db.session.flush()
    assert "is locked out" in str(send_link(customer.email, COMMAND, None))
    assert "asked us for no more" in str(send_link(NEW, COMMAND, None))
    assert (outbox, codes()) == ([], [])


def test_wish_for_no_more_e_mails_keeps_nobody_from_a_new_password(
    customer: User, outbox: list[EmailMessage]
) -> None:
    stranger_mail.stop(customer.email)
    assert send_link(customer.email, COMMAND, None) is None
    assert len(outbox) == 1


def test_e_mail_that_the_server_refused_is_not_recorded(
    customer: User, outbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_mail: EmailMessage, **_given: object) -> int:
        raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr(EmailMessage, "send", refuse)
    assert "did not take the e-mail" in str(send_link(customer.email, COMMAND, None))
    assert (outbox, codes()) == ([], [])
