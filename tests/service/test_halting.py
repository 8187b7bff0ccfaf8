"""Who is halted in a test says nothing more from that moment on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.servers.halting import halt
from tests.service.faults import eventually

TIMES = 10
#: Many threads, each of which counts its writes where a test can read them.
BUSY = """import os, threading
def write():
    while True: os.pwrite(1, b".", os.fstat(1).st_size)
for _ in range(20): threading.Thread(target=write).start()
"""


@pytest.fixture
def talkative(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    """The process, and the file that it writes into."""
    with (
        (tmp_path_factory.mktemp("talkative") / "said").open("wb") as said,
        subprocess.Popen([sys.executable, "-c", BUSY], stdout=said) as process,
    ):
        yield process.pid, said.fileno()
        process.kill()


def size(said: int) -> int:
    return os.fstat(said).st_size


def goes_on(said: int) -> None:
    before = size(said)
    eventually(lambda: size(said) > before, "it says nothing")


def test_nobody_says_anything_once_it_is_halted(talkative: tuple[int, int]) -> None:
    pid, said = talkative
    for _ in range(TIMES):
        goes_on(said)
        halt(pid)
        sizes = {size(said) for _ in range(1000)}
        os.kill(pid, signal.SIGCONT)
        assert len(sizes) == 1
