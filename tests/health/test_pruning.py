"""What is dropped every day, and what never is."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import make_account, make_domain, make_key
from webapp.extensions import db, settings
from webapp.health import pruning, tasks
from webapp.health.pruning import KEPT_CHECKS, KEPT_ENDS, prune_broker
from webapp.models import (
    Check,
    CheckOrigin,
    CheckStatus,
    IdempotentAnswer,
    LLMClientCustomDomain,
    utcnow,
)


@pytest.fixture
def domain(app: Flask) -> LLMClientCustomDomain:
    return make_domain(make_account())


def add_checks(domain: LLMClientCustomDomain, verdicts: str, oldest: datetime) -> None:
    """One check a minute for each letter, which stands for a verdict."""
    db.session.add_all(
        Check(
            custom_domain_id=domain.id,
            origin=CheckOrigin.SCHEDULE,
            status=CheckStatus.DONE,
            verdict=verdict,
            created_at=oldest + timedelta(minutes=number),
        )
        for number, verdict in enumerate(verdicts)
    )
    db.session.commit()


def verdicts(domain: LLMClientCustomDomain) -> str:
    query = select(Check.verdict).where(Check.custom_domain_id == domain.id).order_by(Check.id)
    return "".join(verdict or "?" for verdict in db.session.scalars(query))


def test_years_of_the_same_answer_are_dropped_and_news_is_kept(domain: LLMClientCustomDomain) -> None:
    add_checks(domain, "AAAABBTTTBBB" + "A" * 30, utcnow() - timedelta(days=400))
    tasks.prune.run()
    assert verdicts(domain) == "AABBTTBB" + "A" + "A" * KEPT_CHECKS
    tasks.prune.run()
    assert verdicts(domain) == "AABBTTBB" + "A" + "A" * KEPT_CHECKS, "a second time changes nothing"


def test_answer_that_comes_and_goes_is_not_kept_for_ever(domain: LLMClientCustomDomain) -> None:
    add_checks(domain, "AB" * 300, utcnow() - timedelta(days=400))
    tasks.prune.run()
    assert len(verdicts(domain)) == KEPT_ENDS + KEPT_CHECKS
    assert verdicts(domain).endswith("AB" * 20)


def test_newest_checks_stay_however_old(domain: LLMClientCustomDomain) -> None:
    add_checks(domain, "A" * KEPT_CHECKS, utcnow() - timedelta(days=400))
    tasks.prune.run()
    assert verdicts(domain) == "A" * KEPT_CHECKS


def test_period_is_a_setting(domain: LLMClientCustomDomain) -> None:
    days = settings().check_history_days
    add_checks(domain, "A" * 40, utcnow() - timedelta(days=days - 1))
    tasks.prune.run()
    assert verdicts(domain) == "A" * 40


def test_open_check_is_never_dropped(domain: LLMClientCustomDomain) -> None:
    add_checks(domain, "A" * 40, utcnow() - timedelta(days=400))
    middle = db.session.scalars(select(Check).order_by(Check.id)).all()[10]
    middle.status, middle.verdict = CheckStatus.WAITING, "A"
    db.session.commit()
    tasks.prune.run()
    assert db.session.get(Check, middle.id) is not None


def test_every_domain_has_its_turn(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    account, old = make_account(), utcnow() - timedelta(days=400)
    domains = [make_domain(account, f"{letter}.acme.test") for letter in "abcde"]
    for domain in domains:
        add_checks(domain, "A" * 40, old)
    original = pruning.domains_with_old_checks
    monkeypatch.setattr(
        pruning, "domains_with_old_checks", lambda before, after: original(before, after, limit=2)
    )
    tasks.prune.run()
    assert {verdicts(domain) for domain in domains} == {"A" * (KEPT_CHECKS + 1)}


def messages(path: Path) -> list[bool]:
    with closing(sqlite3.connect(path)) as connection:
        return [bool(visible) for (visible,) in connection.execute("SELECT visible FROM kombu_message")]


def test_delivered_messages_go_and_waiting_ones_stay(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "AT_ONCE", 3)
    celery, path = app.extensions["celery"], settings().broker_path
    with celery.connection_for_write() as connection:
        queue = connection.SimpleQueue("nameplate")
        for number in range(10):
            queue.put({"number": number})
        for _ in range(8):
            queue.get(block=False).ack()
        queue.close()
    assert messages(path).count(False) == 8
    assert prune_broker(path) == 8
    assert messages(path) == [True, True]
    assert prune_broker(path) == 0


def test_broker_that_was_never_used_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "broker.sqlite"
    assert prune_broker(path) == 0
    assert not path.exists()
    path.touch()
    assert prune_broker(path) == 0


def test_answers_of_the_api_are_kept_for_a_day(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    key, now = make_key(None)[0], utcnow()
    for hours in (1, 23, 25, 26, 100):
        claimed = now - timedelta(hours=hours)
        db.session.add(
            IdempotentAnswer(
                api_key_id=key.id, idempotency_key=str(hours), fingerprint="", claimed_at=claimed
            )
        )
    db.session.commit()
    monkeypatch.setattr(pruning, "AT_ONCE", 2)
    tasks.prune()
    kept = db.session.scalars(select(IdempotentAnswer.idempotency_key)).all()
    assert sorted(kept) == ["1", "23"]
