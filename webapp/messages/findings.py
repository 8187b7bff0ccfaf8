"""Sentences about findings of reconciliation, for staff, by code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

SENTENCES: dict[str, str | Callable[[Mapping[str, Any]], str]] = {}
