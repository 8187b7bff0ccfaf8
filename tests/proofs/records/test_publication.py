"""Targets are published and withdrawn, whatever fails and whoever is killed on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from tests.factories import make_account, make_domain
from tests.twins.edge_zone import MemoryEdgeZone
from webapp.dns.updates import UpdateError, UpdateRefusedError, UpdateRetryError
from webapp.extensions import db, settings
from webapp.jobs.leases import PARKED_PAUSE
from webapp.messages.catalogue import sentence
from webapp.models import LLMClientCustomDomain, Method, RecordsProof, TargetState, utcnow
from webapp.proofs.records import intent, publication
from webapp.zones import findings
from webapp.zones.findings import FindingKind

NOW = utcnow()
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
VALUES = ("45.76.10.1", "2a05:f480::1")


@pytest.fixture
def proof(app: Flask) -> RecordsProof:
    domain = make_domain(make_account(), "chat.acme.com", method=Method.RECORDS)
    proof = intent.want_proof(domain, NOW)
    db.session.commit()
    return proof


def configure(app: Flask, **values: Any) -> None:
    app.extensions["settings"] = settings().model_copy(update=values)


def step(
    proof: RecordsProof, edge: MemoryEdgeZone | None, now: object = NOW, killed: str = ""
) -> bool | None:
    """One claim, one act, one record, as the task does them; `killed`: after which of them the worker died."""
    taken = publication.claim(proof.id, now)  # type: ignore[arg-type]
    if killed == "claim before its commit":
        db.session.rollback()
        return None
    db.session.commit()
    if taken is None or killed == "claim":
        return None
    outcome = publication.advance(taken, edge)  # type: ignore[arg-type]
    if killed == "advance":
        return None
    done = publication.record(taken, outcome, now)  # type: ignore[arg-type]
    if killed == "record before its commit":
        db.session.rollback()
        return None
    db.session.commit()
    return done


def is_now(proof: RecordsProof, state: TargetState) -> bool:
    """In that state, and without a trouble."""
    return (proof.state, proof.problem, proof.attempts) == (state, None, 0)


def open_findings() -> list[str]:
    return [
        sentence(one.message)
        for one in findings.waiting()
        if one.kind == FindingKind.EDGE_ZONE and one.message
    ]


def test_a_target_is_there_from_its_publication_to_its_withdrawal(
    proof: RecordsProof, edge: MemoryEdgeZone
) -> None:
    assert step(proof, edge) is True
    assert edge.names == {proof.target: VALUES}
    assert (proof.state, proof.next_attempt_at, proof.problem) == (TargetState.PUBLISHED, None, None)
    assert publication.due(NOW + HOUR, 10) == []

    intent.give_back(proof.custom_domain, NOW)
    db.session.commit()
    assert publication.due(NOW, 10) == [proof.id]
    assert step(proof, edge) is True
    assert edge.names == {}
    assert (proof.state, proof.withdrawn_at, proof.published) == (TargetState.WITHDRAWN, NOW, None)
    assert publication.due(NOW + HOUR, 10) == []


def test_an_alias_is_led_to_by_its_host_name(app: Flask, proof: RecordsProof, edge: MemoryEdgeZone) -> None:
    configure(app, edge_target=["alias:Z35SXDOTRQ7X7K/edge-1234.elb.amazonaws.com"])
    assert step(proof, edge) is True
    assert edge.names == {proof.target: ("edge-1234.elb.amazonaws.com",)}


def test_where_a_wildcard_stands_nobody_is_told(proof: RecordsProof) -> None:
    assert step(proof, None) is True
    assert proof.state is TargetState.PUBLISHED
    intent.give_back(proof.custom_domain, NOW)
    db.session.commit()
    assert step(proof, None) is True
    assert is_now(proof, TargetState.WITHDRAWN)


def test_a_target_stays_below_the_domain_that_it_was_shown_with(app: Flask, proof: RecordsProof) -> None:
    configure(app, edge_domain="other.example.net")
    taken = publication.claim(proof.id, NOW)
    assert taken is not None
    assert taken.edge_domain == "edge.nameplate.net"
    assert taken.target.endswith(".edge.nameplate.net")


def test_a_label_and_a_token_are_never_given_again(
    proof: RecordsProof, edge: MemoryEdgeZone, monkeypatch: pytest.MonkeyPatch
) -> None:
    step(proof, edge)
    intent.give_back(proof.custom_domain, NOW)
    db.session.commit()
    step(proof, edge)
    other = make_domain(make_account("Other"), "chat.acme.com", method=Method.RECORDS)
    values = iter(["0f" * 20, proof.label])
    monkeypatch.setattr("webapp.proofs.records.intent.secrets.token_hex", lambda _bytes: next(values))
    with pytest.raises(IntegrityError), db.session.begin_nested():
        intent.want_proof(other, NOW)
    values = iter([proof.token, "0e" * 20])
    with pytest.raises(IntegrityError), db.session.begin_nested():
        intent.want_proof(other, NOW)


@pytest.mark.parametrize(
    "killed", ["claim before its commit", "claim", "advance", "record before its commit"]
)
@pytest.mark.parametrize("leaving", [False, True], ids=["publishing", "withdrawing"])
def test_whatever_is_killed_is_taken_up_again(
    proof: RecordsProof, edge: MemoryEdgeZone, killed: str, leaving: bool
) -> None:
    if leaving:
        step(proof, edge)
        intent.give_back(proof.custom_domain, NOW)
        db.session.commit()
    step(proof, edge, killed=killed)
    later = NOW + publication.JOB.lease
    assert publication.due(later, 10) == [proof.id]
    assert step(proof, edge, later) is True
    assert edge.names == ({} if leaving else {proof.target: VALUES})
    assert proof.state is (TargetState.WITHDRAWN if leaving else TargetState.PUBLISHED)


def test_two_workers_do_not_take_one_target(proof: RecordsProof) -> None:
    assert publication.claim(proof.id, NOW) is not None
    assert publication.claim(proof.id, NOW + MINUTE) is None


def test_a_worker_that_was_overtaken_records_nothing(proof: RecordsProof, edge: MemoryEdgeZone) -> None:
    slow = publication.claim(proof.id, NOW)
    assert slow is not None
    assert step(proof, edge, NOW + publication.JOB.lease) is True
    edge.fault = UpdateRetryError("too late")
    assert publication.record(slow, publication.advance(slow, edge), NOW) is False  # type: ignore[arg-type]
    assert (proof.state, proof.problem) == (TargetState.PUBLISHED, None)


def given_back(domain: LLMClientCustomDomain) -> None:
    intent.give_back(domain, NOW + MINUTE)


def kept(domain: LLMClientCustomDomain) -> None:
    intent.take_again(domain.records_proofs[-1], NOW + MINUTE)


@pytest.mark.parametrize(
    ("before", "change", "names"),
    [(TargetState.WANTED, given_back, 0), (TargetState.LEAVING, kept, 1)],
    ids=["given back while it is published", "kept while it is withdrawn"],
)
def test_what_was_decided_last_is_what_stands(
    proof: RecordsProof,
    edge: MemoryEdgeZone,
    before: TargetState,
    change: Callable[[LLMClientCustomDomain], None],
    names: int,
) -> None:
    """The update of a slow worker comes after the decision, and before the next update."""
    proof.state = before
    db.session.commit()
    slow = publication.claim(proof.id, NOW)
    db.session.commit()
    assert slow is not None
    change(proof.custom_domain)
    db.session.commit()
    assert publication.claim(proof.id, NOW + MINUTE) is None
    outcome = publication.advance(slow, edge)  # type: ignore[arg-type]
    assert publication.record(slow, outcome, NOW + MINUTE) is False
    db.session.commit()
    assert publication.due(NOW + MINUTE, 10) == [proof.id]
    assert step(proof, edge, NOW + MINUTE) is True
    assert len(edge.names) == names


def test_silent_servers_are_asked_again_after_growing_pauses(
    proof: RecordsProof, edge: MemoryEdgeZone
) -> None:
    edge.fault = UpdateRetryError("No server of edge.nameplate.net that takes updates answers.")
    now, pauses = NOW, []
    for attempt in range(1, 13):
        assert step(proof, edge, now) is False
        assert proof.next_attempt_at is not None
        pauses.append(proof.next_attempt_at - now)
        now = proof.next_attempt_at
        assert bool(open_findings()) == (attempt >= publication.SILENT_ATTEMPTS)
    assert pauses == sorted(pauses)
    assert pauses[-1] <= publication.JOB.longest()
    assert proof.problem is not None
    assert sentence(proof.problem) == (
        "The name servers of edge.nameplate.net did not take our update. We try again in a few minutes."
    )
    assert "No server of edge.nameplate.net" in open_findings()[0]

    edge.fault = None
    assert step(proof, edge, now) is True
    assert is_now(proof, TargetState.PUBLISHED)
    assert open_findings() == []


@pytest.mark.parametrize("leaving", [False, True], ids=["publishing", "withdrawing"])
def test_a_refusal_waits_for_staff_with_one_finding_for_all(
    proof: RecordsProof, edge: MemoryEdgeZone, leaving: bool
) -> None:
    other = intent.want_proof(make_domain(proof.custom_domain.account, "two.acme.com"), NOW)
    if leaving:
        for one in (proof, other):
            step(one, edge)
            intent.give_back(one.custom_domain, NOW)
    db.session.commit()
    edge.fault = UpdateRefusedError(
        "192.0.2.53:53 and we differ about the key that an update is signed with."
    )
    for one in (proof, other):
        assert step(one, edge) is False
        assert one.next_attempt_at == NOW + PARKED_PAUSE
    assert proof.state is (TargetState.LEAVING if leaving else TargetState.WANTED)
    (told,) = open_findings()
    assert "differ about the key" in told
    assert proof.problem is not None
    assert "192.0.2.53" not in sentence(proof.problem)

    edge.fault = None
    assert step(other, edge, NOW + HOUR) is True
    assert open_findings() == []


def test_an_edge_without_an_address_waits_for_staff(
    app: Flask, proof: RecordsProof, edge: MemoryEdgeZone
) -> None:
    configure(app, edge_target=[])
    assert step(proof, edge) is False
    assert (edge.asked, len(open_findings())) == (0, 1)


def published(proof: RecordsProof, edge: MemoryEdgeZone | None) -> None:
    step(proof, edge)
    if edge is not None:
        edge.updates.clear()


def test_published_targets_follow_the_edge(app: Flask, proof: RecordsProof, edge: MemoryEdgeZone) -> None:
    published(proof, edge)
    configure(app, edge_target=["45.76.10.9"])
    assert publication.follow_edge(NOW, wildcard=False) == 1
    db.session.commit()
    assert step(proof, edge) is True
    assert edge.names == {proof.target: ("45.76.10.9",)}


@pytest.mark.parametrize("order", [1, -1], ids=["the same", "in another order"])
def test_nothing_is_written_when_nothing_changed(
    app: Flask, proof: RecordsProof, edge: MemoryEdgeZone, order: int
) -> None:
    published(proof, edge)
    configure(app, edge_target=list(VALUES)[::order])
    assert publication.follow_edge(NOW, wildcard=False) == 0
    assert publication.due(NOW + HOUR, 10) == []
    assert edge.updates == []


def test_a_change_leaves_alone_what_is_withdrawn_or_on_its_way_out(
    app: Flask, proof: RecordsProof, edge: MemoryEdgeZone
) -> None:
    published(proof, edge)
    intent.give_back(proof.custom_domain, NOW)
    db.session.commit()
    configure(app, edge_target=["45.76.10.9"])
    assert publication.follow_edge(NOW, wildcard=False) == 0
    step(proof, edge)
    assert publication.follow_edge(NOW, wildcard=False) == 0
    assert edge.names == {}


def test_an_edge_that_lost_its_addresses_takes_no_target_away(
    app: Flask, proof: RecordsProof, edge: MemoryEdgeZone
) -> None:
    published(proof, edge)
    configure(app, edge_target=[])
    assert publication.follow_edge(NOW, wildcard=False) == 0
    assert list(edge.names) == [proof.target]


def test_updates_that_are_offered_later_publish_what_the_wildcard_stood_for(
    proof: RecordsProof, edge: MemoryEdgeZone
) -> None:
    published(proof, None)
    assert publication.follow_edge(NOW, wildcard=True) == 0
    assert publication.follow_edge(NOW, wildcard=False) == 1
    db.session.commit()
    assert step(proof, edge) is True
    assert edge.names == {proof.target: VALUES}


def test_accounts_take_turns(proof: RecordsProof) -> None:
    many = make_account("Many")
    for number in range(5):
        intent.want_proof(make_domain(many, f"n{number}.many.com"), NOW - HOUR)
    db.session.commit()
    assert proof.id in publication.due(NOW, 2)


@pytest.mark.parametrize("fault", [UpdateRetryError("x"), UpdateRefusedError("x")], ids=["silent", "refused"])
def test_a_pause_of_a_clock_that_was_ahead_is_over(
    proof: RecordsProof, edge: MemoryEdgeZone, fault: UpdateError
) -> None:
    edge.fault = fault
    step(proof, edge, NOW + 24 * HOUR)
    proof.next_attempt_at = NOW + 24 * HOUR
    db.session.commit()
    assert publication.due(NOW, 10) == [proof.id]
