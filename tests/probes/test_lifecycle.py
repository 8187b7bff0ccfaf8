"""When a name is looked at next."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import make_domain, make_llm_client, said
from tests.probes.seeing import NOW, found, row, see
from webapp.audit.log import SYSTEM, note
from webapp.domains import assignment, suspension
from webapp.domains import lifecycle as domain_lifecycle
from webapp.domains.limits import NotReady, TooSoon
from webapp.extensions import db, settings
from webapp.llm_clients import services
from webapp.models import DomainState, EventKind, LLMClientCustomDomain, Probe, ProbeOutcome, utcnow
from webapp.probes import lifecycle


def due(domain: LLMClientCustomDomain) -> datetime | None:
    return db.session.scalar(select(Probe.next_probe_at).where(Probe.custom_domain_id == domain.id))


def is_due_soon(domain: LLMClientCustomDomain) -> bool:
    at = due(domain)
    return at is not None and at <= utcnow() + lifecycle.SOON


def test_name_is_looked_at_as_soon_as_it_is_verified(domain: LLMClientCustomDomain) -> None:
    other = make_domain(domain.account, "other.acme.test")
    assert due(other) is None
    domain_lifecycle.change_state(other, DomainState.VERIFIED, NOW, SYSTEM, said("moved"))
    assert due(other) == NOW + lifecycle.SOON


def test_what_was_seen_before_it_lapsed_says_nothing_when_it_is_back(domain: LLMClientCustomDomain) -> None:
    see(domain, NOW, found(ProbeOutcome.LIVE))
    for state in (DomainState.FAILING, DomainState.LAPSED):
        domain_lifecycle.change_state(domain, state, NOW, SYSTEM, said("moved"))
    domain_lifecycle.change_state(domain, DomainState.VERIFIED, NOW, SYSTEM, said("moved"))
    db.session.commit()
    assert row(domain).seen is None
    assert row(domain).first_live_at == NOW


def test_nothing_is_kept_of_a_name_that_is_gone_for_good(domain: LLMClientCustomDomain) -> None:
    see(domain, NOW, found(ProbeOutcome.LIVE))
    domain_lifecycle.remove(domain, actor=SYSTEM, now=NOW)
    assert row(domain).outcome is ProbeOutcome.LIVE, "the removal can be taken back"
    domain_lifecycle.change_state(domain, DomainState.REMOVED, NOW, SYSTEM, said("moved"))
    assert db.session.scalars(select(Probe)).all() == []


def test_failure_that_people_were_told_of_is_over_when_the_name_is_back(
    domain: LLMClientCustomDomain,
) -> None:
    """Else the next look would say that it works again, of a time before it lapsed."""
    see(domain, NOW, found(ProbeOutcome.LIVE))
    for hours in (30, 31):
        see(domain, NOW + timedelta(hours=hours), found(ProbeOutcome.POINTS_ELSEWHERE))
    assert row(domain).told_at is not None
    for state in (DomainState.FAILING, DomainState.LAPSED, DomainState.VERIFIED):
        domain_lifecycle.change_state(domain, state, NOW, SYSTEM, said("moved"))
    db.session.commit()
    assert (row(domain).told_at, row(domain).failing_since) == (None, None)


def test_pauses_begin_anew_after_a_change_and_once_it_works(domain: LLMClientCustomDomain) -> None:
    for minutes in (0, 2, 5):
        see(domain, NOW + timedelta(minutes=minutes), found(ProbeOutcome.POINTS_ELSEWHERE))
    assert row(domain).attempts == 3
    lifecycle.look_soon(domain, NOW + timedelta(minutes=20))
    assert row(domain).attempts == 0
    see(domain, NOW + timedelta(minutes=30), found(ProbeOutcome.POINTS_ELSEWHERE))
    see(domain, NOW + timedelta(minutes=40), found(ProbeOutcome.LIVE))
    assert row(domain).attempts == 0


def test_suspension_that_ends(domain: LLMClientCustomDomain) -> None:
    suspension.suspend(domain, actor=SYSTEM, reason="Reported.", now=NOW)
    assert due(domain) is None
    suspension.release(domain, actor=SYSTEM, reason="A mistake.", now=NOW + timedelta(hours=1))
    assert due(domain) == NOW + timedelta(hours=1) + lifecycle.SOON


@pytest.mark.parametrize("kind", sorted(lifecycle._CHANGES))
def test_event_that_changes_what_visitors_see(domain: LLMClientCustomDomain, kind: EventKind) -> None:
    see(domain, NOW, found(ProbeOutcome.LIVE))
    note(domain, kind, said("changed"))
    assert is_due_soon(domain)
    assert row(domain).outcome is ProbeOutcome.LIVE, "it is still what was last seen"


def test_other_llm_client_and_its_switch(domain: LLMClientCustomDomain) -> None:
    see(domain, NOW, found(ProbeOutcome.LIVE))
    client = make_llm_client(domain.account, name="Support", deployed=False)
    assignment.attach(client, domain, actor=SYSTEM)
    assert is_due_soon(domain)
    db.session.query(Probe).update({"next_probe_at": None})
    services.change(client, name="Support", deployed=False)
    assert due(domain) is None, "nothing was switched"
    services.change(client, name="Support", deployed=True)
    assert is_due_soon(domain)


def test_owner_looks_as_often_as_they_may_verify(domain: LLMClientCustomDomain) -> None:
    assert lifecycle.look_now(domain, settings(), NOW) is None
    assert due(domain) == NOW
    refused = lifecycle.look_now(domain, settings(), NOW + timedelta(seconds=1))
    assert isinstance(refused, TooSoon)
    assert lifecycle.look_now(domain, settings(), NOW + timedelta(seconds=31)) is None


def test_there_is_nothing_to_see_of_a_name_that_is_not_served(domain: LLMClientCustomDomain) -> None:
    pending = make_domain(domain.account, "other.acme.test")
    assert isinstance(lifecycle.look_now(pending, settings(), NOW), NotReady)
    domain.held_at = NOW
    refused = lifecycle.look_now(domain, settings(), NOW)
    assert isinstance(refused, NotReady)
    assert "suspended" in refused.sentence
    assert due(domain) is None


def test_names_of_before_are_found_and_come_one_after_another(domain: LLMClientCustomDomain) -> None:
    for number in range(3):
        other = make_domain(domain.account, f"n{number}.acme.test", DomainState.VERIFIED)
        make_llm_client(domain.account, name=f"n{number}", custom_domain=other, deployed=number != 1)
    db.session.commit()
    seen = lifecycle.look_at_missing(NOW, 0, 0, limit=2)
    assert len(seen) == 2
    assert len(lifecycle.look_at_missing(NOW, seen[-1], 2, limit=2)) == 1
    times = db.session.scalars(select(Probe.next_probe_at).order_by(Probe.custom_domain_id)).all()
    assert times == [NOW + timedelta(seconds=number / lifecycle.FIRST_PER_SECOND) for number in range(3)]
    assert lifecycle.look_at_missing(NOW, 0, 0) == []


def test_nothing_is_written_where_nobody_looks(looking: Flask, domain: LLMClientCustomDomain) -> None:
    looking.extensions["settings"] = settings().model_copy(update={"edge_probes": "no"})
    note(domain, EventKind.ATTACHED, said("changed"))
    lifecycle.look_soon(domain, NOW)
    suspension.suspend(domain, actor=SYSTEM, reason="Reported.", now=NOW)
    suspension.release(domain, actor=SYSTEM, reason="A mistake.", now=NOW)
    assert db.session.scalars(select(Probe)).all() == []
