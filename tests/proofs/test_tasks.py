"""What the former method of a claim had is given back by two readings of the clock."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.factories import make_domain, make_zone
from webapp.extensions import db
from webapp.jobs.double_check import APART
from webapp.models import (
    Account,
    DomainState,
    LLMClientCustomDomain,
    Method,
    RecordsProof,
    TargetState,
    ZoneState,
    utcnow,
)
from webapp.proofs import change, tasks
from webapp.proofs.records import intent

NOW = utcnow()
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def domain(account: Account) -> LLMClientCustomDomain:
    """It changed from the records method to a delegation, and all its time is over."""
    domain = make_domain(account, state=DomainState.VERIFIED, method=Method.DELEGATION)
    make_zone(domain)
    intent.want_proof(domain, NOW)
    domain.former_until = NOW
    db.session.commit()
    return domain


def let_go(now: datetime) -> int:
    count = change.let_former_go(now)
    db.session.commit()
    db.session.expire_all()
    return count


def proof_of(domain: LLMClientCustomDomain) -> RecordsProof:
    return domain.records_proofs[-1]


def test_it_takes_two_readings(domain: LLMClientCustomDomain) -> None:
    assert let_go(NOW - HOUR) == 0
    assert domain.former_overdue_since is None
    assert let_go(NOW) == 0
    assert let_go(NOW + APART / 2) == 0
    assert proof_of(domain).state is TargetState.WANTED
    assert let_go(NOW + APART) == 1
    assert (proof_of(domain).state, domain.zones[0].state) == (TargetState.LEAVING, ZoneState.READY)
    assert (domain.former_until, domain.former_overdue_since) == (None, None)
    assert let_go(NOW + 2 * APART) == 0


def test_a_clock_that_leapt_and_came_back_lets_nothing_go(domain: LLMClientCustomDomain) -> None:
    domain.former_until = NOW + DAY
    db.session.commit()
    assert let_go(NOW + 300 * DAY) == 0
    assert let_go(NOW + HOUR) == 0
    assert domain.former_overdue_since is None
    assert let_go(NOW + DAY) == 0
    assert let_go(NOW + DAY + APART) == 1


def test_a_time_that_a_clock_ahead_has_written_is_not_waited_for(domain: LLMClientCustomDomain) -> None:
    domain.former_until = NOW + 300 * DAY
    db.session.commit()
    assert let_go(NOW) == 0
    assert domain.former_until == NOW + change.FORMER_STAYS


def test_the_method_that_a_claim_changes_back_to_keeps_what_it_has(domain: LLMClientCustomDomain) -> None:
    domain.next_method = Method.RECORDS
    db.session.commit()
    let_go(NOW)
    assert let_go(NOW + APART) == 1
    assert proof_of(domain).state is TargetState.WANTED


def test_the_task_lets_them_go(domain: LLMClientCustomDomain) -> None:
    domain.former_overdue_since = NOW - HOUR
    db.session.commit()
    tasks.let_former_methods_go.run()
    db.session.expire_all()
    assert proof_of(domain).state is TargetState.LEAVING
