"""Whom a commit wakes, by the method of the claim."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import make_domain, make_zone
from webapp.extensions import db
from webapp.models import Account, Method, TargetState, ZoneState, utcnow
from webapp.proofs.records import intent
from webapp.proofs.waking import wake_for

Queued = list[tuple[str, tuple[object, ...]]]
NOW = utcnow()


def test_a_new_claim_wakes_whoever_makes_its_zone(account: Account, queued: Queued) -> None:
    domain = make_domain(account)
    zone = make_zone(domain, ZoneState.WANTED, next_attempt_at=NOW)
    db.session.commit()
    wake_for(domain)
    assert queued == [("set_up_zone", (zone.id,))]


def test_a_new_claim_by_records_wakes_whoever_publishes_its_target(account: Account, queued: Queued) -> None:
    domain = make_domain(account, method=Method.RECORDS)
    proof = intent.want_proof(domain, NOW)
    db.session.commit()
    wake_for(domain)
    assert queued == [("see_to_target", (proof.id,))]


@pytest.mark.parametrize("state", [TargetState.PUBLISHED, TargetState.WITHDRAWN])
def test_what_is_done_wakes_nobody(account: Account, queued: Queued, state: TargetState) -> None:
    domain = make_domain(account, method=Method.RECORDS)
    proof = intent.want_proof(domain, NOW)
    proof.state, proof.next_attempt_at = state, None
    make_zone(domain)
    db.session.commit()
    wake_for(domain)
    assert queued == []


def test_what_rests_or_is_under_way_wakes_nobody(account: Account, queued: Queued) -> None:
    later = NOW + timedelta(minutes=1)
    domain = make_domain(account, method=Method.RECORDS)
    intent.want_proof(domain, NOW).next_attempt_at = later
    make_zone(domain, ZoneState.WANTED, next_attempt_at=later)
    db.session.commit()
    wake_for(domain, NOW)
    assert queued == []
