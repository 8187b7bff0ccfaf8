"""All of Nameplate as `make run` starts it, and a browser in front of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.servers.programs import find, running
from webapp.sandbox.ports import free_row

ROOT = Path(__file__).resolve().parents[2]

# Without these Chromium calls home, at every start and many times over; as root it has no sandbox of its own.
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]


@dataclass(frozen=True)
class SignIn:
    email: str
    password: str


@dataclass(frozen=True)
class Stack:
    """A running Nameplate: what `run.json` says, and where it keeps its files."""

    url: str
    sandbox_url: str
    customer: SignIn
    staff: SignIn
    instance: Path

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run `flask ...` as in a second terminal."""
        return subprocess.run(
            [sys.executable, "-m", "flask", *words],
            cwd=ROOT,
            env={**os.environ, "NAMEPLATE_INSTANCE": str(self.instance)},
            capture_output=True,
            text=True,
            check=False,
        )


# Not for the session: while Playwright lives, asyncio in the same process believes that a loop is running, and
# the tests after the browser's would break.
@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Everything, started once for all browser tests, with data of its own."""
    directory = tmp_path_factory.mktemp("stack")
    instance = directory / "instance"
    run_file = instance / "run.json"
    env = {**os.environ, "NAMEPLATE_INSTANCE": str(instance), "PORT": str(free_row())}
    command = [sys.executable, "-m", "webapp.sandbox.laptop"]
    log = directory / "log"
    with running(command, log=log, ready=run_file.exists, seconds=90, cwd=ROOT, env=env) as process:
        run: dict[str, Any] = json.loads(run_file.read_text(encoding="utf-8"))
        customer, staff = SignIn(**run.pop("customer")), SignIn(**run.pop("staff"))
        yield Stack(**run, customer=customer, staff=staff, instance=instance)
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=30)
    assert code == 0, log.read_text(errors="replace")[-3000:]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; the browsers that Playwright would fetch are not used."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=find("chromium", "chromium"), args=CHROMIUM_FLAGS)
        yield found
        found.close()


@pytest.fixture
def context(browser: Browser, stack: Stack) -> Iterator[BrowserContext]:
    """A browser that nobody used before; relative addresses are those of the stack."""
    found = browser.new_context(base_url=stack.url, viewport={"width": 1280, "height": 900})
    found.set_default_timeout(15_000)
    yield found
    found.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page on which every fault that a script or the content policy reports is the test's."""
    found = context.new_page()
    faults: list[str] = []
    found.on("pageerror", lambda error: faults.append(str(error)))
    found.on("console", lambda message: faults.append(message.text) if _is_fault(message) else None)
    yield found
    assert faults == []


def _is_fault(message: ConsoleMessage) -> bool:
    """A form that comes back with sentences has status 422, which Chromium reports as if a file were missing."""
    return message.type == "error" and "status of 422" not in message.text


@pytest.fixture
def axe() -> Callable[[Page], None]:
    """Call it with a page: it fails with what axe finds against WCAG 2.2 AA and good practice."""

    def check(page: Page) -> None:
        found = Axe().run(
            page, options={"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]}
        )
        assert found.violations_count == 0, found.generate_report()

    return check
