"""People of releases that stored who signed up before the mailbox was shown to be theirs. They are forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select

from webapp.extensions import db
from webapp.models import Account, Event, LLMClient, LLMClientCustomDomain, Membership, User


def older_than(before: datetime, limit: int = 100) -> Sequence[User]:
    """Whoever signed up before this moment and never confirmed the address. Not who is locked out: without the row
    whoever has the mailbox could sign up again.
    """
    return db.session.scalars(
        select(User)
        .where(User.confirmed_at.is_(None), User.active, User.create_datetime < before.replace(tzinfo=None))
        .order_by(User.id)
        .limit(limit)
    ).all()


def forget(user: User) -> None:
    """Delete the person, and each account that has nobody else and nothing in it."""
    accounts = [membership.account for membership in user.memberships]
    user.memberships.clear()
    db.session.delete(user)
    db.session.flush()
    for account in accounts:
        if not _is_used(account):
            db.session.delete(account)
    db.session.flush()


def _is_used(account: Account) -> bool:
    return any(
        db.session.scalar(select(exists().where(model.account_id == account.id)))
        for model in (Membership, LLMClient, LLMClientCustomDomain, Event)
    )
