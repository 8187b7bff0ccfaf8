"""A domain's history: as pages in which repeated events are folded, and whole as CSV and JSON."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import selectinload

from webapp.audit.documents import for_customers, projected, to_the_second
from webapp.audit.json_pieces import joined, pieces
from webapp.extensions import db
from webapp.jobs.batches import rows
from webapp.models import DomainState, Event, EventKind, LLMClientCustomDomain

#: The kinds that the filter “State changes” shows: the registration and every transition.
STATE_CHANGES = (
    EventKind.REGISTERED,
    EventKind.STATE_CHANGED,
    EventKind.CLAIM_LOST,
    EventKind.CLAIM_REFUSED,
    EventKind.CLAIM_CONTESTED,
    EventKind.CLAIM_MOVED,
    EventKind.TRANSFER_ACCEPTED,
)
#: A cell that begins so is a formula to a spreadsheet (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_COLUMNS = {
    "time": "at",
    "kind": "kind",
    "who": "actor",
    "sentence": "sentence",
    "reason": "reason",
    "from": "from",
    "to": "to",
}
_JSON = {**_COLUMNS, "code": "code", "params": "params"}
#: A verification and the verdict that it follows from are recorded together.
_TOGETHER = timedelta(seconds=5)


@dataclass(frozen=True)
class Entry:
    """The newest of several equal events in a row, and how many they are."""

    event: Event
    times: int

    @property
    def day(self) -> date:
        return self.event.created_at.date()


@dataclass(frozen=True)
class Days:
    """The first and the last day of a part of the history, in UTC; None for no limit."""

    first: date | None = None
    last: date | None = None

    def __bool__(self) -> bool:
        return self.first is not None or self.last is not None

    @property
    def begin(self) -> datetime | None:
        return _midnight(self.first) if self.first else None

    @property
    def end(self) -> datetime | None:
        """The midnight after the last day."""
        return _midnight(self.last) + timedelta(days=1) if self.last else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


#: All of it.
EVER = Days()


def told_once(events: Iterable[Event]) -> Iterator[Event]:
    """Without the verdicts that made a name verified: “is verified” tells the same. Newest first."""
    verified: Event | None = None
    for event in events:
        if event.kind is EventKind.STATE_CHANGED:
            is_so = (event.evidence or {}).get("to") == DomainState.VERIFIED
            verified = event if is_so else None
        if event.kind is not EventKind.VERDICT_CHANGED or not _same_check(verified, event):
            yield event


def _same_check(changed: Event | None, verdict: Event) -> bool:
    if changed is None or changed.created_at - verdict.created_at > _TOGETHER:
        return False
    return (changed.evidence or {}).get("verdict") == (verdict.evidence or {}).get("verdict")


def by_day(entries: Iterable[Entry]) -> list[tuple[date, list[Entry]]]:
    return [(day, list(some)) for day, some in itertools.groupby(entries, key=lambda one: one.day)]


def fold(events: Iterable[Event]) -> list[Entry]:
    runs = itertools.groupby(events, key=_said)
    return [Entry(run[0], len(run)) for run in (list(found) for _, found in runs)]


def _said(event: Event) -> tuple[object, ...]:
    """A key that is equal for two events that say the same. Rows of older releases have only their sentence."""
    said = event.message or event.legacy_sentence
    return event.kind, said, event.actor_kind, event.actor_name, event.reason


def events_of(
    domain: LLMClientCustomDomain,
    *,
    changes: bool,
    before: int | None = None,
    limit: int,
    days: Days = EVER,
) -> Sequence[Event]:
    """The events of the domain in its present account, newest first, older than the event with the id `before`.
    `changes`: state changes only.
    """
    query = _events(domain, days, changes=changes).order_by(Event.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Event.id < before)
    return db.session.scalars(query).all()


def all_events_of(domain: LLMClientCustomDomain, *, changes: bool, days: Days = EVER) -> Iterator[Event]:
    """The same without an end, read while they are written."""
    query = _events(domain, days, changes=changes)
    parts = selectinload(Event.account), selectinload(Event.custom_domain)
    return rows(query.options(*parts), Event.id, newest_first=True)


def _events(domain: LLMClientCustomDomain, days: Days, *, changes: bool) -> Select[Event]:
    query = select(Event).where(Event.custom_domain_id == domain.id, Event.account_id == domain.account_id)
    if days.begin is not None:
        query = query.where(Event.created_at >= days.begin)
    if days.end is not None:
        query = query.where(Event.created_at < days.end)
    return query.where(Event.kind.in_(STATE_CHANGES)) if changes else query


def count_of(domain: LLMClientCustomDomain, code: str, *, since: datetime) -> int:
    """How many events with this code the domain has had since then."""
    query = select(func.count()).select_from(Event)
    these = Event.custom_domain_id == domain.id, Event.message_code == code, Event.created_at >= since
    return db.session.scalar(query.where(*these)) or 0


def as_csv(events: Iterable[Event]) -> Iterator[str]:
    return csv_text(_COLUMNS, (_row(event, _COLUMNS).values() for event in events))


def csv_text(head: Iterable[str], table: Iterable[Iterable[str | None]]) -> Iterator[str]:
    """The table as CSV in pieces, written while it is read. No cell is a formula to a spreadsheet."""
    line = io.StringIO()
    writer = csv.writer(line)

    def written(cells: Iterable[str]) -> str:
        line.seek(0)
        line.truncate()
        writer.writerow(cells)
        return line.getvalue()

    return joined(chain([written(head)], (written(map(cell, cells)) for cells in table)))


def as_json(
    domain: LLMClientCustomDomain, events: Iterable[Event], suspension: Mapping[str, Any] | None
) -> Iterator[str]:
    """The history as JSON, in pieces. `suspension`: the document of the domain's suspension, None without one."""
    document = {
        "domain": domain.domain_name,
        "hold": suspension,
        "events": (_row(event, _JSON) for event in events),
    }
    return chain(pieces(document), ["\n"])


def _row(event: Event, keys: Mapping[str, str]) -> dict[str, Any]:
    document = for_customers(event)
    return projected(document | {"at": to_the_second(document["at"])}, keys)


def cell(value: str | None) -> str:
    text = value or ""
    return f"'{text}" if text.startswith(_FORMULA) else text
