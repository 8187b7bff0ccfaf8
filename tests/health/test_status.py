"""What works and since when something does not, as the parts themselves note it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from tests.factories import said
from webapp.extensions import db
from webapp.health.status import CONFIRMED_WITHIN, Component, note_ok, note_trouble, troubles
from webapp.models import SystemStatus

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def row(component: Component = Component.RESOLVER) -> SystemStatus:
    return db.session.get_one(SystemStatus, component.value, populate_existing=True)


def seen(now: datetime) -> list[Component]:
    found = troubles(now, lasting=10 * MINUTE, worker_silent=timedelta(seconds=45))
    return [trouble.component for trouble in found]


def test_trouble_begins_with_its_first_note(app: Flask) -> None:
    note_trouble(Component.RESOLVER, said("It does not answer."), NOW)
    note_trouble(Component.RESOLVER, said("It refuses."), NOW + 3 * MINUTE)
    assert (row().trouble_since, row().problem) == (NOW, said("It refuses."))
    assert row().last_ok_at is None


def test_trouble_is_over_when_the_part_works(app: Flask) -> None:
    note_trouble(Component.RESOLVER, said("It does not answer."), NOW)
    note_ok(Component.RESOLVER, NOW + MINUTE)
    assert (row().trouble_since, row().problem, row().last_ok_at) == (None, None, NOW + MINUTE)
    note_trouble(Component.RESOLVER, said("It does not answer."), NOW + 2 * MINUTE)
    assert (row().trouble_since, row().last_ok_at) == (NOW + 2 * MINUTE, NOW + MINUTE)


def test_slower_process_does_not_undo_newer_news(app: Flask) -> None:
    note_ok(Component.RESOLVER, NOW + MINUTE)
    note_trouble(Component.RESOLVER, said("It did not answer."), NOW)
    assert row().trouble_since is None
    note_trouble(Component.MAIL, said("It did not answer."), NOW + MINUTE)
    note_ok(Component.MAIL, NOW)
    assert row(Component.MAIL).trouble_since == NOW + MINUTE


@pytest.mark.parametrize("ahead", [timedelta(minutes=11), timedelta(days=30)])
def test_note_of_a_clock_that_was_ahead_gives_way(app: Flask, ahead: timedelta) -> None:
    note_ok(Component.WORKER, NOW + ahead)
    assert seen(NOW) == [Component.WORKER], "a sign of life of the future is none"
    note_ok(Component.WORKER, NOW)
    assert row(Component.WORKER).last_ok_at == NOW
    assert seen(NOW) == []
    assert seen(NOW + 10 * MINUTE) == [Component.WORKER]
    note_trouble(Component.MAIL, said("It does not answer."), NOW + ahead)
    assert seen(NOW + 20 * MINUTE - MINUTE) == [Component.WORKER]
    note_trouble(Component.MAIL, said("It does not answer."), NOW)
    assert row(Component.MAIL).trouble_since == NOW
    note_ok(Component.MAIL, NOW + MINUTE)
    assert row(Component.MAIL).trouble_since is None


def test_good_news_that_is_no_news_writes_nothing(app: Flask) -> None:
    note_ok(Component.RESOLVER, NOW)
    note_ok(Component.RESOLVER, NOW + timedelta(seconds=4))
    assert row().last_ok_at == NOW
    note_trouble(Component.RESOLVER, said("It does not answer."), NOW + timedelta(seconds=4))
    note_ok(Component.RESOLVER, NOW + timedelta(seconds=4.5))
    assert row().trouble_since is None, "the end of a trouble is always news"


@pytest.mark.parametrize("component", [Component.RESOLVER, Component.ROUTE53, Component.ACM, Component.MAIL])
def test_trouble_is_told_once_it_lasts_and_no_longer_than_it_is_met(app: Flask, component: Component) -> None:
    note_trouble(component, said("It does not answer."), NOW)
    assert seen(NOW + 9 * MINUTE) == []
    assert seen(NOW + 10 * MINUTE) == [component]
    assert seen(NOW + CONFIRMED_WITHIN - MINUTE) == [component]
    assert seen(NOW + CONFIRMED_WITHIN + MINUTE) == []
    note_trouble(component, said("It does not answer."), NOW + CONFIRMED_WITHIN)
    assert seen(NOW + CONFIRMED_WITHIN + MINUTE) == [component]
    note_ok(component, NOW + CONFIRMED_WITHIN + MINUTE)
    assert seen(NOW + CONFIRMED_WITHIN + MINUTE) == []


def test_worker_that_fell_silent_is_in_trouble_since_its_last_sign_of_life(app: Flask) -> None:
    assert seen(NOW) == [], "an installation that never had a worker is for /readyz and the doctor to tell"
    note_ok(Component.WORKER, NOW)
    assert seen(NOW + 9 * MINUTE) == []
    assert seen(NOW + 10 * MINUTE) == [Component.WORKER]
    assert row(Component.WORKER).last_ok_at == NOW
    note_ok(Component.WORKER, NOW + 10 * MINUTE)
    assert seen(NOW + 10 * MINUTE) == []


def test_full_quota_is_for_staff_alone(app: Flask) -> None:
    note_trouble(Component.ZONE_QUOTA, said("410 of 500 hosted zones are used."), NOW)
    assert seen(NOW + 20 * MINUTE) == []


def test_grave_troubles_come_first(app: Flask) -> None:
    for component in (Component.MAIL, Component.ROUTE53, Component.RESOLVER):
        note_trouble(component, said("It does not answer."), NOW)
    assert seen(NOW + 20 * MINUTE) == [Component.RESOLVER, Component.ROUTE53, Component.MAIL]
