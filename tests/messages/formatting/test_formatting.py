"""How values, periods and dates are said."""

from __future__ import annotations

from datetime import timedelta

import pytest

from webapp.messages.formatting import every, few, kept_for, last_chance, period


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(seconds=0.5), "0.5 seconds"),
        (timedelta(seconds=45), "45 seconds"),
        (timedelta(minutes=1), "a minute"),
        (timedelta(minutes=10), "10 minutes"),
        (timedelta(minutes=2.5), "2.5 minutes"),
        (timedelta(minutes=60), "an hour"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(hours=36), "36 hours"),
        (timedelta(hours=24), "a day"),
        (timedelta(days=7), "7 days"),
    ],
)
def test_period(span: timedelta, said: str) -> None:
    assert period(span) == said


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (3650, "ten years"),
        (365, "a year"),
        (730, "two years"),
        (12 * 365, "twelve years"),
        (13 * 365, "13 years"),
        (366, "366 days"),
        (90, "90 days"),
        (1, "a day"),
        (0.5, "0.5 days"),
    ],
)
def test_kept_for(days: float, said: str) -> None:
    assert kept_for(timedelta(days=days)) == said


@pytest.mark.parametrize(
    ("least", "most", "said"),
    [(6, 24, "every 6 to 24 hours"), (0.5, 2, "every 0.5 to 2 hours"), (12, 12, "every 12 hours")],
)
def test_every(least: float, most: float, said: str) -> None:
    assert every(timedelta(hours=least), timedelta(hours=most)) == said


@pytest.mark.parametrize(("hours", "said"), [(6, "last day"), (24, "last day"), (25, "last warning")])
def test_last_chance(hours: float, said: str) -> None:
    assert last_chance(timedelta(hours=hours)) == said


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b", "c"], "a, b, c"),
        (["a", "b", "c", "d", "e"], "a, b, c and 2 more"),
        (["x" * 60], "x" * 60),
        (["x" * 61], "x" * 59 + "…"),
    ],
)
def test_few(values: list[str], said: str) -> None:
    assert few(values) == said
