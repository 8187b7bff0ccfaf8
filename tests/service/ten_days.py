"""A name's world for a story of days: the customer, the customer's DNS provider, and all of ours that runs by the
clock, which jumps from one due moment to the next.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from tests.app_fixtures import sign_in
from tests.factories import make_account, make_llm_client, make_user
from tests.servers.smtp import Mailbox
from tests.twins.acm import MemoryAcm
from tests.twins.dns import Fault, MemoryDns
from tests.twins.route53 import MemoryRoute53
from webapp.aws.acm.port import Status
from webapp.aws.route53.port import Zone
from webapp.certificates import tasks as certificate_tasks
from webapp.checks import tasks
from webapp.extensions import db
from webapp.messages.catalogue import event_sentence
from webapp.models import (
    Certificate,
    Check,
    Email,
    EmailState,
    Event,
    HostedZone,
    LLMClientCustomDomain,
    Notification,
    RecordsProof,
)
from webapp.notifications import tasks as notification_tasks
from webapp.proofs.records import tasks as target_tasks
from webapp.removal import tasks as removal_tasks
from webapp.zones import tasks as zone_tasks

#: A Monday. Everything below is so many days after its midnight, so that “day 1” is the 2nd of November.
START = datetime(2026, 11, 2, tzinfo=UTC)
HOST = "chat.acme.com"
BEAT = timedelta(seconds=15)
ROOMS = (tasks, zone_tasks, target_tasks, certificate_tasks, removal_tasks, notification_tasks)
YOU, WE = "owner@acme.test", "Nameplate"


class ServedRoute53(MemoryRoute53):
    """Its name servers answer in DNS as soon as a zone is made."""

    def __init__(self, dns: MemoryDns) -> None:
        super().__init__()
        self.dns = dns

    def create_zone(self, name: str, caller_reference: str, claim_id: str) -> Zone:
        zone = super().create_zone(name, caller_reference, claim_id)
        self.dns.zone(name, *zone.name_servers, delegate=False)
        return zone


class World:
    """The customer, the customer's DNS provider, and everything of ours that runs by the clock."""

    def __init__(
        self, app: Flask, clock: time_machine.Traveller, queued: list[tuple[str, tuple[object, ...]]]
    ) -> None:
        self.app, self.clock, self.queued = app, clock, queued
        self.dns: MemoryDns = app.extensions["dns"]
        self.route53: MemoryRoute53 = app.extensions["route53"]
        self.acm: MemoryAcm = app.extensions["acm"]
        self.provider = self.dns.zone("acme.com", "ns1.dns.example", "ns2.dns.example")
        self.customer = make_user(
            account=make_account("Acme", number="1234-5678-9012"), email="owner@acme.test"
        )
        self.llm_client_id = make_llm_client(self.customer.memberships[0].account).id
        db.session.commit()

    def until(self, day: int, clock_time: str) -> None:
        """Let time pass, and let everything happen that is due."""
        hours, minutes = map(int, clock_time.split(":"))
        end = START + timedelta(days=day - 1, hours=hours, minutes=minutes)
        while datetime.now(UTC) < end:
            self._work()
            self.clock.move_to(min(self._next_beat(), end))
        self._work()

    def _work(self) -> None:
        for task in (
            tasks.sweep,
            zone_tasks.sweep_zones,
            certificate_tasks.sweep_certificates,
            zone_tasks.sweep_records,
            target_tasks.sweep_targets,
            removal_tasks.sweep_removals,
            target_tasks.sweep_looks,
            notification_tasks.send_mail,
        ):
            task.run()
            while self.queued:
                name, arguments = self.queued.pop(0)
                next(getattr(room, name) for room in ROOMS if hasattr(room, name)).run(*arguments)
        for arn, kept in self.acm.kept.items():
            if kept.facts.status is Status.PENDING_VALIDATION:
                self.acm.issue(arn)

    def _next_beat(self) -> datetime:
        """The first beat at which something is due."""
        now = datetime.now(UTC)
        waiting = Email.state == EmailState.WAITING
        moments = [
            select(func.min(LLMClientCustomDomain.next_check_at)),
            select(func.min(LLMClientCustomDomain.next_reminder_at)),
            select(func.min(LLMClientCustomDomain.records_due_at)),
            select(func.min(HostedZone.next_attempt_at)),
            select(func.min(RecordsProof.next_attempt_at)),
            select(func.min(RecordsProof.next_look_at)),
            select(func.min(Certificate.next_attempt_at)),
            select(func.min(Email.next_attempt_at)).where(waiting),
            # News that is open and no longer held back is in a letter already.
            select(func.min(Notification.send_after)).where(
                Notification.send_after > now, Notification.cancelled_at.is_(None)
            ),
        ]
        due = [moment for moment in map(db.session.scalar, moments) if moment]
        db.session.commit()
        first = max(min(due, default=now + timedelta(days=1)), now + BEAT)
        return START + -(-(first - START) // BEAT) * BEAT

    def page(self) -> FlaskClient:
        self.app.config["WTF_CSRF_ENABLED"] = False
        return sign_in(self.app.test_client(), self.customer)

    def press(self, what: str, **form: str) -> None:
        """A button of the customer's, and what the worker makes of it at once."""
        response = self.page().post(f"/domains/{what}", data=form)
        assert response.status_code == 303, response.text
        self._work()

    def name_servers(self) -> list[str]:
        return list(db.session.scalars(select(HostedZone)).one().name_servers)

    def silence(self, fault: Fault | None) -> None:
        """All of the provider's name servers at once."""
        for name in ("ns1.dns.example", "ns2.dns.example"):
            self.dns.server(name).fault = fault

    def verdicts(self) -> set[str | None]:
        return set(db.session.scalars(select(Check.verdict)))

    def type_in(self, rdtype: str, *values: str, name: str = HOST) -> None:
        """What the provider has from now on."""
        self.provider.put(name, rdtype, *values, ttl=3600)

    def proof(self) -> RecordsProof:
        return db.session.scalars(select(RecordsProof)).one()


def when(moment: datetime) -> str:
    passed = moment - START
    return f"day {passed.days + 1:>2} {moment:%H:%M}"


def history() -> list[tuple[str, str, str]]:
    events = db.session.scalars(select(Event).order_by(Event.id))
    return [(when(event.created_at), event.actor_name, event_sentence(event)) for event in events]


def mails(mailbox: Mailbox) -> list[tuple[str, str]]:
    assert {str(message["to"]) for message in mailbox.messages} == {YOU}
    return [
        (when(message["date"].datetime.replace(tzinfo=UTC)), str(message["subject"]))
        for message in mailbox.messages
    ]
