"""A Redis of the tests' own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.programs import find, free_port, listens, running


@contextmanager
def redis_server(directory: Path) -> Iterator[str]:
    """The URL of a new server that keeps nothing on disk."""
    port = free_port()
    command = [find("redis-server", "redis-server"), "--bind", "127.0.0.1", "--port", str(port)]
    command += ["--save", "", "--appendonly", "no", "--dir", str(directory)]
    with running(command, log=directory / "redis.log", ready=lambda: listens(port)):
        yield f"redis://127.0.0.1:{port}/0"
