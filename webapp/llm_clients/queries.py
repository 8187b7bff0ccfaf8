"""Queries about LLM clients."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from webapp.extensions import db
from webapp.models import Account, LLMClient, LLMClientCustomDomain


def with_their_states(account: Account) -> Sequence[LLMClient]:
    """The same LLM clients, with what the status of each domain needs, loaded by one query for each table."""
    domain = selectinload(LLMClient.custom_domain)
    return db.session.scalars(
        select(LLMClient)
        .where(LLMClient.account_id == account.id)
        .options(
            domain.selectinload(LLMClientCustomDomain.zones),
            domain.selectinload(LLMClientCustomDomain.certificates),
        )
        .order_by(LLMClient.name, LLMClient.id)
    ).all()


def label_taken(account: Account, label: str) -> bool:
    query = select(LLMClient.id).where(LLMClient.account_id == account.id, LLMClient.label == label)
    return db.session.scalar(query) is not None
