"""Which core a process may use, and how much of one it has used."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def pinned(command: Sequence[str], core: int | None) -> list[str]:
    """The command on one core; on all of them without `core`."""
    return [*(("taskset", "-c", str(core)) if core is not None else ()), *command]


def cores() -> list[int]:
    return sorted(os.sched_getaffinity(0))


def cpu_seconds(pid: int) -> float:
    """The CPU seconds that a process and its threads have used until now, in user and kernel mode."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
