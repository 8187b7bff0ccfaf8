"""A wrong setting ends every process by itself, with the same sentences and the same exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.servers.programs import free_port

ROOT = Path(__file__).resolve().parents[2]
SAID = """Nameplate cannot start.
DATABSE_URL is no setting. Did you mean DATABASE_URL?
PORT: it must be a whole number.
"""


def test_every_process_ends_with_the_same_sentences(tmp_path: Path) -> None:
    port = free_port()
    commands = [
        f"gunicorn --config python:webapp.gunicorn_config --workers 2 --bind 127.0.0.1:{port} wsgi:app",
        "celery --app webapp.worker worker",
        "celery --app webapp.worker beat",
        "flask --app wsgi domains list",
    ]
    wrong = {"SECRET_KEY": "only-for-tests-0123456789", "DATABSE_URL": "postgresql://db/x", "PORT": "http"}
    started = [
        subprocess.Popen(
            [sys.executable, "-m", *command.split()],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "NAMEPLATE_INSTANCE": str(tmp_path), **wrong},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for command in commands
    ]
    try:
        ends = [(process.communicate(timeout=180)[1], process.returncode) for process in started]
    finally:
        for process in started:
            process.kill()
    assert ends == [(SAID, 1)] * len(commands)
