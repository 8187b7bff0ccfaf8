"""E-mails and a real mail server: down for an hour, two workers at once, a worker killed, a mailbox that refuses."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from tests.app_fixtures import make_app
from tests.factories import make_account, make_domain, make_user, make_zone, said
from tests.servers.fork_server import run
from tests.servers.programs import free_port
from tests.servers.smtp import Mailbox, smtp_server
from webapp.audit.log import SYSTEM
from webapp.domains.lifecycle import change_state
from webapp.extensions import db
from webapp.jobs import clock
from webapp.messages.catalogue import sentence
from webapp.models import (
    Account,
    DomainState,
    Email,
    EmailState,
    LLMClientCustomDomain,
    Message,
    Notification,
    SystemStatus,
    utcnow,
)
from webapp.notifications import outbox
from webapp.notifications import tasks as notification_tasks
from webapp.notifications.rules import event_rules

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ROUND = timedelta(seconds=15)
GONE = Message("certificate.gone", {"name": "chat.acme.com"})
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def mailbox() -> Mailbox:
    """Its server is not running yet."""
    return Mailbox(free_port())


@pytest.fixture
def app(
    database_url: str, mailbox: Mailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    """Its clock is this process's on PostgreSQL as well, so that tests can set it."""
    monkeypatch.setattr(clock, "now", utcnow)
    app = make_app(tmp_path, database_url=database_url, mail_url=mailbox.url)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def account(app: Flask) -> Account:
    account = make_account()
    for name in ("one", "two"):
        make_user(account=account, email=f"{name}@acme.test")
    db.session.commit()
    return account


def pending(account: Account, name: str) -> LLMClientCustomDomain:
    domain = make_domain(account, name)
    make_zone(domain)
    db.session.commit()
    return domain


def enter(domain: LLMClientCustomDomain, state: DomainState, now: datetime) -> None:
    domain.grace_until = now + timedelta(days=7) if state is DomainState.FAILING else None
    change_state(domain, state, now, SYSTEM, said("Because."))
    db.session.commit()


def rounds(traveller: time_machine.Traveller, until: datetime) -> None:
    """What beat does until then."""
    while datetime.now(UTC) < until:
        notification_tasks.send_mail.run()
        traveller.shift(ROUND)


def how_mail_does() -> tuple[datetime | None, str | None]:
    row = db.session.get_one(SystemStatus, "mail", populate_existing=True)
    return row.trouble_since, sentence(row.problem) if row.problem else None


def received(mailbox: Mailbox) -> list[tuple[str, str]]:
    return sorted((str(message["to"]), str(message["subject"])) for message in mailbox.messages)


def test_everything_goes_out_once_when_the_server_is_back_after_an_hour(
    account: Account, mailbox: Mailbox
) -> None:
    steady, shaky = pending(account, "steady.acme.com"), pending(account, "shaky.acme.com")
    with time_machine.travel(NOW, tick=False) as traveller:
        enter(steady, DomainState.VERIFIED, NOW)
        rounds(traveller, NOW + timedelta(minutes=20))
        for minutes, state in (
            (20, DomainState.VERIFIED),
            (30, DomainState.FAILING),
            (50, DomainState.VERIFIED),
        ):
            rounds(traveller, NOW + timedelta(minutes=minutes))
            enter(shaky, state, datetime.now(UTC))
        rounds(traveller, NOW + timedelta(hours=1))
        assert mailbox.messages == []
        assert how_mail_does()[0] == NOW
        assert f"127.0.0.1:{mailbox.port} does not take mail" in str(how_mail_does()[1])
        with smtp_server(mailbox):
            rounds(traveller, NOW + timedelta(hours=1, minutes=6))
            expected = [
                (f"{name}@acme.test", subject)
                for name in ("one", "two")
                for subject in (
                    "Verified: shaky.acme.com leads to us again",
                    "Verified: steady.acme.com leads to us",
                )
            ]
            assert received(mailbox) == sorted(expected)
            rounds(traveller, NOW + timedelta(hours=4))
            assert len(mailbox.messages) == 4
        assert how_mail_does() == (None, None)
    assert list(db.session.scalars(select(Notification.id).where(Notification.sent_at.is_(None)))) == []


def test_two_workers_send_nothing_twice(app: Flask, account: Account, mailbox: Mailbox) -> None:
    for number in range(10):
        enter(pending(account, f"chat{number}.acme.com"), DomainState.VERIFIED, datetime.now(UTC))
    barrier = Barrier(3)

    def work(_worker: int) -> None:
        with app.app_context():
            barrier.wait()
            notification_tasks.send_mail.run()

    with smtp_server(mailbox), ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
        notification_tasks.send_mail.run()
    assert set(Counter(received(mailbox)).values()) == {1}
    assert len(mailbox.messages) == 20
    assert len({str(message["message-id"]) for message in mailbox.messages}) == 20


def test_worker_killed_between_the_server_s_yes_and_its_commit(
    account: Account, mailbox: Mailbox, database_url: str, tmp_path: Path
) -> None:
    """The one case in which a reader may see an e-mail twice; it is the same e-mail, and says so."""
    domain = pending(account, "chat.acme.com")
    enter(domain, DomainState.VERIFIED, datetime.now(UTC))
    with smtp_server(mailbox):
        command = ["tests.service.killed_sender", database_url, mailbox.url, str(tmp_path)]
        killed = run(command, cwd=ROOT, timeout=180)
        assert killed.returncode == -signal.SIGKILL
        assert len(mailbox.messages) == 1
        event_rules.certificate_trouble(domain, GONE, datetime.now(UTC))
        db.session.commit()
        notification_tasks.send_mail.run()
        assert len(mailbox.messages) == 2
        with time_machine.travel(datetime.now(UTC) + outbox.JOB.lease, tick=False):
            notification_tasks.send_mail.run()
            notification_tasks.send_mail.run()
    first, other, copy = mailbox.messages
    assert str(other["to"]) != str(first["to"])
    assert (str(copy["to"]), str(copy["message-id"])) == (str(first["to"]), str(first["message-id"]))
    assert copy.get_body(("plain",)).get_content() == first.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert len({str(message["message-id"]) for message in mailbox.messages}) == 2


def test_mailbox_that_refuses_blocks_nobody(account: Account, mailbox: Mailbox) -> None:
    enter(pending(account, "chat.acme.com"), DomainState.VERIFIED, datetime.now(UTC))
    enter(pending(account, "other.acme.com"), DomainState.VERIFIED, datetime.now(UTC))
    mailbox.refusals = {"one@acme.test": "550 5.1.1 No such user"}
    with smtp_server(mailbox):
        notification_tasks.send_mail.run()
    assert [address for address, _ in received(mailbox)] == ["two@acme.test"] * 2
    refused = db.session.scalars(select(Email).where(Email.state == EmailState.REFUSED)).all()
    assert {(email.address, email.problem and sentence(email.problem)) for email in refused} == {
        ("one@acme.test", f"The mail server 127.0.0.1:{mailbox.port} answered 550 5.1.1 No such user")
    }
    assert list(db.session.scalars(select(Notification.id).where(Notification.sent_at.is_(None)))) == []


def test_email_travels_as_it_was_written(account: Account, mailbox: Mailbox) -> None:
    enter(pending(account, "xn--strae-oqa.acme.com"), DomainState.VERIFIED, datetime.now(UTC))
    with smtp_server(mailbox):
        notification_tasks.send_mail.run()
    message = mailbox.messages[0]
    assert str(message["subject"]).strip() == "Verified: straße.acme.com (xn--strae-oqa.acme.com) leads to us"
    assert message["auto-submitted"] == "auto-generated"
    assert message.get_content_type() == "multipart/alternative"
    plain, html = message.iter_parts()
    assert "straße.acme.com (xn--strae-oqa.acme.com) is verified" in " ".join(plain.get_content().split())
    assert "straße.acme.com" in html.get_content()
