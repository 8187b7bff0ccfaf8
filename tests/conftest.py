"""Which ring a test belongs to, what is closed to unit tests, and fixtures for everybody.

Rings: unit (pure, in memory), service (real servers), browser (the whole of it). The folder decides.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

# Before anything of ours is imported: a developer's settings and data must not reach a test.
_INSTANCE = tempfile.mkdtemp(prefix="nameplate-tests-")
os.environ["NAMEPLATE_INSTANCE"] = _INSTANCE

from webapp.config import Settings  # noqa: E402

for _name in [*os.environ]:
    if _name.startswith(("AWS_", "PG", "SANDBOX_")) or _name.lower() in Settings.model_fields:
        del os.environ[_name]

pytest_plugins = ["tests.guards", "tests.app_fixtures", "tests.servers.fixtures"]

TESTS = Path(__file__).parent


def pytest_unconfigure() -> None:
    shutil.rmtree(_INSTANCE, ignore_errors=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by their folder, and put units first, where a fault costs least to find.

    The browser's tests come before the other slow ones and share one worker, with one browser and one set of
    processes, while the other workers do the rest.
    """
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        if folder in {"service", "browser"}:
            item.add_marker(folder)
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group("browser"))
    items.sort(key=_ring)


def _ring(item: pytest.Item) -> int:
    return 1 if item.get_closest_marker("browser") else 2 if item.get_closest_marker("service") else 0
