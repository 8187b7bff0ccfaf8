"""Links for whoever manages a domain's DNS."""

from __future__ import annotations

from pydantic import Field

from webapp.api.schemas.base import Answer, Line, Model, Time
from webapp.api.schemas.paging import Page


class HandoverLink(Answer):
    """A page without sign-in that shows the records of one domain."""

    id: int = Field(description="Its id.")
    domain_id: int = Field(description="The one domain that it shows.")
    domain_name: str = Field(description="The name of that domain.")
    url: str = Field(
        description="The address to send. It shows the records of this one domain without a sign-in."
    )
    made_for: str = Field(description="Whom it is for, as its maker typed it.")
    made_by: str = Field(description="Who made it, for people.")
    works: bool = Field(
        description="False once it is revoked, too old, or its domain is suspended or removed."
    )
    created_at: Time = Field(description="When it was made.")
    expires_at: Time = Field(description="Until when it works, unless it ends earlier.")
    revoked_at: Time | None = Field(description="When it was revoked.")
    opened_at: Time | None = Field(description="When it was opened last, exact to a minute.")
    done_at: Time | None = Field(description="When all records were there.")


class HandoverLinkList(Page[HandoverLink]):
    """Links, the newest first."""


class NewHandoverLink(Model):
    """A link to make."""

    made_for: Line = Field(
        min_length=1,
        max_length=100,
        examples=["Jane of our IT"],
        description="Whom it is for, such as “Jane of our IT”. The page behind the link does not show it.",
    )
