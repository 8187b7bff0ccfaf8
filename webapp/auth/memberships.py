"""The memberships of a person."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import contains_eager

from webapp.extensions import db
from webapp.models import Account, Membership, User


def memberships_of(user: User) -> Sequence[Membership]:
    """The user's memberships, oldest first, without accounts that are being deleted."""
    return db.session.scalars(
        select(Membership)
        .join(Membership.account)
        .options(contains_eager(Membership.account))
        .where(Membership.user_id == user.id, Account.deleted_at.is_(None))
        .order_by(Membership.id)
    ).all()
