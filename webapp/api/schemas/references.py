"""How answers name a thing of another kind, which has answers of its own."""

from __future__ import annotations

from pydantic import Field

from webapp.api.schemas.base import Answer


class LLMClientOf(Answer):
    """The LLM client that a domain leads to."""

    id: int = Field(description="Its id.")
    name: str = Field(description="What people call it.")


class DomainOf(Answer):
    """The domain at which an LLM client is served."""

    id: int = Field(description="Its id.")
    domain_name: str = Field(description="In A-labels (RFC 5890).")
