"""A domain on its way out: every step, every fault, and whatever is killed in between."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from tests.factories import make_account, make_domain, make_taken, make_zone, said
from tests.removal.world import DAY, HOST, HOUR, NOW, World
from tests.twins.dns import Fault, MemoryDns
from tests.twins.route53 import MemoryRoute53
from webapp.audit.log import COMMAND
from webapp.aws.shared.errors import AccessTrouble, AwsError, NotOurs, RetryLater
from webapp.certificates import queries as certificate_queries
from webapp.checks import record as check_record
from webapp.checks import request as check_request
from webapp.config.settings import Settings
from webapp.dns.delegation import Verdict
from webapp.dns.methods import verify
from webapp.domains import lifecycle, queries, registration
from webapp.extensions import db
from webapp.models import (
    Account,
    Certificate,
    CertificateState,
    Check,
    CheckOrigin,
    DomainState,
    EventKind,
    HostedZone,
    LLMClientCustomDomain,
    LLMClientCustomDomainDNS,
    ZoneState,
)
from webapp.proofs.base.method import Wake
from webapp.proofs.delegation.expectation import expectation_of
from webapp.removal import deletion_queue, deletion_record, tasks, zone_deletion
from webapp.removal.deletion_policy import CONFIRMATION, LONGEST_TTL, Outlook
from webapp.zones import findings, provision, provision_record


@pytest.fixture
def world(app: Flask) -> World:
    return World(app.extensions["dns"], app.extensions["route53"])


@pytest.fixture
def zone(world: World, account: Account) -> HostedZone:
    """Verified, delegated, with records; and just removed."""
    zone = world.made(account)
    world.delegate(*zone.name_servers)
    lifecycle.remove(zone.custom_domain, actor=COMMAND, now=NOW)
    db.session.commit()
    return zone


def kinds(zone: HostedZone) -> list[EventKind]:
    return [event.kind for event in reversed(queries.history(zone.custom_domain))]


def kept(world: World, zone: HostedZone) -> Any:
    return world.route53.kept[zone.aws_hosted_zone_id or ""]


def test_the_zone_is_emptied_at_once_and_stays_while_it_is_delegated(world: World, zone: HostedZone) -> None:
    for _ in range(10):
        world.wait_for(zone)
        world.step(zone)
        assert zone.next_attempt_at == world.now + DAY
        assert [record.type for record in world.route53.record_sets(zone.aws_hosted_zone_id or "")] == ["NS"]
    assert world.now == NOW + 9 * DAY
    assert (zone.state, zone.custom_domain.state) == (ZoneState.LEAVING, DomainState.REMOVING)


def test_two_clean_looks_a_ttl_apart_and_it_is_gone(world: World, zone: HostedZone) -> None:
    world.step(zone)
    world.delegate()
    world.wait_for(zone)
    world.step(zone)
    assert zone.undelegated_since == NOW + DAY
    assert zone.next_attempt_at == NOW + DAY + HOUR
    assert (zone.state, world.deleted) == (ZoneState.LEAVING, [])
    world.wait_for(zone)
    world.step(zone)
    assert (zone.state, world.deleted) == (ZoneState.LEAVING, []), "the clock may have leapt"
    world.wait_for(zone)
    world.step(zone)
    assert world.deleted == [(zone.aws_hosted_zone_id, NOW + DAY + HOUR + CONFIRMATION)]
    assert (zone.state, zone.custom_domain.state) == (ZoneState.RETIRED, DomainState.REMOVED)
    assert kinds(zone) == [
        EventKind.STATE_CHANGED,
        EventKind.ZONE_UNDELEGATED,
        EventKind.ZONE_DELETED,
        EventKind.STATE_CHANGED,
    ]
    assert db.session.query(LLMClientCustomDomainDNS).count() == 0


POINTS = ["claim before its commit", "claim", "advance", "record before its commit"]


@pytest.mark.parametrize(("killed_at", "point"), list(product(range(6), POINTS)))
def test_a_worker_may_die_anywhere(world: World, account: Account, killed_at: int, point: str) -> None:
    """The sixth step deletes. Whatever is killed, the end is the same, and nothing is deleted early or twice."""
    zone = world.made(account)
    world.delegate(*zone.name_servers)
    lifecycle.remove(zone.custom_domain, actor=COMMAND, now=NOW)
    if point == "claim before its commit":
        db.session.rollback()
        lifecycle.remove(zone.custom_domain, actor=COMMAND, now=NOW)
    db.session.commit()
    undelegated = NOW + 2 * DAY + HOUR
    steps = 0
    while zone.state is ZoneState.LEAVING:
        world.wait_for(zone)
        if world.now >= undelegated:
            world.delegate()
        world.step(zone, point if steps == killed_at else "")
        steps += 1
        db.session.refresh(zone)
        assert steps < 12
    assert steps == 7
    ((deleted, when),) = world.deleted
    assert deleted == zone.aws_hosted_zone_id
    assert when >= undelegated + HOUR
    assert zone.custom_domain.state is DomainState.REMOVED
    assert kinds(zone) == [
        EventKind.STATE_CHANGED,
        EventKind.ZONE_UNDELEGATED,
        EventKind.ZONE_DELETED,
        EventKind.STATE_CHANGED,
    ]


def test_a_worker_may_die_between_the_mark_and_the_deletion(
    world: World, zone: HostedZone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mark stays, so that nobody takes the removal back, and the next worker looks again before it deletes."""

    def die(*_given: object) -> None:
        raise KeyboardInterrupt

    world.delegate()
    with monkeypatch.context() as killed:
        killed.setattr(zone_deletion, "delete", die)
        for _ in range(2):
            world.wait_for(zone)
            world.step(zone)
        world.wait_for(zone)
        with pytest.raises(KeyboardInterrupt):
            world.step(zone)
    db.session.rollback()
    assert deletion_queue.watch_of(zone).deleting_since == world.now
    assert (zone.state, world.deleted) == (ZoneState.LEAVING, [])
    world.delegate(*zone.name_servers)
    world.wait_for(zone)
    world.step(zone)
    assert (zone.state, world.deleted) == (ZoneState.LEAVING, []), "it is delegated again"
    world.delegate()
    world.see_off(zone)
    assert zone.custom_domain.state is DomainState.REMOVED


@pytest.mark.parametrize("method", ["empty_zone", "delete_zone"])
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    "error", [RetryLater("Rate exceeded", code="Throttling"), AccessTrouble("denied"), AwsError("new")]
)
def test_trouble_at_aws_delays_and_nothing_more(
    world: World, zone: HostedZone, method: str, after: bool, error: AwsError
) -> None:
    world.route53.fail(method, error, after=after)
    world.delegate()
    world.see_off(zone)
    assert zone.state is ZoneState.RETIRED
    assert zone.custom_domain.state is DomainState.REMOVED
    assert world.route53.kept == {}
    assert kinds(zone).count(EventKind.ZONE_DELETED) == 1


def test_people_see_the_parent_though_aws_does_not_answer(world: World, zone: HostedZone) -> None:
    world.route53.fail("empty_zone", RetryLater("no connection"))
    world.step(zone)
    watch = deletion_queue.watch_of(zone)
    assert watch.look is not None
    assert watch.look.outlook is Outlook.LISTED
    assert zone.problem == said("no connection")
    assert zone.next_attempt_at == NOW + timedelta(seconds=5)


def test_a_silent_parent_keeps_the_zone_for_ever(world: World, zone: HostedZone) -> None:
    for server in ("ns1.acme.com", "ns2.acme.com"):
        world.dns.server(server).fault = Fault.REFUSED
    for _ in range(100):
        world.wait_for(zone)
        world.step(zone)
    assert (zone.state, world.deleted) == (ZoneState.LEAVING, [])
    assert zone.undelegated_since is None
    assert world.now < NOW + 5 * DAY


def test_a_zone_that_somebody_deleted_behind_us_is_over(world: World, zone: HostedZone) -> None:
    world.route53.kept.clear()
    world.step(zone)
    assert (zone.state, zone.custom_domain.state) == (ZoneState.RETIRED, DomainState.REMOVED)


def test_a_zone_without_our_mark_is_left_alone_and_shown_to_staff(world: World, zone: HostedZone) -> None:
    kept(world, zone).claim_id = "somebody else's"
    world.delegate()
    for _ in range(5):
        world.wait_for(zone)
        world.step(zone)
    assert (zone.state, world.deleted) == (ZoneState.LEAVING, [])
    (finding,) = findings.waiting()
    assert (finding.kind, finding.aws_hosted_zone_id) == ("unmarked", zone.aws_hosted_zone_id)


def test_a_late_worker_whose_lease_is_over_records_nothing(world: World, zone: HostedZone) -> None:
    slow = zone_deletion.claim(zone.id, NOW)
    db.session.commit()
    assert slow is not None
    assert zone_deletion.claim(zone.id, NOW + timedelta(minutes=1)) is None
    world.now = NOW + deletion_queue.JOB.lease
    world.step(zone)
    before = zone.watch
    world.delegate()
    late = tasks.look_and_delete(slow, world.dns, world.route53, NOW)
    assert not deletion_record.record(slow, late, NOW)
    assert zone.watch == before


def test_a_press_looks_at_once_and_does_not_shorten_the_ttl(
    world: World, zone: HostedZone, app: Flask
) -> None:
    configured: Settings = app.extensions["settings"]
    world.step(zone)
    world.delegate()
    for _ in range(5):
        world.now += timedelta(minutes=1)
        request = check_request.request_check(
            zone.custom_domain,
            origin=CheckOrigin.CUSTOMER,
            actor=COMMAND,
            settings=configured,
            now=world.now,
        )
        assert request == check_request.ParentCheckRequested((Wake(tasks.see_zone_off, zone.id),))
        world.step(zone)
    assert (zone.state, world.deleted) == (ZoneState.LEAVING, [])
    assert zone.undelegated_since == NOW + timedelta(minutes=1)


def test_delegated_again_starts_the_clock_anew(world: World, zone: HostedZone) -> None:
    world.delegate()
    world.step(zone)
    since = zone.undelegated_since
    assert since is not None
    world.delegate(zone.name_servers[0])
    world.wait_for(zone)
    world.step(zone)
    db.session.refresh(zone)
    assert zone.undelegated_since != since
    world.wait_for(zone)
    world.delegate()
    world.step(zone)
    assert zone.state is ZoneState.LEAVING


def listed_with(world: World, account: Account, ttl: int) -> HostedZone:
    """A zone whose name servers a check has seen at the parent."""
    zone = world.made(account)
    world.delegate(*zone.name_servers, ttl=ttl)
    work = make_taken(zone.custom_domain, NOW)
    check_record.finish_check(work, asyncio.run(verify(work.expectation, world.dns, NOW)), NOW)
    return zone


@pytest.mark.parametrize("lost", [{"report_id": None}, {"report_id": 12345}])
def test_longest_ttl_counts_where_the_check_that_saw_it_cannot_be_read(
    world: World, account: Account, lost: dict[str, int | None]
) -> None:
    """Resolvers know the delegation, and nobody can tell for how long."""
    zone = listed_with(world, account, 172800)
    db.session.execute(update(Check).values(lost))
    lifecycle.remove(zone.custom_domain, actor=COMMAND, now=NOW)
    db.session.commit()
    world.delegate()
    world.see_off(zone)
    assert world.deleted == [(zone.aws_hosted_zone_id, NOW + LONGEST_TTL + CONFIRMATION)]


def test_the_ttl_of_the_last_check_counts(world: World, account: Account) -> None:
    """The customer took the records out before they pressed Remove."""
    zone = listed_with(world, account, 7200)
    lifecycle.remove(zone.custom_domain, actor=COMMAND, now=NOW)
    db.session.commit()
    world.delegate()
    world.see_off(zone)
    assert world.deleted == [(zone.aws_hosted_zone_id, NOW + timedelta(seconds=7200) + CONFIRMATION)]


# A zone in the making ------------------------------------------------------------------------------------


@pytest.fixture
def wanted(world: World, account: Account) -> HostedZone:
    zone = make_zone(make_domain(account, HOST), ZoneState.WANTED, next_attempt_at=NOW)
    db.session.commit()
    return zone


def making(world: World, zone: HostedZone) -> Iterator[provision.Step]:
    """One step of making the zone, with a pause between AWS's answer and its record."""
    taken = provision.claim(zone.id, world.now)
    db.session.commit()
    assert taken is not None
    outcome = asyncio.run(provision.advance(taken, world.dns, world.route53))
    yield taken
    assert not provision_record.record(taken, outcome, world.now) or zone.state is not ZoneState.LEAVING
    db.session.commit()


def test_removed_before_aws_was_asked(world: World, wanted: HostedZone) -> None:
    lifecycle.remove(wanted.custom_domain, actor=COMMAND, now=NOW)
    db.session.commit()
    world.see_off(wanted)
    assert (wanted.state, wanted.custom_domain.state) == (ZoneState.RETIRED, DomainState.REMOVED)
    assert EventKind.ZONE_DELETED not in kinds(wanted)


def test_removed_while_aws_makes_the_zone(world: World, wanted: HostedZone) -> None:
    list(making(world, wanted))
    under_way = making(world, wanted)
    next(under_way)
    lifecycle.remove(wanted.custom_domain, actor=COMMAND, now=NOW)
    db.session.commit()
    assert zone_deletion.claim(wanted.id, NOW) is None, (
        "the worker that makes it may still be waiting for AWS"
    )
    next(under_way, None)
    assert (wanted.state, wanted.aws_hosted_zone_id) == (ZoneState.LEAVING, next(iter(world.route53.kept)))
    world.see_off(wanted)
    assert (wanted.state, world.route53.kept) == (ZoneState.RETIRED, {})
    assert wanted.custom_domain.state is DomainState.REMOVED


def test_removed_while_the_worker_that_makes_the_zone_is_dead(world: World, wanted: HostedZone) -> None:
    list(making(world, wanted))
    next(making(world, wanted))
    lifecycle.remove(wanted.custom_domain, actor=COMMAND, now=NOW)
    db.session.commit()
    world.see_off(wanted)
    assert (wanted.state, world.route53.kept) == (ZoneState.RETIRED, {})
    assert len(wanted.name_servers) == 4, "its set must be known for ever"


def test_never_shown_goes_after_one_clean_look(world: World, wanted: HostedZone) -> None:
    list(making(world, wanted))
    list(making(world, wanted))
    assert wanted.state is ZoneState.CREATED
    lifecycle.remove(wanted.custom_domain, actor=COMMAND, now=NOW)
    db.session.commit()
    world.step(wanted)
    assert (wanted.state, world.route53.kept) == (ZoneState.RETIRED, {})


def test_never_shown_but_guessed_stays(world: World, wanted: HostedZone) -> None:
    list(making(world, wanted))
    list(making(world, wanted))
    world.delegate(wanted.name_servers[1])
    lifecycle.remove(wanted.custom_domain, actor=COMMAND, now=NOW)
    db.session.commit()
    world.step(wanted)
    assert (wanted.state, world.deleted) == (ZoneState.LEAVING, [])


def test_a_domain_without_a_zone_is_removed_by_the_sweep(world: World, account: Account) -> None:
    domain = make_domain(account, HOST)
    lifecycle.remove(domain, actor=COMMAND, now=NOW)
    db.session.commit()
    assert domain.state.value == "removing"
    deletion_record.catch_up(NOW)
    assert domain.state.value == "removed"


def test_a_zone_that_was_left_behind_is_made_to_leave(world: World, account: Account) -> None:
    """As a release left it that stopped serving and did no more."""
    zone = world.made(account)
    zone.custom_domain.state = DomainState.REMOVING
    db.session.commit()
    deletion_record.catch_up(NOW)
    db.session.commit()
    world.see_off(zone)
    assert (zone.state, zone.custom_domain.state) == (ZoneState.RETIRED, DomainState.REMOVED)


# The name afterwards -------------------------------------------------------------------------------------


def registered(account: Account, app: Flask, world: World) -> HostedZone:
    result = registration.register(
        account, HOST, actor=COMMAND, settings=app.extensions["settings"], now=world.now
    )
    assert isinstance(result, registration.Registered), result
    db.session.commit()
    zone = queries.current_zone(result.domain)
    assert zone is not None
    while zone.state is ZoneState.WANTED:
        for _ in making(world, zone):
            pass
    world.dns.zone(HOST, *zone.name_servers, delegate=False)
    for _ in making(world, zone):
        pass
    assert zone.state is ZoneState.READY
    return zone


def verdict(world: World, domain: LLMClientCustomDomain) -> Verdict:
    return asyncio.run(verify(expectation_of(domain), world.dns, world.now)).verdict


@pytest.mark.parametrize("by_another", [False, True])
@pytest.mark.parametrize("old_is_gone", [False, True])
def test_registering_again_never_gets_the_old_zone(
    world: World, zone: HostedZone, account: Account, app: Flask, by_another: bool, old_is_gone: bool
) -> None:
    owner = make_account("Other", number="2222-3333-4444") if by_another else account
    old_set = list(zone.name_servers)
    world.step(zone)
    if old_is_gone:
        world.delegate()
        world.see_off(zone)
        assert zone.state is ZoneState.RETIRED
    new = registered(owner, app, world)
    assert new.custom_domain_id != zone.custom_domain_id
    assert not set(new.name_servers) & set(old_set)
    world.delegate(*old_set)
    assert verdict(world, new.custom_domain) is Verdict.OLD_NAME_SERVERS
    world.delegate(*new.name_servers)
    assert verdict(world, new.custom_domain) is Verdict.VERIFIED
    world.see_off(zone)
    assert zone.state is ZoneState.RETIRED
    assert (new.state, list(world.route53.kept)) == (ZoneState.READY, [new.aws_hosted_zone_id])


def test_history_is_never_deleted(world: World, zone: HostedZone, account: Account, app: Flask) -> None:
    """Three owners later the first set is still known."""
    first = list(zone.name_servers)
    for number in range(3):
        world.delegate()
        world.see_off(zone)
        world.now += DAY
        zone = registered(make_account(f"Owner {number}", number=f"2222-3333-000{number}"), app, world)
        lifecycle.remove(zone.custom_domain, actor=COMMAND, now=world.now)
        db.session.commit()
    world.delegate()
    world.see_off(zone)
    world.now += DAY
    last = registered(account, app, world)
    world.delegate(*first)
    assert verdict(world, last.custom_domain) is Verdict.OLD_NAME_SERVERS


# Expired, discarded --------------------------------------------------------------------------------------


def test_an_expired_domain_keeps_its_zone_for_half_a_year(world: World, account: Account) -> None:
    zone = world.made(account, DomainState.EXPIRED)
    zone.custom_domain.state_changed_at = NOW - timedelta(days=180)
    db.session.commit()
    deletion_record.remove_long_expired(NOW, days=180)
    assert zone.custom_domain.state is DomainState.EXPIRED
    zone.custom_domain.held_at = NOW
    for minutes in (1, 20):
        deletion_record.remove_long_expired(NOW + timedelta(minutes=minutes), days=180)
    assert zone.custom_domain.state is DomainState.EXPIRED
    zone.custom_domain.held_at = None
    deletion_record.remove_long_expired(NOW + timedelta(minutes=30), days=180)
    assert zone.custom_domain.state is DomainState.EXPIRED
    deletion_record.remove_long_expired(NOW + timedelta(minutes=40), days=180)
    assert (zone.custom_domain.state, zone.state) == (DomainState.REMOVING, ZoneState.LEAVING)
    assert queries.history(zone.custom_domain)[0].reason == "It had been expired for 180 days."


def test_worker_that_claims_a_certificate_while_an_expired_domain_is_removed_keeps_it(
    world: World, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep reads its clock once, and removes many domains by it."""
    domain = world.made(account, DomainState.EXPIRED).custom_domain
    domain.state_changed_at, domain.overdue_since = NOW - timedelta(days=181), NOW - HOUR
    now = NOW + timedelta(minutes=1)
    lease = now + certificate_queries.JOB.lease
    certificate = Certificate(
        custom_domain=domain,
        domain_name=HOST,
        generation=1,
        state=CertificateState.VALIDATING,
        idempotency_token="g1_1",
        next_attempt_at=lease,
    )
    db.session.add(certificate)
    db.session.commit()
    monkeypatch.setattr("webapp.jobs.clock.now", lambda: now)
    deletion_record.remove_long_expired(NOW, days=180)
    assert (certificate.state, certificate.next_attempt_at) == (CertificateState.DELETING, lease)


def test_staff_can_give_a_zone_up_and_it_is_written_down(app: Flask, account: Account) -> None:
    route53: MemoryRoute53 = app.extensions["route53"]
    dns: MemoryDns = app.extensions["dns"]
    world = World(dns, route53)
    zone = world.made(account)
    del route53.delete_zone  # the spy would rightly complain
    world.delegate(*zone.name_servers)
    refused = deletion_queue.discard(zone, actor=COMMAND, reason="gone", now=NOW)
    assert refused is not None
    assert "Remove its domain first" in refused
    lifecycle.remove(zone.custom_domain, actor=COMMAND, now=NOW)
    db.session.commit()
    world.step(zone)
    assert deletion_queue.discard(zone, actor=COMMAND, reason="The parent's owner is dead", now=NOW) is None
    db.session.commit()
    event = queries.history(zone.custom_domain)[0]
    assert (event.kind, event.reason) == (EventKind.ZONE_DISCARDED, "The parent's owner is dead")
    assert event.evidence is not None
    assert event.evidence["still listed"] == sorted(zone.name_servers)
    for _ in making(world, zone):
        pass
    deletion_record.catch_up(NOW)
    assert (zone.state, route53.kept) == (ZoneState.RETIRED, {})
    assert zone.custom_domain.state is DomainState.REMOVED


def test_not_ours_stops_a_making_too(world: World, wanted: HostedZone) -> None:
    list(making(world, wanted))
    world.route53.fail("create_zone", NotOurs("Zone Z1 has our reference but belongs to another."))
    list(making(world, wanted))
    assert wanted.state is ZoneState.PARKED
    assert [finding.kind for finding in findings.waiting()] == ["unmarked"]
