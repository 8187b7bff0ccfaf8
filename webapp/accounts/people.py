"""The members of an account and their roles. Services flush; the edge that called them commits.

A refusal is a sentence; None means that it is done.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import func, select, update

from webapp.accounts import queries, unconfirmed
from webapp.audit.log import Actor, note_account
from webapp.auth.memberships import memberships_of
from webapp.extensions import datastore, db
from webapp.models import Account, EventKind, Invitation, Membership, MembershipRole, Message, User
from webapp.models.account import new_code

INVITATION_LASTS = timedelta(days=7)
LAST_OWNER = "An account needs an owner. Make somebody else an owner first."


def let_in(email: str, password_hash: str, now: datetime) -> User | None:
    """The person who has shown with a link that the mailbox is theirs. None when somebody has the address, or is
    locked out with it. Raises IntegrityError when another request was quicker.

    What was set up under the address before goes, with the account that came with it: a stranger may have typed it.
    """
    before = cast("User | None", datastore.find_user(case_insensitive=True, email=email))
    if before is not None:
        if before.confirmed_at is not None or not _hold_if_active(before):
            return None
        unconfirmed.forget(before)
    person = datastore.create_user(email=email, password=password_hash, confirmed_at=now.replace(tzinfo=None))
    db.session.flush()
    return cast("User", person)


def _hold_if_active(user: User) -> bool:
    """Whether the person is not locked out. An operator who locks them now waits until the commit."""
    active = update(User).where(User.id == user.id, User.active).values(active=User.active)
    return bool(db.session.execute(active.execution_options(synchronize_session=False)).rowcount)  # type: ignore[attr-defined]


def open_account(name: str, owner: User) -> Account:
    account = Account(name=name)
    db.session.add(Membership(account=account, user=owner, role=MembershipRole.OWNER))
    return account


def open_empty(name: str, actor: Actor) -> Account:
    """An account without people, which a program opens and acts for."""
    account = Account(name=name)
    db.session.add(account)
    said = Message("account.opened", {"name": name, "number": account.number})
    note_account(account, EventKind.ACCOUNT_OPENED, said, actor)
    db.session.flush()
    return account


def open_own_account(name: str, owner: User) -> Account:
    """An account for somebody who is in none. Of two calls at once, the second gets the account of the first."""
    db.session.execute(update(User).where(User.id == owner.id).values(active=User.active))
    mine = memberships_of(owner)
    account = mine[0].account if mine else open_account(name, owner)
    db.session.flush()
    return account


def rename(account: Account, name: str, actor: Actor) -> None:
    if name == account.name:
        return
    said = Message("account.renamed", {"before": account.name, "after": name})
    note_account(account, EventKind.ACCOUNT_RENAMED, said, actor)
    account.name = name
    db.session.flush()


def invite(
    account: Account, email: str, role: MembershipRole, actor: Actor, now: datetime
) -> Invitation | str:
    """Invite this address. An invitation that exists already is renewed. A refusal is a sentence.

    `email` is in the form in which `User.email` is stored.
    """
    if queries.member_with(account, email) is not None:
        return f"{email} belongs to this account already."
    invitation = queries.invitation_of(account, email)
    if invitation is None:
        invitation = Invitation(account=account, email=email)
        db.session.add(invitation)
    invitation.role, invitation.invited_by = role, actor.name
    invitation.expires_at = now + INVITATION_LASTS
    said = Message("person.invited", {"email": email, "role": role.value})
    note_account(account, EventKind.PERSON_INVITED, said, actor)
    db.session.flush()
    return invitation


def withdraw(invitation: Invitation, actor: Actor) -> None:
    said = Message("invitation.withdrawn", {"email": invitation.email})
    note_account(invitation.account, EventKind.INVITATION_WITHDRAWN, said, actor)
    db.session.delete(invitation)
    db.session.flush()


def send_anew(invitation: Invitation, actor: Actor, now: datetime) -> None:
    """Renew the invitation: it is valid for another week, by a new link. The old link no longer works."""
    invitation.code, invitation.expires_at = new_code(), now + INVITATION_LASTS
    said = Message("person.invited-again", {"email": invitation.email})
    note_account(invitation.account, EventKind.PERSON_INVITED, said, actor)
    db.session.flush()


def join(invitation: Invitation, user: User) -> Account:
    """Make the user a member of the account that invited them. A member keeps the role that they have."""
    account = invitation.account
    if queries.membership_of(account, user) is None:
        db.session.add(Membership(account=account, user_id=user.id, role=invitation.role))
        said = Message("person.joined", {"email": user.email, "role": invitation.role.value})
        note_account(account, EventKind.PERSON_JOINED, said, Actor.person(user))
    db.session.delete(invitation)
    db.session.flush()
    return account


def change_role(membership: Membership, role: MembershipRole, actor: Actor, now: datetime) -> str | None:
    if membership.role is role:
        return None
    if role is not MembershipRole.OWNER and _is_last_owner(membership, now):
        return LAST_OWNER
    membership.role = role
    said = Message("person.role", {"email": membership.user.email, "role": role.value})
    note_account(membership.account, EventKind.PERSON_ROLE_CHANGED, said, actor)
    db.session.flush()
    return None


def remove(membership: Membership, actor: Actor, now: datetime) -> str | None:
    """Take a member out of the account. Members may also leave by themselves."""
    if _is_last_owner(membership, now):
        return LAST_OWNER
    account, email = membership.account, membership.user.email
    if actor.user_id == membership.user_id:
        note_account(account, EventKind.PERSON_LEFT, Message("person.left", {"email": email}), actor)
    else:
        note_account(account, EventKind.PERSON_REMOVED, Message("person.removed", {"email": email}), actor)
    db.session.delete(membership)
    db.session.flush()
    return None


def _is_last_owner(membership: Membership, now: datetime) -> bool:
    """Whether this is the account's only owner. Locks the account's row, so that two owners cannot demote each other
    at the same moment.
    """
    db.session.execute(update(Account).where(Account.id == membership.account_id).values(updated_at=now))
    db.session.refresh(membership, ["role"])
    if membership.role is not MembershipRole.OWNER:
        return False
    owners = select(func.count(Membership.id)).where(
        Membership.account_id == membership.account_id, Membership.role == MembershipRole.OWNER
    )
    return (db.session.scalar(owners) or 0) < 2
