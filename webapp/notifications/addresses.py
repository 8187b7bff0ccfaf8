"""Further e-mail addresses, beside those of the members, that get an account's notifications. Services flush."""

from __future__ import annotations

from datetime import datetime

from webapp.accounts import queries
from webapp.audit.log import Actor, note_account
from webapp.extensions import db
from webapp.models import Account, ActorKind, EventKind, Message, NotificationAddress

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
