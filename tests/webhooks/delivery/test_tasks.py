"""The background work, with the network replaced by what a test wants to come back."""

from __future__ import annotations

import asyncio
import smtplib
from collections import Counter
from datetime import timedelta

import pytest
from flask import Flask
from flask_mailman import EmailMessage, EmailMultiAlternatives
from sqlalchemy import select

from tests.factories import make_account, make_user
from tests.webhooks.telling import deliveries, endpoint_of
from webapp.audit.log import SYSTEM
from webapp.config.settings import Settings
from webapp.dns.resolver import Dns
from webapp.extensions import db, mail
from webapp.jobs.places import FOR_WEBHOOKS
from webapp.models import (
    DeliveryState,
    LLMClientCustomDomain,
    OffReason,
    WebhookAttempt,
    WebhookEndpoint,
    utcnow,
)
from webapp.webhooks import endpoints
from webapp.webhooks.delivery import queue, tasks
from webapp.webhooks.delivery.post import Parcel, Sent
from webapp.webhooks.outbox import write_test
from webapp.webhooks.outcomes import Outcome

OK = Sent(Outcome.DELIVERED, {"status": 200}, 200)
Queued = list[tuple[str, tuple[object, ...]]]


class Receivers:
    """Receivers without a network: those whose URL has “slow” answer once nothing else is under way."""

    def __init__(self) -> None:
        self.got: list[Parcel] = []
        self.most: Counter[int] = Counter()
        self.under_way: Counter[int] = Counter()
        self.answer_of_slow = OK
        self.others_done = asyncio.Event()
        self.others = 0

    async def send(self, parcel: Parcel, _dns: Dns, _settings: Settings) -> Sent:
        at = parcel.endpoint_id
        self.under_way[at] += 1
        self.most[at] = max(self.most[at], self.under_way[at])
        if "slow" in parcel.url:
            await self.others_done.wait()
        else:
            await asyncio.sleep(0)
        self.under_way[at] -= 1
        self.got.append(parcel)
        self.others -= "slow" not in parcel.url
        if self.others <= 0:
            self.others_done.set()
        return self.answer_of_slow if "slow" in parcel.url else OK


@pytest.fixture
def receivers(monkeypatch: pytest.MonkeyPatch) -> Receivers:
    made = Receivers()
    monkeypatch.setattr(tasks, "send", made.send)
    return made


def waiting(endpoint: WebhookEndpoint, count: int = 1) -> None:
    for _ in range(count):
        write_test(endpoint, utcnow() - timedelta(minutes=1))
    db.session.commit()


def test_all_that_is_due_is_sent_and_written_down(
    domain: LLMClientCustomDomain, receivers: Receivers
) -> None:
    made = [endpoint_of(domain.account) for _ in range(3)]
    for endpoint in made:
        waiting(endpoint, 7)
    tasks.send_due()
    assert len(receivers.got) == 21
    assert len({parcel.code for parcel in receivers.got}) == 21
    assert {one.state for one in deliveries()} == {DeliveryState.DELIVERED}
    assert set(receivers.most.values()) == {queue.AT_ONE}
    assert len(db.session.scalars(select(WebhookAttempt.id)).all()) == 21


def test_a_slow_endpoint_holds_nobody_up(domain: LLMClientCustomDomain, receivers: Receivers) -> None:
    """It answers only when all others have been served, although far more waits for it, and longer."""
    slow = endpoint_of(domain.account, url="https://slow.acme.test/")
    waiting(slow, 60)
    quick = [endpoint_of(domain.account) for _ in range(4)]
    for endpoint in quick:
        waiting(endpoint, 20)
    receivers.others = 80
    tasks.send_due()
    assert [parcel.endpoint_id == slow.id for parcel in receivers.got[:80]] == [False] * 80
    assert len(receivers.got) == 140


def test_failing_endpoints_have_few_places(domain: LLMClientCustomDomain, receivers: Receivers) -> None:
    account = make_account("Many")
    failing = [endpoint_of(account, url="https://slow.acme.test/") for _ in range(tasks.TO_FAILING + 5)]
    for endpoint in failing:
        waiting(endpoint, 3)
        endpoint.failing_since = utcnow()
    quick = endpoint_of(domain.account)
    waiting(quick, 200)
    receivers.others = 200
    receivers.answer_of_slow = Sent(Outcome.ANSWERED, {"status": 500}, 500)
    tasks.send_due()
    places = [one.id for one in failing]
    assert max(receivers.most[one] for one in places) == queue.AT_FAILING
    first = receivers.got[:1]
    assert first[0].endpoint_id == quick.id


def test_what_cannot_be_written_down_keeps_no_other_from_it(
    domain: LLMClientCustomDomain, receivers: Receivers
) -> None:
    """PostgreSQL refuses a value that is longer than its column."""
    odd, other = endpoint_of(domain.account, url="https://slow.acme.test/"), endpoint_of(domain.account)
    waiting(odd)
    waiting(other)
    receivers.others = 1
    receivers.answer_of_slow = Sent(Outcome.ANSWERED, {"status": 500}, 500, address="a" * 60)
    waiting(odd)
    tasks.send_due()
    waiting(other)
    tasks.send_due()
    assert [one.state for one in deliveries(other)] == [DeliveryState.DELIVERED] * 2


def test_only_one_thread_of_a_process_sends(
    domain: LLMClientCustomDomain, endpoint: WebhookEndpoint, receivers: Receivers
) -> None:
    waiting(endpoint)
    with FOR_WEBHOOKS:
        tasks.send_due()
    assert receivers.got == []


def test_a_worker_is_woken_when_something_is_due(
    domain: LLMClientCustomDomain, endpoint: WebhookEndpoint, queued: Queued
) -> None:
    tasks.sweep_webhooks()
    assert queued == []
    waiting(endpoint)
    tasks.sweep_webhooks()
    assert queued == [("send_due", ())]
    endpoints.switch_off(endpoint, actor=SYSTEM, now=utcnow())
    endpoint.mail_kind, endpoint.mail_due_at = queue.SWITCHED_OFF, utcnow()
    db.session.commit()
    queued.clear()
    tasks.sweep_webhooks()
    assert queued == [("tell_owners", ())]


@pytest.mark.parametrize(
    ("kind", "why", "words"),
    [
        (
            queue.FAILS,
            None,
            "Your webhook endpoint https://hooks.acme.test/in has taken no message of ours since",
        ),
        (queue.SWITCHED_OFF, OffReason.GONE, "it answered 410"),
        (queue.SWITCHED_OFF, OffReason.FAILING, "it has failed since"),
    ],
)
def test_owners_are_told_once(
    domain: LLMClientCustomDomain, outbox: list[EmailMessage], kind: str, why: OffReason | None, words: str
) -> None:
    make_user(account=make_account("Other"), email="other@other.test")
    endpoint = endpoint_of(domain.account, url="https://hooks.acme.test/in?token=s3cret")
    endpoint.mail_kind, endpoint.mail_due_at, endpoint.off_reason = kind, utcnow(), why
    db.session.commit()
    tasks.tell_owners()
    tasks.tell_owners()
    [letter] = outbox
    assert letter.to == ["owner@acme.test"]
    text = " ".join(letter.body.split())
    assert words in text
    assert f"/account/webhooks/{endpoint.id}" in text
    assert "s3cret" not in letter.message().as_string()
    db.session.refresh(endpoint)
    assert endpoint.mail_kind is None


def test_staff_are_told_of_the_platforms_own(telling: Flask, outbox: list[EmailMessage]) -> None:
    make_user(staff=True, email="staff@platform.test")
    endpoint = endpoint_of(None)
    endpoint.mail_kind, endpoint.mail_due_at = queue.FAILS, utcnow()
    db.session.commit()
    tasks.tell_owners()
    [letter] = outbox
    assert letter.to == ["staff@platform.test"]
    assert f"/staff/webhooks/{endpoint.id}" in letter.body


def test_a_mailbox_that_is_gone_has_nobody_told_twice(
    domain: LLMClientCustomDomain,
    endpoint: WebhookEndpoint,
    outbox: list[EmailMessage],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("gone", "third"):
        make_user(account=domain.account, email=f"{name}@acme.test")
    endpoint.mail_kind, endpoint.mail_due_at = queue.FAILS, utcnow()
    db.session.commit()
    send = EmailMultiAlternatives.send

    def send_or_not(message: EmailMultiAlternatives) -> int:
        if message.to == ["gone@acme.test"]:
            raise smtplib.SMTPRecipientsRefused({"gone@acme.test": (550, b"5.1.1 no such user")})
        return int(send(message))

    monkeypatch.setattr(EmailMultiAlternatives, "send", send_or_not)
    tasks.tell_owners()
    assert [letter.to for letter in outbox] == [["owner@acme.test"], ["third@acme.test"]]
    assert len({letter.extra_headers["Message-ID"] for letter in outbox}) == 2
    db.session.refresh(endpoint)
    assert endpoint.mail_due_at is None


def test_what_the_mail_server_does_not_take_is_due_again(
    domain: LLMClientCustomDomain, endpoint: WebhookEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Silent:
        def open(self) -> None:
            raise ConnectionRefusedError

        def close(self) -> None:
            pass

    endpoint.mail_kind, endpoint.mail_due_at = queue.FAILS, utcnow()
    db.session.commit()
    monkeypatch.setattr(mail, "get_connection", Silent)
    tasks.tell_owners()
    assert endpoint.mail_kind == queue.FAILS
    assert endpoint.mail_due_at is not None
    assert endpoint.mail_due_at > utcnow()
