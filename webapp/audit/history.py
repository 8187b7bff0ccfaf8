"""A domain's history: as pages in which repeated events are folded, and whole as CSV and JSON."""

from __future__ import annotations

import csv
import io
import itertools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from webapp.audit.documents import event_document, projected, to_the_second
from webapp.extensions import db
from webapp.models import ActorKind, Event, EventKind, LLMClientCustomDomain

#: The kinds that the filter “State changes” shows: the registration and every transition.
STATE_CHANGES = (
    EventKind.REGISTERED,
    EventKind.STATE_CHANGED,
    EventKind.CLAIM_LOST,
    EventKind.CLAIM_REFUSED,
)
MOST_EXPORTED = 10_000
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
    domain: LLMClientCustomDomain, *, changes: bool, before: int | None = None, limit: int = MOST_EXPORTED
) -> Sequence[Event]:
    """The domain's events, newest first, older than the event with the id `before`. `changes`: state changes only."""
    query = select(Event).where(Event.custom_domain_id == domain.id).order_by(Event.id.desc()).limit(limit)
    if changes:
        query = query.where(Event.kind.in_(STATE_CHANGES))
    if before is not None:
        query = query.where(Event.id < before)
    return db.session.scalars(query).all()


def count_of(domain: LLMClientCustomDomain, code: str, *, since: datetime) -> int:
    """How many events with this code the domain has had since then."""
    query = select(func.count()).select_from(Event)
    these = Event.custom_domain_id == domain.id, Event.message_code == code, Event.created_at >= since
    return db.session.scalar(query.where(*these)) or 0


def as_csv(events: Iterable[Event]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(_COLUMNS)
    writer.writerows([cell(value) for value in _row(event, _COLUMNS).values()] for event in events)
    return text.getvalue()


def as_json(
    domain: LLMClientCustomDomain, events: Iterable[Event], suspension: Mapping[str, Any] | None
) -> str:
    """The history as JSON. `suspension`: the document of the domain's suspension, None without one."""
    document = {
        "domain": domain.domain_name,
        "hold": suspension,
        "events": [_row(event, _JSON) for event in events],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _row(event: Event, keys: Mapping[str, str]) -> dict[str, Any]:
    document = event_document(event)
    actor = f"Staff, {event.actor_name}" if event.actor_kind is ActorKind.STAFF else event.actor_name
    return projected(document | {"at": to_the_second(document["at"]), "actor": actor}, keys)


def cell(value: str | None) -> str:
    text = value or ""
    return f"'{text}" if text.startswith(_FORMULA) else text
