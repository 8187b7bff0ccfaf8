"""LLM clients: what visitors reach at a domain."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from webapp.api.schemas.base import Change, Id, Line, Model, Time, one_of
from webapp.api.schemas.paging import Page, PageQuery
from webapp.api.schemas.references import DomainOf, LLMClientOf
from webapp.models import DnsVerificationStatus, TlsStatus


class LLMClient(LLMClientOf):
    """What visitors of a domain reach."""

    account: str = Field(description="The number of its account.")
    deployed: bool = Field(description="Whether it runs; visitors reach no other.")
    test: bool = Field(description="Whether a test key made it. Test keys change no other.")
    default_host: str = Field(description="Its name below the platform's.")
    hostname: str = Field(description="Where visitors reach it: its domain once that is verified.")
    domain: DomainOf | None = Field(description="The domain at which it is served.")
    dns_status: Annotated[str, one_of(*(one.value for one in DnsVerificationStatus))]
    certificate_status: Annotated[str, one_of(*(one.value for one in TlsStatus))]
    created_at: Time = Field(description="When it was made.")


class LLMClientList(Page[LLMClient]):
    """LLM clients, the newest first."""


class LLMClientsQuery(PageQuery):
    name_contains: str | None = Field(
        None, max_length=100, description="Only those with this text in the name."
    )


class NewLLMClient(Model):
    """An LLM client to make."""

    name: Line = Field(
        min_length=1,
        max_length=100,
        description="What people call it; a label of its default host is made of it.",
        examples=["Sales assistant"],
    )
    deployed: bool = Field(True, description="Whether visitors reach it.")


class LLMClientChange(Change):
    """Only what is sent is changed."""

    name: Line = Field(
        "", min_length=1, max_length=100, description="What people call it.", examples=["Sales assistant"]
    )
    deployed: bool = Field(False, description="Whether visitors reach it.")
    domain_id: Id | None = Field(None, description="The domain at which it is served; null for none.")
