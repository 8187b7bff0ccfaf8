"""The days of domains, read: of one with its checks and pins, or of a page of a list by few queries. Nothing is
stored for them: events tell every change of a standing, and few of them are of the last 90 days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from sqlalchemy import and_, or_, select

from webapp.extensions import db, settings
from webapp.messages.catalogue import event_sentence
from webapp.models import ActorKind, Check, CheckStatus, Event, EventKind, LLMClientCustomDomain
from webapp.timeline.checks import ended_at
from webapp.timeline.days import (
    CHANGES,
    PINS,
    Change,
    Checks,
    Day,
    DayKind,
    Pin,
    PinKind,
    Run,
    Standing,
    counts_of,
    days_of,
    is_not_asked,
    runs_of,
)

LENGTH, SHORT = 90, 30
#: Rows that are read; where there are more, the first days say nothing.
MOST_CHANGES, MOST_PINS, MOST_CHECKS = 2000, 300, 5000


@dataclass(frozen=True)
class Timeline:
    days: Sequence[Day]

    @cached_property
    def runs(self) -> list[Run]:
        return runs_of(self.days)

    @cached_property
    def counts(self) -> dict[DayKind, int]:
        return counts_of(self.days)

    def numbers(self, kind: DayKind) -> list[int]:
        """Which of the days are of this kind, from 0 on."""
        return [number for number, day in enumerate(self.days) if day.kind is kind]

    @property
    def pins(self) -> set[PinKind]:
        return {pin.kind for day in self.days for pin in day.pins}

    @property
    def known(self) -> bool:
        """Whether there is a day to tell of besides today."""
        return any(day.kind is not DayKind.NO_DATA for day in self.days[:-1])


@dataclass(frozen=True)
class _Read:
    """What events say of some domains, by their ids: the changes of each in its present account, the oldest first,
    and when it came into that account. `since`: from then on it is all there.
    """

    changes: Mapping[int, Sequence[Change]]
    received: Mapping[int, datetime]
    since: datetime


def timeline_of(domain: LLMClientCustomDomain, now: datetime) -> Timeline:
    """The last 90 days of one domain."""
    since = now - timedelta(days=LENGTH)
    read = _changes([domain.id], since)
    checks = _checks(domain, max(read.since, read.received.get(domain.id, since)))
    return Timeline(_days(domain, read, now, LENGTH, checks=checks, pins=_pins(domain, since)))


def short_timelines(domains: Sequence[LLMClientCustomDomain], now: datetime) -> dict[int, Timeline]:
    """The last 30 days of some domains by one query, from their events alone; the key is the domain's id."""
    read = _changes([one.id for one in domains], now - timedelta(days=SHORT))
    return {one.id: Timeline(_days(one, read, now, SHORT)) for one in domains}


def _days(
    domain: LLMClientCustomDomain,
    read: _Read,
    now: datetime,
    length: int,
    *,
    checks: Mapping[date, Checks] | None = None,
    pins: Mapping[date, Sequence[Pin]] | None = None,
) -> list[Day]:
    standing = Standing(domain.state, domain.held_at is not None, domain.contrary_since is not None)
    kept = now - timedelta(days=settings().event_history_days)
    since = max(domain.created_at, kept, read.since, read.received.get(domain.id, kept))
    changes = read.changes.get(domain.id, ())
    return days_of(standing, changes, since=since, now=now, length=length, checks=checks, pins=pins)


def _changes(ids: Sequence[int], since: datetime) -> _Read:
    row = LLMClientCustomDomain
    query = (
        select(Event.custom_domain_id, Event.created_at, Event.kind)
        .add_columns(*(Event.evidence[key].as_string() for key in ("from", "to", "verdict")))
        .join(row, and_(row.id == Event.custom_domain_id, row.account_id == Event.account_id))
        .where(Event.custom_domain_id.in_(ids), Event.created_at >= since)
        .where(Event.kind.in_((*CHANGES, EventKind.TRANSFER_ACCEPTED)))
        .order_by(Event.created_at.desc(), Event.id.desc())
        .limit(MOST_CHANGES)
    )
    rows = db.session.execute(query).all()[::-1]
    changes: dict[int, list[Change]] = {}
    received: dict[int, datetime] = {}
    for which, at, kind, before, after, verdict in rows:
        if kind is EventKind.TRANSFER_ACCEPTED:
            received[which] = at
        else:
            changes.setdefault(which, []).append(Change(at, kind, before, after, verdict))
    return _Read(changes, received, rows[0].created_at if len(rows) == MOST_CHANGES else since)


def _checks(domain: LLMClientCustomDomain, since: datetime) -> dict[date, Checks]:
    ended = ended_at()
    query = (
        select(ended, Check.verdict)
        .where(Check.custom_domain_id == domain.id, Check.status == CheckStatus.DONE, ended >= since)
        .order_by(Check.id.desc())
        .limit(MOST_CHECKS)
    )
    found: dict[date, Checks] = {}
    for at, verdict in db.session.execute(query):
        seen = found.get(at.date(), Checks())
        found[at.date()] = Checks(seen.count + 1, seen.not_asked + is_not_asked(verdict))
    return found


def _pins(domain: LLMClientCustomDomain, since: datetime) -> dict[date, list[Pin]]:
    query = (
        select(Event)
        .where(Event.custom_domain_id == domain.id, Event.account_id == domain.account_id)
        .where(Event.created_at >= since)
        .where(or_(Event.kind.in_(PINS), Event.actor_kind == ActorKind.STAFF))
        .order_by(Event.created_at.desc(), Event.id.desc())
        .limit(MOST_PINS)
    )
    found: dict[date, list[Pin]] = {}
    for event in reversed(db.session.scalars(query).all()):
        by_staff = event.actor_kind is ActorKind.STAFF
        kind = PinKind.STAFF if by_staff else PINS[event.kind]
        found.setdefault(event.created_at.date(), []).append(Pin(kind, event_sentence(event)))
    return found
