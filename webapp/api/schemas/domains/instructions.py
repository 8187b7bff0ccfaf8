"""What to type at the DNS provider."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from webapp.api.schemas.base import Answer, Time, one_of
from webapp.api.schemas.domains.domains import MethodName


class RecordSet(Answer):
    """The records of one name and type."""

    type: str = Field(description="NS, TXT, CNAME, A or AAAA.")
    name: str = Field(description="The full name.")
    relative_name: str = Field(description="As most DNS providers want it in their field for the name.")
    values: list[str] = Field(description="All values of this name and type.")


class SnippetText(Answer):
    """The records in the format of one tool."""

    format: Annotated[str, one_of("zone-file", "terraform", "aws-cli")]
    text: str = Field(description="To paste into that tool.")
    note: str = Field(description="What to know before it is used, or empty.")


class Instructions(Answer):
    """What whoever manages the DNS has to do."""

    domain_name: str = Field(description="In A-labels (RFC 5890).")
    method: MethodName
    ready: bool = Field(description="False while the records may still change; then there are none.")
    parent_zone: str | None = Field(description="The zone that the records belong into.")
    provider: str | None = Field(description="Who manages the zone, if its name servers tell.")
    records: list[RecordSet] = Field(description="What to add.")
    unexpected: list[str] = Field(
        description="What is there besides, to be edited or removed as `text` says; what that does not name can stay."
    )
    stops: list[str] = Field(description="What stops at the name with the new records.")
    acknowledged_at: Time | None = Field(description="When somebody confirmed to know what stops.")
    snippets: list[SnippetText] = Field(description="The records in formats for tools.")
    text: str = Field(description="Plain text for an e-mail to whoever manages the DNS.")
