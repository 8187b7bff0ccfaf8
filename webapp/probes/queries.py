"""Which rows a worker takes next. Queries read and never write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, select

from webapp.extensions import db
from webapp.live.queries import JOB
from webapp.models import LLMClient, LLMClientCustomDomain, Probe

#: The longest queue whose rows take turns between accounts; more are taken in the order of their times.
MOST_IN_TURNS = 20_000


def wanted() -> ColumnElement[bool]:
    """`webapp.live.queries.is_looked_at` in SQL, of the row's domain and without the setting."""
    domain = LLMClientCustomDomain
    served = domain.id == Probe.custom_domain_id, domain.is_verified
    return exists().where(*served, LLMClient.custom_domain_id == domain.id, LLMClient.deployed)


def due(now: datetime, limit: int) -> Sequence[int]:
    """The ids of rows whose time has come, by turns between accounts."""
    some = select(Probe.id).where(JOB.is_due(now)).limit(MOST_IN_TURNS + 1).subquery()
    if (db.session.scalar(select(func.count()).select_from(some)) or 0) > MOST_IN_TURNS:
        return db.session.scalars(
            select(Probe.id).where(JOB.is_due(now)).order_by(Probe.next_probe_at).limit(limit)
        ).all()
    return JOB.due_in_turns(now, limit, Probe.custom_domain_id, tried=Probe.attempts)


def unlooked_at(after_id: int, limit: int) -> Sequence[int]:
    """The ids of domains that are to be looked at and have no row, in their order. It reads every verified domain."""
    domain = LLMClientCustomDomain
    query = (
        select(domain.id)
        .join(LLMClient, LLMClient.custom_domain_id == domain.id)
        .where(domain.id > after_id, domain.is_verified, LLMClient.deployed)
        .where(~exists().where(Probe.custom_domain_id == domain.id))
    )
    return db.session.scalars(query.order_by(domain.id).limit(limit)).all()


def due_and_wanted(now: datetime) -> ColumnElement[bool]:
    return and_(JOB.is_due(now), wanted())
