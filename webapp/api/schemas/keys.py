"""Keys and accounts."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from webapp.api.schemas.base import Answer, Line, Model, Time, one_of
from webapp.api.schemas.paging import Page, PageQuery
from webapp.keys.scopes import ALL

Scope = Annotated[str, one_of(*ALL)]


class Key(Answer):
    """An API key. Its secret stands in no answer but the one that made it."""

    id: int
    account: str | None = Field(description="The number of its account; null for a key of the platform.")
    name: str
    prefix: str = Field(description="How the key begins; what it is called in events.")
    scopes: list[Scope]
    test: bool = Field(description="Whether it reaches names below reserved test domains alone.")
    state: Annotated[str, one_of("active", "expired", "revoked")]
    made_by: str
    created_at: Time
    expires_at: Time | None
    last_used_at: Time | None = Field(description="To the minute.")
    revoked_at: Time | None


class KeyWithSecret(Key):
    """A key that was just made."""

    secret: str = Field(description="The key itself. It is told only now.")


class KeyList(Page[Key]):
    """Keys, the newest first."""


class KeysQuery(PageQuery):
    ended: bool | None = Field(
        None, description="Only keys that expired or were revoked, or only the others."
    )


class NewKey(Model):
    name: Line = Field(min_length=1, max_length=100, description="What uses the key.")
    scopes: list[Annotated[str, Field(max_length=40)]] = Field(
        min_length=1,
        max_length=len(ALL),
        description=f"What it may do, no more than the key that asks. Of {', '.join(ALL)}.",
    )
    expires_at: AwareDatetime | None = Field(
        None, description="Within ten years, and no later than the key that asks. Null: it never expires."
    )
    test: bool = Field(False, description="A test key: it reaches names below reserved test domains alone.")
