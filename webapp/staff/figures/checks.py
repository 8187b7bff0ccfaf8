"""Checks over hours or days: how many came to which kind of verdict, and how long they took."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from webapp.dns.delegation import Verdict
from webapp.staff.figures.sample import Seen, sample


class Span(StrEnum):
    """What a plot covers: the last 24 hours, or the last 30 days."""

    HOURS = "hours"
    DAYS = "days"

    @property
    def step(self) -> timedelta:
        return timedelta(hours=1) if self is Span.HOURS else timedelta(days=1)

    @property
    def buckets(self) -> int:
        return 24 if self is Span.HOURS else 30

    def begins(self, now: datetime) -> list[datetime]:
        """The beginning of each bucket, whole hours or days in UTC; the last one holds `now`."""
        now = now.astimezone(UTC)
        last = now.replace(minute=0, second=0, microsecond=0)
        if self is Span.DAYS:
            last = last.replace(hour=0)
        return [last - self.step * back for back in reversed(range(self.buckets))]

    @classmethod
    def read(cls, text: str | None) -> Span:
        return cls.DAYS if text == cls.DAYS else cls.HOURS


class Kind(StrEnum):
    """Verdicts, as they are counted."""

    VERIFIED = "verified"
    #: Nothing is there yet, or our side is not ready.
    WAITING = "waiting"
    #: Somebody has to fix something.
    TO_FIX = "to-fix"
    #: Somebody could not be asked, so that nothing is known.
    UNKNOWN = "unknown"

    @property
    def words(self) -> str:
        told = {Kind.TO_FIX: "To fix", Kind.UNKNOWN: "Could not ask"}
        return told.get(self, self.value.capitalize())


def kind_of(verdict: str | None) -> Kind:
    if verdict is None or verdict not in set(Verdict):
        return Kind.UNKNOWN
    known = Verdict(verdict)
    if known is Verdict.VERIFIED:
        return Kind.VERIFIED
    if known.facts.waits:
        return Kind.WAITING
    return Kind.TO_FIX if known.facts.mistake else Kind.UNKNOWN


@dataclass(frozen=True)
class Bucket:
    """`p50` and `p95`: the seconds within which half, and 95 of 100, of its checks were done; None without checks."""

    begins: datetime
    counts: dict[Kind, int]
    p50: float | None
    p95: float | None

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class Checks:
    """`asked_p50`, `asked_p95`: as of a bucket, from the press of Verify to its result. `exact`: no estimate."""

    span: Span
    buckets: Sequence[Bucket]
    p50: float | None
    p95: float | None
    asked_p50: float | None
    asked_p95: float | None
    exact: bool

    @property
    def total(self) -> int:
        return sum(one.total for one in self.buckets)


def checks(span: Span, now: datetime) -> Checks:
    found = sample(span.begins(now)[0])
    return tally(span, found.rows, now, exact=found.exact)


def tally(span: Span, rows: Sequence[Seen], now: datetime, *, exact: bool) -> Checks:
    begins = span.begins(now)
    by_bucket: list[list[Seen]] = [[] for _ in begins]
    for row in rows:
        at = (row.at - begins[0]) // span.step
        if 0 <= at < len(begins):
            by_bucket[at].append(row)
    within = [row for some in by_bucket for row in some]
    took = [(row.seconds, row.weight) for row in within]
    asked = [(row.asked_seconds, row.weight) for row in within if row.asked_seconds is not None]
    return Checks(
        span,
        [_bucket(begin, some) for begin, some in zip(begins, by_bucket, strict=True)],
        quantile(took, 0.5),
        quantile(took, 0.95),
        quantile(asked, 0.5),
        quantile(asked, 0.95),
        exact,
    )


def _bucket(begin: datetime, rows: Sequence[Seen]) -> Bucket:
    weights = dict.fromkeys(Kind, 0.0)
    for row in rows:
        weights[kind_of(row.verdict)] += row.weight
    took = [(row.seconds, row.weight) for row in rows]
    counts = {kind: round(weight) for kind, weight in weights.items()}
    return Bucket(begin, counts, quantile(took, 0.5), quantile(took, 0.95))


def quantile(values: Iterable[tuple[float, float]], part: float) -> float | None:
    """The smallest value at or below which `part` of the weight lies, of pairs of value and weight."""
    ordered = sorted(values)
    left = part * sum(weight for _, weight in ordered)
    for value, weight in ordered:
        left -= weight
        if left <= 1e-9:
            return value
    return ordered[-1][0] if ordered else None
