"""Checks, and work that was begun."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from webapp.api.schemas.base import Answer, Time, one_of
from webapp.api.schemas.paging import Page
from webapp.models import CheckOrigin, CheckStatus


class Check(Answer):
    """One run of a verification."""

    id: int = Field(description="Its id.")
    domain_id: int = Field(description="What it checks.")
    status: Annotated[str, one_of(*(one.value for one in CheckStatus))]
    origin: Annotated[str, one_of(*(one.value for one in CheckOrigin), says="Who asked for it.")]
    created_at: Time = Field(description="When it was asked for.")
    started_at: Time | None = Field(description="When a worker began it.")
    finished_at: Time | None = Field(description="When it was done.")
    verdict: str | None = Field(description="What it found; null until it is done.")


class CheckWhole(Check):
    """A check with what it saw."""

    report: dict[str, Any] | None = Field(
        description="The same report as the page shows; null until it is done."
    )


class CheckList(Page[Check]):
    """Checks, the newest first."""


class CheckStarted(Answer):
    """A check that was asked for."""

    domain_id: int = Field(description="What is checked.")
    check: Check | None = Field(
        description="The check; null for a domain that is being removed, whose records are checked for instead."
    )
    new: bool = Field(description="False when the same was under way already.")


class Begun(Answer):
    """Work that a worker does now. The domain tells its outcome."""

    domain_id: int = Field(description="What it is done for.")
    sentence: str = Field(description="What was begun, for people.")
