from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from webapp.dns.delegation import Verdict
from webapp.staff.figures.checks import Kind, Span, kind_of, quantile, tally
from webapp.staff.figures.sample import Seen

NOW = datetime(2026, 11, 27, 12, 30, tzinfo=UTC)


def seen(hours_ago: float, verdict: str = "VERIFIED", seconds: float = 1.0, weight: float = 1.0) -> Seen:
    return Seen(NOW - timedelta(hours=hours_ago), verdict, seconds, None, weight)


@pytest.mark.parametrize(
    ("values", "part", "expected"),
    [
        ([], 0.5, None),
        ([(3.0, 1.0)], 0.95, 3.0),
        ([(float(n), 1.0) for n in range(1, 101)], 0.5, 50.0),
        ([(float(n), 1.0) for n in range(1, 101)], 0.95, 95.0),
        ([(1.0, 99.0), (9.0, 1.0)], 0.95, 1.0),
        ([(1.0, 9.0), (9.0, 1.0)], 0.95, 9.0),
        ([(9.0, 1.0), (1.0, 1.0)], 0.5, 1.0),
    ],
)
def test_quantile_is_by_weight(
    values: list[tuple[float, float]], part: float, expected: float | None
) -> None:
    assert quantile(values, part) == expected


def test_every_verdict_has_a_kind() -> None:
    kinds = {verdict: kind_of(verdict.value) for verdict in Verdict}
    assert kinds[Verdict.VERIFIED] is Kind.VERIFIED
    assert kinds[Verdict.NOT_DELEGATED] is Kind.WAITING
    assert kinds[Verdict.NS_MISTYPED] is Kind.TO_FIX
    assert kinds[Verdict.STALE_DS] is Kind.TO_FIX
    assert kinds[Verdict.PARENT_UNREACHABLE] is Kind.UNKNOWN
    assert kind_of(None) is kind_of("OF_A_LATER_RELEASE") is Kind.UNKNOWN


def test_checks_fall_into_whole_hours_and_older_ones_into_none() -> None:
    rows = [seen(0.1), seen(0.6, "NOT_DELEGATED"), seen(23.4), seen(24.6)]
    found = tally(Span.HOURS, rows, NOW, exact=True)
    assert len(found.buckets) == 24
    assert found.buckets[-1].begins == NOW.replace(minute=0)
    assert [one.total for one in found.buckets] == [1, *([0] * 21), 1, 1]
    assert found.buckets[-2].counts[Kind.WAITING] == 1
    assert found.total == 3


def test_days_are_of_utc() -> None:
    found = tally(Span.DAYS, [seen(12.4), seen(12.6)], NOW, exact=True)
    assert len(found.buckets) == 30
    assert [one.total for one in found.buckets[-2:]] == [1, 1]


def test_weights_make_counts_and_times() -> None:
    rows = [seen(0.1, seconds=1.0, weight=90.0), seen(0.2, "NS_MISTYPED", seconds=8.0, weight=10.0)]
    found = tally(Span.HOURS, rows, NOW, exact=False)
    last = found.buckets[-1]
    assert (last.counts[Kind.VERIFIED], last.counts[Kind.TO_FIX]) == (90, 10)
    assert (last.p50, last.p95, found.p50) == (1.0, 8.0, 1.0)
    assert found.buckets[0].p50 is None


def test_only_presses_count_for_the_time_of_a_press() -> None:
    pressed = Seen(NOW, "VERIFIED", 1.0, 3.0, 1.0)
    found = tally(Span.HOURS, [pressed, seen(0.1, seconds=9.0)], NOW, exact=True)
    assert (found.asked_p50, found.asked_p95) == (3.0, 3.0)
