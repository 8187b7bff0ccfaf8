"""One account has 150 names waiting, another has one: the one is next in turn, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from tests.app_fixtures import make_app
from tests.factories import make_account, make_domain, make_zone
from tests.service.racing import at_once
from webapp.audit.log import COMMAND
from webapp.certificates import queries as certificate_queries
from webapp.checks import queries as check_queries
from webapp.checks import record, request, schedule
from webapp.config.settings import Settings
from webapp.domains import queries, registration
from webapp.extensions import db, settings
from webapp.jobs import backlog, clock
from webapp.models import (
    Account,
    Certificate,
    CertificateState,
    CheckOrigin,
    DomainState,
    HostedZone,
    LLMClientCustomDomain,
    ZoneState,
    utcnow,
)
from webapp.removal import deletion_queue
from webapp.zones import queries as zone_queries
from webapp.zones import tasks

pytestmark = pytest.mark.service
NOW = utcnow()
MANY = 150

Queue = Callable[[LLMClientCustomDomain, int], int]


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = make_app(tmp_path, database_url=database_url)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def overdue(position: int) -> timedelta:
    """The first came first, so that without turns it would be served first."""
    return timedelta(minutes=10) - timedelta(seconds=position)


def wanted_zone(domain: LLMClientCustomDomain, position: int) -> int:
    return make_zone(domain, ZoneState.WANTED, next_attempt_at=NOW - overdue(position)).id


def zone_being_confirmed(domain: LLMClientCustomDomain, position: int) -> int:
    """What is waited for is tried several times; that puts the only zone of an account behind no others."""
    due = NOW - overdue(position)
    attempts = 3 if position == MANY else 0
    return make_zone(domain, ZoneState.CREATED, next_attempt_at=due, attempts=attempts).id


def leaving_zone(domain: LLMClientCustomDomain, position: int) -> int:
    domain.state = DomainState.REMOVING
    return make_zone(domain, ZoneState.LEAVING, next_attempt_at=NOW - overdue(position)).id


def records(domain: LLMClientCustomDomain, position: int) -> int:
    domain.records_due_at = NOW - overdue(position)
    return domain.id


def certificate(domain: LLMClientCustomDomain, position: int) -> int:
    row = Certificate(
        custom_domain=domain,
        domain_name=domain.domain_name,
        state=CertificateState.WANTED,
        idempotency_token=f"t{position}",
        next_attempt_at=NOW - overdue(position),
    )
    db.session.add(row)
    db.session.flush()
    return row.id


def scheduled(domain: LLMClientCustomDomain, position: int) -> int:
    domain.next_check_at = NOW - overdue(position)
    return domain.id


def pressed(domain: LLMClientCustomDomain, _position: int) -> int:
    return request.open_new_check(domain, CheckOrigin.CUSTOMER, NOW).check.id


QUEUES: dict[str, tuple[Queue, Callable[[int], Sequence[int]]]] = {
    "new zones": (wanted_zone, lambda limit: zone_queries.zones_due(NOW, limit)),
    "zones that are confirmed": (zone_being_confirmed, lambda limit: zone_queries.zones_due(NOW, limit)),
    "leaving zones": (leaving_zone, lambda limit: deletion_queue.due(NOW, limit)),
    "records": (records, lambda limit: zone_queries.records_due(NOW, limit)),
    "certificates": (certificate, lambda limit: certificate_queries.certificates_due(NOW, limit)),
    "due checks": (scheduled, lambda limit: check_queries.due_for_check(NOW, limit)),
    "checks that people ask for": (
        pressed,
        lambda limit: [work.check_id for work in record.take_batch(limit, NOW)],
    ),
}


def put(queue: Queue, account: str, count: int, first: int = 0) -> list[int]:
    owner = make_account(account)
    names = [f"{account.lower()}{number}.names.test" for number in range(count)]
    return [queue(make_domain(owner, name), first + position) for position, name in enumerate(names)]


@pytest.mark.parametrize("kind", QUEUES)
def test_only_row_of_an_account_comes_before_all_but_one_of_150(app: Flask, kind: str) -> None:
    queue, ask = QUEUES[kind]
    many = put(queue, "Many", MANY)
    (one,) = put(queue, "One", 1, MANY)
    db.session.commit()
    assert list(ask(1)) == [one]
    db.session.rollback()
    assert set(ask(4)) == {one, *many[:3]}


@pytest.mark.parametrize("kind", QUEUES)
def test_accounts_take_turns_and_each_keeps_its_own_order(app: Flask, kind: str) -> None:
    queue, ask = QUEUES[kind]
    many, few = put(queue, "Many", 12), put(queue, "Few", 3, 12)
    db.session.commit()
    assert set(ask(4)) == {*many[:2], *few[:2]}
    db.session.rollback()
    assert set(ask(8)) == {*many[:5], *few}


def all_due(limit: int) -> list[list[int]]:
    """What the schedule finds each time, until nothing is due."""
    found: list[list[int]] = []
    while some := list(check_queries.due_for_check(NOW, limit)):
        later = update(LLMClientCustomDomain).where(LLMClientCustomDomain.id.in_(some))
        db.session.execute(later.values(next_check_at=NOW + timedelta(hours=1)))
        db.session.commit()
        found.append(some)
    return found


@pytest.mark.parametrize("visits", [1, 10_000])
def test_account_has_its_turn_in_a_backlog_and_no_due_domain_is_forgotten(
    app: Flask, monkeypatch: pytest.MonkeyPatch, visits: int
) -> None:
    """So many are due that they are not ranked. One was written by a clock that was ahead, and one is suspended."""
    monkeypatch.setattr(check_queries, "MOST_RANKED", 10)
    monkeypatch.setattr(backlog, "VISITS", visits)
    many, few = put(scheduled, "Many", 30), put(scheduled, "Few", 2, 30)
    ahead, suspended = (put(scheduled, name, 1, at)[0] for name, at in (("Ahead", 40), ("Suspended", 41)))
    db.session.get_one(LLMClientCustomDomain, ahead).next_check_at = NOW + timedelta(days=900)
    db.session.get_one(LLMClientCustomDomain, suspended).held_at = NOW
    db.session.commit()
    found = all_due(10)
    opened = [which for some in found for which in some]
    assert sorted(opened) == sorted([*many, *few, ahead])
    assert [len(some) for some in found] == [10, 10, 10, 3]
    if visits > 1:
        assert {*few, ahead} < set(found[0])
    assert [which for which in opened if which in many] == many


def test_workers_that_look_at_a_backlog_open_different_checks(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_queries, "MOST_RANKED", 10)
    due = put(scheduled, "Many", 30) + put(scheduled, "Few", 2, 30)
    db.session.commit()
    opened = at_once(app, *[lambda: schedule.open_due(NOW, limit=12)] * 3)
    assert all(isinstance(some, list) for some in opened), opened
    checks = [check_id for some in opened if isinstance(some, list) for check_id in some]
    assert 0 < len(checks) == len(set(checks)) <= len(due)


def days_of_registering(account: Account, count: int, limits: Settings) -> list[LLMClientCustomDomain]:
    """As many names as the account is given, so many a day; the days are in the past."""
    made: list[LLMClientCustomDomain] = []
    for number in range(count):
        if number % limits.zones_per_account_per_day == 0:
            db.session.execute(update(HostedZone).values(created_at=utcnow() - timedelta(days=2)))
        asked = registration.register(account, f"n{number}.victim.test", actor=COMMAND, settings=limits)
        made += [asked.domain] if isinstance(asked, registration.Registered) else []
    return made


def test_account_that_registers_150_names_gets_50_and_is_no_hindrance(app: Flask) -> None:
    attacker, other = make_account("Attacker"), make_account("Other")
    taken = days_of_registering(attacker, MANY, settings())
    made = registration.register(other, "chat.other.test", actor=COMMAND, settings=settings())
    assert isinstance(made, registration.Registered)
    db.session.commit()
    assert len(taken) == 50
    zone = queries.current_zone(made.domain)
    assert zone is not None
    assert list(zone_queries.zones_due(clock.now(), 1)) == [zone.id]


def test_schedule_opens_checks_by_turns_and_they_are_taken_so(app: Flask) -> None:
    put(scheduled, "Many", MANY)
    (one,) = put(scheduled, "One", 1, MANY)
    db.session.commit()
    schedule.open_due(NOW)
    db.session.commit()
    assert [work.domain_id for work in record.take_batch(1, NOW)] == [one]


def test_what_people_ask_for_comes_before_the_schedule_of_any_account(app: Flask) -> None:
    put(scheduled, "Scheduled", 3)
    db.session.commit()
    schedule.open_due(NOW)
    asked = put(pressed, "Pressed", 4)
    db.session.commit()
    assert [work.check_id for work in record.take_batch(4, NOW)] == asked


def test_workers_that_take_turns_take_different_checks(app: Flask) -> None:
    """A row that another worker is about to take is skipped, although both rank the same rows."""
    checks = put(pressed, "Many", 40) + put(pressed, "Few", 5)
    db.session.commit()
    batches = at_once(app, *[lambda: [work.check_id for work in record.take_batch(15, NOW)]] * 3)
    assert all(isinstance(batch, list) for batch in batches), batches
    taken = [check_id for batch in batches if isinstance(batch, list) for check_id in batch]
    assert len(taken) == len(set(taken))
    assert set(taken) <= set(checks)
    assert any(batch for batch in batches)


def test_silent_parents_of_one_account_delay_no_new_name_of_another(app: Flask) -> None:
    """Each account has one zone, and one has been tried often."""
    tried, new = put(wanted_zone, "Tried", 1), put(wanted_zone, "New", 1, 1)
    db.session.get_one(HostedZone, tried[0]).attempts = 5
    db.session.commit()
    assert list(zone_queries.zones_due(NOW, 2)) == [*new, *tried]


def test_worker_that_has_a_place_goes_on_with_what_is_next_in_turn(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Messages of the account with many zones fill the queue, and those that find no free place are dropped."""
    many, (one,) = put(wanted_zone, "Many", MANY), put(wanted_zone, "One", 1, MANY)
    db.session.commit()
    done: list[int] = []

    def step(zone_id: int) -> bool:
        done.append(zone_id)
        db.session.get_one(HostedZone, zone_id).state = ZoneState.READY
        db.session.flush()
        return False

    monkeypatch.setattr(tasks, "_set_up", step)
    tasks.set_up_zone.run(many[-1])
    assert done == [many[-1], one, many[0], many[1]]
