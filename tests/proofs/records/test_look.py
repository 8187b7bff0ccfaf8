"""A removal by the records method: from the request to its end, with the customer's zone around it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask

from tests.factories import make_account, make_domain, make_zone
from tests.twins.dns import Fault, MemoryDns
from tests.twins.edge_zone import MemoryEdgeZone
from webapp.audit.log import COMMAND
from webapp.checks import queries as check_queries
from webapp.checks import request
from webapp.checks.request import ParentCheckRequested
from webapp.dns.updates import UpdateRetryError
from webapp.domains import lifecycle
from webapp.extensions import db, settings
from webapp.jobs.double_check import APART
from webapp.models import (
    Certificate,
    CertificateState,
    CheckOrigin,
    DomainState,
    LLMClientCustomDomain,
    Method,
    TargetState,
    ZoneState,
    utcnow,
)
from webapp.proofs import restore
from webapp.proofs.base.method import Wake
from webapp.proofs.records import intent, look, publication, queries, tasks
from webapp.proofs.registry import leftovers_of
from webapp.removal import deletion_record
from webapp.removal.deletion_policy import Outlook

HOST = "chat.acme.com"
NOW = utcnow()
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class World:
    """The customer's zone, the edge's, and the worker with a clock of its own."""

    def __init__(self, dns: MemoryDns, edge: MemoryEdgeZone, domain: LLMClientCustomDomain) -> None:
        self.dns, self.edge, self.domain, self.now = dns, edge, domain, NOW
        self.zone = dns.zone("acme.com", "ns1.acme.com", "ns2.acme.com")
        self.proof = intent.want_proof(domain, NOW)
        db.session.commit()
        self.publish()
        self.type_in()

    def type_in(self) -> None:
        self.zone.put(f"_nameplate-challenge.{HOST}", "TXT", f'"{self.proof.token}"')
        self.zone.put(HOST, "CNAME", self.proof.target)

    def delete_records(self) -> None:
        self.zone.put(f"_nameplate-challenge.{HOST}", "TXT")
        self.zone.put(HOST, "CNAME")

    def silence(self, fault: Fault | None = Fault.SILENT) -> None:
        for server in ("ns1.acme.com", "ns2.acme.com"):
            self.dns.server(server).fault = fault

    def publish(self) -> None:
        """Publish or withdraw what is due."""
        for proof_id in publication.due(self.now, 10):
            step = publication.claim(proof_id, self.now)
            db.session.commit()
            assert step is not None
            publication.record(step, publication.advance(step, self.edge), self.now)  # type: ignore[arg-type]
            db.session.commit()

    def remove(self) -> None:
        lifecycle.remove(self.domain, actor=COMMAND, now=self.now)
        db.session.commit()

    def look(self, killed: str = "") -> None:
        """The next look when it is due."""
        db.session.refresh(self.proof)
        assert self.proof.next_look_at is not None
        self.now = max(self.now, self.proof.next_look_at)
        step = look.claim(self.proof.id, self.now)
        db.session.commit()
        assert step is not None
        if killed == "claim":
            return
        found = asyncio.run(look.advance(step, self.dns, self.now))
        if killed == "advance":
            return
        look.record(step, found, self.now)
        if killed:
            db.session.rollback()
        db.session.commit()

    def keep(self) -> restore.Kept | restore.NotKept:
        kept = restore.keep(self.domain, actor=COMMAND, settings=settings(), now=self.now)
        db.session.commit()
        return kept

    @property
    def is_over(self) -> bool:
        return self.domain.state is DomainState.REMOVED and self.proof.next_look_at is None

    @property
    def outlook(self) -> Outlook | None:
        left = leftovers_of(self.domain)
        assert left is not None
        return left.outlook


@pytest.fixture
def world(app: Flask, edge: MemoryEdgeZone) -> World:
    domain = make_domain(make_account(), HOST, DomainState.VERIFIED, method=Method.RECORDS)
    return World(app.extensions["dns"], edge, domain)


def test_a_name_from_its_removal_to_its_end(world: World) -> None:
    assert LLMClientCustomDomain.get_verified_domains() == [HOST]
    world.remove()
    assert LLMClientCustomDomain.get_verified_domains() == []
    world.publish()
    assert world.edge.names == {}
    world.look()
    assert (world.domain.state, world.outlook) == (DomainState.REMOVING, Outlook.LISTED)
    assert world.proof.next_look_at == world.now + DAY

    world.delete_records()
    world.look()
    assert world.is_over
    assert leftovers_of(world.domain) is None
    assert look.due(world.now + 30 * DAY, 10) == []
    assert world.proof.state is TargetState.WITHDRAWN


@pytest.mark.parametrize("change", [World.silence, lambda _world: None], ids=["silent", "still there"])
def test_it_ends_with_the_time_in_which_it_can_be_taken_back(
    app: Flask, world: World, change: Callable[[World], None]
) -> None:
    app.extensions["settings"] = settings().model_copy(update={"removal_undo_days": 1.5})
    world.remove()
    world.publish()
    change(world)
    looks = 0
    while world.domain.state is DomainState.REMOVING:
        world.look()
        looks += 1
        deletion_record.catch_up(world.now)
    assert world.now == NOW + 1.5 * DAY + APART
    assert looks == (38 if change is World.silence else 4)


def test_nothing_ends_before_the_target_is_withdrawn(world: World) -> None:
    world.remove()
    world.delete_records()
    world.edge.fault = UpdateRetryError("No server answers.")
    for _ in range(12):
        world.publish()
        world.look()
        deletion_record.catch_up(world.now)
        assert (world.domain.state, world.outlook) == (DomainState.REMOVING, Outlook.CLEAN)
    assert world.now > NOW + 8 * DAY

    world.edge.fault = None
    world.now += HOUR
    world.publish()
    assert world.proof.next_look_at == world.now
    world.look()
    assert world.domain.state is DomainState.REMOVED


def test_what_could_not_be_asked_is_asked_again_sooner_and_ends_nothing(world: World) -> None:
    world.remove()
    world.publish()
    world.delete_records()
    world.silence()
    world.look()
    assert (world.domain.state, world.outlook) == (DomainState.REMOVING, Outlook.UNCLEAR)
    assert world.proof.next_look_at == world.now + HOUR
    world.silence(None)
    world.look()
    assert world.domain.state is DomainState.REMOVED


def test_one_reading_of_a_clock_that_leapt_ends_nothing(world: World) -> None:
    world.remove()
    world.publish()
    world.now = NOW + 300 * DAY
    world.look()
    assert world.domain.state is DomainState.REMOVING
    world.now = NOW + HOUR
    assert look.due(world.now, 10) == [] or world.proof.next_look_at is not None
    world.proof.next_look_at = world.now
    db.session.commit()
    world.look()
    assert world.domain.state is DomainState.REMOVING


def test_a_target_that_was_withdrawn_in_the_future_waits_from_now_on(world: World) -> None:
    world.remove()
    world.publish()
    world.proof.withdrawn_at = NOW + 300 * DAY
    db.session.commit()
    world.look()
    assert world.proof.withdrawn_at == world.now


@pytest.mark.parametrize("killed", ["claim", "advance", "record before its commit"])
def test_a_look_that_is_killed_is_taken_again(world: World, killed: str) -> None:
    world.remove()
    world.publish()
    world.delete_records()
    world.look(killed=killed)
    assert world.domain.state is DomainState.REMOVING
    assert look.due(world.now + look.JOB.lease, 10) == [world.proof.id]
    world.look()
    assert world.is_over


def test_a_fault_of_ours_is_not_met_again_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.remove()
    world.publish()

    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(look, "look_up", fail)
    world.look()
    assert world.proof.next_look_at == world.now + HOUR
    assert world.outlook is None


def test_a_claim_that_had_both_methods_waits_for_both(world: World) -> None:
    zone = make_zone(world.domain, ZoneState.READY)
    db.session.commit()
    world.remove()
    world.publish()
    world.delete_records()
    world.look()
    deletion_record.catch_up(world.now)
    assert (world.domain.state, zone.state) == (DomainState.REMOVING, ZoneState.LEAVING)
    zone.state = ZoneState.RETIRED
    db.session.commit()
    deletion_record.catch_up(world.now)
    assert world.domain.state is DomainState.REMOVED


def test_a_zone_that_is_gone_first_ends_nothing(world: World) -> None:
    zone = make_zone(world.domain, ZoneState.READY)
    world.remove()
    zone.state = ZoneState.RETIRED
    db.session.commit()
    deletion_record.finish(world.domain, world.now)
    deletion_record.catch_up(world.now)
    assert world.domain.state is DomainState.REMOVING


def test_a_press_looks_at_once(world: World) -> None:
    world.remove()
    world.publish()
    world.look()
    world.now += HOUR
    pressed = request.request_check(
        world.domain, origin=CheckOrigin.COMMAND, actor=COMMAND, settings=settings(), now=world.now
    )
    db.session.commit()
    assert pressed == ParentCheckRequested((Wake(tasks.look_for_records, world.proof.id),))
    again = request.request_check(
        world.domain, origin=CheckOrigin.COMMAND, actor=COMMAND, settings=settings(), now=world.now
    )
    assert again == ParentCheckRequested(())
    before = world.now
    world.delete_records()
    world.look()
    assert (world.now, world.domain.state) == (before, DomainState.REMOVED)


def with_certificate(world: World) -> None:
    db.session.add(
        Certificate(
            custom_domain=world.domain,
            domain_name=HOST,
            state=CertificateState.ISSUED,
            idempotency_token="a1",
            validation_name=f"_x1.{HOST}",
            validation_value="_y2.acm-validations.aws",
        )
    )
    db.session.commit()
    world.zone.put(f"_x1.{HOST}", "CNAME", "_y2.acm-validations.aws")


def test_the_record_of_the_certificate_is_one_of_them(world: World) -> None:
    with_certificate(world)
    world.remove()
    world.publish()
    world.delete_records()
    world.look()
    left = leftovers_of(world.domain)
    assert left is not None
    assert [(one.type, one.name, one.mark) for one in left.records] == [
        ("TXT", f"_nameplate-challenge.{HOST}", "gone"),
        ("CNAME", HOST, "gone"),
        ("CNAME", f"_x1.{HOST}", "there"),
    ]
    assert world.domain.state is DomainState.REMOVING


def test_before_any_look_the_records_are_told_without_marks(world: World) -> None:
    world.remove()
    left = leftovers_of(world.domain)
    assert left is not None
    assert [(one.type, one.value, one.mark) for one in left.records] == [
        ("TXT", world.proof.token, None),
        ("CNAME", world.proof.target, None),
    ]
    assert (left.zone, left.outlook, left.ends_at, left.who_acts) == ("acme.com", None, None, "you")
    assert left.looking


def test_a_removal_taken_back_has_the_same_token_and_target(world: World) -> None:
    token, target = world.proof.token, world.proof.target
    world.remove()
    world.publish()
    world.look()
    assert world.edge.names == {}
    world.now += HOUR
    assert world.keep() == restore.Kept(busy=False)
    world.publish()
    assert list(world.edge.names) == [target]
    assert (world.proof.token, world.proof.generation) == (token, 1)
    assert (world.proof.withdrawn_at, world.proof.look, world.proof.next_look_at) == (None, None, None)
    assert queries.current_proof(world.domain) is world.proof
    assert world.domain.state is DomainState.PENDING
    assert check_queries.open_check(world.domain) is not None
    assert look.due(world.now + 30 * DAY, 10) == []


def test_a_look_under_way_does_not_end_a_removal_that_was_taken_back(world: World) -> None:
    world.remove()
    world.publish()
    world.delete_records()
    world.now += MINUTE
    step = look.claim(world.proof.id, world.now)
    db.session.commit()
    assert step is not None
    assert isinstance(world.keep(), restore.Kept)
    assert not look.record(step, asyncio.run(look.advance(step, world.dns, world.now)), world.now)
    db.session.commit()
    assert world.domain.state is DomainState.PENDING


@pytest.mark.parametrize(
    ("later", "sentence"),
    [(8 * DAY, "could be taken back until"), (None, "was removed, and its records lead nowhere any more")],
    ids=["too late", "ended"],
)
def test_a_removal_that_cannot_be_taken_back_any_more(
    world: World, later: timedelta | None, sentence: str
) -> None:
    world.remove()
    if later is None:
        world.publish()
        world.delete_records()
        world.look()
    else:
        world.now += later
    assert restore.offered_until(world.domain, settings(), world.now) is None
    kept = world.keep()
    assert isinstance(kept, restore.NotKept)
    assert sentence in kept.sentence
    assert "Register it again; it gets other records." in kept.sentence


def test_the_offer_stands_for_its_days(world: World) -> None:
    world.remove()
    assert restore.offered_until(world.domain, settings(), NOW + DAY) == NOW + 7 * DAY


def test_a_target_that_a_change_of_method_withdraws_keeps_no_removal_waiting(world: World) -> None:
    world.domain.method = Method.DELEGATION
    intent.give_back(world.domain, NOW)
    db.session.commit()
    world.publish()
    assert (world.proof.state, world.proof.next_look_at) == (TargetState.WITHDRAWN, None)
    world.remove()
    deletion_record.catch_up(NOW)
    assert world.domain.state is DomainState.REMOVED


def test_accounts_take_turns(world: World) -> None:
    many = make_account("Many")
    for number in range(5):
        domain = make_domain(many, f"n{number}.many.com", DomainState.VERIFIED, method=Method.RECORDS)
        intent.want_proof(domain, NOW)
        lifecycle.remove(domain, actor=COMMAND, now=NOW - HOUR)
    world.remove()
    assert world.proof.id in look.due(NOW, 2)


def when_looked(world: World) -> datetime:
    left = leftovers_of(world.domain)
    assert left is not None
    assert left.looked_at is not None
    return left.looked_at


def test_the_page_knows_when_it_was_looked(world: World) -> None:
    world.remove()
    world.publish()
    world.look()
    assert when_looked(world) == NOW
