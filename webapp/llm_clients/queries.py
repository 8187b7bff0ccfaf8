"""Queries about LLM clients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import selectinload

from webapp.extensions import db
from webapp.models import Account, LLMClient, LLMClientCustomDomain


@dataclass(frozen=True)
class Listed:
    """A page of the list. `next`: the id of its last LLM client, when more follow."""

    llm_clients: Sequence[LLMClient]
    next: int | None


def listed(account: Account, text: str, behind: int | None, limit: int) -> Listed:
    """The account's LLM clients whose names contain `text`, by name, behind that of the id `behind`; with what the
    status of each domain needs, loaded by one query for each table.
    """
    domain, place = selectinload(LLMClient.custom_domain), tuple_(LLMClient.name, LLMClient.id)
    query = (
        select(LLMClient)
        .where(LLMClient.account_id == account.id, LLMClient.name.icontains(text, autoescape=True))
        .options(
            domain.selectinload(LLMClientCustomDomain.zones),
            domain.selectinload(LLMClientCustomDomain.certificates),
            domain.selectinload(LLMClientCustomDomain.probe),
            domain.selectinload(LLMClientCustomDomain.llm_client),
        )
        .order_by(LLMClient.name, LLMClient.id)
    )
    last = db.session.get(LLMClient, behind) if behind is not None else None
    if last is not None and last.account_id == account.id:
        query = query.where(place > (last.name, last.id))
    found = db.session.scalars(query.limit(limit + 1)).all()
    return Listed(found[:limit], found[limit - 1].id if len(found) > limit else None)


def count(account: Account) -> int:
    query = select(func.count()).select_from(LLMClient).where(LLMClient.account_id == account.id)
    return db.session.scalar(query) or 0


def labels_that_begin(account: Account, beginning: str) -> set[str]:
    """The labels of the account's LLM clients that begin so."""
    mine = LLMClient.account_id == account.id, LLMClient.label.startswith(beginning, autoescape=True)
    return set(db.session.scalars(select(LLMClient.label).where(*mine)))
