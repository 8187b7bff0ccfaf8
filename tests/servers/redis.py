"""A Redis of the tests' own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.programs import Restartable, find, free_port, listens


@contextmanager
def redis_server(directory: Path) -> Iterator[str]:
    """The URL of a new server that keeps nothing on disk."""
    with restartable_redis(directory) as (url, _):
        yield url


@contextmanager
def restartable_redis(directory: Path) -> Iterator[tuple[str, Restartable]]:
    """The same for a test that stops it. When it is started again it is empty."""
    port = free_port()
    command = [find("redis-server", "redis-server"), "--bind", "127.0.0.1", "--port", str(port)]
    command += ["--save", "", "--appendonly", "no", "--dir", str(directory)]
    log = directory / "redis.log"
    with Restartable(command, log=log, ready=lambda: listens(port)) as server:
        yield f"redis://127.0.0.1:{port}/0", server
