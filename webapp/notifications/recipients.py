"""Who gets the notifications about an account's domains."""

from __future__ import annotations

from sqlalchemy import Select, Subquery, func, select, union

from webapp.extensions import db
from webapp.models import Membership, NotificationAddress, User


def recipients() -> Subquery:
    """A subquery of `account_id` and `address`, each mailbox once: the members who want e-mails and can sign in, and
    the further addresses whose owners have agreed.
    """
    return union(_members(), _further()).subquery("recipients")


def _members() -> Select[int, str]:
    return (
        select(Membership.account_id, func.lower(User.email).label("address"))
        .join(User, User.id == Membership.user_id)
        .where(Membership.wants_mail, User.active, User.confirmed_at.is_not(None))
    )


def _further() -> Select[int, str]:
    return select(NotificationAddress.account_id, func.lower(NotificationAddress.email)).where(
        NotificationAddress.confirmed_at.is_not(None)
    )


def is_told(account_id: int, address: str) -> bool:
    told = recipients()
    found = select(told.c.address).where(told.c.account_id == account_id, told.c.address == address)
    return db.session.scalar(found.limit(1)) is not None


def further_address(account_id: int, address: str) -> NotificationAddress | None:
    """The further address with this mailbox; None for a member's mailbox."""
    members = _members().subquery()
    member = select(members.c.address).where(members.c.account_id == account_id, members.c.address == address)
    if db.session.scalar(member) is not None:
        return None
    return db.session.scalar(
        select(NotificationAddress).where(
            NotificationAddress.account_id == account_id,
            func.lower(NotificationAddress.email) == address,
        )
    )
