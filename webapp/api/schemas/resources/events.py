"""What happened."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from webapp.api.schemas.base import Answer, Time, one_of
from webapp.api.schemas.paging import Page, PageQuery
from webapp.models import ActorKind, EventKind


class Event(Answer):
    """One event. Its sentence may be reworded; `kind`, `code` and `params` stay."""

    id: int = Field(description="Its id.")
    at: Time = Field(description="When it happened.")
    kind: Annotated[str, one_of(*(one.value for one in EventKind))]
    code: str | None = Field(description="What happened, more exactly than `kind`; null for old events.")
    params: dict[str, Any] | None = Field(description="The values in the sentence.")
    sentence: str = Field(description="What happened, for people.")
    account: str | None = Field(description="The number of the account; null for what belongs to none.")
    domain: str | None = Field(description="The name that it is about.")
    domain_id: int | None = Field(description="The id of that domain.")
    actor: str = Field(description="Who did it, for people.")
    actor_kind: Annotated[str, one_of(*(one.value for one in ActorKind))]
    reason: str | None = Field(description="Why, as it was typed.")
    before: str | None = Field(description="The former state, of a change of state.")
    after: str | None = Field(description="The new state.")
    request_id: str | None = Field(description="The request by which it was done.")


class EventList(Page[Event]):
    """Events, the newest first."""


class EventsQuery(PageQuery):
    kind: str | None = Field(None, max_length=40, description="Only events of this kind.")
