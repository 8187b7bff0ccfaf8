"""Queries about people and their accounts. They read and never write."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from webapp.extensions import db
from webapp.models import (
    Account,
    Event,
    EventKind,
    Invitation,
    Membership,
    MembershipRole,
    NotificationAddress,
    User,
)


def membership_of(account: Account, user: User) -> Membership | None:
    return db.session.scalar(
        select(Membership).where(Membership.account_id == account.id, Membership.user_id == user.id)
    )


def people_of(account: Account) -> Sequence[Membership]:
    return db.session.scalars(
        select(Membership)
        .where(Membership.account_id == account.id)
        .options(selectinload(Membership.user))
        .order_by(Membership.id)
    ).all()


def only_owner(people: Sequence[Membership]) -> Membership | None:
    """The owner without whom the account would have none; None where there are several."""
    owners = [one for one in people if one.role is MembershipRole.OWNER]
    return owners[0] if len(owners) == 1 else None


def member_with(account: Account, email: str) -> Membership | None:
    return db.session.scalar(
        select(Membership)
        .join(User, User.id == Membership.user_id)
        .where(Membership.account_id == account.id, func.lower(User.email) == email.lower())
    )


def invitations_of(account: Account) -> Sequence[Invitation]:
    return db.session.scalars(
        select(Invitation).where(Invitation.account_id == account.id).order_by(Invitation.id)
    ).all()


def invitation_of(account: Account, email: str) -> Invitation | None:
    return db.session.scalar(
        select(Invitation).where(
            Invitation.account_id == account.id, func.lower(Invitation.email) == email.lower()
        )
    )


def invitation_with(code: str) -> Invitation | None:
    """The open invitation behind a link, unless its account is being deleted."""
    return db.session.scalar(
        select(Invitation).join(Account).where(Invitation.code == code, Account.deleted_at.is_(None))
    )


#: What members do not read: who was invited and may never come.
OWNERS_BUSINESS = frozenset({EventKind.PERSON_INVITED, EventKind.INVITATION_WITHDRAWN})


def latest_events(account: Account, *, for_owner: bool, limit: int = 20) -> Sequence[Event]:
    """What happened to the account itself, newest first; its domains have histories of their own."""
    hidden = frozenset() if for_owner else OWNERS_BUSINESS
    return db.session.scalars(
        select(Event)
        .where(Event.account_id == account.id, Event.custom_domain_id.is_(None), Event.kind.not_in(hidden))
        .order_by(Event.id.desc())
        .limit(limit)
    ).all()


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
