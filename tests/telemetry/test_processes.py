"""Which build runs, and the memory of processes."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

from webapp.telemetry.processes import Processes


def found(*pids: int, **options: Path) -> dict[str, dict[tuple[str, ...], float]]:
    families = Processes(lambda: pids, **options).collect()
    return {
        one.name: {tuple(sample.labels.values()): sample.value for sample in one.samples} for one in families
    }


def test_build_is_told() -> None:
    build = found()["nameplate_build_info"]
    assert build == {(version("nameplate"), platform.python_version()): 1}


def test_memory_is_that_of_every_process_that_lives(tmp_path: Path) -> None:
    for pid, text in ((os.getpid(), "900 30 20 1 0 40 0\n"), (11, "900 7 2 1 0 4 0\n"), (13, "")):
        (tmp_path / str(pid)).mkdir()
        (tmp_path / str(pid) / "statm").write_text(text)
    page = os.sysconf("SC_PAGE_SIZE")
    memory = found(11, 12, 13, proc=tmp_path)["nameplate_process_resident_memory_bytes"]
    assert memory == {(str(os.getpid()),): 30 * page, ("11",): 7 * page}


def test_this_process_has_some() -> None:
    [size] = found()["nameplate_process_resident_memory_bytes"].values()
    assert size > 2**20
