"""Who belongs to an account, and as what. Services flush; the edge that called them commits.

A refusal is a sentence; None means that it is done.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

from flask_security import hash_password
from sqlalchemy import func, select, update

from webapp.accounts import queries, unconfirmed
from webapp.audit.log import Actor, note_account
from webapp.auth.memberships import memberships_of
from webapp.extensions import datastore, db
from webapp.models import Account, EventKind, Invitation, Membership, MembershipRole, User
from webapp.models.people import new_code

INVITATION_LASTS = timedelta(days=7)
LAST_OWNER = "An account needs an owner. Make somebody else an owner first."


def let_in(email: str, password: str, now: datetime) -> User:
    """The person who has shown with a link that the mailbox is theirs. Raises IntegrityError when they are here.

    What was set up under the address before goes, with the account that came with it: a stranger may have typed it.
    """
    before = datastore.find_user(case_insensitive=True, email=email)
    if before is not None and before.confirmed_at is None:
        unconfirmed.forget(cast("User", before))
    person = datastore.create_user(
        email=email, password=hash_password(password), confirmed_at=now.replace(tzinfo=None)
    )
    db.session.flush()
    return cast("User", person)


def open_account(name: str, owner: User) -> Account:
    account = Account(name=name)
    db.session.add(Membership(account=account, user=owner, role=MembershipRole.OWNER))
    return account


def open_own_account(name: str, owner: User) -> Account:
    """An account for somebody who is in none. Two presses wait for one another, and the second gets the first's."""
    db.session.execute(update(User).where(User.id == owner.id).values(active=User.active))
    mine = memberships_of(owner)
    account = mine[0].account if mine else open_account(name, owner)
    db.session.flush()
    return account


def rename(account: Account, name: str, actor: Actor) -> None:
    if name == account.name:
        return
    sentence = f"The account “{account.name}” is now called “{name}”."
    note_account(account, EventKind.ACCOUNT_RENAMED, sentence, actor)
    account.name = name
    db.session.flush()


def invite(
    account: Account, email: str, role: MembershipRole, actor: Actor, now: datetime
) -> Invitation | str:
    """An invitation of this address, the one there is already made new. A refusal is a sentence.

    `email` is in the form in which people's addresses are stored.
    """
    if queries.member_with(account, email) is not None:
        return f"{email} belongs to this account already."
    invitation = queries.invitation_of(account, email)
    if invitation is None:
        invitation = Invitation(account=account, email=email)
        db.session.add(invitation)
    invitation.role, invitation.invited_by = role, actor.name
    invitation.expires_at = now + INVITATION_LASTS
    sentence = f"{email} was invited as {role}."
    note_account(account, EventKind.PERSON_INVITED, sentence, actor)
    db.session.flush()
    return invitation


def withdraw(invitation: Invitation, actor: Actor) -> None:
    sentence = f"The invitation of {invitation.email} was withdrawn."
    note_account(invitation.account, EventKind.INVITATION_WITHDRAWN, sentence, actor)
    db.session.delete(invitation)
    db.session.flush()


def send_anew(invitation: Invitation, actor: Actor, now: datetime) -> None:
    """Another week and another link; the old one leads nowhere from now on."""
    invitation.code, invitation.expires_at = new_code(), now + INVITATION_LASTS
    sentence = f"{invitation.email} was sent the invitation again."
    note_account(invitation.account, EventKind.PERSON_INVITED, sentence, actor)
    db.session.flush()


def join(invitation: Invitation, user: User) -> Account:
    """Take the user into the account that invited them; whoever is in it already stays what they are."""
    account = invitation.account
    if queries.membership_of(account, user) is None:
        db.session.add(Membership(account=account, user_id=user.id, role=invitation.role))
        sentence = f"{user.email} joined as {invitation.role}."
        note_account(account, EventKind.PERSON_JOINED, sentence, Actor.person(user))
    db.session.delete(invitation)
    db.session.flush()
    return account


def change_role(membership: Membership, role: MembershipRole, actor: Actor, now: datetime) -> str | None:
    if membership.role is role:
        return None
    if role is not MembershipRole.OWNER and _is_last_owner(membership, now):
        return LAST_OWNER
    membership.role = role
    sentence = f"{membership.user.email} is now {_as_what(role)}."
    note_account(membership.account, EventKind.PERSON_ROLE_CHANGED, sentence, actor)
    db.session.flush()
    return None


def remove(membership: Membership, actor: Actor, now: datetime) -> str | None:
    """Take somebody out of the account; they may also go themselves."""
    if _is_last_owner(membership, now):
        return LAST_OWNER
    account, email = membership.account, membership.user.email
    if actor.user_id == membership.user_id:
        note_account(account, EventKind.PERSON_LEFT, f"{email} left the account.", actor)
    else:
        note_account(account, EventKind.PERSON_REMOVED, f"{email} was taken out of the account.", actor)
    db.session.delete(membership)
    db.session.flush()
    return None


def _as_what(role: MembershipRole) -> str:
    return "an owner" if role is MembershipRole.OWNER else "a member"


def _is_last_owner(membership: Membership, now: datetime) -> bool:
    """Two owners who demote each other at the same moment wait for one another at the account's row."""
    db.session.execute(update(Account).where(Account.id == membership.account_id).values(updated_at=now))
    db.session.refresh(membership, ["role"])
    if membership.role is not MembershipRole.OWNER:
        return False
    owners = select(func.count(Membership.id)).where(
        Membership.account_id == membership.account_id, Membership.role == MembershipRole.OWNER
    )
    return (db.session.scalar(owners) or 0) < 2
