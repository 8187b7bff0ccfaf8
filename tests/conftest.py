"""Which ring a test belongs to, what is closed to unit tests, and fixtures for everybody.

Rings: unit (pure, in memory), service (real servers), browser (the whole of it). The folder decides.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

import hypothesis
import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# Before anything of ours is imported: a developer's settings and data must not reach a test.
# The workers of pytest-xdist inherit the directory of the process that starts them.
if "PYTEST_XDIST_WORKER" not in os.environ:
    os.environ["NAMEPLATE_INSTANCE"] = tempfile.mkdtemp(prefix="nameplate-tests-")
    atexit.register(shutil.rmtree, os.environ["NAMEPLATE_INSTANCE"], ignore_errors=True)
    # Bytecode is kept even where the environment forbids it: otherwise every process compiles our modules anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False

from webapp.config.settings import Settings

for _name in [*os.environ]:
    if _name.startswith(("AWS_", "PG", "SANDBOX_")) or _name.lower() in Settings.model_fields:
        del os.environ[_name]

# Thousands of applications are made and dropped; looking for their cycles every 700 objects is a tenth of the time.
gc.set_threshold(100_000, 20, 50)

# How long an example takes says something of the machine, and nothing of the code.
hypothesis.settings.register_profile("nameplate", deadline=None)
hypothesis.settings.load_profile("nameplate")

pytest_plugins = ["tests.guards", "tests.app_fixtures", "tests.people_fixtures", "tests.servers.fixtures"]

TESTS = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Each worker of pytest-xdist imports another share of the modules first, and finds the others' bytecode later.

    Otherwise all of them rewrite the assertions of the same module at the same time, which is half of collecting.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        return
    wanted = [Path(argument.partition("::")[0]).resolve() for argument in session.config.args]
    paths = [path for path in sorted(TESTS.rglob("test_*.py")) if any(map(path.is_relative_to, wanted))]
    for path in paths[int(worker.removeprefix("gw")) :: int(os.environ["PYTEST_XDIST_WORKER_COUNT"])]:
        name = ".".join(path.relative_to(TESTS.parent).with_suffix("").parts)
        with contextlib.suppress(Exception):  # Collecting it says what is wrong.
            importlib.import_module(name)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by their folder, and put units first, where a fault costs least to find.

    What one worker must do alone comes before the other slow ones, so that it does not do so at the end while the
    others are idle.
    """
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0]
        if folder in {"service", "browser"}:
            item.add_marker(folder)
    items.sort(key=_ring)


def _ring(item: pytest.Item) -> int:
    if item.get_closest_marker("service"):
        return 2 if item.path.name.startswith("test_faults_") else 3
    return 1 if item.get_closest_marker("browser") else 0


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Service tests wait for servers most of their time, so that even one processor has time for five."""
    return max(5, os.cpu_count() or 1)


#: Each worker that has one test of these starts all that the file's tests share, which takes longer than the test.
SHARING_SERVERS = {
    "tests/service/test_acm.py",
    "tests/service/test_clients.py",
    "tests/service/test_edge_two_processes.py",
    "tests/service/test_edges.py",
    "tests/service/test_installation.py",
    "tests/service/test_proxies.py",
}


class RingScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Any test to any worker, in the order above, with four exceptions: one worker has the browser's pages, one its
    stories, one all of a file's faults with one set-up, and one all of a file whose tests share servers.

    Each of these shares one browser, or one set of processes. (xdist's own “loadgroup” marks such tests by rewriting
    their ids, which pytest 9.2 no longer lets it do.)
    """

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith("tests/browser/"):
            return "pages" if nodeid.startswith("tests/browser/test_every_page.py") else "stories"
        if nodeid.startswith("tests/service/test_faults_"):
            path, _, parameters = nodeid.partition("[")
            setup = "postgresql" if "postgresql" in parameters else "sqlite"
            return f"{path.partition('::')[0]} on {setup}"
        path = nodeid.partition("::")[0]
        return path if path in SHARING_SERVERS else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> RingScheduling:
    config.option.loadscopereorder = False
    return RingScheduling(config, log)
