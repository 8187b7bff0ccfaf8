"""AWS and our rows: whatever does not fit is repaired where that is safe, and shown where it is not."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import product

import pytest
from flask import Flask

from tests.factories import make_domain, make_zone
from tests.twins.dns import MemoryDns
from tests.twins.route53 import MemoryRoute53
from webapp.audit.log import COMMAND
from webapp.aws.route53.port import Action, Change, Quota, Zone, ZonePage
from webapp.aws.shared.errors import (
    AccessTrouble,
    AwsError,
    CapacityReached,
    RetryLater,
    UnexpectedDelegationSet,
)
from webapp.dns.records import RecordSet
from webapp.domains import lifecycle, queries, suspension
from webapp.extensions import db
from webapp.health import status
from webapp.health.status import Component
from webapp.jobs.leases import message_of
from webapp.messages.catalogue import sentence
from webapp.models import (
    Account,
    DomainState,
    EventKind,
    Finding,
    HostedZone,
    LLMClientCustomDomainDNS,
    Message,
    Reconciliation,
    ReconciliationPhase,
    RecordPurpose,
    RecordState,
    ZoneState,
    utcnow,
)
from webapp.removal import deletion_record, zone_deletion
from webapp.removal import tasks as removal_tasks
from webapp.zones import findings, provision, provision_record
from webapp.zones.findings import FindingKind
from webapp.zones.reconcile import compare, tasks
from webapp.zones.reconcile import run as reconcile_run

NOW = utcnow()
HOUR = timedelta(hours=1)
TXT = RecordSet("_stranger.n1.acme.com", "TXT", 300, ('"hello"',))


@pytest.fixture
def route53(app: Flask) -> MemoryRoute53:
    twin: MemoryRoute53 = app.extensions["route53"]
    return twin


def kept(
    route53: MemoryRoute53,
    account: Account,
    name: str = "n1.acme.com",
    state: DomainState = DomainState.VERIFIED,
) -> HostedZone:
    """A zone that is at AWS and in the database."""
    zone = make_zone(make_domain(account, name, state), aws_hosted_zone_id=None, created_at=NOW - HOUR)
    made = route53.create_zone(name, zone.caller_reference, zone.claim_id)
    zone.aws_hosted_zone_id, zone.name_servers = made.id, list(made.name_servers)
    zone.custom_domain.aws_hosted_zone_id = made.id
    zone.custom_domain.next_check_at = NOW + 12 * HOUR
    db.session.commit()
    return zone


def neighbour(route53: MemoryRoute53, account: Account) -> HostedZone:
    return kept(route53, account, "neighbour.acme.com")


def run(route53: MemoryRoute53, now: datetime = NOW, most: int = 1000) -> Reconciliation:
    """A whole run, slice by slice."""
    run_id = reconcile_run.start(now)
    db.session.commit()
    for _ in range(most):
        piece = reconcile_run.claim(run_id, now)
        db.session.commit()
        if piece is None or not reconcile_run.record(piece, reconcile_run.advance(piece, route53), now):
            break
        db.session.commit()
    db.session.commit()
    return db.session.get_one(Reconciliation, run_id)


def waiting() -> list[tuple[str, str | None]]:
    return [(finding.kind, finding.aws_hosted_zone_id) for finding in findings.waiting()]


def repaired() -> list[str]:
    return [finding.kind for finding in findings.repaired_since(NOW - HOUR)]


def test_what_fits_is_seen_and_nothing_is_found(route53: MemoryRoute53, account: Account) -> None:
    zone = kept(route53, account)
    done = run(route53)
    assert (done.phase, done.zones_seen, done.zones_inspected) == (ReconciliationPhase.DONE, 1, 1)
    db.session.refresh(zone)
    assert (zone.seen_at, zone.inspected_at, zone.state) == (NOW, NOW, ZoneState.READY)
    assert db.session.query(Finding).count() == 0


def test_a_zone_that_no_row_knows_is_shown_and_left_alone(route53: MemoryRoute53, account: Account) -> None:
    neighbour(route53, account)
    stranger = route53.create_zone("n1.acme.com", "another database", "4711.1")
    run(route53)
    run(route53, NOW + HOUR)
    assert waiting() == [("orphan", stranger.id)]
    assert stranger.id in route53.kept
    del route53.kept[stranger.id]
    run(route53, NOW + 2 * HOUR)
    assert waiting() == []
    assert db.session.query(Finding).one().resolved_at == NOW + 2 * HOUR


def test_a_second_zone_for_a_claim_is_shown(route53: MemoryRoute53, account: Account) -> None:
    zone = kept(route53, account)
    double = route53.create_zone(zone.domain_name, "made by hand", zone.claim_id)
    run(route53)
    assert waiting() == [("duplicate", double.id)]
    assert zone.state is ZoneState.READY


@pytest.mark.parametrize("state", [ZoneState.RETIRED, ZoneState.REFUSED, ZoneState.LEAVING])
def test_a_left_over_of_ours_is_adopted_and_leaves(
    route53: MemoryRoute53, account: Account, app: Flask, state: ZoneState
) -> None:
    """Its row had given up asking, and then AWS had made it all the same."""
    zone = make_zone(
        make_domain(account, "n1.acme.com", DomainState.REMOVED),
        state,
        aws_hosted_zone_id=None,
        name_servers=[],
        ready_at=None,
    )
    made = route53.create_zone("n1.acme.com", zone.caller_reference, zone.claim_id)
    db.session.commit()
    run(route53)
    assert (zone.state, zone.aws_hosted_zone_id) == (ZoneState.LEAVING, made.id)
    assert (waiting(), repaired()) == ([], ["returned"])
    dns: MemoryDns = app.extensions["dns"]
    dns.zone("acme.com", "ns1.acme.com", "ns2.acme.com")
    for _ in range(2):
        step = zone_deletion.claim(zone.id, NOW)
        assert step is not None
        deletion_record.record(step, removal_tasks.look_and_delete(step, dns, route53, NOW), NOW)
    assert (zone.state, route53.kept) == (ZoneState.RETIRED, {})
    assert zone.name_servers == list(made.name_servers)


def test_a_zone_in_the_making_is_left_to_its_maker(route53: MemoryRoute53, account: Account) -> None:
    zone = make_zone(make_domain(account, "n1.acme.com"), ZoneState.WANTED)
    route53.create_zone("n1.acme.com", zone.caller_reference, zone.claim_id)
    db.session.commit()
    run(route53)
    assert (zone.state, zone.aws_hosted_zone_id, waiting()) == (ZoneState.WANTED, None, [])


def test_a_deleted_zone_that_is_still_there_leaves_once_more(
    route53: MemoryRoute53, account: Account
) -> None:
    zone = kept(route53, account, state=DomainState.REMOVED)
    zone.state, zone.updated_at = ZoneState.RETIRED, NOW - timedelta(minutes=5)
    db.session.commit()
    run(route53)
    assert zone.state is ZoneState.RETIRED, "AWS lists what was deleted a moment ago"
    later = NOW + 3 * HOUR
    run(route53, later)
    assert (zone.state, zone.next_attempt_at) == (ZoneState.LEAVING, later)
    assert repaired() == ["returned"]


@pytest.mark.parametrize("held_at", [None, NOW])
def test_a_served_zone_that_vanished_waits_for_staff(
    route53: MemoryRoute53, account: Account, held_at: datetime | None
) -> None:
    """Served, or would be but for a hold, which must not cost its owner the four values."""
    neighbour(route53, account)
    zone = kept(route53, account)
    if held_at:
        suspension.suspend(zone.custom_domain, actor=COMMAND, reason="x", now=held_at)
    del route53.kept[zone.aws_hosted_zone_id or ""]
    for hours in range(3):
        run(route53, NOW + hours * HOUR)
    assert waiting() == [("vanished", zone.aws_hosted_zone_id)]
    assert (zone.state, zone.custom_domain.state) == (ZoneState.READY, DomainState.VERIFIED)
    assert queries.current_zone(zone.custom_domain) is zone
    told = [event.kind for event in queries.history(zone.custom_domain)]
    assert told == [EventKind.ZONE_LOST, *([EventKind.HELD] if held_at else [])]
    assert zone.custom_domain.next_check_at == (None if held_at else NOW)


def test_staff_let_a_lost_zone_be_replaced(route53: MemoryRoute53, account: Account) -> None:
    neighbour(route53, account)
    zone = kept(route53, account)
    del route53.kept[zone.aws_hosted_zone_id or ""]
    run(route53)
    fresh = compare.renew(zone, NOW, COMMAND, reason="lost for good")
    assert (fresh.generation, fresh.state, zone.state) == (2, ZoneState.WANTED, ZoneState.LEAVING)
    assert waiting() == []
    run(route53, NOW + HOUR)
    assert waiting() == []


@pytest.mark.parametrize("state", [DomainState.PENDING, DomainState.LAPSED, DomainState.EXPIRED])
def test_a_lost_zone_that_serves_nobody_is_replaced_once_a_second_run_confirms_it(
    route53: MemoryRoute53, account: Account, state: DomainState
) -> None:
    neighbour(route53, account)
    zone = kept(route53, account, state=state)
    del route53.kept[zone.aws_hosted_zone_id or ""]
    run(route53)
    assert queries.current_zone(zone.custom_domain) is zone
    run(route53, NOW + HOUR)
    fresh = queries.current_zone(zone.custom_domain)
    assert fresh is not None
    assert (fresh.generation, fresh.state) == (2, ZoneState.WANTED)
    assert waiting() == []


def test_the_wrong_aws_account_breaks_nothing(route53: MemoryRoute53, account: Account, app: Flask) -> None:
    zones_ = [kept(route53, account, f"n{n}.acme.com", DomainState.PENDING) for n in range(30)]
    empty = MemoryRoute53()
    for hours in range(3):
        run(empty, NOW + hours * HOUR)
    assert [kind for kind, _ in waiting()] == ["other-account"]
    assert {zone.state for zone in zones_} == {ZoneState.READY}
    assert db.session.query(HostedZone).count() == 30
    run(route53, NOW + 4 * HOUR)
    assert waiting() == []


def test_a_small_installation_in_the_wrong_account_gets_no_new_zones(
    route53: MemoryRoute53, account: Account
) -> None:
    zone = kept(route53, account, state=DomainState.PENDING)
    for hours in range(3):
        run(MemoryRoute53(), NOW + hours * HOUR)
    assert waiting() == [("vanished", zone.aws_hosted_zone_id)]
    assert queries.current_zone(zone.custom_domain) is zone


def test_a_leaving_zone_that_vanished_is_what_we_wanted(
    route53: MemoryRoute53, account: Account, app: Flask
) -> None:
    neighbour(route53, account)
    zone = kept(route53, account)
    lifecycle.remove(zone.custom_domain, actor=COMMAND, now=NOW)
    zone.next_attempt_at = NOW + 20 * HOUR
    del route53.kept[zone.aws_hosted_zone_id or ""]
    db.session.commit()
    run(route53)
    assert waiting() == []
    step = zone_deletion.claim(zone.id, NOW)
    assert step is not None
    deletion_record.record(
        step,
        removal_tasks.look_and_delete(step, app.extensions["dns"], route53, NOW),
        NOW,
    )
    assert zone.custom_domain.state is DomainState.REMOVED


@pytest.mark.parametrize("listed", [True, False])
def test_a_zone_that_lost_its_tags_is_shown(route53: MemoryRoute53, account: Account, listed: bool) -> None:
    neighbour(route53, account)
    zone = kept(route53, account)
    theirs = route53.kept[zone.aws_hosted_zone_id or ""]
    if listed:
        theirs.claim_id = "999.9"
    else:
        theirs.installation_id = "somebody"
    run(route53)
    assert waiting() == [("unmarked", zone.aws_hosted_zone_id)]
    theirs.claim_id, theirs.installation_id = zone.claim_id, route53.installation_id
    run(route53, NOW + HOUR)
    assert waiting() == []


def test_a_strangers_record_is_shown_and_left_alone(route53: MemoryRoute53, account: Account) -> None:
    zone = kept(route53, account)
    route53.change_records(zone.aws_hosted_zone_id or "", [Change(Action.CREATE, TXT)])
    run(route53)
    assert waiting() == [("foreign-record", zone.aws_hosted_zone_id)]
    assert TXT in route53.record_sets(zone.aws_hosted_zone_id or "")
    assert findings.waiting()[0].message == Message(
        "finding.foreign-records",
        {"zone": zone.aws_hosted_zone_id, "records": [f'{TXT.name} TXT "hello"'], "more": 0},
    )
    route53.change_records(zone.aws_hosted_zone_id or "", [Change(Action.DELETE, TXT)])
    run(route53, NOW + HOUR)
    assert waiting() == []


def test_a_changed_apex_is_shown_and_never_written(route53: MemoryRoute53, account: Account) -> None:
    zone = kept(route53, account)
    theirs = route53.kept[zone.aws_hosted_zone_id or ""]
    whole = theirs.record_sets[zone.domain_name, "NS"]
    changed = RecordSet(zone.domain_name, "NS", 60, (*zone.name_servers[:3], "ns1.elsewhere.org"))
    theirs.record_sets[zone.domain_name, "NS"] = changed
    run(route53)
    assert waiting() == [("apex-changed", zone.aws_hosted_zone_id)]
    assert theirs.record_sets[zone.domain_name, "NS"] is changed
    theirs.record_sets[zone.domain_name, "NS"] = whole
    run(route53, NOW + HOUR)
    assert waiting() == []


def our_record(zone: HostedZone, state: RecordState) -> LLMClientCustomDomainDNS:
    row = LLMClientCustomDomainDNS(
        custom_domain=zone.custom_domain,
        record_name=zone.domain_name,
        record_type="A",
        record_value="192.0.2.1",
        state=state,
        purpose=RecordPurpose.ROUTING,
    )
    db.session.add(row)
    db.session.commit()
    return row


def test_our_own_record_that_was_deleted_is_written_again(route53: MemoryRoute53, account: Account) -> None:
    zone = kept(route53, account)
    our_record(zone, RecordState.WRITTEN)
    run(route53)
    assert (waiting(), repaired()) == ([], ["missing-record"])
    assert zone.custom_domain.records_due_at == NOW


def test_our_own_record_is_no_strangers(route53: MemoryRoute53, account: Account) -> None:
    zone = kept(route53, account)
    our_record(zone, RecordState.WRITTEN)
    ours = RecordSet(zone.domain_name, "A", 300, ("192.0.2.1",))
    route53.change_records(zone.aws_hosted_zone_id or "", [Change(Action.CREATE, ours)])
    run(route53)
    assert (waiting(), repaired()) == ([], [])


# Budget, kills, faults -----------------------------------------------------------------------------------


class Counting(MemoryRoute53):
    """Counts calls as AWS would: eleven for a page of the list."""

    def __init__(self) -> None:
        super().__init__(limit=100_000)
        self.calls = 0

    def zone_page(self, marker: str | None = None) -> ZonePage:
        self.calls += 11
        return super().zone_page(marker)

    def record_sets(self, zone_id: str) -> Iterator[RecordSet]:
        self.calls += 1
        return super().record_sets(zone_id)

    def get_zone(self, zone_id: str) -> Zone:
        self.calls += 1
        return super().get_zone(zone_id)


def many(route53: MemoryRoute53, account: Account, count: int) -> None:
    rows = []
    for number in range(count):
        zone = make_zone(make_domain(account, f"n{number}.acme.com"), created_at=NOW - HOUR)
        zone.aws_hosted_zone_id = None
        rows.append(zone)
    db.session.flush()
    for zone in rows:
        made = route53.create_zone(zone.domain_name, zone.caller_reference, zone.claim_id)
        zone.aws_hosted_zone_id, zone.name_servers = made.id, list(made.name_servers)
    db.session.commit()


def test_a_run_costs_the_list_and_a_twenty_fourth_of_the_zones(account: Account, app: Flask) -> None:
    route53 = Counting()
    many(route53, account, 490)
    costs, reads = [], []
    for hours in range(4):
        before = route53.calls
        reads.append(run(route53, NOW + hours * HOUR).zones_inspected)
        costs.append(route53.calls - before)
    assert set(reads) == {21}, "a twenty-fourth of them"
    assert set(costs) == {5 * 11 + 21}
    read = db.session.query(HostedZone).filter(HostedZone.inspected_at.is_not(None)).count()
    assert read == 4 * 21, "each run reads others"


def test_twelve_thousand_zones_cost_half_a_call_a_second() -> None:
    pages, read = 120, min(reconcile_run.MOST_INSPECTED, 12_000 // 24)
    assert 11 * pages + read == 1820


POINTS = ["claim", "advance", "record before its commit"]


@pytest.mark.parametrize(("killed_at", "point"), list(product(range(6), POINTS)))
def test_a_run_that_is_killed_goes_on(
    route53: MemoryRoute53, account: Account, killed_at: int, point: str
) -> None:
    route53.page_size = 2
    for number in range(5):
        kept(route53, account, f"n{number}.acme.com")
    lost = kept(route53, account, "lost.acme.com")
    del route53.kept[lost.aws_hosted_zone_id or ""]
    stranger = route53.create_zone("x.acme.com", "another database", "4711.1")
    now, steps = NOW, 0
    run_id = reconcile_run.start(now)
    db.session.commit()
    while db.session.get_one(Reconciliation, run_id).phase is not ReconciliationPhase.DONE:
        piece = reconcile_run.claim(run_id, now)
        db.session.commit()
        killed = steps == killed_at
        steps += 1
        assert steps < 20
        if piece is None:
            now += reconcile_run.JOB.lease
            continue
        if killed and point == "claim":
            continue
        outcome = reconcile_run.advance(piece, route53)
        if killed and point == "advance":
            continue
        reconcile_run.record(piece, outcome, now)
        if killed:
            db.session.rollback()
        else:
            db.session.commit()
    assert sorted(waiting()) == [("orphan", stranger.id), ("vanished", lost.aws_hosted_zone_id)]
    assert db.session.query(Finding).count() == 2
    assert len(queries.history(lost.custom_domain)) == 1


@pytest.mark.parametrize("method", ["zone_page", "zone_quota", "get_zone", "zone_is_ours", "record_sets"])
@pytest.mark.parametrize("error", [RetryLater("Rate exceeded"), AccessTrouble("denied"), AwsError("new")])
def test_trouble_at_aws_interrupts_and_finds_nothing_that_is_not_so(
    route53: MemoryRoute53, account: Account, method: str, error: AwsError
) -> None:
    neighbour(route53, account)
    zone = kept(route53, account)
    route53.kept[zone.aws_hosted_zone_id or ""].installation_id = "somebody"
    route53.fail(method, error)
    cut = run(route53)
    assert (cut.problem, cut.finished_at) == (message_of(error), None)
    assert cut.next_attempt_at is not None
    assert reconcile_run.due(NOW, 60) is None
    assert run(route53, cut.next_attempt_at).phase is ReconciliationPhase.DONE
    assert waiting() == [("unmarked", zone.aws_hosted_zone_id)]


def test_two_workers_do_not_share_a_slice(route53: MemoryRoute53, account: Account) -> None:
    kept(route53, account)
    run_id = reconcile_run.start(NOW)
    slow = reconcile_run.claim(run_id, NOW)
    assert slow is not None
    assert reconcile_run.claim(run_id, NOW) is None
    later = NOW + reconcile_run.JOB.lease
    quick = reconcile_run.claim(run_id, later)
    assert quick is not None
    assert reconcile_run.record(quick, reconcile_run.advance(quick, route53), later)
    assert not reconcile_run.record(slow, reconcile_run.advance(slow, route53), later)


def test_a_run_is_due_once_an_hour(route53: MemoryRoute53, account: Account) -> None:
    first = reconcile_run.due(NOW, 60)
    assert first is not None
    assert reconcile_run.due(NOW, 60) == first
    run(route53)
    assert reconcile_run.due(NOW + timedelta(minutes=59), 60) is None
    assert reconcile_run.due(NOW + HOUR, 60) not in {None, first}


@pytest.mark.parametrize(
    ("used", "told"),
    [(0, None), (399, None), (400, "100 more fit"), (500, "No more fit"), (501, "No more fit")],
)
def test_the_quota_is_watched(used: int, told: str | None) -> None:
    problem = reconcile_run.quota_trouble(Quota(500, used), 80)
    assert (problem is None) == (told is None)
    assert told is None or (problem is not None and told in sentence(problem))


def test_the_task_runs_it_and_notes_the_quota(route53: MemoryRoute53, account: Account) -> None:
    kept(route53, account)
    route53.limit = 1
    tasks.reconcile_zones.run()
    (row,) = [row for row in status.statuses() if row.component == "zone-quota"]
    assert row.problem == Message("route53.zone-quota", {"used": 1, "limit": 1})
    assert status.facts_of(Component.ZONE_QUOTA) == {"used": 1, "limit": 1}
    route53.limit = 500
    run_id = reconcile_run.start(utcnow())
    tasks.go_on(run_id, 100)
    (row,) = [row for row in status.statuses() if row.component == "zone-quota"]
    assert row.trouble_since is None
    assert status.facts_of(Component.ZONE_QUOTA) == {"used": 1, "limit": 500}
    last = reconcile_run.last_run()
    assert last is not None
    assert last.phase is ReconciliationPhase.DONE


# Zones in the making -------------------------------------------------------------------------------------


@pytest.fixture
def wanted(account: Account, app: Flask) -> HostedZone:
    dns: MemoryDns = app.extensions["dns"]
    dns.zone("acme.com", "ns1.acme.com", "ns2.acme.com")
    zone = make_zone(make_domain(account, "n1.acme.com"), ZoneState.WANTED)
    db.session.commit()
    return zone


def make_step(zone: HostedZone, app: Flask, now: datetime) -> None:
    taken = provision.claim(zone.id, now)
    assert taken is not None
    outcome = asyncio.run(provision.advance(taken, app.extensions["dns"], app.extensions["route53"]))
    provision_record.record(taken, outcome, now)
    db.session.commit()


def test_a_reference_that_is_spent_is_given_up_after_ten_attempts(
    wanted: HostedZone, route53: MemoryRoute53, app: Flask
) -> None:
    make_step(wanted, app, NOW)
    now = NOW
    for attempt in range(10):
        assert wanted.state is ZoneState.WANTED, attempt
        route53.fail("create_zone", RetryLater("CreateHostedZone", code="HostedZoneAlreadyExists"))
        make_step(wanted, app, now)
        now = wanted.next_attempt_at or now
    fresh = queries.current_zone(wanted.custom_domain)
    assert fresh is not None
    assert (wanted.state, fresh.generation, fresh.state) == (ZoneState.RETIRED, 2, ZoneState.WANTED)
    assert fresh.caller_reference != wanted.caller_reference


def test_throttling_does_not_spend_the_reference(
    wanted: HostedZone, route53: MemoryRoute53, app: Flask
) -> None:
    make_step(wanted, app, NOW)
    now = NOW
    for _ in range(30):
        route53.fail("create_zone", RetryLater("slow down", code="Throttling"))
        make_step(wanted, app, now)
        now = wanted.next_attempt_at or now
    assert wanted.state is ZoneState.WANTED


def test_a_zone_without_a_set_of_its_own_reaches_staff_until_there_is_one(
    wanted: HostedZone, route53: MemoryRoute53, app: Flask
) -> None:
    make_step(wanted, app, NOW)
    route53.fail(
        "create_zone", UnexpectedDelegationSet("Zone Z1 does not have four name servers of its own.")
    )
    make_step(wanted, app, NOW)
    assert wanted.state is ZoneState.PARKED
    assert [finding.kind for finding in findings.waiting()] == [FindingKind.DELEGATION_SET]
    make_step(wanted, app, NOW + HOUR)
    assert (wanted.state, waiting()) == (ZoneState.CREATED, [])


def test_a_full_account_parks_and_is_no_finding(
    wanted: HostedZone, route53: MemoryRoute53, app: Flask
) -> None:
    make_step(wanted, app, NOW)
    route53.fail("create_zone", CapacityReached("full", code="TooManyHostedZones"))
    make_step(wanted, app, NOW)
    assert (wanted.state, waiting()) == (ZoneState.PARKED, [])
