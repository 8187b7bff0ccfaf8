"""Questions about further mailboxes. They read and never write."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from webapp.extensions import db
from webapp.models import Account, NotificationAddress


def addresses_of(account: Account) -> Sequence[NotificationAddress]:
    return db.session.scalars(
        select(NotificationAddress)
        .where(NotificationAddress.account_id == account.id)
        .order_by(NotificationAddress.id)
    ).all()


def address_of(account: Account, email: str) -> NotificationAddress | None:
    return db.session.scalar(
        select(NotificationAddress).where(
            NotificationAddress.account_id == account.id,
            func.lower(NotificationAddress.email) == email.lower(),
        )
    )


def address_with(code: str) -> NotificationAddress | None:
    return db.session.scalar(
        select(NotificationAddress)
        .join(Account)
        .where(NotificationAddress.code == code, Account.deleted_at.is_(None))
    )
