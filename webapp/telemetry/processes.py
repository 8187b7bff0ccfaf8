"""Which build runs, and how much memory each of its processes on this machine has, read when somebody asks.

prometheus_client tells neither where several processes keep their figures in files.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

_PROC = Path("/proc")


class Processes(Collector):
    """`pids` are those that keep figures. Of one that has ended nothing is said."""

    def __init__(self, pids: Callable[[], Iterable[int]], proc: Path = _PROC) -> None:
        self._pids = pids
        self._proc = proc

    def collect(self) -> Iterable[Metric]:
        build = GaugeMetricFamily("nameplate_build_info", "1, with what runs.", labels=["version", "python"])
        build.add_metric([_version(), platform.python_version()], 1)
        yield build
        memory = GaugeMetricFamily(
            "nameplate_process_resident_memory_bytes", "Memory of a process.", labels=["process"]
        )
        for pid in sorted({*self._pids(), os.getpid()}):
            if (size := self._resident(pid)) is not None:
                memory.add_metric([str(pid)], size)
        yield memory

    def _resident(self, pid: int) -> int | None:
        """None for a process that has ended, and on a system that has no such file."""
        try:
            pages = (self._proc / str(pid) / "statm").read_text().split()[1]
        except (OSError, IndexError):
            return None
        return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _version() -> str:
    try:
        return version("nameplate")
    except PackageNotFoundError:
        return "unknown"
