"""Accounts: what customers are to the platform."""

from __future__ import annotations

from pydantic import Field

from webapp.api.schemas.base import Answer, Line, Model, Time
from webapp.api.schemas.paging import Page, PageQuery


class AccountAnswer(Answer):
    """An account."""

    number: str = Field(description="As the header Nameplate-Account takes it, such as 1234-5678-9012.")
    name: str = Field(description="What people call it.")
    created_at: Time = Field(description="When it was opened.")
    deleted_at: Time | None = Field(description="Since when it is being deleted.")


class AccountList(Page[AccountAnswer]):
    """Accounts, the newest first."""


class AccountsQuery(PageQuery):
    name_contains: str | None = Field(
        None, max_length=200, description="Only those with this text in the name."
    )


class NewAccount(Model):
    """An account to open."""

    name: Line = Field(
        min_length=1, max_length=200, description="What people call it.", examples=["Acme Trading"]
    )
    owner_email: str | None = Field(
        None,
        min_length=3,
        max_length=255,
        description="Whoever is invited to own it, by e-mail. Without it the account has no people.",
    )


class AccountChange(Model):
    """What an account is called from now on."""

    name: Line = Field(
        min_length=1, max_length=200, description="What people call it.", examples=["Acme Trading Ltd"]
    )
