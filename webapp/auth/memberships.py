"""Which accounts a person has a part in."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from webapp.extensions import db
from webapp.models import Account, Membership, User


def memberships_of(user: User) -> Sequence[Membership]:
    """The user's part in every account that is not being deleted, the oldest first."""
    return db.session.scalars(
        select(Membership)
        .join(Membership.account)
        .options(contains_eager(Membership.account))
        .where(Membership.user_id == user.id, Account.deleted_at.is_(None))
        .order_by(Membership.id)
    ).all()
