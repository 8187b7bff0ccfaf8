"""Keys and accounts."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from webapp.api.schemas.base import Answer, Line, Model, Time, one_of
from webapp.api.schemas.paging import Page, PageQuery
from webapp.keys.access.scopes import ALL

Scope = Annotated[str, one_of(*ALL)]


class Key(Answer):
    """An API key. Its secret stands in no answer but the one that made it."""

    id: int = Field(description="Its id.")
    account: str | None = Field(description="The number of its account; null for a key of the platform.")
    name: str = Field(description="What uses it.")
    prefix: str = Field(description="How the key begins; what it is called in events.")
    scopes: list[Scope] = Field(description="What it may do.")
    test: bool = Field(description="Whether it reaches names below reserved test domains alone.")
    state: Annotated[str, one_of("active", "expired", "revoked")]
    made_by: str = Field(description="Who made it, for people.")
    created_at: Time = Field(description="When it was made.")
    expires_at: Time | None = Field(description="When it ends; null for never.")
    last_used_at: Time | None = Field(description="To the minute.")
    revoked_at: Time | None = Field(description="When it was revoked.")


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
    """A key to make."""

    name: Line = Field(
        min_length=1, max_length=100, description="What uses the key.", examples=["Billing server"]
    )
    scopes: list[Annotated[str, Field(max_length=40)]] = Field(
        min_length=1,
        max_length=len(ALL),
        examples=[["domains:write", "events:read"]],
        description=f"What it may do, no more than the key that asks. Of {', '.join(ALL)}.",
    )
    expires_at: AwareDatetime | None = Field(
        None, description="Within ten years, and no later than the key that asks. Null: it never expires."
    )
    test: bool = Field(False, description="A test key: it reaches names below reserved test domains alone.")
