"""A zone in the making: every step, every trouble, and whatever is killed in between."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from flask import Flask

from tests.factories import make_domain, make_zone
from tests.twins.dns import Fault, MemoryDns
from tests.twins.route53 import MemoryRoute53
from webapp.audit.log import COMMAND
from webapp.aws.shared.errors import AccessTrouble, AwsError, CapacityReached, InputRefused, RetryLater
from webapp.checks import request
from webapp.dns.delegation import Baseline
from webapp.domains import limits, queries
from webapp.extensions import db, settings
from webapp.jobs.leases import message_of
from webapp.models import (
    Account,
    CheckOrigin,
    DomainState,
    EventKind,
    HostedZone,
    LLMClientCustomDomain,
    Message,
    ZoneState,
    utcnow,
)
from webapp.zones import findings, provision, provision_record
from webapp.zones import queries as zone_queries
from webapp.zones.findings import FindingKind

HOST = "chat.acme.com"
ALL_LISTED = Message("zone.all-listed", {"name": HOST})
NOW = utcnow()


@pytest.fixture
def dns(app: Flask) -> MemoryDns:
    twin: MemoryDns = app.extensions["dns"]
    twin.zone("acme.com", "ns1.acme.com", "ns2.acme.com")
    return twin


@pytest.fixture
def route53(app: Flask) -> MemoryRoute53:
    twin: MemoryRoute53 = app.extensions["route53"]
    return twin


@pytest.fixture
def domain(account: Account) -> LLMClientCustomDomain:
    return make_domain(account, HOST)


@pytest.fixture
def zone(domain: LLMClientCustomDomain) -> HostedZone:
    zone = make_zone(domain, ZoneState.WANTED)
    db.session.commit()
    return zone


def now_in(zone: HostedZone) -> ZoneState:
    """Read anew; mypy would hold on to what an earlier assertion said."""
    return zone.state


def serve(dns: MemoryDns, zone: HostedZone) -> None:
    """What Route 53 does once a zone is in sync: all four answer for it."""
    dns.zone(zone.domain_name, *zone.name_servers, delegate=False)


def step(zone: HostedZone, dns: MemoryDns, route53: MemoryRoute53, now: datetime = NOW) -> bool:
    """One claim, one act, one record, as the task does them; whether the next step can be taken at once."""
    taken = provision.claim(zone.id, now)
    assert taken is not None
    again = provision_record.record(taken, asyncio.run(provision.advance(taken, dns, route53)), now)
    db.session.commit()
    return again


def test_baseline_then_zone_then_ready(
    domain: LLMClientCustomDomain, zone: HostedZone, dns: MemoryDns, route53: MemoryRoute53
) -> None:
    assert step(zone, dns, route53)
    assert zone.baseline is not None
    assert (now_in(zone), route53.kept) == (ZoneState.WANTED, {})
    assert step(zone, dns, route53)
    assert now_in(zone) is ZoneState.CREATED
    assert len(zone.name_servers) == 4
    assert domain.aws_hosted_zone_id == zone.aws_hosted_zone_id
    serve(dns, zone)
    assert not step(zone, dns, route53)
    assert now_in(zone) is ZoneState.READY
    assert domain.next_check_at is not None
    assert queries.history(domain)[0].kind is EventKind.ZONE_READY
    assert provision.claim(zone.id, NOW + timedelta(days=1)) is None


def test_zone_that_becomes_ready_on_hold_has_nothing_checked(
    domain: LLMClientCustomDomain, zone: HostedZone, dns: MemoryDns, route53: MemoryRoute53
) -> None:
    until_created(zone, dns, route53)
    domain.held_at = NOW
    serve(dns, zone)
    step(zone, dns, route53)
    assert now_in(zone) is ZoneState.READY
    assert domain.next_check_at is None


def until_created(zone: HostedZone, dns: MemoryDns, route53: MemoryRoute53) -> None:
    step(zone, dns, route53)
    step(zone, dns, route53)
    assert now_in(zone) is ZoneState.CREATED


def test_parent_that_stays_silent_is_asked_ever_less_often(
    zone: HostedZone, dns: MemoryDns, route53: MemoryRoute53
) -> None:
    dns.server("ns1.acme.com").fault = dns.server("ns2.acme.com").fault = Fault.REFUSED
    now, asked = NOW, 0
    while now < NOW + timedelta(days=1):
        step(zone, dns, route53, now)
        assert zone.next_attempt_at is not None
        now, asked = zone.next_attempt_at, asked + 1
    assert asked < 40
    assert zone_queries.zones_due(now - timedelta(seconds=1), 10) == []
    fresh = make_zone(make_domain(zone.custom_domain.account, "new.acme.com"), ZoneState.WANTED)
    found = zone_queries.zones_due(now, 10)
    assert found == [fresh.id, zone.id], "who comes anew does not wait behind silence"


def test_nothing_is_made_for_a_name_that_nobody_waits_for(
    domain: LLMClientCustomDomain, zone: HostedZone
) -> None:
    domain.state = DomainState.EXPIRED
    assert zone_queries.zones_due(NOW, 10) == []
    zone.next_attempt_at = NOW + timedelta(hours=2)
    pressed = request.request_check(
        domain, origin=CheckOrigin.CUSTOMER, actor=COMMAND, settings=settings(), now=NOW
    )
    assert isinstance(pressed, limits.NotReady)
    assert domain.state is DomainState.PENDING
    assert zone_queries.zones_due(NOW, 10) == [zone.id]


def test_parent_that_lists_every_name_server_does_not_have_us_draw_for_ever(
    domain: LLMClientCustomDomain, zone: HostedZone, dns: MemoryDns, route53: MemoryRoute53
) -> None:
    probe = MemoryRoute53()
    every = {
        server
        for number in range(60)
        for server in probe.create_zone(f"x{number}.org", f"r{number}", f"{number}.1").name_servers
    }
    dns.zone("acme.com", "ns1.acme.com", "ns2.acme.com").put(HOST, "NS", *sorted(every))
    now = NOW
    for _ in range(200):
        for due in zone_queries.zones_due(now, 10):
            taken = provision.claim(due, now)
            if taken is not None:
                provision_record.record(taken, asyncio.run(provision.advance(taken, dns, route53)), now)
            db.session.commit()
        now += timedelta(minutes=5)
    drawn = db.session.query(HostedZone).filter(HostedZone.aws_hosted_zone_id.is_not(None))
    assert drawn.count() == provision.MOST_DISCARDS
    current = queries.current_zone(domain)
    assert current is not None
    assert (current.state, current.problem) == (ZoneState.PARKED, ALL_LISTED)
    assert [finding.kind for finding in findings.waiting()] == [FindingKind.ALL_LISTED]
    assert [event.message for event in queries.history(domain)].count(ALL_LISTED) == 1
    assert provision.claim(current.id, NOW + timedelta(days=1, hours=1)) is not None, (
        "the next day it is tried again"
    )


def test_no_zone_without_a_baseline(zone: HostedZone, dns: MemoryDns, route53: MemoryRoute53) -> None:
    for server in dns.servers.values():
        server.fault = Fault.REFUSED
    assert not step(zone, dns, route53)
    assert zone.baseline is None
    assert route53.kept == {}
    assert zone.problem == Message("zone.parent-silent", {"name": HOST})
    assert zone.next_attempt_at is not None
    assert zone.next_attempt_at > NOW


def test_not_ready_before_the_change_is_in_sync(
    zone: HostedZone, dns: MemoryDns, route53: MemoryRoute53
) -> None:
    until_created(zone, dns, route53)
    serve(dns, zone)
    route53.in_sync = False
    assert not step(zone, dns, route53)
    assert now_in(zone) is ZoneState.CREATED
    route53.in_sync = True
    step(zone, dns, route53, NOW + timedelta(minutes=1))
    assert now_in(zone) is ZoneState.READY


def test_not_ready_before_all_four_answer(zone: HostedZone, dns: MemoryDns, route53: MemoryRoute53) -> None:
    until_created(zone, dns, route53)
    serve(dns, zone)
    dns.server(zone.name_servers[2]).fault = Fault.REFUSED
    assert not step(zone, dns, route53)
    assert now_in(zone) is ZoneState.CREATED


def test_waiting_for_sync_grows_and_is_polled_not_resubmitted(
    zone: HostedZone, dns: MemoryDns, route53: MemoryRoute53
) -> None:
    until_created(zone, dns, route53)
    route53.in_sync = False
    now, pauses = NOW, []
    for _ in range(40):
        step(zone, dns, route53, now)
        assert zone.next_attempt_at is not None
        pauses.append((zone.next_attempt_at - now).total_seconds())
        now = zone.next_attempt_at
    assert pauses[0] == 2
    assert pauses == sorted(pauses)
    assert pauses[-1] == 60
    assert len(route53.kept) == 1


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (RetryLater("Rate exceeded", code="Throttling"), ZoneState.WANTED),
        (CapacityReached("500 of 500 zones", code="TooManyHostedZones"), ZoneState.PARKED),
        (AccessTrouble("not authorised", code="AccessDenied"), ZoneState.PARKED),
        (InputRefused("no such name", code="InvalidDomainName"), ZoneState.REFUSED),
        (AwsError("something new"), ZoneState.WANTED),
    ],
)
def test_trouble_waits_where_it_belongs_and_is_told_once(
    domain: LLMClientCustomDomain,
    zone: HostedZone,
    dns: MemoryDns,
    route53: MemoryRoute53,
    error: AwsError,
    state: ZoneState,
) -> None:
    step(zone, dns, route53)
    route53.fail("create_zone", error)
    route53.fail("create_zone", error)
    step(zone, dns, route53)
    assert now_in(zone) is state
    assert zone.problem == message_of(error)
    if state is ZoneState.REFUSED:
        assert zone.next_attempt_at is None
        return
    step(zone, dns, route53, NOW + timedelta(minutes=10))
    told = [event for event in queries.history(domain) if event.kind is EventKind.ZONE_TROUBLE]
    assert len(told) == 1
    step(zone, dns, route53, NOW + timedelta(minutes=20))
    assert now_in(zone) is ZoneState.CREATED
    assert zone.problem is None


def test_lost_answer_adopts_the_zone_that_was_made(
    zone: HostedZone, dns: MemoryDns, route53: MemoryRoute53
) -> None:
    step(zone, dns, route53)
    route53.fail("create_zone", RetryLater("timed out"), after=True)
    step(zone, dns, route53)
    assert len(route53.kept) == 1
    step(zone, dns, route53, NOW + timedelta(minutes=10))
    assert list(route53.kept) == [zone.aws_hosted_zone_id]


def test_killed_between_aws_and_commit_makes_no_second_zone(
    zone: HostedZone, dns: MemoryDns, route53: MemoryRoute53
) -> None:
    step(zone, dns, route53)
    taken = provision.claim(zone.id, NOW)
    db.session.commit()
    assert taken is not None
    asyncio.run(provision.advance(taken, dns, route53))
    assert provision.claim(zone.id, NOW + timedelta(minutes=1)) is None
    step(zone, dns, route53, NOW + provision.JOB.lease)
    assert list(route53.kept) == [zone.aws_hosted_zone_id]


def test_late_worker_whose_lease_is_over_records_nothing(
    zone: HostedZone, dns: MemoryDns, route53: MemoryRoute53
) -> None:
    slow = provision.claim(zone.id, NOW)
    assert slow is not None
    step(zone, dns, route53, NOW + provision.JOB.lease)
    before = zone.baseline
    assert not provision_record.record(
        slow, Baseline(HOST, reachable=True, parent_zone="elsewhere.com"), NOW + provision.JOB.lease
    )
    assert zone.baseline == before


def test_fresh_set_that_the_parent_listed_before_is_given_back(
    domain: LLMClientCustomDomain, zone: HostedZone, dns: MemoryDns, route53: MemoryRoute53
) -> None:
    """Somebody delegated to names that Route 53 might allot next, and then registered here until it did."""
    foreseen = MemoryRoute53().create_zone(HOST, "look ahead", "1").name_servers
    dns.zone("acme.com", "ns1.acme.com", "ns2.acme.com").put(HOST, "NS", foreseen[0])
    step(zone, dns, route53)
    step(zone, dns, route53)
    assert now_in(zone) is ZoneState.DISCARDED
    assert domain.aws_hosted_zone_id is None
    successor = queries.current_zone(domain)
    assert successor is not None
    assert (successor.generation, successor.state) == (2, ZoneState.WANTED)
    step(zone, dns, route53)
    assert now_in(zone) is ZoneState.RETIRED
    assert route53.kept == {}


def test_sweep_finds_what_is_unfinished_and_due(zone: HostedZone, domain: LLMClientCustomDomain) -> None:
    finished = make_zone(make_domain(domain.account, "other.acme.com"))
    finished.next_attempt_at = None
    assert zone_queries.zones_due(NOW, 10) == [zone.id]
    zone.next_attempt_at = NOW + timedelta(seconds=1)
    assert zone_queries.zones_due(NOW, 10) == []
