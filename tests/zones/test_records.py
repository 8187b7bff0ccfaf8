"""What a zone should hold, as rows and then at Route 53: intent first, one batch, nothing of a stranger's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.factories import make_domain, make_zone, said
from tests.statements import statements
from tests.twins.route53 import MemoryRoute53
from tests.zones.at_aws import put_at_aws
from webapp.audit.log import SYSTEM
from webapp.aws.route53.port import Action, Change
from webapp.aws.shared.errors import AccessTrouble, AwsError, RetryLater
from webapp.dns.records import RecordSet
from webapp.domains import lifecycle, queries
from webapp.extensions import db
from webapp.models import (
    Account,
    Certificate,
    CertificateState,
    DomainState,
    EventKind,
    HostedZone,
    LLMClientCustomDomain,
    LLMClientCustomDomainDNS,
    Message,
    RecordPurpose,
    RecordState,
    ZoneState,
    utcnow,
)
from webapp.zones import queries as zone_queries
from webapp.zones import records, records_sync

HOST = "chat.acme.com"
NOW = utcnow()
EDGE = ["203.0.113.10", "203.0.113.11", "2001:db8::10"]
A = RecordSet(HOST, "A", 300, ("203.0.113.10", "203.0.113.11"))
AAAA = RecordSet(HOST, "AAAA", 300, ("2001:db8::10",))
CNAME = RecordSet(f"_x.{HOST}", "CNAME", 600, ("_y.acm-validations.aws",))


@pytest.fixture
def route53(app: Flask) -> MemoryRoute53:
    twin: MemoryRoute53 = app.extensions["route53"]
    return twin


@pytest.fixture(autouse=True)
def edge(app: Flask) -> None:
    aim(app, EDGE)


def aim(app: Flask, targets: list[str]) -> None:
    app.extensions["settings"] = app.extensions["settings"].model_copy(update={"edge_target": targets})


@pytest.fixture
def domain(account: Account) -> LLMClientCustomDomain:
    return make_domain(account, HOST)


@pytest.fixture
def zone(domain: LLMClientCustomDomain, route53: MemoryRoute53) -> HostedZone:
    """Ready, and at AWS."""
    zone = make_zone(domain)
    put_at_aws(zone, route53)
    db.session.commit()
    return zone


def move(domain: LLMClientCustomDomain, state: DomainState) -> None:
    lifecycle.change_state(domain, state, NOW, SYSTEM, said("moved"))
    db.session.commit()


def write(domain: LLMClientCustomDomain, route53: MemoryRoute53, now: Any = NOW) -> bool:
    """One claim, one act, one record, as the task does them."""
    step = records_sync.claim(domain.id, now)
    assert step is not None
    done = records_sync.record(step, records_sync.advance(step, route53), now)
    db.session.commit()
    return done


def test_a_row_that_is_recorded_cannot_change_after_it_was_read(
    domain: LLMClientCustomDomain, zone: HostedZone, route53: MemoryRoute53
) -> None:
    """SQLite knows no lock of a row: whoever reads before writing is told of a stale row."""
    move(domain, DomainState.VERIFIED)
    records.plan(domain, NOW)
    db.session.commit()
    step = records_sync.claim(domain.id, NOW)
    assert step is not None
    outcome = records_sync.advance(step, route53)
    db.session.commit()
    with statements() as seen:
        assert records_sync.record(step, outcome, NOW)
    assert seen[0].startswith("UPDATE") or seen[0].endswith("FOR UPDATE")


def held(zone: HostedZone, route53: MemoryRoute53) -> set[RecordSet]:
    """What the zone holds but its own NS."""
    return {
        one for one in route53.kept[zone.aws_hosted_zone_id or ""].record_sets.values() if one.type != "NS"
    }


def rows(domain: LLMClientCustomDomain) -> set[tuple[str, str, RecordState]]:
    return {(row.record_type, row.record_value, row.state) for row in domain.dns_records}


def kinds(domain: LLMClientCustomDomain) -> list[EventKind]:
    return [event.kind for event in queries.history(domain)]


def prove_by_cname(domain: LLMClientCustomDomain, state: CertificateState) -> Certificate:
    certificate = Certificate(
        custom_domain_id=domain.id,
        domain_name=HOST,
        state=state,
        idempotency_token=f"token_{state}",
        validation_name=CNAME.name,
        validation_value=CNAME.values[0],
    )
    db.session.add(certificate)
    db.session.flush()
    db.session.expire(domain)
    return certificate


@pytest.mark.parametrize(
    ("state", "leads"),
    [
        (DomainState.PENDING, False),
        (DomainState.VERIFIED, True),
        (DomainState.FAILING, True),
        (DomainState.LAPSED, False),
        (DomainState.EXPIRED, False),
        (DomainState.REMOVING, False),
        (DomainState.REMOVED, False),
    ],
)
def test_a_name_leads_to_the_edge_while_it_is_served(
    account: Account, state: DomainState, leads: bool
) -> None:
    found = records.wanted(make_domain(account, HOST, state), EDGE)

    assert {(one.type, one.value, one.ttl) for one in found} == (
        {("A", "203.0.113.10", 300), ("A", "203.0.113.11", 300), ("AAAA", "2001:db8::10", 300)}
        if leads
        else set()
    )


def test_an_alias_leads_to_the_edge_in_both_families() -> None:
    found = records.routing(HOST, ["alias:Z9/edge.elb.example"])

    assert [(one.type, one.value, one.ttl) for one in found] == [
        ("A", "alias:Z9/edge.elb.example", 0),
        ("AAAA", "alias:Z9/edge.elb.example", 0),
    ]


@pytest.mark.parametrize(
    ("state", "kept"),
    [
        (CertificateState.REQUESTED, True),
        (CertificateState.VALIDATING, True),
        (CertificateState.ISSUED, True),
        (CertificateState.FAILED, True),
        (CertificateState.DELETING, False),
        (CertificateState.DELETED, False),
    ],
)
def test_the_cname_stays_as_long_as_a_certificate_may_need_it(
    domain: LLMClientCustomDomain, state: CertificateState, kept: bool
) -> None:
    prove_by_cname(domain, state)

    found = records.wanted(domain, EDGE)

    expected = [(RecordPurpose.CERTIFICATE, CNAME.name, CNAME.values[0], 600)] if kept else []
    assert [(one.purpose, one.name, one.value, one.ttl) for one in found] == expected


def test_nothing_is_wanted_of_a_zone_that_is_on_its_way_out(domain: LLMClientCustomDomain) -> None:
    prove_by_cname(domain, CertificateState.ISSUED)
    domain.state = DomainState.REMOVING

    assert records.wanted(domain, EDGE) == ()


def test_verified_writes_the_intent_and_then_the_zone(
    domain: LLMClientCustomDomain, zone: HostedZone, route53: MemoryRoute53
) -> None:
    move(domain, DomainState.VERIFIED)
    assert {state for _, _, state in rows(domain)} == {RecordState.WANTED}
    assert zone_queries.records_due(NOW, 10) == [domain.id]
    assert held(zone, route53) == set()

    write(domain, route53)

    assert held(zone, route53) == {A, AAAA}
    assert {state for _, _, state in rows(domain)} == {RecordState.WRITTEN}
    assert zone_queries.records_due(NOW + timedelta(days=1), 10) == []
    assert kinds(domain)[0] is EventKind.ROUTING_WRITTEN


def test_removal_takes_the_routing_out_and_forgets_the_rows(
    domain: LLMClientCustomDomain, zone: HostedZone, route53: MemoryRoute53
) -> None:
    move(domain, DomainState.VERIFIED)
    write(domain, route53)

    lifecycle.remove(domain, actor=SYSTEM, now=NOW)
    assert {state for _, _, state in rows(domain)} == {RecordState.UNWANTED}
    write(domain, route53)

    assert held(zone, route53) == set()
    assert rows(domain) == set()
    assert EventKind.ROUTING_REMOVED in kinds(domain)
    assert domain.records_due_at is None


def test_another_edge_replaces_what_we_wrote(
    app: Flask, domain: LLMClientCustomDomain, zone: HostedZone, route53: MemoryRoute53
) -> None:
    move(domain, DomainState.VERIFIED)
    write(domain, route53)
    aim(app, ["203.0.113.99"])

    records.plan(domain, NOW)
    assert ("A", "203.0.113.10", RecordState.UNWANTED) in rows(domain)
    write(domain, route53)

    assert held(zone, route53) == {RecordSet(HOST, "A", 300, ("203.0.113.99",))}
    assert rows(domain) == {("A", "203.0.113.99", RecordState.WRITTEN)}


def test_addresses_give_way_to_an_alias(
    app: Flask, domain: LLMClientCustomDomain, zone: HostedZone, route53: MemoryRoute53
) -> None:
    move(domain, DomainState.VERIFIED)
    write(domain, route53)
    aim(app, ["alias:Z9/edge.elb.example"])

    records.plan(domain, NOW)
    write(domain, route53)

    alias = ("alias:Z9/edge.elb.example",)
    assert held(zone, route53) == {RecordSet(HOST, "A", 0, alias), RecordSet(HOST, "AAAA", 0, alias)}


def test_planning_what_is_so_already_asks_for_nothing(
    domain: LLMClientCustomDomain, zone: HostedZone, route53: MemoryRoute53
) -> None:
    move(domain, DomainState.VERIFIED)
    write(domain, route53)

    records.plan(domain, NOW)

    assert domain.records_due_at is None
    assert records_sync.claim(domain.id, NOW + timedelta(days=1)) is None


def test_killed_between_aws_and_commit_writes_nothing_twice(
    domain: LLMClientCustomDomain, zone: HostedZone, route53: MemoryRoute53
) -> None:
    move(domain, DomainState.VERIFIED)
    killed = records_sync.claim(domain.id, NOW)
    db.session.commit()
    assert killed is not None
    records_sync.advance(killed, route53)
    assert records_sync.claim(domain.id, NOW + timedelta(minutes=1)) is None

    route53.fail("change_records", AwsError("there was something to write"))
    write(domain, route53, NOW + records_sync.JOB.lease)

    assert held(zone, route53) == {A, AAAA}
    assert {state for _, _, state in rows(domain)} == {RecordState.WRITTEN}


def test_a_lost_answer_is_made_good(
    domain: LLMClientCustomDomain, zone: HostedZone, route53: MemoryRoute53
) -> None:
    move(domain, DomainState.VERIFIED)
    route53.fail("change_records", RetryLater("timed out"), after=True)

    write(domain, route53)
    assert {state for _, _, state in rows(domain)} == {RecordState.WANTED}
    write(domain, route53, NOW + timedelta(minutes=1))

    assert held(zone, route53) == {A, AAAA}
    assert {state for _, _, state in rows(domain)} == {RecordState.WRITTEN}


def test_a_plan_made_while_a_worker_was_busy_is_not_lost(
    domain: LLMClientCustomDomain, zone: HostedZone, route53: MemoryRoute53
) -> None:
    move(domain, DomainState.VERIFIED)
    slow = records_sync.claim(domain.id, NOW)
    assert slow is not None
    outcome = records_sync.advance(slow, route53)
    later = NOW + timedelta(seconds=10)
    lifecycle.remove(domain, actor=SYSTEM, now=later)

    assert not records_sync.record(slow, outcome, later)
    write(domain, route53, later)

    assert held(zone, route53) == set()
    assert rows(domain) == set()


def test_a_strangers_record_set_is_left_alone_and_told_once(
    domain: LLMClientCustomDomain, zone: HostedZone, route53: MemoryRoute53
) -> None:
    foreign = RecordSet(HOST, "A", 60, ("198.51.100.66",))
    route53.kept[zone.aws_hosted_zone_id or ""].record_sets[HOST, "A"] = foreign
    move(domain, DomainState.VERIFIED)

    write(domain, route53)
    again = domain.records_due_at
    assert again is not None
    write(domain, route53, again)

    assert foreign in held(zone, route53)
    foreign_set = {"type": "A", "name": HOST, "values": ["198.51.100.66"]}
    assert domain.records_problem == Message("records.foreign", foreign_set)
    assert kinds(domain).count(EventKind.RECORDS_TROUBLE) == 1
    assert ("A", "203.0.113.10", RecordState.WANTED) in rows(domain)


def test_a_strangers_record_set_survives_our_removal(
    domain: LLMClientCustomDomain, zone: HostedZone, route53: MemoryRoute53
) -> None:
    move(domain, DomainState.VERIFIED)
    write(domain, route53)
    foreign = RecordSet(HOST, "A", 60, ("198.51.100.66",))
    route53.kept[zone.aws_hosted_zone_id or ""].record_sets[HOST, "A"] = foreign

    lifecycle.remove(domain, actor=SYSTEM, now=NOW)
    write(domain, route53)

    assert held(zone, route53) == {foreign}


def test_a_zone_that_is_not_ours_is_left_alone(
    domain: LLMClientCustomDomain, zone: HostedZone, route53: MemoryRoute53
) -> None:
    route53.kept[zone.aws_hosted_zone_id or ""].installation_id = "somebody else's"
    move(domain, DomainState.VERIFIED)

    write(domain, route53)

    assert held(zone, route53) == set()
    assert domain.records_problem == Message("records.not-ours", {"zone": zone.aws_hosted_zone_id})


@pytest.mark.parametrize(
    "error", [RetryLater("Rate exceeded", code="Throttling"), AccessTrouble("no", code="AccessDenied")]
)
def test_trouble_is_told_once_and_tried_again(
    domain: LLMClientCustomDomain, zone: HostedZone, route53: MemoryRoute53, error: AwsError
) -> None:
    move(domain, DomainState.VERIFIED)
    for _ in range(2):
        route53.fail("record_sets", error)
    now = NOW
    for _ in range(2):
        write(domain, route53, now)
        assert domain.records_due_at is not None
        assert domain.records_due_at > now
        now = domain.records_due_at
    assert kinds(domain).count(EventKind.RECORDS_TROUBLE) == 1

    write(domain, route53, now)

    assert held(zone, route53) == {A, AAAA}
    assert (domain.records_problem, domain.records_attempts) == (None, 0)


def test_records_wait_for_a_zone_that_is_not_there_yet(account: Account, route53: MemoryRoute53) -> None:
    domain = make_domain(account, HOST, DomainState.EXPIRED)
    zone = make_zone(domain, ZoneState.CREATED)
    move(domain, DomainState.VERIFIED)

    write(domain, route53)
    assert {state for _, _, state in rows(domain)} == {RecordState.WANTED}
    put_at_aws(zone, route53)
    zone.state = ZoneState.READY
    records.rewrite(domain, NOW)
    write(domain, route53)

    assert held(zone, route53) == {A, AAAA}


def test_a_fresh_zone_is_filled_with_what_the_old_one_held(
    domain: LLMClientCustomDomain, zone: HostedZone, route53: MemoryRoute53
) -> None:
    move(domain, DomainState.VERIFIED)
    write(domain, route53)
    fresh = make_zone(domain, generation=2)
    put_at_aws(fresh, route53)

    records.rewrite(domain, NOW)
    write(domain, route53)

    assert held(fresh, route53) == {A, AAAA}


def test_rows_of_a_zone_that_is_gone_go_too(
    domain: LLMClientCustomDomain, zone: HostedZone, route53: MemoryRoute53
) -> None:
    move(domain, DomainState.VERIFIED)
    write(domain, route53)
    lifecycle.remove(domain, actor=SYSTEM, now=NOW)
    zone.state = ZoneState.RETIRED

    write(domain, route53)

    assert rows(domain) == set()
    assert domain.records_due_at is None


def test_a_row_without_a_purpose_is_somebody_elses(
    domain: LLMClientCustomDomain, zone: HostedZone, route53: MemoryRoute53
) -> None:
    LLMClientCustomDomainDNS(
        custom_domain=domain, record_name=HOST, record_type="TXT", record_value='"hello"'
    ).save()
    move(domain, DomainState.VERIFIED)
    write(domain, route53)
    lifecycle.remove(domain, actor=SYSTEM, now=NOW)
    write(domain, route53)

    assert rows(domain) == {("TXT", '"hello"', RecordState.WRITTEN)}


def test_everything_goes_in_one_batch_and_deletions_take_what_was_read() -> None:
    ours = frozenset({"203.0.113.1", "203.0.113.10", "203.0.113.11"})
    step = records_sync.Step(
        1,
        NOW,
        "Z1",
        HOST,
        "1.1",
        wanted=(A, CNAME),
        ours={
            (HOST, "A"): ours,
            (HOST, "AAAA"): frozenset({"2001:db8::1"}),
            (CNAME.name, "CNAME"): frozenset(),
        },
    )
    old = RecordSet(HOST, "A", 300, ("203.0.113.1",))
    gone = RecordSet(HOST, "AAAA", 60, ("2001:db8::1",))

    changes, refused = records_sync.difference(step, {(HOST, "A"): old, (HOST, "AAAA"): gone})

    assert refused == ()
    assert changes == (
        Change(Action.UPSERT, A),
        Change(Action.DELETE, gone),
        Change(Action.CREATE, CNAME),
    )


def test_a_ttl_that_somebody_changed_is_put_right() -> None:
    step = records_sync.Step(1, NOW, "Z1", HOST, "1.1", (A,), {(HOST, "A"): frozenset(A.values)})
    slow = RecordSet(HOST, "A", 86400, A.values)

    assert records_sync.difference(step, {(HOST, "A"): slow})[0] == (Change(Action.UPSERT, A),)
    assert records_sync.difference(step, {(HOST, "A"): A})[0] == ()
