"""Targets at a real name server that takes signed updates, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from tests.app_fixtures import make_app
from tests.factories import make_account, make_domain
from tests.service.edge_server import EdgeServer
from tests.service.racing import at_once
from tests.twins.edge_zone import MemoryEdgeZone
from webapp.audit.log import COMMAND
from webapp.domains import lifecycle
from webapp.extensions import db, edge_zone, settings
from webapp.jobs import clock
from webapp.models import DomainState, Method, RecordsProof, TargetState, utcnow
from webapp.proofs import restore
from webapp.proofs.records import intent, publication, tasks

pytestmark = pytest.mark.service


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeServer]:
    server = EdgeServer(tmp_path_factory.mktemp("edge"))
    yield server
    server.stop()


@pytest.fixture
def app(database_url: str, tmp_path: Path, edge: EdgeServer) -> Iterator[Flask]:
    app = make_app(tmp_path, database_url=database_url, **edge.settings)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def claimed(name: str = "chat.acme.test") -> RecordsProof:
    domain = make_domain(make_account(), name, DomainState.VERIFIED, method=Method.RECORDS)
    proof = intent.want_proof(domain, clock.now())
    db.session.commit()
    return proof


def due_again(proof: RecordsProof) -> None:
    """As after the pause, or the lease of a worker that was killed."""
    db.session.execute(
        update(RecordsProof).where(RecordsProof.id == proof.id).values(next_attempt_at=utcnow())
    )
    db.session.commit()


def sweep(proof: RecordsProof) -> TargetState:
    publication.follow_edge(clock.now(), wildcard=False)
    db.session.commit()
    for proof_id in publication.due(clock.now(), 10):
        tasks.see_to_target.run(proof_id)
    db.session.expire_all()
    return proof.state


def test_a_target_answers_from_its_publication_to_its_withdrawal(app: Flask, edge: EdgeServer) -> None:
    proof = claimed()
    assert edge.ask(proof.target) == "NXDOMAIN"

    # A worker is killed after the server took the update, and another takes it up.
    step = publication.claim(proof.id, clock.now())
    db.session.commit()
    assert step is not None
    publication.advance(step, edge_zone(step.edge_domain))
    assert edge.ask(proof.target) == ["192.0.2.10"]
    due_again(proof)
    assert sweep(proof) is TargetState.PUBLISHED
    assert (edge.ask(proof.target), edge.ask(proof.target, "AAAA")) == (["192.0.2.10"], ["2001:db8::10"])

    # The edge moves.
    app.extensions["settings"] = settings().model_copy(update={"edge_target": ["192.0.2.11"]})
    assert sweep(proof) is TargetState.PUBLISHED
    assert (edge.ask(proof.target), edge.ask(proof.target, "AAAA")) == (["192.0.2.11"], "NOERROR")

    # The name is removed while the server is away, which comes back.
    lifecycle.remove(proof.custom_domain, actor=COMMAND)
    db.session.commit()
    edge.stop()
    assert sweep(proof) is TargetState.LEAVING
    assert proof.problem is not None
    edge.start()
    assert edge.ask(proof.target) == ["192.0.2.11"]
    due_again(proof)
    assert sweep(proof) is TargetState.WITHDRAWN
    assert edge.ask(proof.target) == "NXDOMAIN"

    # Its people change their mind.
    assert isinstance(restore.keep(proof.custom_domain, actor=COMMAND, settings=settings()), restore.Kept)
    db.session.commit()
    assert sweep(proof) is TargetState.PUBLISHED
    assert edge.ask(proof.target) == ["192.0.2.11"]


def test_a_key_that_the_server_does_not_know_waits_for_staff(app: Flask, edge: EdgeServer) -> None:
    key = "nameplate:YW5vdGhlci1zZWNyZXQtb2YtdGhlLXNhbWUta2V5"
    wrong = make_app(Path(app.instance_path), **{**edge.settings, "edge_update_key": key})
    app.extensions["edge_zone"] = wrong.extensions["edge_zone"]
    proof = claimed()
    assert sweep(proof) is TargetState.WANTED
    assert proof.problem is not None
    assert proof.problem.code == "target.refused"
    assert "differ about the key" in proof.problem.params["said"]
    assert edge.ask(proof.target) == "NXDOMAIN"


@pytest.mark.parametrize("_again", range(3))
def test_a_removal_taken_back_while_a_worker_withdraws_its_target(app: Flask, _again: int) -> None:
    """Whoever comes first, the target is there in the end."""
    names = MemoryEdgeZone()
    app.extensions["edge_zone"] = lambda _domain: names
    proof = claimed()
    sweep(proof)
    lifecycle.remove(proof.custom_domain, actor=COMMAND)
    db.session.commit()
    proof_id, domain = proof.id, proof.custom_domain_id

    def withdraw() -> str:
        tasks.see_to_target.run(proof_id)
        return "withdrawn"

    def keep() -> str:
        kept = db.session.get_one(RecordsProof, proof_id).custom_domain
        assert kept.id == domain
        return type(restore.keep(kept, actor=COMMAND, settings=settings())).__name__

    assert at_once(app, withdraw, keep) == ["withdrawn", "Kept"]
    assert sweep(proof) is TargetState.PUBLISHED
    assert list(names.names) == [proof.target]
