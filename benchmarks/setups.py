"""The set-ups that benchmarks measure: a database of each kind, with all that serves it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from tests.service.faults import Installation, installed_on_servers, installed_on_sqlite

SETUPS: dict[str, Callable[[Path], AbstractContextManager[Installation]]] = {
    "sqlite": installed_on_sqlite,
    "postgresql": installed_on_servers,
}
