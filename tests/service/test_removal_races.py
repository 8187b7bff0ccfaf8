"""Removal and whatever happens at the same moment: the database decides, on SQLite and on PostgreSQL."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from tests.factories import a_set, make_account, make_domain, make_zone
from tests.service.racing import at_once, racing_app
from webapp.audit.log import COMMAND
from webapp.aws.route53.port import Zone
from webapp.dns.delegation import Baseline
from webapp.domains import lifecycle, queries, registration
from webapp.extensions import db, settings
from webapp.models import (
    Account,
    DomainState,
    Event,
    EventKind,
    HostedZone,
    LLMClientCustomDomain,
    Reconciliation,
    ZoneState,
    utcnow,
)
from webapp.removal import deletion_queue, deletion_record, zone_deletion
from webapp.removal.deletion_policy import Watch
from webapp.zones import provision, provision_record
from webapp.zones.reconcile import run as reconcile_run

pytestmark = pytest.mark.service
__all__ = ["racing_app"]  # the fixture

NAME = "chat.acme.test"


def leaving(account_name: str = "One") -> int:
    """A removed domain whose zone is leaving; the zone's id."""
    domain = make_domain(make_account(account_name), NAME, DomainState.VERIFIED)
    zone = make_zone(domain)
    lifecycle.remove(domain, actor=COMMAND)
    db.session.commit()
    return zone.id


def test_of_two_workers_one_takes_a_leaving_zone(racing_app: Flask) -> None:
    zone_id = leaving()

    def claim() -> bool:
        return zone_deletion.claim(zone_id, utcnow()) is not None

    assert sorted(map(bool, at_once(racing_app, *[claim] * 4))) == [False, False, False, True]


def test_registering_while_the_old_zone_is_leaving_makes_new_zones_with_new_references(
    racing_app: Flask,
) -> None:
    """The old owner, two others and the worker that deletes the old zone, all at the same moment."""
    zone_id = leaving()
    old = db.session.get_one(HostedZone, zone_id)
    reference, set_ = old.caller_reference, list(old.name_servers)
    accounts = [old.custom_domain.account_id, make_account("Two").id, make_account("Three").id]
    db.session.commit()
    step = zone_deletion.claim(zone_id, utcnow())
    db.session.commit()
    assert step is not None

    def register(account_id: int) -> str:
        account = db.session.get_one(Account, account_id)
        result = registration.register(account, NAME, actor=COMMAND, settings=settings())
        assert isinstance(result, registration.Registered), result
        assert not result.existing
        return "registered"

    def delete() -> str:
        assert step is not None
        deletion_record.record(step, zone_deletion.Deleted(Watch(shown=True)), utcnow())
        return "deleted"

    results = at_once(racing_app, delete, *(lambda id_=id_: register(id_) for id_ in accounts))
    assert results == ["deleted", *["registered"] * 3]
    db.session.expire_all()
    rows = db.session.query(HostedZone).order_by(HostedZone.id).all()
    assert [row.state for row in rows] == [ZoneState.RETIRED, *[ZoneState.WANTED] * 3]
    assert len({row.caller_reference for row in rows} | {reference}) == 4
    assert rows[0].name_servers == set_
    assert db.session.get_one(HostedZone, zone_id).custom_domain.state is DomainState.REMOVED


def test_removed_twice_at_once_is_removed_once(racing_app: Flask) -> None:
    domain = make_domain(make_account("One"), NAME, DomainState.VERIFIED)
    make_zone(domain)
    db.session.commit()
    domain_id = domain.id

    def remove() -> str:
        lifecycle.remove(db.session.get_one(LLMClientCustomDomain, domain_id), actor=COMMAND)
        return "removed"

    assert at_once(racing_app, *[remove] * 4) == ["removed"] * 4
    assert db.session.query(Event).filter(Event.kind == EventKind.STATE_CHANGED).count() == 1


def test_removed_at_the_moment_in_which_aws_answers(racing_app: Flask) -> None:
    """Whoever comes first, the zone that AWS made is known and on its way out."""
    zone = make_zone(make_domain(make_account("One"), NAME), ZoneState.WANTED)
    zone.baseline = Baseline(NAME, reachable=True, parent_zone="acme.test").to_dict()
    db.session.commit()
    zone_id, domain_id = zone.id, zone.custom_domain_id
    step = provision.claim(zone_id, utcnow())
    db.session.commit()
    assert step is not None
    made = Zone("Z0MADE", NAME, tuple(a_set(3)), "C1", False, step.caller_reference)

    def answer() -> str:
        assert step is not None
        provision_record.record(step, made, utcnow())
        return "recorded"

    def remove() -> str:
        lifecycle.remove(db.session.get_one(LLMClientCustomDomain, domain_id), actor=COMMAND)
        return "removed"

    assert at_once(racing_app, answer, remove) == ["recorded", "removed"]
    db.session.expire_all()
    zone = db.session.get_one(HostedZone, zone_id)
    assert (zone.state, zone.aws_hosted_zone_id) == (ZoneState.LEAVING, "Z0MADE")
    assert zone.name_servers == a_set(3)


def test_the_last_two_zones_of_a_domain_end_at_once_and_so_does_its_removal(racing_app: Flask) -> None:
    domain = make_domain(make_account("One"), NAME)
    two = [make_zone(domain), make_zone(domain, generation=2)]
    lifecycle.remove(domain, actor=COMMAND)
    db.session.commit()
    domain_id = domain.id
    steps = [zone_deletion.claim(zone.id, utcnow()) for zone in two]
    db.session.commit()

    def end(step: zone_deletion.Step | None) -> str:
        assert step is not None
        deletion_record.record(step, zone_deletion.Deleted(), utcnow())
        return "ended"

    assert at_once(racing_app, *(lambda step=step: end(step) for step in steps)) == ["ended"] * 2
    db.session.expire_all()
    domain = db.session.get_one(LLMClientCustomDomain, domain_id)
    assert domain.state is DomainState.REMOVED
    assert [event.kind for event in queries.history(domain)].count(EventKind.STATE_CHANGED) == 2


def test_a_press_and_a_look_at_once_lose_neither(racing_app: Flask) -> None:
    zone_id = leaving()
    now = utcnow()
    step = zone_deletion.claim(zone_id, now)
    db.session.commit()
    assert step is not None
    domain_id = db.session.get_one(HostedZone, zone_id).custom_domain_id

    def press() -> str:
        deletion_queue.look_now(db.session.get_one(LLMClientCustomDomain, domain_id), utcnow())
        return "pressed"

    def record() -> str:
        assert step is not None
        return str(deletion_record.record(step, zone_deletion.Looked(step.watch), utcnow()))

    assert at_once(racing_app, press, record) == ["pressed", "False"]
    db.session.expire_all()
    due = db.session.get_one(HostedZone, zone_id).next_attempt_at
    assert due is not None
    assert due <= utcnow() + timedelta(hours=1)


def test_of_four_workers_one_opens_the_hourly_run(racing_app: Flask) -> None:
    """All at one time: of two whose clocks are on two sides of a full hour, each may open that of its own."""
    now = utcnow()

    def open_() -> int | None:
        return reconcile_run.due(now, 60)

    opened = at_once(racing_app, *[open_] * 4)
    assert len({run for run in opened if run is not None}) == 1, opened
    assert db.session.query(Reconciliation).count() == 1


def test_of_four_workers_one_takes_the_slice(racing_app: Flask) -> None:
    run_id = reconcile_run.start(utcnow())
    db.session.commit()

    def take() -> bool:
        return reconcile_run.claim(run_id, utcnow()) is not None

    assert sorted(map(bool, at_once(racing_app, *[take] * 4))) == [False, False, False, True]
