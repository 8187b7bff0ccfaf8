"""How each day is told, out of changes and checks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from webapp.models import DomainState, EventKind
from webapp.timeline.days import (
    Change,
    Checks,
    Day,
    DayKind,
    Pin,
    PinKind,
    Standing,
    counts_of,
    days_of,
    runs_of,
)

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
TODAY = NOW.date()
LONG_AGO = NOW - timedelta(days=900)
VERIFIED = Standing(DomainState.VERIFIED)
LETTER = {
    DayKind.SUSPENDED: "s",
    DayKind.CONTRARY: "c",
    DayKind.NOT_ASKED: "?",
    DayKind.VERIFIED: "v",
    DayKind.UNPROVED: "u",
    DayKind.NO_DATA: ".",
}


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def state(days: float, before: DomainState, after: DomainState) -> Change:
    return Change(ago(days), EventKind.STATE_CHANGED, before.value, after.value)


def verdict(days: float, code: str) -> Change:
    return Change(ago(days), EventKind.VERDICT_CHANGED, verdict=code)


def told(now_as: Standing, *changes: Change, since: datetime = LONG_AGO, **more: dict[date, Checks]) -> str:
    """A letter for each of the last eight days, today last."""
    days = days_of(now_as, changes, since=since, now=NOW, length=8, **more)  # type: ignore[arg-type]
    assert [day.day for day in days] == [TODAY - timedelta(days=n) for n in range(7, -1, -1)]
    return "".join(LETTER[day.kind] for day in days)


@pytest.mark.parametrize(
    ("now_as", "letter"),
    [
        (VERIFIED, "v"),
        (Standing(DomainState.VERIFIED, contrary=True), "c"),
        (Standing(DomainState.FAILING), "c"),
        (Standing(DomainState.LAPSED), "c"),
        (Standing(DomainState.PENDING), "u"),
        (Standing(DomainState.EXPIRED), "u"),
        (Standing(DomainState.VERIFIED, suspended=True), "s"),
        (Standing(DomainState.REMOVING, suspended=True), "."),
        (Standing(DomainState.REMOVED), "."),
    ],
)
def test_without_a_change_all_days_are_as_today(now_as: Standing, letter: str) -> None:
    assert told(now_as) == letter * 8


def test_nothing_is_known_of_the_days_before_the_claim() -> None:
    assert told(Standing(DomainState.PENDING), since=ago(2)) == ".....uuu"


def test_nothing_is_known_of_a_claim_by_a_clock_that_was_ahead() -> None:
    assert told(Standing(DomainState.PENDING), since=ago(-2)) == "........"


def test_the_first_day_of_a_verified_name_is_verified() -> None:
    proved = state(3, DomainState.PENDING, DomainState.VERIFIED)
    assert told(VERIFIED, verdict(3, "VERIFIED"), proved, since=ago(5)) == "..uuvvvv"


def test_a_day_shows_the_worst_of_its_parts() -> None:
    gone, back = verdict(4.2, "NOT_DELEGATED"), verdict(4.1, "VERIFIED")
    assert told(VERIFIED, gone, back) == "vvvcvvvv"


def test_a_failing_name_led_elsewhere_from_the_first_check_that_saw_it() -> None:
    changes = (
        verdict(5, "DELEGATED_ELSEWHERE"),
        state(4, DomainState.VERIFIED, DomainState.FAILING),
        state(2, DomainState.FAILING, DomainState.VERIFIED),
    )
    assert told(VERIFIED, *changes) == "vvccccvv"


def test_a_parent_whose_servers_differ_for_good_leads_elsewhere() -> None:
    assert told(VERIFIED, verdict(5, "PARENT_INCONSISTENT"), verdict(3, "VERIFIED")) == "vvcccvvv"


def test_what_is_ours_to_fix_is_not_contrary() -> None:
    assert told(VERIFIED, verdict(5, "STALE_DS"), verdict(3, "VERIFIED")) == "vvvvvvvv"


def test_a_suspension_is_told_from_its_begin_to_its_end() -> None:
    held, released = Change(ago(5), EventKind.HELD), Change(ago(3), EventKind.RELEASED)
    assert told(VERIFIED, held, released) == "vvsssvvv"
    assert told(VERIFIED, released) == "sssssvvv"
    assert told(Standing(DomainState.VERIFIED, suspended=True), held) == "vvssssss"


def test_a_suspension_says_nothing_of_what_dns_says() -> None:
    gone = verdict(6, "NOT_DELEGATED")
    held, released = Change(ago(5), EventKind.HELD), Change(ago(4), EventKind.RELEASED)
    assert told(VERIFIED, gone, held, released, verdict(2, "VERIFIED")) == "vcssccvv"
    late = (verdict(4, "VERIFIED"), state(3, DomainState.FAILING, DomainState.VERIFIED))
    assert told(VERIFIED, held, *late, Change(ago(1), EventKind.RELEASED)) == "ccsssssv"


def test_codes_of_another_release_change_nothing() -> None:
    changes = (verdict(5, "OF_TOMORROW"), Change(ago(4), EventKind.STATE_CHANGED, "odd", "odder"))
    assert told(VERIFIED, *changes) == "vvvvvvvv"


def test_today_agrees_with_the_page_whatever_events_say() -> None:
    assert told(VERIFIED, state(3, DomainState.VERIFIED, DomainState.FAILING)).endswith("vvvv")


def test_a_day_on_which_no_check_could_ask_is_told_apart() -> None:
    checks = {
        TODAY - timedelta(days=3): Checks(4, 4),
        TODAY - timedelta(days=2): Checks(4, 3),
        TODAY - timedelta(days=1): Checks(),
    }
    assert told(VERIFIED, checks=checks) == "vvvv?vvv"
    assert told(Standing(DomainState.PENDING), checks=checks) == "uuuu?uuu"
    assert told(Standing(DomainState.FAILING), checks=checks) == "cccccccc"


def test_a_change_of_a_clock_that_was_ahead_does_not_reach_into_tomorrow() -> None:
    assert told(VERIFIED, state(-3, DomainState.PENDING, DomainState.VERIFIED)) == "uuuuuuuv"


def test_days_in_utc() -> None:
    late = datetime(2026, 11, 24, 23, 59, tzinfo=UTC)
    changes = (Change(late, EventKind.HELD), Change(late + timedelta(minutes=2), EventKind.RELEASED))
    assert told(VERIFIED, *changes) == "vvvvssvv"


def test_alike_days_are_one_row_and_a_pin_has_its_own() -> None:
    pin = Pin(PinKind.CERTIFICATE, "The certificate was issued.")
    first = TODAY - timedelta(days=4)
    days = [
        Day(first, DayKind.VERIFIED, Checks(2, 0)),
        Day(first + timedelta(days=1), DayKind.VERIFIED, Checks(3, 1)),
        Day(first + timedelta(days=2), DayKind.VERIFIED, Checks(1, 0), (pin,)),
        Day(first + timedelta(days=3), DayKind.VERIFIED),
        Day(TODAY, DayKind.CONTRARY),
    ]

    rows = [(run.first, run.last, run.kind, run.checks, run.not_asked, run.pins) for run in runs_of(days)]

    assert rows == [
        (TODAY, TODAY, DayKind.CONTRARY, 0, 0, ()),
        (first + timedelta(days=3), first + timedelta(days=3), DayKind.VERIFIED, 0, 0, ()),
        (first + timedelta(days=2), first + timedelta(days=2), DayKind.VERIFIED, 1, 0, (pin,)),
        (first, first + timedelta(days=1), DayKind.VERIFIED, 5, 1, ()),
    ]
    assert counts_of(days) == {DayKind.CONTRARY: 1, DayKind.VERIFIED: 4}
    assert [kind.words for kind in counts_of(days)] == ["Led elsewhere", "Verified"]
