"""Web, worker and beat on the data of another version: each ends with a sentence, and none serves."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from tests.servers.programs import free_port
from tests.service.nameplate import ROOT, Nameplate

PATIENCE = 120
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
