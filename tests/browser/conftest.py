"""All of Nameplate as `make run` starts it, and a browser in front of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.browser.gallery import Gallery, serving, signed_in
from tests.browser.hand import PATIENCE, WIDE, Mouse
from tests.servers.programs import find, running
from tests.servers.sandbox_ports import laptop_ports

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
#: Nobody wants to wait in a test: between two presses of Verify, or until a name counts as failing.
QUICK = {"CHECK_BUTTON_INTERVAL_SECONDS": "10", "FAILING_CONFIRMATION_MINUTES": "0"}
expect.set_options(timeout=PATIENCE)
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]


class LooksWith(Protocol):
    def __call__(self, page: Page, rules: Sequence[str] = ()) -> None: ...


@dataclass(frozen=True)
class SignIn:
    """Of `run.json`, which has a key of the API beside it."""

    email: str
    password: str
    api_key: str = ""


@dataclass(frozen=True)
class Stack:
    """A running Nameplate: what `run.json` says, and where it keeps its files."""

    url: str
    sandbox_url: str
    edge_url: str
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
    with running_in(tmp_path_factory.mktemp("stack")) as found:
        yield found


@contextmanager
def running_in(directory: Path) -> Iterator[Stack]:
    instance = directory / "instance"
    run_file = instance / "run.json"
    env = {**os.environ, **QUICK, **laptop_ports(), "NAMEPLATE_INSTANCE": str(instance)}
    command = [sys.executable, "-m", "webapp.sandbox.laptop"]
    log = directory / "log"
    with running(command, log=log, ready=run_file.exists, cwd=ROOT, env=env) as process:
        run: dict[str, Any] = json.loads(run_file.read_text(encoding="utf-8"))
        customer, staff = SignIn(**run.pop("customer")), SignIn(**run.pop("staff"))
        yield Stack(**run, customer=customer, staff=staff, instance=instance)
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=60)
    assert code == 0, log.read_text(errors="replace")[-3000:]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; the browsers that Playwright would fetch are not used."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=find("chromium", "chromium"), args=CHROMIUM_FLAGS)
        yield found
        found.close()


@pytest.fixture
def new_context(browser: Browser, stack: Stack) -> Iterator[Callable[..., BrowserContext]]:
    """Opens browsers that nobody used before; relative addresses are those of the stack."""
    with contexts(browser, stack.url) as open_one:
        yield open_one


@contextmanager
def contexts(browser: Browser, url: str) -> Iterator[Callable[..., BrowserContext]]:
    """What opens browsers that nobody used before, in which relative addresses begin with `url`.

    Every fault that a script or the content policy reports on one of their pages is the test's.
    """
    opened: list[BrowserContext] = []
    faults: list[str] = []

    def open_one(**options: Any) -> BrowserContext:
        # Where pages scroll smoothly, every click waits for the end of it.
        still: dict[str, Any] = {"viewport": WIDE, "reduced_motion": "reduce", **options}
        found = browser.new_context(base_url=url, **still)
        found.set_default_timeout(PATIENCE)
        found.on("weberror", lambda fault: faults.append(str(fault.error)))
        found.on("console", lambda message: faults.append(message.text) if _is_fault(message) else None)
        opened.append(found)
        return found

    yield open_one
    for context in opened:
        context.close()
    assert faults == []


@pytest.fixture
def context(new_context: Callable[..., BrowserContext]) -> BrowserContext:
    return new_context()


@pytest.fixture
def hand(context: BrowserContext) -> Mouse:
    return Mouse(context)


@pytest.fixture
def page(hand: Mouse) -> Page:
    return hand.page


@pytest.fixture(scope="module")
def module_gallery(tmp_path_factory: pytest.TempPathFactory) -> Gallery:
    return Gallery(tmp_path_factory.mktemp("gallery"))


@pytest.fixture
def gallery(module_gallery: Gallery) -> Iterator[Gallery]:
    """Every page there is, with data that each test finds as if it were the first of its module."""
    with module_gallery.kept():
        yield module_gallery


@pytest.fixture(scope="module")
def served(module_gallery: Gallery) -> Iterator[str]:
    with serving(module_gallery.app) as url:
        yield url


@pytest.fixture
def gallery_page(browser: Browser, gallery: Gallery, served: str) -> Iterator[Page]:
    """A customer in front of the gallery."""
    context = signed_in(browser, gallery, served, "customer")
    yield context.new_page()
    context.close()


def _is_fault(message: ConsoleMessage) -> bool:
    """A form that comes back with sentences has status 422, which Chromium reports as if a file were missing."""
    return message.type == "error" and "status of 422" not in message.text


@pytest.fixture
def axe() -> LooksWith:
    """Call it with a page: it fails with what axe finds against WCAG 2.2 AA and good practice."""

    def look(page: Page, rules: Sequence[str] = ()) -> None:
        """With `rules`, only by them."""
        page.wait_for_load_state()
        only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": WCAG}
        if page.evaluate("typeof axe") == "undefined":
            page.evaluate(AXE_SCRIPT)
        options = {"runOnly": only, "resultTypes": ["violations"]}
        found = AxeResults(page.evaluate("options => axe.run(options)", options))
        assert found.violations_count == 0, f"{page.url}: {found.generate_report()}"

    return look
