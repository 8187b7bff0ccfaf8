"""What to type at the DNS provider."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from webapp.api.schemas.base import Answer, Time, one_of
from webapp.api.schemas.domains import MethodName


class RecordSet(Answer):
    """The records of one name and type."""

    type: str
    name: str
    relative_name: str
    values: list[str]


class SnippetText(Answer):
    format: Annotated[str, one_of("zone-file", "terraform", "aws-cli")]
    text: str
    note: str


class Instructions(Answer):
    """What whoever manages the DNS has to do."""

    domain_name: str
    method: MethodName
    ready: bool = Field(description="False while the records may still change; then there are none.")
    parent_zone: str | None
    provider: str | None = Field(description="Who manages the zone, if its name servers tell.")
    records: list[RecordSet]
    unexpected: list[str] = Field(description="What is there and has to go.")
    stops: list[str] = Field(description="What stops at the name with the new records.")
    acknowledged_at: Time | None = Field(description="When somebody confirmed to know what stops.")
    snippets: list[SnippetText]
    text: str = Field(description="Plain text for an e-mail to whoever manages the DNS.")
