"""Who gets an e-mail about a transfer."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask_mailman import EmailMessage
from sqlalchemy import func, select

from tests.factories import make_user
from tests.transfers.sides import GIVER, HOST, RECEIVER, Sides, accept, offered, sides
from webapp.abuse import stranger_mail
from webapp.extensions import db, settings
from webapp.models import DomainTransfer, MembershipRole, Message, utcnow
from webapp.notifications.delivery import MailConnection
from webapp.notifications.parcels import Sent, ServerTrouble
from webapp.transfers import offers, tasks, telling

Mails = list[tuple[str, str, str]]


@pytest.fixture
def both(app: Flask) -> Sides:
    found = sides()
    member = make_user(account=found.receiver, email="member@rival.test")
    member.memberships[0].role = MembershipRole.MEMBER
    db.session.commit()
    return found


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> Mails:
    """To, subject and text of what was handed to the mail server."""
    found: Mails = []

    def deliver(_connection: MailConnection, write: Callable[[], Any]) -> Sent:
        message = write()
        found.append((message.to[0], message.subject, message.body))
        return Sent()

    monkeypatch.setattr(MailConnection, "deliver", deliver)
    return found


def to_and_subjects(sent: Mails) -> list[tuple[str, str]]:
    found = [(to, subject) for to, subject, _ in sent]
    sent.clear()
    return found


@pytest.mark.parametrize("by", ["number", "address"])
def test_owners_of_both_sides_are_told_of_each_step(both: Sides, sent: Mails, by: str) -> None:
    to = both.receiver.number if by == "number" else "owner@rival.test"
    transfer = offered(both, to)
    tasks.tell_due()
    assert to_and_subjects(sent) == [
        ("owner@acme.test", f"Offered: {HOST} may move to {to}"),
        ("owner@rival.test", f"Offered to you: {HOST}"),
    ]
    assert accept(both, transfer) is None
    tasks.tell(transfer.id)
    assert to_and_subjects(sent) == [
        ("owner@acme.test", f"Moved away: {HOST}"),
        ("owner@rival.test", f"Moved to you: {HOST}"),
    ]
    tasks.tell_due()
    assert sent == []


def test_refusal_is_told_to_the_giver_and_withdrawal_to_the_receiver(both: Sides, sent: Mails) -> None:
    first = offered(both)
    offers.refuse(first, both.receiver, actor=RECEIVER, now=utcnow())
    db.session.commit()
    tasks.tell_due()
    assert to_and_subjects(sent) == [("owner@acme.test", f"Refused: {HOST} stays in your account")]
    second = offered(both)
    offers.withdraw(second, actor=GIVER, now=utcnow())
    db.session.commit()
    tasks.tell_due()
    assert to_and_subjects(sent) == [("owner@rival.test", f"Withdrawn: the offer of {HOST}")]


@pytest.mark.parametrize("to", ["9999-9999-9999", "nobody@nowhere.test", "member@rival.test"])
def test_offer_to_nobody_is_told_to_the_giver_alone(both: Sides, sent: Mails, to: str) -> None:
    offered(both, to)
    tasks.tell_due()
    assert [address for address, _ in to_and_subjects(sent)] == ["owner@acme.test"]


def test_mail_names_the_giver_and_how_to_end_such_mails(both: Sides, sent: Mails) -> None:
    offered(both)
    tasks.tell_due()
    (_, _, mine), (_, _, theirs) = sent
    assert "Acme" in theirs
    assert "/invitations/never/" in theirs
    assert "/account/transfers" in theirs
    assert "/invitations/never/" not in mine
    assert "Rival" not in mine


def test_mailbox_that_wants_none_gets_none(both: Sides, sent: Mails) -> None:
    stranger_mail.stop("owner@rival.test")
    offered(both)
    tasks.tell_due()
    assert [address for address, _ in to_and_subjects(sent)] == ["owner@acme.test"]


def test_mail_server_in_trouble_is_tried_again(both: Sides, monkeypatch: pytest.MonkeyPatch) -> None:
    transfer, tried = offered(both), []

    def trouble(_connection: MailConnection, write: Callable[[], Any]) -> ServerTrouble:
        tried.append(write().to)
        return ServerTrouble(Message("mail.not-taken", {"server": "x", "said": "y"}))

    monkeypatch.setattr(MailConnection, "deliver", trouble)
    tasks.tell_due()
    db.session.expire_all()
    assert len(tried) == 1
    assert transfer.tell_at is not None
    assert transfer.tell_at > utcnow()
    tasks.tell_due()
    assert len(tried) == 1
    transfer.tell_at, transfer.tell_attempts = utcnow() - timedelta(minutes=1), telling.PATIENCE
    db.session.commit()
    tasks.tell_due()
    db.session.expire_all()
    assert transfer.tell_at is None


def test_worker_that_comes_second_sends_nothing(both: Sides) -> None:
    transfer, now = offered(both), utcnow()
    first = telling.claim(transfer.id, now, settings())
    assert first is not None
    assert telling.claim(transfer.id, now, settings()) is None


def test_decision_meanwhile_is_told_as_well(both: Sides) -> None:
    transfer, now = offered(both), utcnow()
    claimed = telling.claim(transfer.id, now, settings())
    assert claimed is not None
    offers.withdraw(transfer, actor=GIVER, now=now)
    telling.settle(transfer.id, claimed[0], now, again=False)
    db.session.commit()
    assert db.session.scalar(select(func.count()).where(DomainTransfer.tell_at.is_not(None))) == 1


def test_message_is_one_that_a_server_takes(both: Sides, outbox: list[EmailMessage]) -> None:
    offered(both)
    tasks.tell_due()
    assert [one.to for one in outbox] == [["owner@acme.test"], ["owner@rival.test"]]
    ids = {one.extra_headers["Message-ID"] for one in outbox}
    assert len(ids) == 2
    assert all(one.extra_headers["Auto-Submitted"] == "auto-generated" for one in outbox)
