"""What one process has committed, every other process knows within a second: on one machine's files, and on
PostgreSQL with Redis.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers.fixtures import BOTH_DATABASES
from tests.servers.fork_server import ForkedPopen
from tests.servers.postgresql import PostgreSQL

NAME = "chat.acme.test"
BOUND_SECONDS = 1.0
DEADLINE_SECONDS = 60.0


class Process:
    """The other end of `edge_process`."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._child = ForkedPopen(
            ["tests.service.edge_process"],
            cwd=Path(__file__).resolve().parents[2],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, do: str, **options: Any) -> dict[str, Any]:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(json.dumps({"do": do, **options}) + "\n")
        self._child.stdin.flush()
        answer: dict[str, Any] = json.loads(self._child.stdout.readline())
        return answer

    def end(self) -> None:
        self._child.communicate(timeout=DEADLINE_SECONDS)
        assert self._child.returncode == 0


@pytest.fixture(scope="module", params=BOTH_DATABASES)
def environment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One database for both; with PostgreSQL comes Redis, with SQLite the cache on disk."""
    directory = tmp_path_factory.mktemp("two-processes")
    shared = {
        "PATH": os.environ["PATH"],
        "NAMEPLATE_INSTANCE": str(directory),
        "SECRET_KEY": "only-for-tests-0123456789",
    }
    if request.param == "sqlite":
        path = directory / "nameplate.sqlite"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        return {**shared, "DATABASE_URL": f"sqlite:///{path}", "CACHE_DIRECTORY": str(directory / "cache")}
    server: PostgreSQL = request.getfixturevalue("postgresql_server")
    server.create_database("two_processes", request.getfixturevalue("postgresql_template"))
    redis_url = request.getfixturevalue("redis_server_url")
    return {**shared, "DATABASE_URL": server.url("two_processes"), "REDIS_URL": redis_url}


@pytest.fixture(scope="module")
def processes(environment: dict[str, str]) -> Iterator[tuple[Process, Process]]:
    both = Process(environment), Process(environment)
    yield both
    for process in both:
        process.end()


@pytest.fixture
def worker(processes: tuple[Process, Process]) -> Process:
    """With one domain, which is pending."""
    processes[0]("begin", name=NAME)
    return processes[0]


@pytest.fixture
def web(processes: tuple[Process, Process], worker: Process) -> Process:
    """Knows that no name is verified."""
    until_right(lambda: processes[1]("list"), lambda answer: answer["names"] == [], time.monotonic())
    return processes[1]


def until_right(
    ask: Callable[[], dict[str, Any]], right: Callable[[dict[str, Any]], bool], changed_at: float
) -> None:
    """Ask on and on until the answer is right. No wrong one may be given to a question that came later than the
    bound; how long the machine takes to answer it is another matter.
    """
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not right(answer := ask()):
        assert answer["at"] < changed_at + BOUND_SECONDS, f"wrong too long after the commit: {answer}"
        assert time.monotonic() < deadline


@pytest.mark.parametrize("announce", [True, False], ids=["announced", "killed before announcing"])
def test_verification_of_one_process_is_known_to_the_other(
    worker: Process, web: Process, announce: bool
) -> None:
    assert web("ask", name=NAME)["status"] == 404
    committed_at = worker("verify", name=NAME, announce=announce)["at"]
    assert web("ask", name=NAME)["status"] == 200
    until_right(lambda: web("list"), lambda answer: answer["names"] == [NAME], committed_at)


def test_removal_in_one_process_is_known_to_the_other(worker: Process, web: Process) -> None:
    worker("verify", name=NAME)
    until_right(lambda: web("list"), lambda answer: answer["names"] == [NAME], time.monotonic())

    committed_at = worker("remove", name=NAME)["at"]
    assert web("ask", name=NAME)["status"] == 404
    until_right(lambda: web("list"), lambda answer: answer["names"] == [], committed_at)


def test_list_that_is_empty_is_cached_and_shared(worker: Process, web: Process) -> None:
    """A list is believed for less than a second, so that the two are asked in turn until both meet the same one."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    asked: list[dict[str, Any]] = []
    while not asked or asked[-1]["statements"]:
        assert time.monotonic() < deadline, f"every reading asked the database: {asked}"
        asked += [web("list"), worker("list")]
    assert {tuple(answer["names"]) for answer in asked} == {()}
