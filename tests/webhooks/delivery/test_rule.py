"""What follows from an attempt."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.webhooks.telling import NOW
from webapp.models import DeliveryState, OffReason
from webapp.webhooks.delivery import rule
from webapp.webhooks.delivery.queue import JOB
from webapp.webhooks.delivery.rule import PAUSES, Consequence, Standing, follow
from webapp.webhooks.outcomes import Outcome

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def least(low: float, _high: float) -> float:
    return low


def most(_low: float, high: float) -> float:
    return high


def after(
    outcome: Outcome = Outcome.SILENT,
    attempts: int = 0,
    failing: timedelta | None = None,
    told: bool = False,
    retry_after: timedelta | None = None,
) -> Consequence:
    since = NOW - failing if failing is not None else None
    return follow(outcome, retry_after, Standing(attempts, since, NOW if told else None), NOW, least)


def test_the_retries_are_those_that_are_documented() -> None:
    said = [
        "0:00:00",
        "0:00:05",
        "0:05:00",
        "0:30:00",
        "2:00:00",
        "5:00:00",
        "10:00:00",
        "14:00:00",
        "20:00:00",
    ]
    assert [str(pause) for pause in PAUSES] == [*said, "1 day, 0:00:00"]
    for attempts in range(len(PAUSES) - 1):
        found = after(attempts=attempts)
        assert found.state is DeliveryState.WAITING
        assert found.next_attempt_at == NOW + PAUSES[attempts + 1]
        assert found.attempts == attempts + 1


def test_after_the_last_one_it_has_failed() -> None:
    found = after(attempts=len(PAUSES) - 1)
    assert (found.state, found.next_attempt_at) == (DeliveryState.FAILED, None)


def test_taken_is_the_end_of_all_trouble() -> None:
    found = after(Outcome.DELIVERED, attempts=3, failing=6 * DAY)
    assert found == Consequence(DeliveryState.DELIVERED, 4, None, None)


@pytest.mark.parametrize("outcome", [one for one in Outcome if one.facts.ours])
def test_our_own_trouble_is_held_against_nobody(outcome: Outcome) -> None:
    found = after(outcome, attempts=9, failing=6 * DAY)
    assert (found.state, found.attempts) == (DeliveryState.WAITING, 9)
    assert found.next_attempt_at == NOW + rule.OWN_PAUSE
    assert (found.tell, found.off) == (False, None)
    assert after(outcome).failing_since is None


def test_gone_switches_off_at_once() -> None:
    found = after(Outcome.GONE)
    assert (found.off, found.state, found.next_attempt_at) == (OffReason.GONE, DeliveryState.DROPPED, None)


@pytest.mark.parametrize(
    ("failing", "told", "tell", "off"),
    [
        (None, False, False, None),
        (23 * HOUR, False, False, None),
        (24 * HOUR, False, True, None),
        (30 * HOUR, True, False, None),
        (119 * HOUR, True, False, None),
        (120 * HOUR, True, False, OffReason.FAILING),
        (-2 * HOUR, False, False, None),
    ],
)
def test_people_are_told_after_a_day_and_it_ends_after_five(
    failing: timedelta | None, told: bool, tell: bool, off: OffReason | None
) -> None:
    found = after(failing=failing, told=told)
    assert (found.tell, found.off) == (tell, off)
    assert found.failing_since is not None
    assert found.failing_since <= NOW


@pytest.mark.parametrize(
    ("asked", "pause", "rest"),
    [
        (timedelta(seconds=1), PAUSES[1], timedelta(seconds=1)),
        (timedelta(minutes=20), timedelta(minutes=20), timedelta(minutes=20)),
        (2 * HOUR, 2 * HOUR, HOUR),
        (30 * DAY, 24 * HOUR, HOUR),
    ],
)
def test_retry_after_is_followed_within_bounds(asked: timedelta, pause: timedelta, rest: timedelta) -> None:
    found = after(Outcome.ANSWERED, retry_after=asked)
    assert found.next_attempt_at == NOW + pause
    assert found.rests_until == NOW + rest


@given(
    st.sampled_from(list(Outcome)),
    st.integers(0, 12),
    st.timedeltas(timedelta(0), timedelta(days=400)),
    st.none() | st.timedeltas(timedelta(days=-10), timedelta(days=10)),
)
def test_no_pause_is_longer_than_a_clock_is_believed(
    outcome: Outcome, attempts: int, retry_after: timedelta, failing: timedelta | None
) -> None:
    since = NOW - failing if failing is not None else None
    found = follow(outcome, retry_after, Standing(attempts, since, None), NOW, most)
    assert (found.next_attempt_at is None) == (found.state is not DeliveryState.WAITING)
    if found.next_attempt_at is not None:
        assert NOW <= found.next_attempt_at <= NOW + JOB.longest()
    if found.rests_until is not None:
        assert found.rests_until <= NOW + rule.LONGEST_REST
