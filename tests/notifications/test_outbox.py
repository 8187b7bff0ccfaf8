"""E-mails on their way: who gets one, when, with what in it, and what becomes of it."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask_mailman import EmailMessage
from sqlalchemy import select

from tests.factories import make_account, make_domain, make_user, make_zone
from webapp.checks.outcome import alarm
from webapp.dns.delegation import Finding, Verdict
from webapp.dns.judgement.finding import WHOLE_DOMAIN
from webapp.extensions import db, settings
from webapp.health import status
from webapp.health.status import Component
from webapp.jobs import clock
from webapp.messages.catalogue import sentence
from webapp.messages.sentences.certificates import Problem
from webapp.models import (
    Account,
    DomainState,
    Email,
    EmailState,
    LLMClientCustomDomain,
    Membership,
    Message,
    Notification,
    NotificationKind,
    SystemStatus,
    User,
)
from webapp.notifications import outbox
from webapp.notifications import tasks as notification_tasks
from webapp.notifications.delivery import MailConnection
from webapp.notifications.parcels import Outcome, Parcel, Refused, Sent, ServerTrouble
from webapp.notifications.rules import event_rules, transition_rules, untold

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
K = NotificationKind
CAA = Message(
    Problem.CAA_RESTRICTED.value,
    {"where": "acme.com", "allows": [], "authority": "amazon.com", "add": '0 issue "amazon.com"'},
)
SILENT = Message("mail.not-taken", {"server": "mail.test", "said": "Nobody answers."})
UNKNOWN = Message("mail.answered", {"server": "mail.test", "reply": 550, "said": "no such user"})
FULL = Message("mail.answered", {"server": "mail.test", "reply": 452, "said": "mailbox full"})


@pytest.fixture
def domain(account: Account, customer: User) -> LLMClientCustomDomain:
    domain = make_domain(account, "chat.acme.com", DomainState.VERIFIED)
    make_zone(domain)
    db.session.commit()
    return domain


def tell(domain: LLMClientCustomDomain, kind: NotificationKind, now: datetime = NOW) -> None:
    untold.tell(
        domain,
        transition_rules.make(kind, now, transition_rules.facts_of(domain), transition_rules.Periods()),
        now,
    )
    db.session.commit()


def claimed(now: datetime) -> list[Parcel]:
    """What a worker takes at this time."""
    outbox.write_emails(now, settings())
    parcels = [outbox.claim(email_id, now, settings()) for email_id in outbox.due(now)]
    db.session.commit()
    return [parcel for parcel in parcels if parcel]


def deliver(now: datetime, outcome: Outcome | None = None) -> list[tuple[str, str]]:
    """Address and subject of each e-mail that is sent at this time, and got that outcome."""
    parcels = claimed(now)
    for parcel in parcels:
        assert outbox.record(parcel, outcome or Sent(), now)
        if isinstance(outcome, ServerTrouble):
            status.note_trouble(Component.MAIL, outcome.problem, now)
        else:
            status.note_ok(Component.MAIL, now)
    db.session.commit()
    return [(parcel.address, parcel.text.subject) for parcel in parcels]


def subjects(now: datetime, outcome: Outcome | None = None) -> list[str]:
    return [subject for _, subject in deliver(now, outcome)]


def open_news() -> list[NotificationKind]:
    query = select(Notification.kind).where(
        Notification.sent_at.is_(None), Notification.cancelled_at.is_(None)
    )
    return list(db.session.scalars(query.order_by(Notification.id)))


def email_states() -> list[EmailState]:
    return list(db.session.scalars(select(Email.state).order_by(Email.id)))


def test_every_confirmed_member_gets_one(domain: LLMClientCustomDomain) -> None:
    make_user(account=domain.account, email="second@acme.test")
    make_user(account=make_account("Other"), email="stranger@other.test")
    make_user(staff=True, email="staff@platform.test")
    unconfirmed = make_user(account=domain.account, email="unconfirmed@acme.test")
    unconfirmed.confirmed_at = None
    gone = make_user(account=domain.account, email="gone@acme.test")
    gone.active = False
    tell(domain, K.VERIFIED)
    assert [address for address, _ in deliver(NOW)] == ["owner@acme.test", "second@acme.test"]
    assert deliver(NOW + timedelta(days=1)) == []
    assert open_news() == []


def test_email_is_no_longer_for_somebody_who_left(domain: LLMClientCustomDomain, customer: User) -> None:
    tell(domain, K.VERIFIED)
    outbox.write_emails(NOW, settings())
    db.session.delete(db.session.scalars(select(Membership)).one())
    db.session.commit()
    assert deliver(NOW) == []
    assert email_states() == [EmailState.DROPPED]
    outbox.write_emails(NOW, settings())
    assert open_news() == []


def test_news_that_nobody_is_to_be_told_is_cancelled(account: Account) -> None:
    domain = make_domain(account, state=DomainState.VERIFIED)
    tell(domain, K.VERIFIED)
    assert deliver(NOW) == []
    [mail] = db.session.scalars(select(Notification))
    assert (mail.sent_at, mail.cancelled_at) == (None, NOW)


def test_news_waits_for_its_time(domain: LLMClientCustomDomain) -> None:
    tell(domain, K.VERIFIED, NOW + MINUTE)
    assert subjects(NOW) == []
    assert len(subjects(NOW + MINUTE)) == 1


def test_never_two_emails_within_the_hour_and_what_waited_is_one(domain: LLMClientCustomDomain) -> None:
    tell(domain, K.VERIFIED)
    assert len(subjects(NOW)) == 1
    domain.grace_until = NOW + timedelta(days=7)
    domain.state = DomainState.FAILING
    tell(domain, K.FAILING, NOW + 5 * MINUTE)
    assert subjects(NOW + 6 * MINUTE) == []
    domain.state = DomainState.VERIFIED
    tell(domain, K.RECOVERED, NOW + 40 * MINUTE)
    assert subjects(NOW + 59 * MINUTE) == []
    assert subjects(NOW + 60 * MINUTE) == ["Verified: chat.acme.com leads to us again"]
    assert open_news() == []
    assert subjects(NOW + 180 * MINUTE) == []


def test_another_domain_waits_for_nobody(domain: LLMClientCustomDomain) -> None:
    tell(domain, K.VERIFIED)
    deliver(NOW)
    tell(make_domain(domain.account, "other.acme.com", DomainState.VERIFIED), K.VERIFIED)
    assert subjects(NOW + MINUTE) == ["Verified: other.acme.com leads to us"]


def test_news_that_was_cancelled_meanwhile_is_told_to_nobody(domain: LLMClientCustomDomain) -> None:
    tell(domain, K.VERIFIED)
    outbox.write_emails(NOW, settings())
    untold.cancel(domain, list(K), NOW)
    db.session.commit()
    assert deliver(NOW) == []
    assert email_states() == [EmailState.DROPPED]


def test_news_that_comes_while_an_email_is_under_way_gets_its_own(domain: LLMClientCustomDomain) -> None:
    tell(domain, K.VERIFIED)
    [parcel] = claimed(NOW)
    event_rules.certificate_trouble(domain, CAA, NOW)
    db.session.commit()
    assert claimed(NOW) == []
    outbox.record(parcel, Sent(), NOW)
    db.session.commit()
    assert open_news() == [K.CERTIFICATE_TROUBLE]
    assert subjects(NOW + 59 * MINUTE) == []
    assert subjects(NOW + 60 * MINUTE) == ["Action needed: the certificate of chat.acme.com"]


def test_only_one_worker_takes_an_email(domain: LLMClientCustomDomain) -> None:
    tell(domain, K.VERIFIED)
    assert len(claimed(NOW)) == 1
    assert claimed(NOW + outbox.JOB.lease - MINUTE) == []


def test_worker_killed_before_its_commit_leads_to_a_copy_with_the_same_id_and_news(
    domain: LLMClientCustomDomain,
) -> None:
    tell(domain, K.VERIFIED)
    [first] = claimed(NOW)
    event_rules.certificate_trouble(domain, CAA, NOW)
    db.session.commit()
    [copy] = claimed(NOW + outbox.JOB.lease)
    assert (copy.message_id, copy.text) == (first.message_id, first.text)
    assert not outbox.record(first, Sent(), NOW + outbox.JOB.lease)
    assert outbox.record(copy, Sent(), NOW + outbox.JOB.lease)
    assert open_news() == [K.CERTIFICATE_TROUBLE]


def test_copy_of_news_that_was_cancelled_is_not_sent(domain: LLMClientCustomDomain) -> None:
    tell(domain, K.VERIFIED)
    claimed(NOW)
    untold.cancel(domain, list(K), NOW)
    event_rules.certificate_trouble(domain, CAA, NOW)
    db.session.commit()
    assert claimed(NOW + outbox.JOB.lease) == []
    [other] = claimed(NOW + outbox.JOB.lease)
    assert other.text.subject == "Action needed: the certificate of chat.acme.com"


def test_emails_have_ids_of_their_own(domain: LLMClientCustomDomain) -> None:
    make_user(account=domain.account)
    tell(domain, K.VERIFIED)
    ids = {parcel.message_id for parcel in claimed(NOW)}
    assert len(ids) == 2
    assert all(found.startswith("<nameplate.letter.") and found.endswith("@localhost>") for found in ids)


def test_server_trouble_loses_nothing_and_merges_what_comes_meanwhile(domain: LLMClientCustomDomain) -> None:
    tell(domain, K.VERIFIED)
    assert len(deliver(NOW, ServerTrouble(SILENT))) == 1
    domain.state, domain.grace_until = DomainState.FAILING, NOW + timedelta(days=7)
    tell(domain, K.FAILING, NOW + 20 * MINUTE)
    assert subjects(NOW + 20 * MINUTE, ServerTrouble(SILENT)) == [
        "Failing: chat.acme.com is switched off on 30 November"
    ]
    assert subjects(NOW + 60 * MINUTE) == ["Failing: chat.acme.com is switched off on 30 November"]
    assert open_news() == []
    assert email_states() == [EmailState.SENT]


def test_server_in_trouble_is_left_alone_for_longer_and_longer(domain: LLMClientCustomDomain) -> None:
    tell(domain, K.VERIFIED)
    now, pauses = NOW, []
    assert not outbox.rests(now)
    for _ in range(12):
        deliver(now, ServerTrouble(SILENT))
        tried = now
        while outbox.rests(now):
            now += timedelta(seconds=1)
        pauses.append((now - tried).total_seconds())
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (15, 300)
    in_trouble_since = select(SystemStatus.trouble_since).where(SystemStatus.component == "mail")
    assert db.session.scalar(in_trouble_since) == NOW
    deliver(now)
    assert db.session.scalar(in_trouble_since) is None
    assert not outbox.rests(now)


def test_mailbox_that_refuses_for_good_blocks_nobody(domain: LLMClientCustomDomain) -> None:
    make_user(account=domain.account, email="second@acme.test")
    tell(domain, K.VERIFIED)
    first, second = claimed(NOW)
    outbox.record(first, Refused(UNKNOWN, final=True), NOW)
    outbox.record(second, Sent(), NOW)
    db.session.commit()
    assert email_states() == [EmailState.REFUSED, EmailState.SENT]
    assert db.session.scalars(select(Email).order_by(Email.id)).first().problem == UNKNOWN  # type: ignore[union-attr]
    assert open_news() == []
    event_rules.certificate_trouble(domain, CAA, NOW + 70 * MINUTE)
    assert len(deliver(NOW + 70 * MINUTE)) == 2


def test_mailbox_that_refuses_for_now_is_tried_with_growing_pauses_and_not_for_ever(
    domain: LLMClientCustomDomain,
) -> None:
    make_user(account=domain.account, email="second@acme.test")
    tell(domain, K.VERIFIED)
    full, other = claimed(NOW)
    outbox.record(full, Refused(FULL, final=False), NOW)
    outbox.record(other, Sent(), NOW)
    db.session.commit()
    tries: list[tuple[str, timedelta]] = []
    waiting = select(Email.next_attempt_at).where(Email.state == EmailState.WAITING)
    while now := db.session.scalar(waiting):
        refusal = Refused(FULL, final=False)
        tries += [(address, now - NOW) for address, _ in deliver(now, refusal)]
    assert {address for address, _ in tries} == {"owner@acme.test"}
    assert [after for _, after in tries[:4]] == [5 * MINUTE, 15 * MINUTE, 35 * MINUTE, 75 * MINUTE]
    assert tries[-1][1] > outbox.MAILBOX_PATIENCE
    assert open_news() == []
    assert email_states() == [EmailState.REFUSED, EmailState.SENT]


class Server:
    """A connection that does as told; `raises` is what the next e-mail meets."""

    def __init__(self) -> None:
        self.raises: Exception | None = None
        self.taken: list[EmailMessage] = []

    def open(self) -> None:
        if isinstance(self.raises, ConnectionError):
            raise self.raises

    def close(self) -> None: ...

    def send_messages(self, messages: list[EmailMessage]) -> int:
        if self.raises:
            raise self.raises
        self.taken += messages
        return len(messages)


@pytest.fixture
def server(outbox: list[EmailMessage], monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The fixture `outbox` lets mails be sent; this one takes them instead."""
    found = Server()
    monkeypatch.setattr("webapp.notifications.delivery.mail.get_connection", lambda: found)
    monkeypatch.setattr(EmailMessage, "send", lambda message: message.connection.send_messages([message]))
    yield found
    assert outbox == []


REFUSALS = [
    (smtplib.SMTPRecipientsRefused({"a@b.test": (550, b"5.1.1 no such user")}), Refused, True),
    (smtplib.SMTPRecipientsRefused({"a@b.test": (550, b"5.7.1 relaying denied")}), Refused, False),
    (smtplib.SMTPRecipientsRefused({"a@b.test": (530, b"5.7.0 authenticate first")}), Refused, False),
    (smtplib.SMTPRecipientsRefused({"a@b.test": (452, b"4.2.2 mailbox full")}), Refused, False),
    (smtplib.SMTPRecipientsRefused({"a@b.test": (421, b"shutting down")}), ServerTrouble, None),
    (smtplib.SMTPDataError(554, b"looks like spam"), Refused, False),
    (smtplib.SMTPDataError(421, b"shutting down"), ServerTrouble, None),
    (smtplib.SMTPSenderRefused(550, b"not you", "nameplate@localhost"), ServerTrouble, None),
    (smtplib.SMTPServerDisconnected("gone"), ServerTrouble, None),
    (smtplib.SMTPAuthenticationError(535, b"wrong password"), ServerTrouble, None),
    (TimeoutError("timed out"), ServerTrouble, None),
    (ConnectionRefusedError(111, "Connection refused"), ServerTrouble, None),
    (UnicodeEncodeError("ascii", "ö@acme.test", 0, 1, "ordinal not in range"), Refused, True),
    (ValueError("Invalid address"), Refused, True),
]


@pytest.mark.parametrize(("error", "kind", "final"), REFUSALS)
def test_what_the_server_says_is_understood(
    domain: LLMClientCustomDomain, server: Server, error: Exception, kind: type[Outcome], final: bool | None
) -> None:
    tell(domain, K.VERIFIED)
    [parcel] = claimed(NOW)
    server.raises = error
    with MailConnection() as connection:
        outcome = connection.send(parcel)
        server.raises = None
        assert connection.send(parcel) == Sent()
    assert type(outcome) is kind
    assert getattr(outcome, "final", None) == final
    assert isinstance(outcome, Refused | ServerTrouble)
    assert len(sentence(outcome.problem)) > 30
    assert len(server.taken) == 1


def test_task_sends_everything_once(domain: LLMClientCustomDomain, server: Server) -> None:
    make_user(account=domain.account, email="second@acme.test")
    tell(domain, K.VERIFIED)
    notification_tasks.send_mail.run()
    notification_tasks.send_mail.run()
    assert [message.to for message in server.taken] == [["owner@acme.test"], ["second@acme.test"]]


def test_task_stops_at_a_server_in_trouble_and_leaves_it_alone(
    domain: LLMClientCustomDomain, server: Server
) -> None:
    for number in range(3):
        tell(make_domain(domain.account, f"chat{number}.acme.com", DomainState.VERIFIED), K.VERIFIED)
    server.raises = ConnectionRefusedError(111, "Connection refused")
    notification_tasks.send_mail.run()
    notification_tasks.send_mail.run()
    row = db.session.get_one(SystemStatus, "mail")
    assert row.trouble_since is not None
    assert row.problem is not None
    assert "does not take mail: [Errno 111] Connection refused" in sentence(row.problem)
    assert sum(db.session.scalars(select(Email.attempts))) == 1
    assert set(email_states()) == {EmailState.WAITING}


def test_email_carries_the_ids_of_the_requests_behind_it(app: Flask, domain: LLMClientCustomDomain) -> None:
    tell(domain, K.VERIFIED)
    mail = db.session.scalars(select(Notification)).one()
    mail.request_id = "0123456789abcdef"
    db.session.commit()
    assert claimed(NOW)[0].request_ids == ("0123456789abcdef",)


def test_news_of_a_release_that_stored_sentences_is_told_in_them(domain: LLMClientCustomDomain) -> None:
    told = Notification(
        account_id=domain.account_id,
        custom_domain_id=domain.id,
        kind=K.CERTIFICATE_TROUBLE,
        occasion=NOW,
        send_after=NOW,
        legacy_sentence="The CAA record at {acme.com} allows only letsencrypt.org.",
    )
    db.session.add(told)
    db.session.commit()
    [parcel] = claimed(NOW)
    assert parcel.text.paragraphs[1] == "The CAA record at {acme.com} allows only letsencrypt.org."


def led_to_us(domain: LLMClientCustomDomain, now: datetime = NOW) -> None:
    params = {"zone": "acme.com", "by": "com", "registrar": True, "ttl": 172_800, "remembered": False}
    found = Finding(Verdict.MISPLACED, WHOLE_DOMAIN, params | {"ours": [], "others": [], "former": []})
    alarm.settle(domain, alarm.Alarm(now, found.to_data()), now)
    db.session.commit()


def test_an_alarm_waits_for_no_other_email(
    domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW + MINUTE)
    tell(domain, K.VERIFIED)
    assert deliver(NOW)
    tell(domain, K.RECOVERED, NOW + MINUTE)
    assert not deliver(NOW + MINUTE)
    led_to_us(domain, NOW + MINUTE)
    (sent,) = deliver(NOW + MINUTE)
    assert sent[1] == "Act now: Site and mail of acme.com are down"
    late = deliver(NOW + timedelta(hours=1, minutes=1))
    assert [subject for _, subject in late] == ["Site and mail of acme.com are down: chat.acme.com"]


def test_an_alarm_hurries_nothing_for_a_mailbox_that_has_it(
    domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays open meanwhile, because another mailbox refuses it for now."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    make_user(account=domain.account, email="second@acme.test")
    led_to_us(domain)
    full, other = claimed(NOW)
    outbox.record(full, Refused(FULL, final=False), NOW)
    outbox.record(other, Sent(), NOW)
    db.session.commit()
    tell(domain, K.RECOVERED, NOW + MINUTE)
    assert open_news() == [K.WHOLE_DOMAIN, K.RECOVERED]
    assert not deliver(NOW + MINUTE)


def test_an_alarm_that_nobody_was_told_of_has_no_end(
    domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    led_to_us(domain)
    alarm.settle(domain, None, NOW)
    db.session.commit()
    assert not deliver(NOW)


def test_an_alarm_hurries_no_email_that_a_worker_is_sending(
    domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    tell(domain, K.VERIFIED)
    assert claimed(NOW)
    led_to_us(domain)
    assert not claimed(NOW)
