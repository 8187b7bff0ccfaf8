"""The edge service as processes of a test's own, and who asks it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from tests.app_fixtures import make_app
from tests.factories import make_account, make_domain, make_llm_client
from tests.servers.programs import free_port, running
from webapp.extensions import db
from webapp.models import DomainState

ROOT = Path(__file__).resolve().parents[2]
SECRET = "only-for-tests-0123456789"
#: For an answer that comes, on a busy machine.
PATIENCE_SECONDS = 60


def environment(directory: Path, **settings: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "NAMEPLATE_INSTANCE": str(directory),
        "SECRET_KEY": SECRET,
        **settings,
    }


def database_of(template: Path, directory: Path) -> str:
    """The URL of a copy of the template, which has all tables and no row."""
    shutil.copy(template, directory / "nameplate.sqlite")
    return f"sqlite:///{directory / 'nameplate.sqlite'}"


def database_with(name: str, template: Path, directory: Path) -> str:
    """The same, with a verified name that leads to a deployed client."""
    url = database_of(template, directory)
    app = make_app(directory, database_url=url)
    with app.app_context():
        domain = make_domain(make_account(), name, DomainState.VERIFIED)
        make_llm_client(domain.account, deployed=True, custom_domain=domain)
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    return url


class EdgeService:
    def __init__(self, directory: Path, port: int, process: subprocess.Popen[bytes] | None = None) -> None:
        self.directory, self.port, self._process = directory, port, process

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def log(self) -> str:
        return self._log.read_text()

    @property
    def _log(self) -> Path:
        return self.directory / f"edge-{self.port}.log"

    def get(self, path: str, **headers: str) -> tuple[int, str]:
        """The status and the text of one answer, on a connection of its own."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def ask(self, name: str) -> int:
        return self.get(f"/edge/ask?domain={name}")[0]

    def answers(self) -> bool:
        try:
            return self.get("/healthz")[0] == 200
        except OSError:
            return False


def command(port: int, workers: int = 1) -> list[str]:
    return [sys.executable, "-m", "webapp.edge", "--bind", f"127.0.0.1:{port}", "--workers", str(workers)]


@contextmanager
def edge_service(directory: Path, workers: int = 1, **settings: str) -> Iterator[EdgeService]:
    """`settings`: of the environment, by their names there."""
    waiting = EdgeService(directory, free_port())
    with running(
        command(waiting.port, workers),
        log=waiting._log,
        ready=waiting.answers,
        cwd=directory,
        env=environment(directory, **settings),
    ) as process:
        yield EdgeService(directory, waiting.port, process)
