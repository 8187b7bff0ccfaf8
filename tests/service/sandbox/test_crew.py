"""Processes that live and die together, with small programs in their place."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from webapp.sandbox.laptop import crew as crew_module
from webapp.sandbox.laptop.crew import Crew

ROOT = Path(__file__).resolve().parents[3]
#: For longer than the tests wait for its end.
SLEEP = "import time; time.sleep(600)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); {SLEEP}"
PARENT = f"""
import os, pathlib, subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {SLEEP!r}])
pathlib.Path("child").write_text(str(child.pid))
child.wait()
"""
SUPERVISOR = f"""
import os, pathlib, signal, sys
from webapp.sandbox.laptop.crew import Crew
crew = Crew(pathlib.Path.cwd(), os.environ)
crew.start("parent", [sys.executable, "-c", {PARENT!r}])
while not (pathlib.Path("child").exists() and pathlib.Path("child").read_text()):
    pass
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def crew(tmp_path: Path) -> Iterator[Crew]:
    found = Crew(tmp_path, os.environ)
    yield found
    found.stop()


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    # A process that has ended but was not waited for by its new parent still has a number.
    return state != "Z"


def test_nothing_has_ended_while_all_run(crew: Crew) -> None:
    crew.start("one", [sys.executable, "-c", SLEEP])
    assert crew.ended() is None


def test_the_one_that_ended_is_named_with_its_code(crew: Crew) -> None:
    crew.start("one", [sys.executable, "-c", SLEEP])
    crew.start("other", [sys.executable, "-c", "raise SystemExit(3)"])
    _until(lambda: crew.ended() is not None)
    assert crew.ended() == ("other", 3)


def test_what_they_print_is_passed_on_with_their_name(crew: Crew, capfd: pytest.CaptureFixture[str]) -> None:
    crew.start("web", [sys.executable, "-c", "import sys; print('out'); print('err', file=sys.stderr)"])
    _until(lambda: crew.ended() is not None)
    crew.stop()
    lines = capfd.readouterr().out.splitlines()
    assert sorted(lines) == ["web    | err", "web    | out"]


def test_stopping_stops_their_children_too(crew: Crew, tmp_path: Path) -> None:
    crew.start("parent", [sys.executable, "-c", PARENT])
    _until(lambda: (tmp_path / "child").exists() and (tmp_path / "child").read_text() != "")
    child = int((tmp_path / "child").read_text())
    assert _alive(child)
    crew.stop()
    assert crew.ended() == ("parent", -signal.SIGTERM)
    _until(lambda: not _alive(child))


def test_who_does_not_listen_is_killed(
    crew: Crew, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew_module, "PATIENCE_SECONDS", 0.2)
    crew.start("deaf", [sys.executable, "-c", DEAF])
    heard = ""

    def is_deaf() -> bool:
        nonlocal heard
        heard += capfd.readouterr().out
        return "deaf" in heard.partition("|")[2]

    _until(is_deaf)
    crew.stop()
    assert crew.ended() == ("deaf", -signal.SIGKILL)


def test_who_is_killed_leaves_nobody_behind(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    killed = subprocess.run([sys.executable, "-c", SUPERVISOR], cwd=tmp_path, env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    child = int((tmp_path / "child").read_text())
    _until(lambda: not _alive(child))
