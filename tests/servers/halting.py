"""Processes that are there and say nothing: the kernel still takes connections and packets for them."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

HALT_SECONDS = 120
#: States of threads that do nothing more: stopped, or ended. See proc_pid_stat(5).
_STILL = {"T", "Z", "X"}


def halt(*pids: int) -> None:
    """Returns once none of their threads runs. One thread takes the signal for all of its process, and on a busy
    machine the others may answer until it has its turn.
    """
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    deadline = time.monotonic() + HALT_SECONDS
    while any(state not in _STILL for pid in pids for state in _states(pid)):
        assert time.monotonic() < deadline, f"{pids} were never halted"
        time.sleep(0.01)


def _states(pid: int) -> list[str]:
    """Of each thread; none of a process that has ended."""
    found = []
    for thread in Path(f"/proc/{pid}/task").glob("*/stat"):
        try:
            found.append(thread.read_text().rpartition(") ")[2].split()[0])
        except OSError:
            continue  # it has ended meanwhile
    return found
