"""What happened to the domains of an account since yesterday, told once where it happened to many."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from webapp.extensions import db
from webapp.models import Account, DomainState, Event, EventKind, LLMClientCustomDomain

#: What somebody wants to know who was away for a day.
TOLD = (
    EventKind.REGISTERED,
    EventKind.STATE_CHANGED,
    EventKind.CLAIM_REFUSED,
    EventKind.CLAIM_CONTESTED,
    EventKind.CLAIM_MOVED,
    EventKind.ALARM_BEGUN,
    EventKind.ALARM_ENDED,
    EventKind.METHOD_CHANGED,
    EventKind.HELD,
    EventKind.RELEASED,
    EventKind.GRACE_EXTENDED,
    EventKind.ZONE_LOST,
    EventKind.CERTIFICATE_ISSUED,
    EventKind.CERTIFICATE_FAILED,
    EventKind.CERTIFICATE_ENDS,
    EventKind.LIVE,
    EventKind.NOT_LIVE,
    EventKind.LIVE_AGAIN,
    EventKind.TRANSFER_ACCEPTED,
)
#: The most events that are read, and the most lines that they become.
MOST_READ = 200
MOST_TOLD = 6
#: What happened to more domains than this is one line.
FEW = 2


@dataclass(frozen=True)
class News:
    """`domain`: whose page tells more; None for one that is gone. `others`: to how many more domains it happened."""

    event: Event
    domain: LLMClientCustomDomain | None
    others: int = 0


@dataclass(frozen=True)
class Told:
    """`more`: something is left out, which the domains' own histories have."""

    lines: Sequence[News]
    more: bool


def yesterday(now: datetime) -> datetime:
    """The beginning of the day before, in UTC."""
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=1)


def told(account: Account, since: datetime) -> Told:
    query = (
        select(Event)
        .where(
            Event.account_id == account.id,
            Event.created_at >= since,
            Event.custom_domain_id.is_not(None),
            Event.kind.in_(TOLD),
        )
        .options(selectinload(Event.custom_domain))
        .order_by(Event.created_at.desc(), Event.id.desc())
        .limit(MOST_READ)
    )
    events = db.session.scalars(query).all()
    lines = list(folded(events))
    return Told(lines[:MOST_TOLD], more=len(lines) > MOST_TOLD or len(events) == MOST_READ)


def folded(events: Iterable[Event]) -> Iterable[News]:
    """Newest first. Of equal events of one domain the newest is told; what happened to many domains is one line."""
    kinds: dict[tuple[EventKind, str | None], dict[int | None, Event]] = {}
    for event in events:
        kinds.setdefault((event.kind, event.message_code), {}).setdefault(event.custom_domain_id, event)
    lines = [
        News(event, _there(event), others=len(newest) - 1 if len(newest) > FEW else 0)
        for newest in kinds.values()
        for event in islice(newest.values(), 1 if len(newest) > FEW else FEW)
    ]
    return sorted(lines, key=lambda one: (one.event.created_at, one.event.id), reverse=True)


def _there(event: Event) -> LLMClientCustomDomain | None:
    domain = event.custom_domain
    if domain is None or domain.state is DomainState.REMOVED:
        return None
    # A domain that was given to another account since is theirs alone.
    return domain if domain.account_id == event.account_id else None
