"""What rows store instead of a sentence: a code and its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Message:
    """`code` is a stable id, of which only `webapp.messages` makes a sentence. `params` are JSON values.

    A time is an ISO 8601 string, a domain name is in A-labels. Rows store both in two columns, so that sentences can
    be reworded and translated, and no logic compares sentences.
    """

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def as_param(self) -> dict[str, Any]:
        """This message as a parameter of another."""
        return {"code": self.code, "params": dict(self.params)}
