"""A key as a document: what commands, the API and exports tell of it. The secret is in none."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from webapp.models import ApiKey

State = Literal["active", "expired", "revoked"]


def state_of(key: ApiKey, now: datetime) -> State:
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= now else "active"


def key_document(key: ApiKey, now: datetime) -> dict[str, Any]:
    """JSON values. `account` is a number, None for a key of the platform."""
    return {
        "id": key.id,
        "account": key.account.number if key.account else None,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": list(key.scopes),
        "test": key.is_test,
        "state": state_of(key, now),
        "made_by": key.made_by,
        "created_at": _time(key.created_at),
        "expires_at": _time(key.expires_at),
        "last_used_at": _time(key.last_used_at),
        "revoked_at": _time(key.revoked_at),
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
