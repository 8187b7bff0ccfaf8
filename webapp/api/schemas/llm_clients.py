"""LLM clients: what visitors reach at a domain."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from webapp.api.schemas.base import Answer, Change, Id, Line, Model, Time, one_of
from webapp.api.schemas.paging import Page, PageQuery
from webapp.models import DnsVerificationStatus, TlsStatus


class DomainOf(Answer):
    id: int
    domain_name: str


class LLMClient(Answer):
    id: int
    name: str
    account: str
    deployed: bool
    default_host: str
    hostname: str = Field(description="Where visitors reach it: its domain once that is verified.")
    domain: DomainOf | None
    dns_status: Annotated[str, one_of(*(one.value for one in DnsVerificationStatus))]
    certificate_status: Annotated[str, one_of(*(one.value for one in TlsStatus))]
    created_at: Time


class LLMClientList(Page[LLMClient]):
    """LLM clients, the newest first."""


class LLMClientsQuery(PageQuery):
    name_contains: str | None = Field(
        None, max_length=100, description="Only those with this text in the name."
    )


class NewLLMClient(Model):
    name: Line = Field(min_length=1, max_length=100)
    deployed: bool = Field(True, description="Whether visitors reach it.")


class LLMClientChange(Change):
    """Only what is sent is changed."""

    name: Line = Field("", min_length=1, max_length=100)
    deployed: bool = False
    domain_id: Id | None = Field(None, description="The domain at which it is served; null for none.")
