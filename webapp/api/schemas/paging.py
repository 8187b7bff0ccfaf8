"""Lists in pieces, as they are asked for and told."""

from __future__ import annotations

from typing import Generic, TypeVar

from pydantic import Field

from webapp.api.schemas.base import Answer, Model

T = TypeVar("T")

MOST, USUAL = 100, 25


class PageQuery(Model):
    """A list takes these parameters; one with filters inherits from this."""

    limit: int = Field(USUAL, ge=1, le=MOST, description="At most so many.")
    cursor: str | None = Field(
        None, max_length=200, description="Where to go on: next_cursor of the piece before."
    )


class Page(Answer, Generic[T]):
    """A piece of a list."""

    data: list[T] = Field(description="This piece.")
    next_cursor: str | None = Field(
        description="Where the next piece begins; null behind the last one. The header Link has its address."
    )
