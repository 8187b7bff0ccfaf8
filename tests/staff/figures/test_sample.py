from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from tests.factories import make_domain
from tests.statements import statements
from webapp.extensions import db
from webapp.models import Account, Check, CheckOrigin, CheckStatus, LLMClientCustomDomain, utcnow
from webapp.staff.figures import sample as sampling
from webapp.staff.figures.sample import first_id_since, sample

NOW = utcnow()


@pytest.fixture
def domain(account: Account) -> LLMClientCustomDomain:
    made = make_domain(account, "chat.acme.test")
    db.session.commit()
    return made


def add(domain: LLMClientCustomDomain, count: int, *, step: timedelta, verdict: str = "VERIFIED") -> None:
    """One check each step, the last one now; each took two seconds."""
    for back in reversed(range(count)):
        at = NOW - step * back
        db.session.add(
            Check(
                custom_domain=domain,
                origin=CheckOrigin.SCHEDULE,
                status=CheckStatus.DONE,
                verdict=verdict,
                created_at=at,
                updated_at=at + timedelta(seconds=2),
            )
        )
    db.session.commit()


def test_without_checks_there_is_nothing(app: Flask) -> None:
    found = sample(NOW - timedelta(days=1))
    assert (list(found.rows), found.exact) == ([], True)


def test_few_checks_are_read_whole(domain: LLMClientCustomDomain) -> None:
    add(domain, 30, step=timedelta(hours=1))
    found = sample(NOW - timedelta(hours=10, minutes=30))
    assert (len(found.rows), found.exact) == (11, True)
    assert {(one.weight, one.seconds, one.asked_seconds) for one in found.rows} == {(1.0, 2.0, None)}


@pytest.mark.parametrize("hours", [0, 1, 7, 28, 29, 30, 100])
def test_first_check_of_a_time_is_found(domain: LLMClientCustomDomain, hours: int) -> None:
    add(domain, 30, step=timedelta(hours=1))
    since = NOW - timedelta(hours=hours)
    first = first_id_since(since)
    assert first is not None
    rows = db.session.query(Check).order_by(Check.id).all()
    assert first == next(one.id for one in rows if one.created_at >= since)


def test_no_check_since_then(domain: LLMClientCustomDomain) -> None:
    add(domain, 3, step=timedelta(hours=1))
    assert first_id_since(NOW + timedelta(hours=1)) is None
    assert list(sample(NOW + timedelta(hours=1)).rows) == []


def test_many_checks_are_sampled_and_weighed(
    domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "SLICES", 10)
    monkeypatch.setattr(sampling, "ROWS", 5)
    add(domain, 200, step=timedelta(minutes=1))
    add(domain, 200, step=timedelta(minutes=1), verdict="NOT_DELEGATED")
    found = sample(NOW - timedelta(days=1))
    assert (len(found.rows), found.exact) == (50, False)
    total = sum(one.weight for one in found.rows)
    right = sum(one.weight for one in found.rows if one.verdict == "VERIFIED")
    assert (round(total), round(right)) == (400, 200)


def test_gaps_that_pruning_left_do_not_count(
    domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "SLICES", 10)
    monkeypatch.setattr(sampling, "ROWS", 5)
    add(domain, 400, step=timedelta(minutes=1))
    db.session.query(Check).filter(Check.id % 4 != 1, Check.id < 399).delete()
    db.session.commit()
    left = db.session.query(Check).count()
    weights = sum(one.weight for one in sample(NOW - timedelta(days=1)).rows)
    assert abs(weights - left) < left * 0.3


def test_open_checks_are_no_finished_ones(domain: LLMClientCustomDomain) -> None:
    db.session.add(Check(custom_domain=domain, origin=CheckOrigin.CUSTOMER))
    db.session.commit()
    assert list(sample(NOW - timedelta(days=1)).rows) == []


def test_press_is_timed_from_its_request(domain: LLMClientCustomDomain) -> None:
    db.session.add(
        Check(
            custom_domain=domain,
            origin=CheckOrigin.CUSTOMER,
            status=CheckStatus.DONE,
            verdict="VERIFIED",
            created_at=NOW,
            started_at=NOW + timedelta(seconds=1),
            finished_at=NOW + timedelta(seconds=4),
        )
    )
    db.session.commit()
    (one,) = sample(NOW - timedelta(days=1)).rows
    assert (one.seconds, one.asked_seconds) == (3.0, 4.0)


def test_statements_are_bounded(domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "SLICES", 10)
    monkeypatch.setattr(sampling, "ROWS", 5)
    add(domain, 300, step=timedelta(minutes=1))
    with statements() as seen:
        sample(NOW - timedelta(days=1))
    assert 0 < len(seen) < 20
