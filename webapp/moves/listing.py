"""What staff see of names that move: contests that are under way, and moves that are done, newest first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload, selectinload

from webapp.extensions import db
from webapp.models import Event, EventKind, Finding, LLMClientCustomDomain
from webapp.zones import findings
from webapp.zones.findings import FindingKind


@dataclass(frozen=True)
class Move:
    """`domain`: the claim that has the name now. `former`: the one that had it. `since`: when the contest began.
    `verdict`: what the last check of the former claim said, which is why the name moved.
    """

    event_id: int
    at: datetime
    domain: LLMClientCustomDomain
    former: LLMClientCustomDomain | None
    since: datetime | None
    verdict: str | None


def moves(before: int | None, limit: int) -> list[Move]:
    """Moves, newest first, older than the one whose event has the id `before`."""
    event = Event
    query = (
        select(event)
        .where(event.kind == EventKind.CLAIM_MOVED)
        .options(joinedload(event.custom_domain).joinedload(LLMClientCustomDomain.account))
        .order_by(event.created_at.desc(), event.id.desc())
        .limit(limit)
    )
    last = db.session.get(event, before) if before else None
    if last is not None:
        earlier = or_(event.created_at < last.created_at, event.id < last.id)
        query = query.where(event.created_at <= last.created_at, earlier)
    found = db.session.scalars(query).all()
    former = _domains([(one.evidence or {}).get("former") for one in found])
    return [_move(one, one.custom_domain, former) for one in found if one.custom_domain is not None]


def _domains(ids: Sequence[Any]) -> dict[int, LLMClientCustomDomain]:
    row = LLMClientCustomDomain
    query = select(row).where(row.id.in_([one for one in ids if one is not None]))
    return {one.id: one for one in db.session.scalars(query.options(selectinload(row.account)))}


def _move(event: Event, domain: LLMClientCustomDomain, former: dict[int, LLMClientCustomDomain]) -> Move:
    known = event.evidence or {}
    since = datetime.fromisoformat(known["since"]) if known.get("since") else None
    return Move(
        event.id, event.created_at, domain, former.get(known.get("former", 0)), since, known.get("verdict")
    )


def under_way(limit: int) -> list[Finding]:
    """The contests that may move a name, newest first, by turns between accounts."""
    found = findings.of_claims(FindingKind.CONTEST, limit)
    ids = [one.custom_domain_id for one in found]
    row = LLMClientCustomDomain
    going_on = {*db.session.scalars(select(row.id).where(row.id.in_(ids), row.contests_since.is_not(None)))}
    return [one for one in found if one.custom_domain_id in going_on]
