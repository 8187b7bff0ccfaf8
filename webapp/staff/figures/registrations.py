"""Names that were registered each day, and how far they came: records seen, verified, live."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, cast, extract, func, select

from webapp.dns.delegation import Verdict
from webapp.extensions import db, settings
from webapp.models import Event, EventKind, LLMClientCustomDomain, Probe

DAYS = 30
#: The newest names whose way is followed; of more, these stand for all.
MOST_FOLLOWED = 1000
_CHUNK = 250
_DAY = 86400


@dataclass(frozen=True)
class Day:
    day: date
    count: int


@dataclass(frozen=True)
class Step:
    """How many names came so far. `seconds`: the median from the step before; None for the first, and without any."""

    name: str
    count: int
    seconds: float | None


@dataclass(frozen=True)
class Registrations:
    """`steps` are of the `followed` newest names of these days. Live is a step only where names are looked at."""

    days: Sequence[Day]
    steps: Sequence[Step]

    @property
    def total(self) -> int:
        return sum(one.count for one in self.days)

    @property
    def followed(self) -> int:
        return self.steps[0].count

    @property
    def exact(self) -> bool:
        return self.followed >= self.total


def registrations(now: datetime) -> Registrations:
    today = now.astimezone(UTC).date()
    first = today - timedelta(days=DAYS - 1)
    since = datetime(first.year, first.month, first.day, tzinfo=UTC)
    counted = _per_day(since)
    days = [Day(day, counted.get(day, 0)) for day in (first + timedelta(days=n) for n in range(DAYS))]
    return Registrations(days, _steps(since))


def _per_day(since: datetime) -> dict[date, int]:
    """By whole days since 1970, which both databases count alike."""
    created = LLMClientCustomDomain.created_at
    day = cast(func.floor(extract("epoch", created) / _DAY), BigInteger).label("day")
    rows = db.session.execute(select(day, func.count()).where(created >= since).group_by(day)).all()
    return {date(1970, 1, 1) + timedelta(days=int(number)): count for number, count in rows}


def _steps(since: datetime) -> list[Step]:
    domain = LLMClientCustomDomain
    rows = db.session.execute(
        select(domain.id, domain.created_at, domain.verified_at)
        .where(domain.created_at >= since)
        .order_by(domain.created_at.desc())
        .limit(MOST_FOLLOWED)
    ).all()
    ids = [row.id for row in rows]
    seen, live = _records_seen(ids), _first_live(ids)
    return steps_of(
        [(row.created_at, seen.get(row.id), row.verified_at, live.get(row.id)) for row in rows],
        with_live=settings().probes_names,
    )


def steps_of(ways: Sequence[tuple[datetime | None, ...]], *, with_live: bool) -> list[Step]:
    """Of each name the times of registration, records seen, verified and live, None for what has not been yet.

    A later step says that the earlier ones were, even where nobody saw them: they count as at the same time.
    """
    names = ["Registered", "Records seen", "Verified", "Live"][: 4 if with_live else 3]
    whole = [_filled(way[: len(names)]) for way in ways]
    found = []
    for at, name in enumerate(names):
        pauses = [_between(way[at - 1], way[at]) for way in whole if at and way[at] is not None]
        count = sum(way[at] is not None for way in whole)
        found.append(Step(name, count, statistics.median(pauses) if pauses else None))
    return found


def _filled(way: Sequence[datetime | None]) -> list[datetime | None]:
    filled, earliest = list(way), None
    for at in reversed(range(len(filled))):
        here = filled[at]
        earliest = min((one for one in (here, earliest) if one is not None), default=None)
        filled[at] = earliest
    return filled


def _between(before: datetime | None, after: datetime | None) -> float:
    return max(0.0, (after - before).total_seconds()) if before and after else 0.0


def _records_seen(ids: Sequence[int]) -> dict[int, datetime]:
    """When a check first found something that its people had typed, right or wrong."""
    verdict = Event.evidence["verdict"].as_string()
    found: dict[int, datetime] = {}
    for some in _chunks(ids):
        query = select(Event.custom_domain_id, Event.created_at, verdict.label("verdict")).where(
            Event.custom_domain_id.in_(some), Event.kind == EventKind.VERDICT_CHANGED
        )
        for row in db.session.execute(query):
            if _shows_records(row.verdict):
                known = found.get(row.custom_domain_id, row.created_at)
                found[row.custom_domain_id] = min(known, row.created_at)
    return found


def _shows_records(verdict: str | None) -> bool:
    if verdict not in set(Verdict):
        return False
    facts = Verdict(verdict).facts
    return facts.asked and not facts.nothing


def _first_live(ids: Sequence[int]) -> dict[int, datetime]:
    found: dict[int, datetime] = {}
    for some in _chunks(ids):
        query = select(Probe.custom_domain_id, Probe.first_live_at).where(
            Probe.custom_domain_id.in_(some), Probe.first_live_at.is_not(None)
        )
        found |= {row.custom_domain_id: row.first_live_at for row in db.session.execute(query)}
    return found


def _chunks(ids: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (ids[at : at + _CHUNK] for at in range(0, len(ids), _CHUNK))
