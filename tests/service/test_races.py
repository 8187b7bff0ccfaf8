"""Two processes at once: the database decides, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.domains.reports import report
from tests.factories import make_account, make_domain, make_zone
from tests.service.racing import at_once, racing_app
from webapp.audit.log import COMMAND
from webapp.checks import bulk_record, record, request, schedule
from webapp.dns.delegation import Verdict
from webapp.domains import lifecycle, queries, registration, suspension
from webapp.extensions import db, settings
from webapp.models import (
    Account,
    Check,
    CheckOrigin,
    DomainState,
    Event,
    EventKind,
    LLMClientCustomDomain,
    ZoneState,
    utcnow,
)
from webapp.zones import provision

__all__ = ["racing_app"]  # the fixture

pytestmark = pytest.mark.service


def pending_domain(account_name: str) -> int:
    domain = make_domain(make_account(account_name))
    make_zone(domain)
    db.session.commit()
    return domain.id


def prove(domain_id: int) -> Callable[[], bool]:
    def act() -> bool:
        domain = db.session.get_one(LLMClientCustomDomain, domain_id)
        opened = request.open_new_check(domain, CheckOrigin.SCHEDULE, utcnow())
        work = record.take(opened.check.id, utcnow())
        db.session.commit()
        assert work is not None
        return record.finish_check(work, report(work.expectation, Verdict.VERIFIED, utcnow()), utcnow())

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
    check_id = request.open_new_check(domain, CheckOrigin.SCHEDULE, utcnow()).check.id
    db.session.commit()

    def take() -> bool:
        return record.take(check_id, utcnow()) is not None

    assert sorted(map(bool, at_once(racing_app, *[take] * 4))) == [False, False, False, True]


def test_two_presses_open_one_check(racing_app: Flask) -> None:
    identity = pending_domain("One")

    def press() -> str:
        domain = db.session.get_one(LLMClientCustomDomain, identity)
        result = request.request_check(
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
        result = registration.register(account, "chat.acme.test", actor=COMMAND, settings=settings())
        assert isinstance(result, registration.Registered)
        return result.domain.id

    results = at_once(racing_app, *[register] * 4)
    assert len(set(map(str, results))) == 1, results
    assert db.session.query(LLMClientCustomDomain).count() == 1
    assert queries.zones_made_since(utcnow() - timedelta(days=1), account=account) == 1


def test_of_two_workers_one_makes_the_zone(racing_app: Flask) -> None:
    zone = make_zone(make_domain(make_account("One")), ZoneState.WANTED)
    db.session.commit()
    zone_id = zone.id

    def claim() -> bool:
        return provision.claim(zone_id, utcnow()) is not None

    assert sorted(map(bool, at_once(racing_app, *[claim] * 4))) == [False, False, False, True]


def works_of(*domain_ids: int) -> list[record.Work]:
    works = []
    for identity in domain_ids:
        domain = db.session.get_one(LLMClientCustomDomain, identity)
        opened = request.open_new_check(domain, CheckOrigin.SCHEDULE, utcnow())
        work = record.take(opened.check.id, utcnow())
        assert work is not None
        works.append(work)
    db.session.commit()
    return works


def record_reports(works: list[record.Work], verdict: Verdict) -> Callable[[], list[bool]]:
    def act() -> list[bool]:
        done = [(work, report(work.expectation, verdict, utcnow())) for work in works]
        return bulk_record.record_reports(done, utcnow())

    return act


@pytest.mark.parametrize("state", [DomainState.PENDING, DomainState.VERIFIED])
def test_of_two_workers_one_records_a_batch(racing_app: Flask, state: DomainState) -> None:
    """As when a lease is over while its worker still works."""
    account = make_account("One")
    domains = [make_domain(account, f"n{n}.acme.test", state, verdict="VERIFIED") for n in range(10)]
    for domain in domains:
        make_zone(domain)
    db.session.commit()
    works = works_of(*(domain.id for domain in domains))
    first, second = at_once(racing_app, *[record_reports(works, Verdict.VERIFIED)] * 2)
    assert isinstance(first, list), first
    assert isinstance(second, list), second
    assert [one + other for one, other in zip(first, second, strict=True)] == [1] * 10
    db.session.expire_all()
    assert {domain.check_attempt for domain in domains} == {1}
    changes = select(Event).where(Event.kind == EventKind.STATE_CHANGED)
    expected = 10 if state is DomainState.PENDING else 0
    assert len(db.session.scalars(changes).all()) == expected


def test_batches_that_prove_the_same_names_for_two_accounts(racing_app: Flask) -> None:
    """Each worker has every name for one account, in opposite orders: one claim wins, and neither waits for ever."""
    names = [f"n{number}.acme.test" for number in range(8)]
    ids: dict[str, list[int]] = {}
    for owner in ("One", "Two"):
        account = make_account(owner)
        domains = [make_domain(account, name) for name in names]
        for domain in domains:
            make_zone(domain)
        ids[owner] = [domain.id for domain in domains]
    db.session.commit()
    there, back = works_of(*ids["One"]), works_of(*reversed(ids["Two"]))
    results = at_once(racing_app, *(record_reports(works, Verdict.VERIFIED) for works in (there, back)))
    assert results == [[True] * 8, [True] * 8]
    assert LLMClientCustomDomain.get_verified_domains() == names
    states = db.session.scalars(select(LLMClientCustomDomain.state)).all()
    assert sorted(states) == [DomainState.PENDING] * 8 + [DomainState.VERIFIED] * 8


def overlapping(above: str, below: str) -> list[int]:
    ids = []
    for owner, name in (("One", above), ("Two", below)):
        domain = make_domain(make_account(owner), name)
        make_zone(domain)
        ids.append(domain.id)
    db.session.commit()
    return ids


@pytest.mark.parametrize("bulk", [False, True], ids=["single", "bulk"])
def test_of_two_accounts_that_prove_overlapping_names_exactly_one_is_verified(
    racing_app: Flask, bulk: bool
) -> None:
    """No constraint compares the two names: the lock of names makes the second see the first."""
    ids = overlapping("x.over.test", "y.x.over.test")
    if bulk:
        works = [works_of(identity) for identity in ids]
        acts = [record_reports(each, Verdict.VERIFIED) for each in works]
        assert at_once(racing_app, *acts) == [[True], [True]]
    else:
        assert at_once(racing_app, *map(prove, ids)) == [True, True]
    db.session.expire_all()
    states = sorted(db.session.get_one(LLMClientCustomDomain, identity).state for identity in ids)
    assert states == [DomainState.PENDING, DomainState.VERIFIED]
    lost = select(Event).where(Event.kind == EventKind.CLAIM_LOST)
    assert len(db.session.scalars(lost).all()) == 1


def test_batches_that_prove_overlapping_names_do_not_wait_for_ever(racing_app: Flask) -> None:
    """The order of the names is not that of their registrable domains: locks taken name by name would cross."""
    names = [f"{letter}.{other}x.test" for letter, other in zip("abcd", "dcba", strict=True)]
    ids: dict[str, list[int]] = {"One": [], "Two": []}
    for owner, found in ids.items():
        account = make_account(owner)
        for name in names:
            domain = make_domain(account, name if owner == "One" else f"y.{name}")
            make_zone(domain)
            found.append(domain.id)
    db.session.commit()
    one, two = works_of(*ids["One"]), works_of(*reversed(ids["Two"]))
    results = at_once(racing_app, *(record_reports(works, Verdict.VERIFIED) for works in (one, two)))
    assert results == [[True] * 4, [True] * 4]
    states = db.session.scalars(select(LLMClientCustomDomain.state)).all()
    assert sorted(states) == [DomainState.PENDING] * 4 + [DomainState.VERIFIED] * 4


def test_proof_and_suspension_at_once_serve_the_name_only_if_the_proof_came_first(racing_app: Flask) -> None:
    """A later proof is refused; a later suspension of the claim that is not served leaves the served one alone."""
    held, proved = overlapping("chat.over.test", "chat.over.test")

    def suspend() -> str | None:
        domain = db.session.get_one(LLMClientCustomDomain, held)
        return suspension.suspend(domain, actor=COMMAND, reason="x")

    assert at_once(racing_app, prove(proved), suspend) == [True, None]
    db.session.expire_all()
    assert db.session.get_one(LLMClientCustomDomain, held).held_at is not None
    came_first = db.session.get_one(LLMClientCustomDomain, proved).state is DomainState.VERIFIED
    assert LLMClientCustomDomain.get_verified_domains() == (["chat.over.test"] if came_first else [])


def test_two_sweeps_open_one_check_for_each_name_that_is_due(racing_app: Flask) -> None:
    now = utcnow()
    account = make_account("One")
    for number in range(20):
        make_zone(make_domain(account, f"n{number}.acme.test", next_check_at=now))
    db.session.commit()
    opened = at_once(racing_app, *[lambda: schedule.open_due(now)] * 3)
    assert all(isinstance(ids, list) for ids in opened), opened
    assert sorted(i for ids in opened if isinstance(ids, list) for i in ids) == sorted(
        db.session.scalars(select(Check.id))
    )
    assert len(db.session.scalars(select(Check.custom_domain_id)).all()) == 20
    taken = at_once(racing_app, *[lambda: record.take_batch(20, now)] * 3)
    assert all(isinstance(works, list) for works in taken), taken
    ids = [work.check_id for works in taken if isinstance(works, list) for work in works]
    assert len(ids) == len(set(ids)), taken


def test_recording_and_removing_at_once(racing_app: Flask) -> None:
    domain_id = pending_domain("One")
    works = works_of(domain_id)

    def remove() -> list[bool]:
        lifecycle.remove(db.session.get_one(LLMClientCustomDomain, domain_id), actor=COMMAND)
        return []

    results = at_once(racing_app, record_reports(works, Verdict.VERIFIED), remove)
    assert [type(result) for result in results] == [list, list], results
    db.session.expire_all()
    domain = db.session.get_one(LLMClientCustomDomain, domain_id)
    assert domain.state is DomainState.REMOVING
    assert LLMClientCustomDomain.get_verified_domains() == []
    assert domain.next_check_at is None


@pytest.mark.parametrize("limit", ["zones_per_account_per_day", "unverified_per_account"])
def test_account_registers_no_more_than_its_limits_however_many_ask_at_once(
    racing_app: Flask, limit: str
) -> None:
    make_account("One")
    db.session.commit()
    account_id = db.session.scalars(select(Account.id)).one()
    most = settings().model_copy(update={limit: 5})

    def register(number: int) -> Callable[[], bool]:
        def act() -> bool:
            account = db.session.get_one(Account, account_id)
            made = registration.register(account, f"n{number}.acme.test", actor=COMMAND, settings=most)
            return isinstance(made, registration.Registered)

        return act

    made = at_once(racing_app, *map(register, range(8)))
    assert (made.count(True), made.count(False)) == (5, 3), made
