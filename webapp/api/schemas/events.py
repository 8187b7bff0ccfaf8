"""What happened."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from webapp.api.schemas.base import Answer, Time, one_of
from webapp.api.schemas.paging import Page, PageQuery
from webapp.models import ActorKind, EventKind


class Event(Answer):
    """One event. Its sentence may be reworded; `kind`, `code` and `params` stay."""

    id: int
    at: Time
    kind: Annotated[str, one_of(*(one.value for one in EventKind))]
    code: str | None
    params: dict[str, Any] | None
    sentence: str
    account: str | None
    domain: str | None
    domain_id: int | None
    actor: str
    actor_kind: Annotated[str, one_of(*(one.value for one in ActorKind))]
    reason: str | None
    before: str | None = Field(description="The former state, of a change of state.")
    after: str | None = Field(description="The new state.")
    request_id: str | None


class EventList(Page[Event]):
    """Events, the newest first."""


class EventsQuery(PageQuery):
    kind: str | None = Field(None, max_length=40, description="Only events of this kind.")
