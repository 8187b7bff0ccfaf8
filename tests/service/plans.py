"""The plan that a database chooses for a query."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def steps_of(step: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield step
    for below in step.get("Plans", []):
        yield from steps_of(below)
