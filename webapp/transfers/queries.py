"""Which offers an account sees, and who its owners are. They read and never write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import aliased, selectinload

from webapp.extensions import db
from webapp.models import (
    GONE_STATES,
    Account,
    DomainTransfer,
    LLMClient,
    LLMClientCustomDomain,
    Membership,
    MembershipRole,
    TransferState,
    User,
)

#: How many of an account's own transfers a page shows.
MOST_SHOWN = 50
MOST_CLIENTS = 200


def received(account: Account, email: str | None, now: datetime) -> Sequence[DomainTransfer]:
    """The open offers to this account, newest first: by its number, or to whoever signs in as `email`, if given."""
    query = _open_offers(now).where(_is_for(account, email)).order_by(DomainTransfer.id.desc())
    return db.session.scalars(query.limit(MOST_SHOWN)).all()


def received_ids(account: Account, now: datetime) -> Select[int]:
    """The ids of all open offers to the number of this account."""
    return _open_offers(now).where(_is_for(account, None)).with_only_columns(DomainTransfer.id)


def received_one(
    transfer_id: int, account: Account, email: str | None, now: datetime
) -> DomainTransfer | None:
    query = _open_offers(now).where(DomainTransfer.id == transfer_id, _is_for(account, email))
    return db.session.scalar(query)


def _is_for(account: Account, email: str | None) -> ColumnElement[bool]:
    mine = DomainTransfer.to_number == account.number
    return mine if email is None else or_(mine, DomainTransfer.to_email == email.lower())


def _open_offers(now: datetime) -> Select[DomainTransfer]:
    domain, giver = LLMClientCustomDomain, aliased(Account)
    return (
        select(DomainTransfer)
        .join(domain, domain.id == DomainTransfer.custom_domain_id)
        .join(giver, giver.id == DomainTransfer.from_account_id)
        .where(
            DomainTransfer.state == TransferState.OFFERED,
            DomainTransfer.expires_at > now,
            domain.account_id == DomainTransfer.from_account_id,
            domain.state.not_in(GONE_STATES),
            domain.held_at.is_(None),
            giver.deleted_at.is_(None),
        )
        .options(selectinload(DomainTransfer.custom_domain), selectinload(DomainTransfer.from_account))
    )


def given(account: Account) -> Sequence[DomainTransfer]:
    """What the account offered or gave away, newest first."""
    query = select(DomainTransfer).where(DomainTransfer.from_account_id == account.id)
    query = query.options(selectinload(DomainTransfer.custom_domain)).order_by(DomainTransfer.id.desc())
    return db.session.scalars(query.limit(MOST_SHOWN)).all()


def open_of(domain: LLMClientCustomDomain, now: datetime) -> DomainTransfer | None:
    """The open offer of the domain."""
    row = DomainTransfer
    mine = row.custom_domain_id == domain.id, row.from_account_id == domain.account_id
    query = select(row).where(*mine, row.state == TransferState.OFFERED, row.expires_at > now)
    return db.session.scalar(query)


def owned_by(user: User, *, besides: Account) -> Sequence[Account]:
    """The other accounts of which this person is an owner."""
    query = (
        select(Account)
        .join(Membership, Membership.account_id == Account.id)
        .where(
            Membership.user_id == user.id,
            Membership.role == MembershipRole.OWNER,
            Account.deleted_at.is_(None),
            Account.id != besides.id,
        )
    )
    return db.session.scalars(query.order_by(Account.name, Account.id)).all()


def free_clients(account: Account) -> Sequence[LLMClient]:
    """The account's LLM clients without a domain: a domain that is received takes none from another name."""
    free = LLMClient.account_id == account.id, LLMClient.custom_domain_id.is_(None)
    return db.session.scalars(
        select(LLMClient).where(*free).order_by(LLMClient.name).limit(MOST_CLIENTS)
    ).all()


def owners_of(account_id: int) -> Sequence[str]:
    """The mailboxes of its owners who can sign in."""
    return _mailboxes(Membership.account_id == account_id)


def receivers_of(transfer: DomainTransfer) -> Sequence[str]:
    """The mailboxes of those who may accept; empty when nobody has the number, or the address."""
    if transfer.to_number is not None:
        return _mailboxes(Account.number == transfer.to_number)
    return _mailboxes(func.lower(User.email) == transfer.to_email)


def _mailboxes(which: ColumnElement[bool]) -> Sequence[str]:
    query = (
        select(func.lower(User.email))
        .distinct()
        .join(Membership, Membership.user_id == User.id)
        .join(Account, Account.id == Membership.account_id)
        .where(
            which,
            Membership.role == MembershipRole.OWNER,
            User.active,
            User.confirmed_at.is_not(None),
            Account.deleted_at.is_(None),
        )
    )
    return sorted(db.session.scalars(query))
