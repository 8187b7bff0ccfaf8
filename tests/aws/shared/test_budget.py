from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.aws.conftest import Clock
from webapp.aws.shared.budget import FileLevels, Levels, Priority, Rates, TokenBucket, full, priority, spend
from webapp.aws.shared.errors import RetryLater

RATES = Rates(calls=4, creations=1)


def bucket(
    clock: Clock, *, rates: Rates = RATES, path: Path | None = None, longest_wait: float = 10
) -> TokenBucket:
    store = FileLevels(path) if path else None
    return TokenBucket(rates, store, longest_wait=longest_wait, clock=clock, sleep=clock.sleep)


def test_two_seconds_of_calls_are_saved_up_and_then_the_rate_holds(clock: Clock) -> None:
    calls = bucket(clock)

    for _ in range(8):
        calls.take()
    assert clock.slept == []

    for _ in range(20):
        calls.take()
    assert clock.now == pytest.approx(1000 + 20 / 4)


def test_creations_have_a_rate_of_their_own(clock: Clock) -> None:
    calls = bucket(clock)

    for _ in range(5):
        calls.take(creation=True)

    assert clock.now == pytest.approx(1000 + 3)


def test_the_waiting_is_bounded(clock: Clock) -> None:
    calls = bucket(clock, rates=Rates(calls=0.1), longest_wait=9)
    calls.take()
    calls.take()

    with pytest.raises(RetryLater, match="used up") as raised:
        calls.take()

    assert raised.value.code == "BudgetSpent"
    assert clock.slept == []


def test_the_waiting_ends_even_if_the_clock_stands_still(clock: Clock) -> None:
    slept: list[float] = []
    calls = TokenBucket(RATES, clock=clock, sleep=slept.append, longest_wait=10)
    for _ in range(8):
        calls.take()

    with pytest.raises(RetryLater):
        calls.take()

    assert sum(slept) == pytest.approx(10)


@pytest.mark.parametrize(
    ("level", "granted"), [(Priority.USER, 8), (Priority.RECONCILE, 6), (Priority.CLEANUP, 4)]
)
def test_a_lower_priority_leaves_calls_to_the_higher(clock: Clock, level: Priority, granted: int) -> None:
    calls = bucket(clock, longest_wait=0)

    with priority(level):
        for _ in range(granted):
            calls.take()
        with pytest.raises(RetryLater):
            calls.take()


def test_the_priority_ends_with_its_block(clock: Clock) -> None:
    calls = bucket(clock, longest_wait=0)
    with priority(Priority.CLEANUP):
        for _ in range(4):
            calls.take()

    for _ in range(4):
        calls.take()


@pytest.mark.parametrize("rate", [0.01, 0.5, 4, 50])
@pytest.mark.parametrize("level", list(Priority))
def test_every_priority_gets_through_a_quiet_bucket_of_any_rate(rate: float, level: Priority) -> None:
    rates = Rates(calls=rate, creations=rate)

    _, wait = spend(full(rates, 0), rates, 0, level, creation=True)

    assert wait == 0


def test_a_clock_set_back_neither_fills_nor_blocks_the_bucket() -> None:
    after, wait = spend(Levels(calls=0.5, creations=2, at=5000), RATES, 1000, Priority.USER, creation=False)

    assert after == Levels(calls=0.5, creations=2, at=1000)
    assert wait == pytest.approx(0.125)


def test_two_buckets_on_one_file_share_their_rate(clock: Clock, tmp_path: Path) -> None:
    path = tmp_path / "not yet there" / "budget.json"
    one, other = bucket(clock, path=path), bucket(clock, path=path)

    for _ in range(4):
        one.take()
        other.take()
    assert clock.slept == []

    one.take()
    other.take()
    assert clock.now == pytest.approx(1000.5)


def test_nobody_else_may_read_the_file(clock: Clock, tmp_path: Path) -> None:
    bucket(clock, path=tmp_path / "budget.json").take()

    assert (tmp_path / "budget.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "spoilt", ["", "{", "[]", '{"calls": 1}', '{"calls": null, "creations": 1, "at": 1}']
)
def test_a_spoilt_file_starts_anew(clock: Clock, tmp_path: Path, spoilt: str) -> None:
    path = tmp_path / "budget.json"
    path.write_text(spoilt)

    bucket(clock, path=path, longest_wait=0).take()

    assert json.loads(path.read_text()) == {"calls": 7, "creations": 2, "at": 1000}


@pytest.mark.parametrize("level", [float("nan"), -1e9])
def test_impossible_levels_count_as_none(level: float) -> None:
    _, wait = spend(Levels(level, level, at=1000), RATES, 1000, Priority.USER, creation=False)

    assert wait == pytest.approx(0.25)
