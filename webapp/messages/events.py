"""Sentences about what happened, for the history of a domain, of an account and of the installation, by code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

SENTENCES: dict[str, str | Callable[[Mapping[str, Any]], str]] = {}
