"""Queries about keys. They read and never write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import selectinload

from webapp.extensions import db
from webapp.models import Account, ApiKey, Membership, MembershipRole, Role, User
from webapp.models.account import STAFF_ROLE


def whose(account: Account | None) -> ColumnElement[bool]:
    """The condition for keys of the account; None for those of the platform."""
    return ApiKey.account_id.is_(None) if account is None else ApiKey.account_id == account.id


def is_valid(now: datetime) -> ColumnElement[bool]:
    """The condition for keys that are neither revoked nor expired."""
    return ApiKey.revoked_at.is_(None) & or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > now)


def keys_of(account: Account | None) -> Select[ApiKey]:
    """All keys of the account, or of the platform, in no order yet."""
    return select(ApiKey).where(whose(account)).options(selectinload(ApiKey.account))


def all_keys(account: Account | None) -> Sequence[ApiKey]:
    """Oldest first, with those that ended."""
    return db.session.scalars(keys_of(account).order_by(ApiKey.id)).all()


def valid_keys(account: Account | None, now: datetime) -> Sequence[ApiKey]:
    """Newest first."""
    return db.session.scalars(keys_of(account).where(is_valid(now)).order_by(ApiKey.id.desc())).all()


def ended_keys(account: Account | None, now: datetime, limit: int = 20) -> Sequence[ApiKey]:
    """Those that were revoked or expired, the newest first."""
    ended = keys_of(account).where(~is_valid(now)).order_by(ApiKey.id.desc())
    return db.session.scalars(ended.limit(limit)).all()


def count_valid(account: Account | None, now: datetime) -> int:
    return db.session.scalar(select(func.count(ApiKey.id)).where(whose(account), is_valid(now))) or 0


def count_made(account: Account, since: datetime) -> int:
    """With those that ended meanwhile."""
    made = select(func.count(ApiKey.id)).where(whose(account), ApiKey.created_at > since)
    return db.session.scalar(made) or 0


def key_with(account: Account | None, key_id: int) -> ApiKey | None:
    """The key of the account, or of the platform. Another's is none."""
    return db.session.scalar(keys_of(account).where(ApiKey.id == key_id))


def owners_of(key: ApiKey) -> Sequence[User]:
    """Who has to know of a key: the owners of its account; staff for a key of the platform."""
    if key.account_id is None:
        query = select(User).where(User.roles.any(Role.name == STAFF_ROLE))
    else:
        owns = (Membership.account_id == key.account_id) & (Membership.role == MembershipRole.OWNER)
        query = select(User).join(Membership, Membership.user_id == User.id).where(owns)
    return db.session.scalars(query.where(User.active).order_by(User.id)).all()


def platform_keys_without_end(now: datetime) -> int:
    endless = whose(None), is_valid(now), ApiKey.expires_at.is_(None)
    return db.session.scalar(select(func.count(ApiKey.id)).where(*endless)) or 0


def platform_keys_unused(now: datetime, since: timedelta) -> Sequence[str]:
    """The prefixes of valid keys of the platform that nobody has used for so long."""
    used = func.coalesce(ApiKey.last_used_at, ApiKey.created_at)
    return db.session.scalars(
        select(ApiKey.prefix).where(whose(None), is_valid(now), used < now - since).order_by(ApiKey.id)
    ).all()
