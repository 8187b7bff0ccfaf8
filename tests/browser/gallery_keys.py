"""The pages about keys: of an account and of the platform."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tests.factories import make_key
from webapp.models import Account, utcnow

_EMPTY = {"name": "", "expires": "90"}
_FULL = {"name": "Billing server", "scopes": "domains:write", "expires": "never", "is_test": "y"}


def of_keys(account: Account) -> dict[str, int]:
    """Ids by what they show."""
    now = utcnow()
    used = make_key(
        account,
        ["domains:write", "events:read", "llm-clients:read"],
        name="Billing server",
        last_used_at=now - timedelta(minutes=3),
        expires_at=now + timedelta(days=90),
    )
    make_key(account, ["read"], name="Trial", test=True)
    make_key(account, ["write"], name="Old server", revoked_at=now - timedelta(days=2), last_used_at=now)
    make_key(account, ["write"], name="Older server", expires_at=now - timedelta(days=9))
    return {"key": used[0].id, "platform-key": make_key(None, ["write"], name="Back end")[0].id}


def key_visits(shown: dict[str, int]) -> Iterator[tuple[str, str, str, int, dict[str, str] | None]]:
    """Of each: who, name, path, status and form."""
    for who, place, key in (
        ("customer", "/account/api-keys", shown["key"]),
        ("staff", "/staff/api-keys", shown["platform-key"]),
    ):
        yield who, "api-keys", place, 200, None
        yield who, "api-key-new", f"{place}/new", 200, None
        yield who, "api-key-new-empty", f"{place}/new", 422, _EMPTY
        yield who, "api-key-made", f"{place}/new", 200, _FULL
        yield who, "api-key-revoke", f"{place}/{key}/revoke", 200, None
