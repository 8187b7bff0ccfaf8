"""What the rows say of a contest: the holder's checks, and how far the contest has come. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.sql import ColumnElement

from webapp.config.settings import Settings
from webapp.dns.delegation import AtParent, Verdict
from webapp.domains import queries
from webapp.domains.registration import in_the_way_of
from webapp.domains.rules.transitions import Periods
from webapp.extensions import db
from webapp.models import (
    Check,
    CheckReport,
    CheckStatus,
    Event,
    EventKind,
    LLMClientCustomDomain,
)
from webapp.moves.rule import Holder, Look, Readings, Said, Step, kept_since, may_move

#: The code of the event by which a claim loses its name to a proof.
MOVED_AWAY = "domain.moved-away"
#: A check of the schedule that changed nothing keeps its start and its end in two other columns, see `Check`.
_BEGAN: ColumnElement[datetime] = func.coalesce(Check.started_at, Check.created_at)
_ENDED: ColumnElement[datetime] = func.coalesce(Check.finished_at, Check.updated_at)
_TRANSIENT = func.coalesce(CheckReport.transient, Check.whole_report["transient"].as_boolean())
_AGAINST = [one for one in Verdict if one.facts.at_parent in {AtParent.CONTRARY, AtParent.DIVIDED}]


def said(verdict: str | None, transient: bool | None) -> Said:
    """What a check with this verdict says of the claim. What is not firm contradicts nothing."""
    at_parent = Verdict(verdict).facts.at_parent if verdict in set(Verdict) else AtParent.NOT_ASKED
    if at_parent is AtParent.OURS:
        return Said.STANDS
    if at_parent is AtParent.NOT_ASKED or transient is not False:
        return Said.UNASKED
    return Said.CONTRARY


def holder_of(domain: LLMClientCustomDomain, confirmation: timedelta) -> Holder:
    """What the checks of this claim say, which holds the name."""
    latest = _newest(domain)
    earlier = None
    if latest is not None and latest.said is Said.CONTRARY and domain.contrary_since is not None:
        by = latest.at.first - confirmation
        firm = _TRANSIENT.is_(False), Check.verdict.in_(_AGAINST)
        earlier = _newest(domain, *firm, domain.contrary_since <= _ENDED, by >= _BEGAN, by >= _ENDED)
    return Holder(latest, earlier, domain.contrary_since)


def _newest(domain: LLMClientCustomDomain, *conditions: ColumnElement[bool]) -> Look | None:
    row = db.session.execute(
        select(Check.verdict, _TRANSIENT, _BEGAN, _ENDED)
        .outerjoin(CheckReport, CheckReport.id == Check.report_id)
        .where(Check.custom_domain_id == domain.id, Check.status == CheckStatus.DONE, *conditions)
        .order_by(Check.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else Look(Readings(row[2], row[3]), said(row[0], row[1]))


@dataclass(frozen=True)
class Standing:
    """How far a claim has come on a name that another account holds. `decides_at`: the earliest time of the check
    that may move the name; None while nothing proves the claim. `stands`: DNS proves the holder as well.
    """

    confirmation: timedelta
    decides_at: datetime | None = None
    step: Step | None = None
    stands: bool = False


def standing_of(domain: LLMClientCustomDomain, settings: Settings, now: datetime) -> Standing | None:
    """None where nobody else holds the name, or where no proof can move it."""
    if domain.state.is_verified or domain.state.is_gone or domain.held_at is not None:
        return None
    other = queries.verified_elsewhere(domain.account, domain.domain_name)
    if other is None:
        return None
    found = in_the_way_of(domain, settings)
    if found is None or not found.contested:
        return None
    confirmation = Periods.of(settings).confirmation
    since = domain.contests_since
    if since is None:
        return Standing(confirmation)
    at, holder = Readings(now, now), holder_of(other, confirmation)
    latest = holder.latest
    fresh = latest is not None and latest.at.first >= since
    stands = fresh and latest is not None and latest.said is Said.STANDS
    step = may_move(since, at, holder, confirmation)
    return Standing(confirmation, kept_since(since, at) + confirmation, step, stands)


def contested_from(domain: LLMClientCustomDomain, settings: Settings, now: datetime) -> datetime | None:
    """When this name, which the claim holds, may move to another account's claim; None while nobody contests it."""
    if not domain.state.is_verified or domain.held_at is not None:
        return None
    row = LLMClientCustomDomain
    others = row.domain_name == domain.domain_name, row.account_id != domain.account_id
    query = select(func.min(row.contests_since)).where(*others, row.contests_since.is_not(None))
    since = db.session.scalar(query.where(row.held_at.is_(None)))
    return None if since is None else min(since, now) + Periods.of(settings).confirmation


def moved_away(domain: LLMClientCustomDomain) -> bool:
    """Whether the claim is not served any more because the name moved to another account by proof."""
    changed = Event.custom_domain_id == domain.id, Event.kind == EventKind.STATE_CHANGED
    query = select(Event.message_code).where(*changed).order_by(Event.id.desc()).limit(1)
    return db.session.scalar(query) == MOVED_AWAY
