"""The checks of a domain as evidence of some days: when each ended, who asked for it, and what it found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from webapp.audit.history import Days
from webapp.dns.delegation import AtParent, Verdict
from webapp.extensions import db
from webapp.models import Check, CheckOrigin, CheckStatus, Event, EventKind, LLMClientCustomDomain


@dataclass(frozen=True)
class Ended:
    """A check that is done, with the time at which it ended."""

    row: Check
    at: datetime

    @property
    def asked_by(self) -> str:
        return _ASKED_BY[self.row.origin]


_ASKED_BY = {
    CheckOrigin.CUSTOMER: "Asked for",
    CheckOrigin.STAFF: "Nameplate’s staff",
    CheckOrigin.SCHEDULE: "By itself",
    CheckOrigin.COMMAND: "Command line",
}
_FOUND = {
    AtParent.OURS: "Your records lead to us",
    AtParent.CONTRARY: "Not our records",
    AtParent.DIVIDED: "The servers differ",
    AtParent.NOT_ASKED: "Could not ask",
}


def found_words(verdict: str | None) -> str:
    """What a check found, in a few words; the code itself for one of another release."""
    return _FOUND[Verdict(verdict).facts.at_parent] if verdict in set(Verdict) else verdict or "Nothing"


def ended_at() -> ColumnElement[datetime]:
    """A check of the schedule that changed nothing keeps the time of its last change alone."""
    return func.coalesce(Check.finished_at, Check.updated_at, type_=Check.updated_at.type)


def checks_of(domain: LLMClientCustomDomain, days: Days, limit: int) -> list[Ended]:
    """Those that ended on these days, the newest first, since the domain is in its account."""
    query = select(Check, ended_at()).where(*_own(domain)).order_by(Check.id.desc()).limit(limit)
    if days.begin is not None:
        query = query.where(ended_at() >= days.begin)
    if days.end is not None:
        query = query.where(ended_at() < days.end)
    return [Ended(row, at) for row, at in db.session.execute(query)]


def check_of(domain: LLMClientCustomDomain, check_id: int) -> Ended | None:
    row = db.session.execute(select(Check, ended_at()).where(*_own(domain), Check.id == check_id)).first()
    return Ended(row[0], row[1]) if row is not None else None


def _own(domain: LLMClientCustomDomain) -> list[ColumnElement[bool]]:
    received = (
        select(func.max(Event.created_at))
        .where(Event.custom_domain_id == domain.id, Event.account_id == domain.account_id)
        .where(Event.kind == EventKind.TRANSFER_ACCEPTED)
    )
    since = db.session.scalar(received)
    done = [Check.custom_domain_id == domain.id, Check.status == CheckStatus.DONE]
    return done if since is None else [*done, ended_at() >= since]
