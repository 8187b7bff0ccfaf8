"""Sentences about what staff should know, by code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

SENTENCES: dict[str, str | Callable[[Mapping[str, Any]], str]] = {}
