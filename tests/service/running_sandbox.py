"""The sandbox as a process, and how to ask it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

ROOT = Path(__file__).parents[2]
START = [sys.executable, "-c", "from webapp.sandbox.cli import sandbox; sandbox()"]
READY_SECONDS = 120
Running = dict[str, Any]


def command(*arguments: str, store: Path) -> list[str]:
    return [*START, *arguments, "--store", str(store)]


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


@contextmanager
def sandbox(store: Path, *options: str) -> Iterator[Running]:
    """A running sandbox on free ports: what it printed once it was ready, and its process."""
    started = command(
        "run", "--port", "0", "--dns-port", "0", "--edge-port", "0", "--json", *options, store=store
    )
    with (store.parent / "complaints").open("w+") as complaints:
        process = subprocess.Popen(
            started, stdout=subprocess.PIPE, stderr=complaints, text=True, env=environment()
        )
        try:
            line = cast("IO[str]", process.stdout).readline()
            assert line, f"the sandbox ended with {process.wait()}"
            yield {**json.loads(line), "process": process}
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=READY_SECONDS)
            cast("IO[str]", process.stdout).close()
        complaints.seek(0)
        assert complaints.read() == ""
