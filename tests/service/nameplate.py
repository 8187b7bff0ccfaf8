"""A whole Nameplate of a test's own: web, worker and sandbox as processes, on either set-up, and a visitor."""

from __future__ import annotations

import html
import os
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.servers.fork_server import ForkedPopen, run
from tests.servers.programs import free_port, listens, running
from tests.servers.sandbox_ports import sandbox_ports
from webapp.sandbox.shared.environment import environment

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120
#: For an answer that comes, on a busy machine.
ANSWER_SECONDS = 60
#: Of the log of a process, for whoever reads why a test failed beside it.
LOG_CHARACTERS = 60_000


class Nameplate:
    """`settings` go on top of what a sandbox needs; `log` is what a process has printed so far."""

    def __init__(self, directory: Path, **settings: str) -> None:
        self.directory = directory
        self.port = free_port()
        self.sandbox_port, self.edge_port, self.dns_port = sandbox_ports()
        self.environment = {
            "PATH": os.environ["PATH"],
            "NAMEPLATE_INSTANCE": str(directory),
            "PUBLIC_URL": self.url,
            # On a machine that is busy with many tests, a server may be slow to take a connection.
            "DATABASE_SILENT_SECONDS": "20",
            **environment(self.sandbox_port, self.dns_port, self.edge_port, directory=directory),
            **settings,
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def log(self, name: str) -> str:
        return (self.directory / f"{name}.log").read_text()

    def web(
        self, name: str = "web", port: int = 0, workers: int = 2, **settings: str
    ) -> AbstractContextManager[subprocess.Popen[bytes]]:
        """Another node has another name and port."""
        port = port or self.port
        command = ["gunicorn", "--config", "python:webapp.gunicorn_config", "--workers", str(workers)]
        command += ["--bind", f"127.0.0.1:{port}", "--no-control-socket", "wsgi:app"]
        return self._process(name, command, lambda: self._answers(port), **settings)

    def _answers(self, port: int) -> bool:
        """gunicorn listens long before its workers have loaded the application on a machine that is busy."""
        try:
            return listens(port) and Visitor(f"http://127.0.0.1:{port}").status("/healthz") == 200
        except OSError:
            return False

    def edge(
        self, name: str, port: int, workers: int = 1, **settings: str
    ) -> AbstractContextManager[subprocess.Popen[bytes]]:
        """An edge service."""
        command = ["webapp.edge", "--bind", f"127.0.0.1:{port}", "--workers", str(workers)]
        return self._process(name, command, lambda: self._answers(port), **settings)

    def worker(self) -> AbstractContextManager[subprocess.Popen[bytes]]:
        command = ["celery", "--app", "webapp.worker", "worker", "--beat"]
        command += ["--pool", "threads", "--concurrency", "4"]
        return self._process("worker", command, lambda: "worker.ready" in self.log("worker"))

    def sandbox(self) -> AbstractContextManager[subprocess.Popen[bytes]]:
        command = ["flask", "--app", "wsgi", "sandbox", "run", "--in-sync-seconds", "0.2"]
        command += ["--port", str(self.sandbox_port), "--dns-port", str(self.dns_port)]
        # The dashboard's port answers what the edge service does.
        command += ["--edge-port", str(self.edge_port), "--ask", f"127.0.0.1:{self.port}"]
        return self._process("sandbox", command, lambda: "The sandbox is ready" in self.log("sandbox"))

    @contextmanager
    def _process(
        self, name: str, command: list[str], ready: Any, **settings: str
    ) -> Iterator[subprocess.Popen[bytes]]:
        with running(
            command,
            start=ForkedPopen,
            log=self.directory / f"{name}.log",
            ready=ready,
            seconds=START_SECONDS,
            cwd=ROOT,
            env={**self.environment, **settings},
        ) as process:
            try:
                yield process
            except Exception as err:
                err.add_note(f"The end of {name}.log:\n{self.log(name)[-LOG_CHARACTERS:]}")
                raise

    def flask(self, *words: str) -> subprocess.CompletedProcess[str]:
        return run(["flask", "--app", "wsgi", *words], cwd=ROOT, env=self.environment, timeout=180)


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object) -> None:
        """An answer that leads elsewhere is the answer."""


@dataclass
class Page:
    status: int
    headers: Message
    text: str


@dataclass
class Visitor:
    """A browser without scripts. `tokens` are the CSRF tokens it has seen."""

    url: str
    cookies: CookieJar = field(default_factory=CookieJar)
    tokens: set[str] = field(default_factory=set)

    def get(self, path: str, **headers: str) -> Page:
        return self._ask(path, None, headers)

    def status(self, path: str) -> int:
        return self.get(path).status

    def send(self, form: str, to: str = "", **fields: str) -> Page:
        """Fill in the form on the page `form`, which posts to itself unless told otherwise."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(form).text)
        assert token, form
        body = urlencode({"csrf_token": html.unescape(token[1]), **fields}).encode()
        return self._ask(to or form, body, {"Referer": self.url + form})

    def _ask(self, path: str, body: bytes | None, headers: dict[str, str]) -> Page:
        request = urllib.request.Request(self.url + path, body, headers)  # noqa: S310 - the address is ours
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(self.cookies), _Stay()
        )
        try:
            with opener.open(request, timeout=ANSWER_SECONDS) as answer:
                page = Page(answer.status, answer.headers, answer.read().decode())
        except urllib.error.HTTPError as answer:
            with answer:
                page = Page(answer.code, answer.headers, answer.read().decode())
        self.tokens |= set(re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page.text))
        return page
