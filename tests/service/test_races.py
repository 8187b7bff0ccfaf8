"""Two processes at once: the database decides, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import TypeVar

import pytest
from flask import Flask

from tests.app_fixtures import make_app
from tests.domains.reports import report
from tests.factories import make_account, make_domain, make_zone
from webapp.dns.delegation import Verdict
from webapp.domains import checks, queries, services, zones
from webapp.domains.actors import COMMAND
from webapp.extensions import db, settings
from webapp.models import (
    Account,
    CheckOrigin,
    DomainState,
    LLMClientCustomDomain,
    ZoneState,
    utcnow,
)

pytestmark = pytest.mark.service
T = TypeVar("T")


@pytest.fixture
def racing_app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = make_app(tmp_path, database_url=database_url)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def at_once(app: Flask, *acts: Callable[[], T]) -> list[T | Exception]:
    """Run each act in a thread and session of its own, released together; what it returns or raises."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], T]) -> T | Exception:
        with app.app_context():
            try:
                barrier.wait()
                result = act()
                db.session.commit()
            except Exception as err:  # noqa: BLE001 - the test looks at it
                db.session.rollback()
                return err
            return result

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def pending_domain(account_name: str) -> int:
    domain = make_domain(make_account(account_name))
    make_zone(domain)
    db.session.commit()
    return domain.id


def prove(domain_id: int) -> Callable[[], bool]:
    def act() -> bool:
        domain = db.session.get_one(LLMClientCustomDomain, domain_id)
        opened = services.open_new_check(domain, CheckOrigin.SCHEDULE, utcnow())
        work = checks.take(opened.check.id, utcnow())
        db.session.commit()
        assert work is not None
        return checks.record(work, report(work.expectation, Verdict.VERIFIED, utcnow()), utcnow())

    return act


def test_of_two_accounts_that_prove_one_name_exactly_one_is_verified(racing_app: Flask) -> None:
    ids = [pending_domain("One"), pending_domain("Two")]
    assert at_once(racing_app, *map(prove, ids)) == [True, True]
    db.session.expire_all()
    states = sorted(db.session.get_one(LLMClientCustomDomain, identity).state for identity in ids)
    assert states == [DomainState.PENDING, DomainState.VERIFIED]
    assert LLMClientCustomDomain.get_verified_domains() == ["chat.acme.test"]


def test_of_two_workers_one_takes_a_check(racing_app: Flask) -> None:
    domain = db.session.get_one(LLMClientCustomDomain, pending_domain("One"))
    check_id = services.open_new_check(domain, CheckOrigin.SCHEDULE, utcnow()).check.id
    db.session.commit()

    def take() -> bool:
        return checks.take(check_id, utcnow()) is not None

    assert sorted(map(bool, at_once(racing_app, *[take] * 4))) == [False, False, False, True]


def test_two_presses_open_one_check(racing_app: Flask) -> None:
    identity = pending_domain("One")

    def press() -> str:
        domain = db.session.get_one(LLMClientCustomDomain, identity)
        result = services.request_check(
            domain, origin=CheckOrigin.CUSTOMER, actor=COMMAND, settings=settings(), now=utcnow()
        )
        return type(result).__name__

    results = at_once(racing_app, *[press] * 4)
    assert results.count("CheckRequested") >= 1, results
    assert set(results) <= {"CheckRequested", "TooSoon"}, results
    domain = db.session.get_one(LLMClientCustomDomain, identity)
    assert len(domain.checks) == 1


def test_one_name_registered_twice_at_once_is_one_domain_with_one_zone(racing_app: Flask) -> None:
    account = make_account("One")
    db.session.commit()
    account_id = account.id

    def register() -> int:
        account = db.session.get_one(Account, account_id)
        result = services.register(account, "chat.acme.test", actor=COMMAND, settings=settings())
        assert isinstance(result, services.Registered)
        return result.domain.id

    results = at_once(racing_app, *[register] * 4)
    assert len(set(map(str, results))) == 1, results
    assert db.session.query(LLMClientCustomDomain).count() == 1
    assert queries.zones_made_since(utcnow().replace(year=2000), account=account) == 1


def test_of_two_workers_one_makes_the_zone(racing_app: Flask) -> None:
    zone = make_zone(make_domain(make_account("One")), ZoneState.WANTED)
    db.session.commit()
    zone_id = zone.id

    def claim() -> bool:
        return zones.claim(zone_id, utcnow()) is not None

    assert sorted(map(bool, at_once(racing_app, *[claim] * 4))) == [False, False, False, True]
