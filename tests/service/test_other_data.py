"""Web, worker and beat on the data of another version: each ends with a sentence, and none serves."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tests.app_fixtures import make_settings
from tests.servers.programs import free_port
from tests.service.nameplate import ROOT, Nameplate
from webapp.resilience.right_schema import require_right_schema
from webapp.runtime import logs

PATIENCE = 240
WEB = ["gunicorn", "--config", "python:webapp.gunicorn_config", "--no-control-socket", "--bind"]
CELERY = ["celery", "--quiet", "--app", "webapp.worker"]


def test_no_server_starts_on_newer_data(tmp_path: Path, sqlite_template: Path) -> None:
    data = tmp_path / "nameplate.sqlite"
    data.write_bytes(sqlite_template.read_bytes())
    with closing(sqlite3.connect(data)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    url = f"sqlite:///{data}"
    installed = Nameplate(tmp_path, SECRET_KEY="only-for-tests-0123456789", DATABASE_URL=url)
    commands = {
        "web": [*WEB, f"127.0.0.1:{free_port()}", "wsgi:app"],
        "worker": [*CELERY, "worker", "--pool", "threads", "--concurrency", "1"],
        "beat": [*CELERY, "beat"],
    }
    started = {
        name: subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=installed.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for name, command in commands.items()
    }
    try:
        said = {name: process.communicate(timeout=PATIENCE)[1] for name, process in started.items()}
    finally:
        for process in started.values():
            process.kill()
    for name, process in started.items():
        assert process.returncode == 1, (name, said[name])
        assert "Nameplate cannot start." in said[name], name
        assert "is at migration 9999, and this version knows none after" in said[name], name
        assert "Traceback" not in said[name], name


def test_look_at_a_silent_database_ends_and_starts_no_thread_before_a_fork(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    logs.configure("json")
    started: list[threading.Thread] = []
    original = threading.Thread.start

    def start(thread: threading.Thread) -> None:
        started.append(thread)
        original(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/nothing"
        require_right_schema(make_settings(tmp_path, database_url=url))
    assert not started
    assert "schema.unknown" in capsys.readouterr().err
