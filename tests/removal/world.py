"""A domain that is being removed, with the DNS and the AWS around it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from tests.factories import make_domain, make_zone
from tests.twins.dns import MemoryDns
from tests.twins.route53 import MemoryRoute53
from webapp.aws.route53.port import Action, Change
from webapp.dns.records import RecordSet
from webapp.extensions import db
from webapp.models import (
    Account,
    DomainState,
    HostedZone,
    LLMClientCustomDomainDNS,
    ZoneState,
    utcnow,
)
from webapp.removal import zone_deletion

HOST, PARENT = "chat.acme.com", "acme.com"
NOW = utcnow()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
A = RecordSet(HOST, "A", 60, ("192.0.2.1",))
CNAME = RecordSet(f"_x.{HOST}", "CNAME", 300, ("y.acm-validations.example",))


def may_delete(step: zone_deletion.Step, now: datetime) -> Callable[[], bool]:
    """As the task asks for it, committed."""

    def begin() -> bool:
        begun = zone_deletion.begin_deletion(step, now)
        db.session.commit()
        return begun

    return begin


class World:
    """The customer's provider, AWS and the worker, with a clock of their own."""

    def __init__(self, dns: MemoryDns, route53: MemoryRoute53) -> None:
        self.dns, self.route53 = dns, route53
        self.parent = dns.zone(PARENT, "ns1.acme.com", "ns2.acme.com")
        self.deleted: list[tuple[str, datetime]] = []
        self.now = NOW
        delete = route53.delete_zone

        def spy(zone_id: str, name: str, claim_id: str) -> None:
            listed = self.listed_at_parent()
            assert zone_id not in route53.kept or not listed & set(route53.kept[zone_id].zone.name_servers)
            if zone_id in route53.kept:
                self.deleted.append((zone_id, self.now))
            delete(zone_id, name, claim_id)

        route53.delete_zone = spy  # type: ignore[method-assign]

    def listed_at_parent(self) -> set[str]:
        found = self.parent.answer(HOST, "NS").authority
        return {name for record in found if record.type == "NS" for name in record.values}

    def delegate(self, *names: str, ttl: int = 3600) -> None:
        self.parent.put(HOST, "NS", *names, ttl=ttl)

    def made(self, account: Account, state: DomainState = DomainState.VERIFIED) -> HostedZone:
        """A zone that is ready at AWS and in the database, with records in it."""
        domain = make_domain(account, HOST, state)
        zone = make_zone(domain, aws_hosted_zone_id=None, ready_at=NOW - DAY)
        made = self.route53.create_zone(HOST, zone.caller_reference, zone.claim_id)
        zone.aws_hosted_zone_id, zone.name_servers = made.id, list(made.name_servers)
        self.route53.change_records(made.id, [Change(Action.CREATE, A), Change(Action.CREATE, CNAME)])
        values = {"record_name": HOST, "record_type": "A", "record_value": "192.0.2.1"}
        db.session.add(LLMClientCustomDomainDNS(custom_domain=domain, **values))
        db.session.commit()
        return zone

    def step(self, zone: HostedZone, killed: str = "") -> bool:
        """One claim, one act, one record, as the task does them; `killed`: after which of them the worker died."""
        taken = zone_deletion.claim(zone.id, self.now)
        if killed == "claim before its commit":
            db.session.rollback()
            return False
        db.session.commit()
        assert taken is not None
        if killed == "claim":
            return False
        outcome = asyncio.run(
            zone_deletion.advance(taken, self.dns, self.route53, self.now, may_delete(taken, self.now))
        )
        if killed == "advance":
            return False
        again = zone_deletion.record(taken, outcome, self.now)
        if killed == "record before its commit":
            db.session.rollback()
            return False
        db.session.commit()
        return again

    def wait_for(self, zone: HostedZone) -> None:
        """Let the time pass until the zone is due."""
        db.session.refresh(zone)
        if zone.next_attempt_at is not None:
            self.now = max(self.now, zone.next_attempt_at)

    def see_off(self, zone: HostedZone, most: int = 30) -> None:
        while zone.state is ZoneState.LEAVING and most:
            self.wait_for(zone)
            self.step(zone)
            most -= 1
