"""The audit log: the events of all accounts, filtered, as pages and as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import InstrumentedAttribute, selectinload

from webapp.audit.documents import event_document, projected, to_the_second
from webapp.audit.history import csv_text
from webapp.dns import names
from webapp.extensions import db
from webapp.jobs.batches import let_go
from webapp.models import Account, Event, EventKind, LLMClientCustomDomain
from webapp.staff.queries.search import account_number
from webapp.web import bounded

MOST_EXPORTED = 10_000
_ROWS = 500
_COLUMNS = {
    "time": "at",
    "kind": "kind",
    "account": "account",
    "domain": "domain",
    "who": "actor",
    "who_kind": "actor_kind",
    "sentence": "sentence",
    "reason": "reason",
    "request_id": "request_id",
}


@dataclass(frozen=True)
class Filter:
    """The filter in the query string. An invalid value is no filter. `since` and `until` are days in UTC."""

    account: str = ""
    domain: str = ""
    actor: str = ""
    kind: EventKind | None = None
    since: date | None = None
    until: date | None = None

    @classmethod
    def read(cls, args: Mapping[str, str]) -> Filter:
        kind = args.get("kind", "")
        return cls(
            account=args.get("account", "").strip(),
            domain=args.get("domain", "").strip(),
            actor=args.get("actor", "").strip(),
            kind=EventKind(kind) if kind in set(EventKind) else None,
            since=bounded.day(args.get("since")),
            until=bounded.day(args.get("until")),
        )

    @property
    def query(self) -> dict[str, str]:
        """The query string parameters of this filter."""
        found = {
            "account": self.account,
            "domain": self.domain,
            "actor": self.actor,
            "kind": self.kind.value if self.kind else "",
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
        }
        return {name: value for name, value in found.items() if value}

    def conditions(self) -> list[ColumnElement[bool]]:
        """SQL conditions. For each, an index gives the rows in the order of time."""
        found: list[ColumnElement[bool]] = []
        if self.account:
            number = account_number(self.account) or self.account
            ids = db.session.scalars(select(Account.id).where(Account.number == number)).all()
            found.append(_one_of(Event.account_id, ids))
        if self.domain:
            found.append(_one_of(Event.custom_domain_id, _domains_named(self.domain)))
        if self.actor:
            found.append(Event.actor_name == self.actor)
        if self.kind:
            found.append(Event.kind == self.kind)
        if self.since:
            found.append(Event.created_at >= _midnight(self.since))
        if self.until:
            found.append(Event.created_at < _midnight(self.until) + timedelta(days=1))
        return found


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _domains_named(text: str) -> Sequence[int]:
    """The ids of all claims on the name, of every account and in every state."""
    parsed = names.parse(text, underscores=True)
    name = parsed.name.ascii if parsed.name else text.lower()
    query = select(LLMClientCustomDomain.id).where(LLMClientCustomDomain.domain_name == name)
    return db.session.scalars(query.limit(1000)).all()


def _one_of(column: InstrumentedAttribute[Any], ids: Sequence[int]) -> ColumnElement[bool]:
    """A condition on ids. A single id is compared with `=`, because with `IN` the index does not give the order."""
    return column.in_(ids) if len(ids) != 1 else column == ids[0]


def events(wanted: Filter, before: int | None, limit: int) -> Sequence[Event]:
    """Events, newest first, older than the event with the id `before`."""
    query = (
        select(Event)
        .options(selectinload(Event.custom_domain), selectinload(Event.account))
        .where(*wanted.conditions())
        .order_by(Event.created_at.desc(), Event.id.desc())
        .limit(limit)
    )
    last = db.session.get(Event, before) if before else None
    if last is not None:
        earlier = or_(Event.created_at < last.created_at, Event.id < last.id)
        query = query.where(and_(Event.created_at <= last.created_at, earlier))
    return db.session.scalars(query).all()


def all_events(wanted: Filter, before: int | None) -> Iterator[Event]:
    """As `events`, `MOST_EXPORTED` of them at most, read some at a time."""
    for _ in range(MOST_EXPORTED // _ROWS):
        found = events(wanted, before, _ROWS)
        before = found[-1].id if found else None
        let_go()
        yield from found
        if len(found) < _ROWS:
            return


def as_csv(found: Iterable[Event]) -> Iterator[str]:
    return csv_text(_COLUMNS, (_row(event).values() for event in found))


def _row(event: Event) -> dict[str, Any]:
    document = event_document(event)
    return projected(document | {"at": to_the_second(document["at"])}, _COLUMNS)
