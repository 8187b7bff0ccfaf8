"""Who gets an account's notifications: members, and further e-mail addresses. Services flush."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, Subquery, func, select, union

from webapp.accounts import queries
from webapp.audit.log import Actor, note_account
from webapp.extensions import db
from webapp.models import Account, ActorKind, EventKind, Membership, Message, NotificationAddress, User

MOST = 20


def add(account: Account, email: str, actor: Actor) -> NotificationAddress | str:
    """Add an address. It gets no notification until its owner has agreed. A refusal is a sentence."""
    if queries.member_with(account, email) is not None:
        return f"{email} is a member of this account, and members are told anyway."
    known = queries.address_of(account, email)
    if known is not None:
        return f"{email} is on the list already."
    if len(queries.addresses_of(account)) >= MOST:
        return f"There are {MOST} addresses already. Remove one first, or add a mailing list of your own."
    address = NotificationAddress(account=account, email=email)
    db.session.add(address)
    note_account(account, EventKind.ADDRESS_ADDED, Message("address.added", {"email": email}), actor)
    db.session.flush()
    return address


def confirm(address: NotificationAddress, now: datetime) -> None:
    if address.confirmed_at is None:
        address.confirmed_at = now
        owner = Actor(ActorKind.CUSTOMER, address.email)
        said = Message("address.confirmed", {"email": address.email})
        note_account(address.account, EventKind.ADDRESS_CONFIRMED, said, owner)
    db.session.flush()


def remove(address: NotificationAddress, actor: Actor | None = None) -> None:
    """Remove the address. Without `actor`, the owner of the mailbox asked for it by the link in an e-mail."""
    actor = actor or Actor(ActorKind.CUSTOMER, address.email)
    said = Message("address.removed", {"email": address.email})
    note_account(address.account, EventKind.ADDRESS_REMOVED, said, actor)
    db.session.delete(address)
    db.session.flush()


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
