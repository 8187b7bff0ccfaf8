"""The wheel in an empty environment outside of the checkout: it is complete, and runs from any directory."""

from __future__ import annotations

import json
import os
import re
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers import wheel
from tests.servers.programs import free_port, running
from tests.service.nameplate import START_SECONDS, Visitor

KEY = "0f7c9a31b2d84e6fa5c0d9e8b7a61234"


@dataclass
class Installed:
    python: Path
    instance: Path
    archive: Path

    @property
    def environment(self) -> dict[str, str]:
        settings = {"SECRET_KEY": KEY, "NAMEPLATE_INSTANCE": str(self.instance), "MAIL_URL": "console:"}
        return {"PATH": os.environ["PATH"], "HOME": str(self.instance.parent), **settings}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """From the root of the file system, where nothing of ours is."""
        return subprocess.run(
            [self.python.parent / words[0], *words[1:]],
            env=self.environment,
            cwd="/",
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    directory = tmp_path_factory.mktemp("wheel")
    archive = wheel.build(directory)
    python = wheel.environment(directory / "venv")
    wheel.install(python, archive)
    return Installed(python, directory / "instance", archive)


def files_of(folder: str) -> set[str]:
    found = (wheel.ROOT / folder).rglob("*")
    paths = (path.relative_to(wheel.ROOT) for path in found if path.is_file())
    return {path.as_posix() for path in paths if "__pycache__" not in path.parts}


def test_wheel_has_all_that_runs_and_takes_one_name_of_the_environment(installed: Installed) -> None:
    with zipfile.ZipFile(installed.archive) as archive:
        names = archive.namelist()
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"webapp", "nameplate"}
    inside = {name for name in names if name.startswith("webapp/")}
    beside = files_of("templates") | files_of("static") | files_of("migrations")
    assert inside == files_of("webapp") | {f"webapp/{name}" for name in beside}


def test_commands_migrations_pages_and_worker_from_any_directory(installed: Installed) -> None:
    version = installed.run("nameplate", "--version")
    assert re.fullmatch(r"nameplate, version \d+\.\d+\.\d+\S*\n", version.stdout), version
    upgraded = installed.run("nameplate", "db", "upgrade")
    assert upgraded.returncode == 0, upgraded.stderr
    assert (installed.instance / "nameplate.sqlite").is_file()
    parts = {
        part["part"]: part["health"]
        for part in json.loads(installed.run("nameplate", "doctor", "--json").stdout)["parts"]
    }
    assert (parts["database"], parts["migrations"], parts["files"]) == ("ok", "ok", "ok")
    assert pages_and_their_files(installed) >= {"text/css", "text/javascript", "image/svg+xml"}
    report = installed.run("python", "-m", "celery", "--app", "webapp.worker", "report")
    assert "webapp.checks.tasks.sweep" in report.stdout, report.stderr


def pages_and_their_files(installed: Installed) -> set[str]:
    """The types of all that the page for signing in asks for, as the web serves it."""
    port = free_port()
    visitor = Visitor(f"http://127.0.0.1:{port}")

    def answers() -> bool:
        try:
            return visitor.status("/healthz") == 200
        except OSError:
            return False

    command = [str(installed.python), "-m", "gunicorn", "--config", "python:webapp.gunicorn_config"]
    command += ["--bind", f"127.0.0.1:{port}", "--no-control-socket", "webapp.wsgi:app"]
    log = installed.instance / "web.log"
    where = {"cwd": "/", "env": installed.environment}
    with running(command, log=log, ready=answers, seconds=START_SECONDS, **where):
        page = visitor.get("/login")
        assert page.status == 200, page.text
        needed = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', page.text))
        found = {path: visitor.get(path) for path in needed}
        assert {path: answer.status for path, answer in found.items() if answer.status != 200} == {}
    return {answer.headers.get_content_type() for answer in found.values()}
