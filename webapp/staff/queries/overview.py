"""The figures of staff's overview. Counts over whole tables are cached for a minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, TypedDict

from sqlalchemy import func, select, union_all
from sqlalchemy.orm import joinedload

from webapp.extensions import db, settings
from webapp.live.status import counts as probe_counts
from webapp.models import (
    CHECKED_STATES,
    Account,
    Check,
    CheckStatus,
    DomainState,
    Event,
    EventKind,
    Finding,
    HostedZone,
    LLMClientCustomDomain,
    ZoneState,
    utcnow,
)
from webapp.models.check import IS_OPEN
from webapp.moves import listing
from webapp.staff.queries.groups import group_counts
from webapp.staff.queries.kept import kept
from webapp.staff.queries.ranges import ids_of
from webapp.zones import findings
from webapp.zones.findings import FindingKind

#: Counting a million rows takes a database tenths of a second.
COUNTS_SECONDS = 60
_COUNTS = "staff-counts-3"
#: From this number on the page says “10000 and more”; counting on would be slow and tell staff no more.
MOST_COUNTED = 10_000


class Counts(TypedDict):
    """Counts at one time. `groups`: domains, by the value of their `Group`."""

    at: datetime
    groups: dict[str, int]
    accounts: int
    #: Names that are checked from outside, by what was seen; empty where nobody looks.
    outside: dict[str, int]


def counts() -> Counts:
    return kept(_COUNTS, COUNTS_SECONDS, fresh_counts)


def fresh_counts() -> Counts:
    return Counts(
        at=utcnow(),
        groups=group_counts(),
        accounts=db.session.scalar(select(func.count()).select_from(Account)) or 0,
        outside=probe_counts() if settings().probes_names else {},
    )


@dataclass(frozen=True)
class Queue:
    """The queue of checks. `waiting_since`: when the oldest check that no worker has begun was requested. `overdue`:
    domains whose next check is due and not requested yet, counted up to `MOST_COUNTED`.
    """

    open_checks: int
    waiting_since: datetime | None
    overdue: int
    overdue_since: datetime | None

    @property
    def overdue_shown(self) -> str:
        return f"{MOST_COUNTED} and more" if self.overdue >= MOST_COUNTED else str(self.overdue)


def queue(now: datetime) -> Queue:
    due = LLMClientCustomDomain.next_check_at
    overdue = [
        select(due.label("due"))
        .where(LLMClientCustomDomain.state == state, due <= now, LLMClientCustomDomain.held_at.is_(None))
        .order_by(due)
        .limit(MOST_COUNTED)
        for state in CHECKED_STATES
    ]
    found = union_all(*(select(one.subquery()) for one in overdue)).subquery()
    counted, oldest = db.session.execute(select(func.count(), func.min(found.c.due))).one()
    waiting = select(func.min(Check.created_at)).where(IS_OPEN, Check.status == CheckStatus.WAITING)
    return Queue(
        open_checks=db.session.scalar(select(func.count()).select_from(Check).where(IS_OPEN)) or 0,
        waiting_since=db.session.scalar(waiting),
        overdue=min(counted, MOST_COUNTED),
        overdue_since=oldest,
    )


@dataclass(frozen=True)
class Overview:
    """`findings`: the newest about zones at AWS. `claims`: claims that were proved and are not served. `contests`:
    claims that may take a name from another account. `lookalikes`: names that look like others. `removing`: the
    domains with the lowest ids of those that are being removed. `alarming`: the newest of those that are led to us as
    a whole domain.
    """

    counts: Counts
    queue: Queue
    findings: Sequence[Finding]
    claims: Sequence[Finding]
    contests: Sequence[Finding]
    lookalikes: Sequence[Finding]
    zones_in_trouble: Sequence[HostedZone]
    removing: Sequence[LLMClientCustomDomain]
    alarming: Sequence[LLMClientCustomDomain]


def overview(now: datetime) -> Overview:
    return Overview(
        counts=counts(),
        queue=queue(now),
        findings=findings.waiting(limit=20),
        claims=findings.of_claims(FindingKind.CLAIM_REFUSED, limit=20),
        contests=listing.under_way(limit=20),
        lookalikes=findings.of_claims(FindingKind.LOOKALIKE, limit=20),
        zones_in_trouble=_zones_in_trouble(),
        removing=db.session.scalars(
            select(LLMClientCustomDomain)
            .where(LLMClientCustomDomain.state == DomainState.REMOVING)
            .order_by(LLMClientCustomDomain.id)
            .limit(10)
        ).all(),
        alarming=db.session.scalars(
            select(LLMClientCustomDomain)
            .where(LLMClientCustomDomain.alarm_since.is_not(None))
            .order_by(LLMClientCustomDomain.alarm_since.desc())
            .limit(20)
        ).all(),
    )


class Lately(NamedTuple):
    """Moves, suspensions and releases of the last week: how many of each kind, and the newest."""

    moves: int
    suspensions: int
    releases: int
    newest: Sequence[Event]


_LATELY = {
    EventKind.CLAIM_MOVED: "moves",
    EventKind.HELD: "suspensions",
    EventKind.RELEASED: "releases",
}


def lately(now: datetime) -> Lately:
    event, week = Event, now - timedelta(days=7)
    found: dict[str, int] = {}
    for kind, words in _LATELY.items():
        some = select(event.id).where(event.kind == kind, event.created_at > week).limit(MOST_COUNTED)
        found[words] = db.session.scalar(select(func.count()).select_from(some.subquery())) or 0
    newest = (
        select(event)
        .options(joinedload(event.custom_domain))
        .where(event.kind.in_(_LATELY), event.created_at > week)
        .order_by(event.created_at.desc(), event.id.desc())
        .limit(5)
    )
    return Lately(**found, newest=db.session.scalars(newest).all())


def _zones_in_trouble() -> Sequence[HostedZone]:
    """Each state by itself, a range of its index: for both SQLite reads every zone while none is in trouble."""
    zone = HostedZone
    found = [
        select(zone.id.label("id")).where(zone.state == state).order_by(zone.id.desc()).limit(20)
        for state in (ZoneState.PARKED, ZoneState.REFUSED)
    ]
    query = select(zone).where(zone.id.in_(ids_of(found))).order_by(zone.id.desc()).limit(20)
    return db.session.scalars(query).all()
