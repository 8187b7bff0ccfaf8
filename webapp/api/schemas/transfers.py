"""Transfers of domains between accounts."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from webapp.api.schemas.base import Answer, Id, Line, Model, Time, one_of
from webapp.api.schemas.paging import Page, PageQuery
from webapp.models import TransferState


class Transfer(Answer):
    id: int
    domain_id: int
    domain_name: str
    direction: Annotated[str, one_of("out", "in")]
    state: Annotated[str, one_of(*(one.value for one in TransferState))]
    to: str | None = Field(
        description="Whom it was offered to, as it was typed; null for the receiving account."
    )
    giver: str | None = Field(description="The giving account; null for that account itself.")
    offered_by: str
    created_at: Time
    expires_at: Time
    decided_at: Time | None


class TransferList(Page[Transfer]):
    """Transfers, the newest first."""


class TransfersQuery(PageQuery):
    direction: Literal["out", "in"] | None = Field(None, description="Only those in this direction.")


class NewTransfer(Model):
    to: Line = Field(
        min_length=1,
        max_length=255,
        description="The number of the account, or the e-mail address of one of its owners. The offer is made in any "
        "case: the answer does not tell whether somebody has it.",
    )


class Acceptance(Model):
    llm_client_id: Id | None = Field(
        None,
        description="The LLM client of the receiving account that visitors reach from then on. Needed while the "
        "domain is served and leads to one.",
    )
