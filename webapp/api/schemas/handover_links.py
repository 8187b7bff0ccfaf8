"""Links for whoever manages a domain's DNS."""

from __future__ import annotations

from pydantic import Field

from webapp.api.schemas.base import Answer, Line, Model, Time
from webapp.api.schemas.paging import Page


class HandoverLink(Answer):
    id: int
    domain_id: int
    domain_name: str
    url: str = Field(
        description="The address to send. It shows the records of this one domain without a sign-in."
    )
    made_for: str
    made_by: str
    works: bool = Field(
        description="False once it is revoked, too old, or its domain is suspended or removed."
    )
    created_at: Time
    expires_at: Time
    revoked_at: Time | None
    opened_at: Time | None = Field(description="When it was opened last, exact to a minute.")
    done_at: Time | None = Field(description="When all records were there.")


class HandoverLinkList(Page[HandoverLink]):
    """Links, the newest first."""


class NewHandoverLink(Model):
    made_for: Line = Field(
        min_length=1,
        max_length=100,
        description="Whom it is for, such as “Jane of our IT”. The page behind the link does not show it.",
    )
