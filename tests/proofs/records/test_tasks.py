"""The sweeps of targets and of records that are left."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from tests.factories import make_account, make_domain
from tests.twins.dns import MemoryDns
from tests.twins.edge_zone import MemoryEdgeZone
from webapp.audit.log import COMMAND
from webapp.config.schedule import SCHEDULE
from webapp.dns.updates import UpdateRetryError
from webapp.domains import lifecycle
from webapp.extensions import db, settings
from webapp.jobs.places import FOR_STEPS, FOR_TARGETS, place
from webapp.models import DomainState, Method, RecordsProof, TargetState, utcnow
from webapp.proofs.records import intent, tasks

MINUTE = timedelta(minutes=1)


def wanted(count: int) -> list[RecordsProof]:
    account = make_account()
    proofs = []
    for number in range(count):
        domain = make_domain(account, f"n{number}.acme.com", DomainState.VERIFIED, method=Method.RECORDS)
        proofs.append(intent.want_proof(domain, utcnow() - MINUTE))
    db.session.commit()
    return proofs


@pytest.fixture
def at_once(app: Flask) -> None:
    """What is queued is done."""
    app.extensions["celery"].conf.task_always_eager = True


@pytest.mark.usefixtures("at_once")
def test_a_sweep_publishes_all_that_is_due(edge: MemoryEdgeZone) -> None:
    proofs = wanted(3)
    tasks.sweep_targets.run()
    assert set(edge.names) == {proof.target for proof in proofs}
    tasks.sweep_targets.run()
    assert edge.asked == 3


@pytest.mark.usefixtures("at_once")
def test_a_silent_server_is_asked_for_one_target_in_a_sweep(edge: MemoryEdgeZone) -> None:
    proofs = wanted(3)
    edge.fault = UpdateRetryError("No server answers.")
    tasks.sweep_targets.run()
    assert edge.asked == 1
    assert sorted(proof.attempts for proof in proofs) == [0, 0, 1]


@pytest.mark.usefixtures("at_once")
def test_a_sweep_follows_the_edge(app: Flask, edge: MemoryEdgeZone) -> None:
    (proof,) = wanted(1)
    tasks.sweep_targets.run()
    app.extensions["settings"] = settings().model_copy(update={"edge_target": ["45.76.10.9"]})
    tasks.sweep_targets.run()
    assert edge.names == {proof.target: ("45.76.10.9",)}


@pytest.mark.usefixtures("at_once")
def test_without_servers_that_take_updates_a_sweep_asks_nobody(app: Flask, edge: MemoryEdgeZone) -> None:
    app.extensions["edge_zone"] = lambda _domain: None
    app.extensions["settings"] = settings().model_copy(update={"edge_update_servers": []})
    (proof,) = wanted(1)
    for state in (TargetState.PUBLISHED, TargetState.PUBLISHED):
        tasks.sweep_targets.run()
        assert proof.state is state
    lifecycle.remove(proof.custom_domain, actor=COMMAND)
    db.session.commit()
    tasks.sweep_targets.run()
    assert (proof.state, edge.asked) == (TargetState.WITHDRAWN, 0)


@pytest.mark.usefixtures("at_once")
def test_a_sweep_ends_the_removal_of_a_name_whose_records_are_gone(app: Flask) -> None:
    dns = app.extensions["dns"]
    assert isinstance(dns, MemoryDns)
    dns.zone("acme.com", "ns1.acme.com", "ns2.acme.com")
    (proof,) = wanted(1)
    lifecycle.remove(proof.custom_domain, actor=COMMAND)
    db.session.commit()
    tasks.sweep_targets.run()
    tasks.sweep_looks.run()
    db.session.expire_all()
    assert proof.custom_domain.state is DomainState.REMOVED
    tasks.sweep_looks.run()


@pytest.mark.usefixtures("app")
def test_what_finds_no_free_place_is_left_to_the_sweep(edge: MemoryEdgeZone) -> None:
    (proof,) = wanted(1)
    proof.next_look_at = utcnow()
    db.session.commit()
    with place(FOR_TARGETS), place(FOR_STEPS), place(FOR_STEPS):
        tasks.see_to_target.run(proof.id)
        tasks.look_for_records.run(proof.id)
    assert edge.asked == 0
    assert proof.state is TargetState.WANTED


@pytest.mark.usefixtures("app")
def test_a_step_that_another_worker_has_is_left_alone(edge: MemoryEdgeZone) -> None:
    (proof,) = wanted(1)
    proof.next_attempt_at = utcnow() + MINUTE
    db.session.commit()
    tasks.see_to_target.run(proof.id)
    tasks.look_for_records.run(proof.id)
    assert edge.asked == 0


def test_the_schedule_has_the_sweeps() -> None:
    mine = {row.task: row.seconds for row in SCHEDULE if row.task.startswith("webapp.proofs")}
    assert mine == {
        tasks.sweep_targets.name: 5.0,
        tasks.sweep_looks.name: 15.0,
        "webapp.proofs.tasks.let_former_methods_go": 3600.0,
    }
