"""What follows from time alone takes two looks, because one clock may have leapt.

See `webapp.domains.rules.transitions`, which does the same for what a check decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, or_, select, update

from webapp.extensions import db
from webapp.models import DomainState, LLMClientCustomDomain

#: How far apart the two looks are. A clock that leapt is set right within that time, or another worker looks.
APART = timedelta(minutes=10)


def found_twice(
    state: DomainState, before: datetime, now: datetime, limit: int
) -> Sequence[LLMClientCustomDomain]:
    """Domains that have been in `state` since before `before`, and were found so `APART` ago, too, locked.

    Those that are found for the first time are marked. A mark that is not so by this clock is taken away.
    """
    mark, since = LLMClientCustomDomain.overdue_since, LLMClientCustomDomain.state_changed_at
    here = LLMClientCustomDomain.state == state
    free = LLMClientCustomDomain.held_at.is_(None)
    untrue = mark.is_not(None), here, or_(since >= before, mark > now)
    _mark(select(LLMClientCustomDomain.id).where(*untrue), None)
    twice = db.session.scalars(
        select(LLMClientCustomDomain)
        .where(here, since < before, free, mark <= now - APART)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    _mark(
        select(LLMClientCustomDomain.id).where(here, since < before, free, mark.is_(None)).limit(limit), now
    )
    return twice


def _mark(which: Select[int], value: datetime | None) -> None:
    """Past the table's version: nobody who read the domain before needs to know of this."""
    db.session.execute(
        update(LLMClientCustomDomain)
        .where(LLMClientCustomDomain.id.in_(which))
        .values(overdue_since=value)
        .execution_options(synchronize_session=False)
    )
