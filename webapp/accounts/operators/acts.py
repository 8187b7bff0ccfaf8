"""What operators do to people: let them see every account, keep them out, help them in again.

Each act says whether it changed anything, and is recorded for staff if it did; the edge that calls it commits. A
session that was begun before must not gain rights, or outlive a password, so most acts end all of them.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, update

from webapp.audit.log import Actor, note_account, note_alone
from webapp.auth import second_factor
from webapp.auth.doors import is_taken
from webapp.extensions import datastore, db
from webapp.models import STAFF_ROLE, EventKind, Message, SignedIn, User


def promote(user: User, actor: Actor, reason: str | None) -> bool:
    """Let somebody see every account."""
    lock(user)
    if user.is_staff:
        return False
    datastore.add_role_to_user(user, datastore.find_or_create_role(STAFF_ROLE))
    _end_sessions(user)
    return _noted(EventKind.USER_PROMOTED, Message("user.promoted", {"email": user.email}), actor, reason)


def demote(user: User, actor: Actor, reason: str | None) -> bool:
    """Take that away. What the person may do in accounts of their own stays."""
    lock(user)
    if not user.is_staff:
        return False
    datastore.remove_role_from_user(user, STAFF_ROLE)
    _end_sessions(user)
    return _noted(EventKind.USER_DEMOTED, Message("user.demoted", {"email": user.email}), actor, reason)


def lock_out(user: User, actor: Actor, reason: str | None) -> bool:
    """Sign somebody out everywhere, and let them sign in by no way until they are let in."""
    lock(user)
    if not user.active:
        return False
    user.active = False
    _end_sessions(user)
    return _noted(EventKind.USER_LOCKED, Message("user.locked", {"email": user.email}), actor, reason)


def let_in(user: User, actor: Actor, reason: str | None) -> bool:
    lock(user)
    if user.active:
        return False
    user.active = True
    return _noted(EventKind.USER_UNLOCKED, Message("user.unlocked", {"email": user.email}), actor, reason)


def sign_out(user: User, actor: Actor, reason: str | None) -> bool:
    """End every session; links to new passwords that are under way end with them."""
    lock(user)
    _end_sessions(user)
    return _noted(EventKind.USER_SIGNED_OUT, Message("user.signed-out", {"email": user.email}), actor, reason)


def set_password(user: User, password_hash: str, actor: Actor, reason: str | None) -> bool:
    """Give somebody another password. Passkeys go, since they open the account without one and a stranger may have
    added them; the second factor stays.
    """
    lock(user)
    user.password = password_hash
    for key in list(user.webauthn):
        datastore.delete_webauthn(key)
    _end_sessions(user)
    return _noted(EventKind.USER_PASSWORD, Message("user.password", {"email": user.email}), actor, reason)


def disable_second_factor(user: User, actor: Actor, reason: str | None) -> bool:
    """Let somebody sign in with the password alone, after the app and the recovery codes were lost."""
    lock(user)
    had_one = bool(user.tf_primary_method or user.tf_totp_secret or user.mf_recovery_codes)
    second_factor.switch_off(user)
    if had_one:
        _help_noted(EventKind.USER_SECOND_FACTOR, "user.second-factor", user, actor, reason)
    return had_one


def clear_tries(user: User, actor: Actor, reason: str | None, now: datetime) -> None:
    """Let somebody try to sign in again who has used up the tries of the hour, or for whom a stranger has."""
    lock(user)
    user.tries_cleared_at = now
    _help_noted(EventKind.USER_TRIES, "user.tries", user, actor, reason)


def note_mailed(email: str, user: User | None, actor: Actor, reason: str | None) -> None:
    """Record that somebody was sent the e-mail that lets them in: to a new password, or to a sign-in."""
    code = "user.mailed-password" if is_taken(user) else "user.mailed-sign-up"
    _help_noted(EventKind.USER_MAILED, code, user, actor, reason, email=email)


def note_created(user: User, actor: Actor, *, staff: bool, reason: str | None = None) -> None:
    code = "user.created-staff" if staff else "user.created"
    note_alone(EventKind.USER_CREATED, Message(code, {"email": user.email}), actor, reason=reason)


def lock(user: User) -> None:
    """Two acts at once on one person follow each other, and the second sees what the first did.

    Whoever may not do an act to staff asks `is_staff` behind it.
    """
    db.session.execute(
        update(User)
        .where(User.id == user.id)
        .values(active=User.active)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(user)
    db.session.expire(user, ["roles"])


def _end_sessions(user: User) -> None:
    datastore.set_uniquifier(user)
    db.session.execute(delete(SignedIn).where(SignedIn.user_id == user.id))


def _help_noted(
    kind: EventKind, code: str, user: User | None, actor: Actor, reason: str | None, *, email: str = ""
) -> None:
    """In the history of each of the person's accounts, whose owners have to know of it; else for staff alone."""
    said = Message(code, {"email": user.email if user else email})
    accounts = [one.account for one in user.memberships] if user else []
    for account in accounts:
        note_account(account, kind, said, actor, reason=reason)
    if not accounts:
        note_alone(kind, said, actor, reason=reason)
    db.session.flush()


def _noted(kind: EventKind, said: Message, actor: Actor, reason: str | None) -> bool:
    note_alone(kind, said, actor, reason=reason)
    db.session.flush()
    return True
