"""`make run` from start to end, as the one command that it is."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.servers.programs import free_port, running
from tests.service.faults import eventually, parent

ROOT = Path(__file__).resolve().parents[3]
COMMAND = [sys.executable, "-m", "webapp.sandbox.laptop"]


@dataclass
class Run:
    """One start; `log` is what it printed so far."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def printed(self) -> str:
        return self.log.read_text()

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=120)


@dataclass
class Laptop:
    """A machine with one Nameplate on it."""

    instance: Path
    port: int

    @property
    def env(self) -> dict[str, str]:
        return {**os.environ, "NAMEPLATE_INSTANCE": str(self.instance), "PORT": str(self.port)}

    @property
    def run_file(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.instance / "run.json").read_text())
        return found

    @contextmanager
    def started(self, log_name: str) -> Iterator[Run]:
        log = self.instance.with_name(log_name)
        with running(
            COMMAND,
            log=log,
            ready=lambda: "What to do next" in log.read_text(),
            cwd=ROOT,
            env=self.env,
        ) as process:
            yield Run(process, log)

    def refused(self, **env: str) -> str:
        """What it says when it does not start."""
        done = subprocess.run(
            COMMAND,
            cwd=ROOT,
            env={**self.env, **env},
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 1
        assert done.stdout == ""
        return done.stderr

    def processes(self) -> dict[int, str]:
        """The processes of this machine that were started for this instance, with their command lines."""
        ours = f"NAMEPLATE_INSTANCE={self.instance}".encode()
        found = {}
        for directory in Path("/proc").glob("[0-9]*"):
            try:
                if ours in (directory / "environ").read_bytes().split(b"\0"):
                    found[int(directory.name)] = (directory / "cmdline").read_text().replace("\0", " ")
            except OSError:
                continue  # it has ended, or is not ours to look at
        return found

    def leader_of_the_web(self) -> int:
        """Its children are gunicorn's as well. Which number is the least says nothing where numbers begin anew."""
        web = [pid for pid, command in self.processes().items() if "gunicorn" in command]
        parents = {pid: parent(pid) for pid in web}
        [leader] = [pid for pid, one in parents.items() if one not in parents]
        return leader

    def assert_left_nobody(self) -> None:
        """Who was killed is there until the system has time to end it."""
        eventually(lambda: not self.processes(), "it left processes behind")

    def assert_far_from_aws(self, run: Run) -> None:
        """A developer's own account, as the shell has it, is not what the children see."""
        for pid in self.processes().keys() - {run.process.pid}:
            seen = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
            assert b"AWS_ACCESS_KEY_ID=sandbox" in seen
            assert not any(line.startswith(b"AWS_PROFILE=") for line in seen)


@pytest.fixture
def laptop(tmp_path: Path) -> Laptop:
    return Laptop(tmp_path / "instance", free_port())


def _status(url: str, api_key: str | None = None) -> int:
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    asked = urllib.request.Request(url, headers=headers)  # noqa: S310 - our own addresses
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=60) as answer:
        status: int = answer.status
        return status


# Two whole starts and stops of everything: half a minute, and several times that on a busy machine.
def test_start_stop_and_start_again(laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    with laptop.started("first.log") as run:
        first = laptop.run_file
        assert (laptop.instance / "run.json").stat().st_mode & 0o777 == 0o600
        assert first["url"] == f"http://127.0.0.1:{laptop.port}"
        for person in ("customer", "staff"):
            assert first[person]["email"] in run.printed
            assert first[person]["password"] in run.printed
            assert first[person]["api_key"] not in run.printed
            assert _status(f"{first['url']}/api/v1/domains", first[person]["api_key"]) == 200
        assert first["sandbox_url"] in run.printed
        assert _status(first["url"] + "/login") == 200
        assert _status(first["sandbox_url"] + "/") == 200
        assert _status(first["edge_url"] + "/healthz") == 200
        assert f"--cacert {laptop.instance / 'edge-authority.pem'}" in run.printed
        for name in ("edge-authority.pem", "edge-authority.key"):
            assert (laptop.instance / name).stat().st_mode & 0o777 == 0o600
        assert "already running" in laptop.refused()
        laptop.assert_far_from_aws(run)
        assert run.end(signal.SIGINT) == 0
    laptop.assert_left_nobody()

    with laptop.started("second.log") as run:
        assert laptop.run_file == first
        assert first["customer"]["password"] not in run.printed
        assert "run.json" in run.printed
        assert run.end(signal.SIGTERM) == 0
    laptop.assert_left_nobody()


def test_when_one_ends_all_end_and_the_reason_is_said(laptop: Laptop) -> None:
    """The web is the hardest case: gunicorn's own children outlive it for a while."""
    with laptop.started("log") as run:
        os.kill(laptop.leader_of_the_web(), signal.SIGKILL)
        assert run.process.wait(timeout=120) == 1
    assert "The web was killed by signal 9, so the rest was stopped, too." in run.printed
    laptop.assert_left_nobody()


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize("setting", ["PORT", "SANDBOX_PORT", "SANDBOX_DNS_PORT", "SANDBOX_EDGE_PORT"])
def test_a_taken_port_is_a_sentence_before_anything_starts(laptop: Laptop, taken: int, setting: str) -> None:
    said = laptop.refused(**{setting: str(taken)})
    assert said.startswith(f"Port {taken} is taken by another program.")
    assert f"{setting}=" in said
    assert len(said.splitlines()) == 1
    assert not (laptop.instance / "sandbox.env").exists()


def test_data_of_another_version_are_left_alone(laptop: Laptop) -> None:
    laptop.instance.mkdir()
    with closing(sqlite3.connect(laptop.instance / "nameplate.sqlite")) as connection, connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    said = laptop.refused()
    assert "written by another version of Nameplate" in said
    assert "Traceback" not in said
