"""A domain's history: as pages in which repeated events are folded, and whole as CSV and JSON."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import selectinload

from webapp.audit.documents import event_document, projected, to_the_second
from webapp.audit.json_pieces import joined, pieces
from webapp.extensions import db
from webapp.jobs.batches import rows
from webapp.models import ActorKind, Event, EventKind, LLMClientCustomDomain

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


@dataclass(frozen=True)
class Entry:
    """The newest of several equal events in a row, and how many they are."""

    event: Event
    times: int


def fold(events: Iterable[Event]) -> list[Entry]:
    runs = itertools.groupby(events, key=_said)
    return [Entry(run[0], len(run)) for run in (list(found) for _, found in runs)]


def _said(event: Event) -> tuple[object, ...]:
    """A key that is equal for two events that say the same. Rows of older releases have only their sentence."""
    said = event.message or event.legacy_sentence
    return event.kind, said, event.actor_kind, event.actor_name, event.reason


def events_of(
    domain: LLMClientCustomDomain, *, changes: bool, before: int | None = None, limit: int
) -> Sequence[Event]:
    """The events of the domain in its present account, newest first, older than the event with the id `before`.
    `changes`: state changes only.
    """
    query = _events(domain, changes=changes).order_by(Event.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Event.id < before)
    return db.session.scalars(query).all()


def all_events_of(domain: LLMClientCustomDomain, *, changes: bool) -> Iterator[Event]:
    """The same without an end, read while they are written."""
    query = _events(domain, changes=changes)
    parts = selectinload(Event.account), selectinload(Event.custom_domain)
    return rows(query.options(*parts), Event.id, newest_first=True)


def _events(domain: LLMClientCustomDomain, *, changes: bool) -> Select[Event]:
    query = select(Event).where(Event.custom_domain_id == domain.id, Event.account_id == domain.account_id)
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
    document = event_document(event)
    actor = f"Staff, {event.actor_name}" if event.actor_kind is ActorKind.STAFF else event.actor_name
    return projected(document | {"at": to_the_second(document["at"]), "actor": actor}, keys)


def cell(value: str | None) -> str:
    text = value or ""
    return f"'{text}" if text.startswith(_FORMULA) else text
