"""Processes that live and die together, with small programs in their place."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.service.faults import eventually, lives
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


def test_nothing_has_ended_while_all_run(crew: Crew) -> None:
    crew.start("one", [sys.executable, "-c", SLEEP])
    assert crew.ended() is None


def test_the_one_that_ended_is_named_with_its_code(crew: Crew) -> None:
    crew.start("one", [sys.executable, "-c", SLEEP])
    crew.start("other", [sys.executable, "-c", "raise SystemExit(3)"])
    eventually(crew.ended, "it never ended")
    assert crew.ended() == ("other", 3)


def test_what_they_print_is_passed_on_with_their_name(crew: Crew, capfd: pytest.CaptureFixture[str]) -> None:
    crew.start("web", [sys.executable, "-c", "import sys; print('out'); print('err', file=sys.stderr)"])
    eventually(crew.ended, "it never ended")
    crew.stop()
    lines = capfd.readouterr().out.splitlines()
    assert sorted(lines) == ["web    | err", "web    | out"]


def test_stopping_stops_their_children_too(crew: Crew, tmp_path: Path) -> None:
    crew.start("parent", [sys.executable, "-c", PARENT])
    eventually(lambda: (tmp_path / "child").exists() and (tmp_path / "child").read_text(), "it had no child")
    child = int((tmp_path / "child").read_text())
    assert lives(child)
    crew.stop()
    assert crew.ended() == ("parent", -signal.SIGTERM)
    eventually(lambda: not lives(child), "it left its child behind")


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

    eventually(is_deaf, "it never said that it is deaf")
    crew.stop()
    assert crew.ended() == ("deaf", -signal.SIGKILL)


def test_who_is_killed_leaves_nobody_behind(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    killed = subprocess.run([sys.executable, "-c", SUPERVISOR], cwd=tmp_path, env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    child = int((tmp_path / "child").read_text())
    eventually(lambda: not lives(child), "it left its child behind")
