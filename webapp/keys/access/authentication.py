"""Whose request it is, by its key."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from webapp.extensions import db
from webapp.keys.access import tokens
from webapp.models import ApiKey


def authenticate(token: str, now: datetime) -> ApiKey | None:
    """The key with its account; None for one that is unknown, wrong, revoked or expired, or whose account is being
    deleted.

    It asks the database each time, so that a key that was revoked opens nothing from the commit on.
    """
    prefix = tokens.prefix_in(token)
    if prefix is None:
        return None
    found = select(ApiKey).where(ApiKey.prefix == prefix).options(joinedload(ApiKey.account))
    key = db.session.scalar(found.execution_options(populate_existing=True))
    if key is None or not tokens.is_same(token, key.secret_hash) or not key.is_valid(now):
        return None
    return key
