"""What is stored of a sentence: a code and what fills it in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Message:
    """`code` is a stable id of `webapp.messages`, which alone makes a sentence of it; `params` are JSON values.

    A time is an ISO 8601 string, a domain an A-label name. Rows hold both in two columns, so that a sentence can be
    reworded, and one day translated, and no logic ever compares one.
    """

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def as_param(self) -> dict[str, Any]:
        """This message as a parameter of another."""
        return {"code": self.code, "params": dict(self.params)}
