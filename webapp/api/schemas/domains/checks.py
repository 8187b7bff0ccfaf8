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


class CheckServer(Answer):
    """One name server or resolver, as far as a check that runs knows."""

    role: Annotated[str, one_of("above", "parent", "ours", "resolver", says="Whose server it is.")]
    server: str = Field(description="Its name, or the address of a resolver.")
    asking: bool = Field(description="Whether a question to it was on its way.")
    outcome: str | None = Field(description="Its answer that tells most so far; null before the first.")
    ms: int = Field(description="The milliseconds of that answer.")
    found: int = Field(description="How many of the expected values it has shown.")
    wanted: int = Field(
        description="How many of them it has answered about; 0 where it is not asked for any."
    )


class CheckProgress(Answer):
    """How far a check that runs has come. Nothing depends on it, and it may be missing at any time."""

    at: Time = Field(description="When this was true. A worker that is gone tells nothing new.")
    servers: list[CheckServer] = Field(description="In the order in which they were first asked.")


class CheckWhole(Check):
    """A check with what it saw."""

    progress: CheckProgress | None = Field(
        description="While it runs, who has answered so far; else null, and null where nobody knows."
    )
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
