"""Transfers of domains between accounts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from webapp.api.schemas.base import Answer, Id, Line, Model, Time, one_of
from webapp.api.schemas.paging import Page, PageQuery
from webapp.models import TransferState


class Transfer(Answer):
    """The offer of a domain to another account, and what came of it."""

    id: int = Field(description="Its id.")
    domain_id: int = Field(description="The domain that is offered.")
    domain_name: str = Field(description="The name of that domain.")
    direction: Annotated[str, one_of("out", "in")]
    state: Annotated[str, one_of(*(one.value for one in TransferState))]
    to: str | None = Field(
        description="Whom it was offered to, as it was typed; null for the receiving account."
    )
    giver: str | None = Field(description="The giving account; null for that account itself.")
    offered_by: str = Field(description="Who offered it, for people.")
    created_at: Time = Field(description="When it was offered.")
    expires_at: Time = Field(description="Until when the offer is open.")
    decided_at: Time | None = Field(description="When it was accepted, refused or withdrawn.")


class TransferList(Page[Transfer]):
    """Transfers, the newest first."""


class TransfersQuery(PageQuery):
    direction: Literal["out", "in"] | None = Field(None, description="Only those in this direction.")


class NewTransfer(Model):
    """Whom a domain is offered to."""

    to: Line = Field(
        min_length=1,
        max_length=255,
        examples=["1234-5678-9012"],
        description="The number of the account, or the e-mail address of one of its owners. The offer is made in any "
        "case: the answer does not tell whether somebody has it.",
    )


class Acceptance(Model):
    """What visitors reach once the domain has moved."""

    llm_client_id: Id | None = Field(
        None,
        examples=[1],
        description="The LLM client of the receiving account that visitors reach from then on. Needed while the "
        "domain is served and leads to one.",
    )
