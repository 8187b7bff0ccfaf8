"""Sentences about components of the installation that do not work, by code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

SENTENCES: dict[str, str | Callable[[Mapping[str, Any]], str]] = {
    # What AWS said, in its own words, is data of theirs.
    "aws": "{said}",
}
