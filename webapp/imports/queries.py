"""Questions about imports. They read and never write."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import selectinload

from webapp.extensions import db
from webapp.models import Account, DomainImport, ImportLine, ImportState, LineState

#: The states in which a worker has work to do.
BUSY = tuple(state for state in ImportState if state.is_busy)


def import_of(account: Account, import_id: int) -> DomainImport | None:
    mine = DomainImport.account_id == account.id
    return db.session.scalar(select(DomainImport).where(DomainImport.id == import_id, mine))


def imports_of(account: Account, *, before: int | None = None, limit: int) -> Sequence[DomainImport]:
    """Newest first."""
    query = select(DomainImport).where(DomainImport.account_id == account.id)
    if before is not None:
        query = query.where(DomainImport.id < before)
    return db.session.scalars(query.order_by(DomainImport.id.desc()).limit(limit)).all()


def count_since(account: Account, since: datetime) -> int:
    query = select(func.count()).where(
        DomainImport.account_id == account.id, DomainImport.created_at >= since
    )
    return db.session.scalar(query) or 0


def counts(import_: DomainImport) -> Counter[LineState]:
    """How many of its lines are in each state."""
    query = select(ImportLine.state, func.count()).where(ImportLine.import_id == import_.id)
    return Counter(dict(db.session.execute(query.group_by(ImportLine.state)).all()))


def lines_query(import_: DomainImport, state: LineState | None = None) -> Select[ImportLine]:
    query = select(ImportLine).where(ImportLine.import_id == import_.id)
    return query if state is None else query.where(ImportLine.state == state)


def lines_of(
    import_: DomainImport, state: LineState | None = None, *, after: int = 0, limit: int
) -> Sequence[ImportLine]:
    """In the order of the list, behind the line with the number `after`."""
    query = lines_query(import_, state).where(ImportLine.number > after).order_by(ImportLine.number)
    domain = selectinload(ImportLine.custom_domain)
    return db.session.scalars(query.options(domain).limit(limit)).all()
