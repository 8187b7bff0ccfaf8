"""docs/api.md, followed example by example beside a whole `make run`; and docs/terraform/register.sh."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers.programs import running
from tests.service.document import examples, matches, run
from webapp.config.places import DOCS
from webapp.sandbox.laptop.ports import free_row

ROOT = DOCS.parent
DOCUMENT = DOCS / "api.md"

pytestmark = pytest.mark.timeout(400)


class Checkout:
    """A directory like the one that `make run` was started in: `instance` is the test's."""

    def __init__(self, place: Path) -> None:
        self.place, self.instance = place, place / "instance"
        for name in ("wsgi.py", "docs"):
            (place / name).symlink_to(ROOT / name)
        (place / ".venv/bin").mkdir(parents=True)
        (place / ".venv/bin/flask").write_text(f'#!/bin/sh\nexec {sys.executable} -m flask "$@"\n')
        (place / ".venv/bin/flask").chmod(0o755)
        self.environment = {
            **os.environ,
            "NAMEPLATE_INSTANCE": str(self.instance),
            "PYTHONPATH": str(ROOT),
            "CHECK_BUTTON_INTERVAL_SECONDS": "1",
        }

    @property
    def said(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.instance / "run.json").read_text())
        return found


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    found = Checkout(tmp_path_factory.mktemp("checkout"))
    log = found.place / "log"
    with running(
        [sys.executable, "-m", "webapp.sandbox.laptop"],
        log=log,
        ready=lambda: "What to do next" in log.read_text(),
        seconds=90,
        cwd=ROOT,
        env={**found.environment, "PORT": str(free_row())},
    ) as process:
        try:
            yield found
        except BaseException as err:
            err.add_note(log.read_text()[-20_000:])
            raise
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 0, log.read_text()[-3000:]


def test_every_example_of_the_document_prints_what_it_says(checkout: Checkout) -> None:
    assert len(examples(DOCUMENT)) > 15
    run(DOCUMENT, checkout.place, checkout.environment, seconds=240)


@pytest.mark.parametrize(
    ("expected", "found", "same"),
    [
        ({"a": "…"}, {"a": [1]}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1, "…": "…"}, {"a": 1, "b": 2}, True),
        ({"a": 1, "b": 2}, {"a": 1}, False),
        ([1, "…"], [1, 2, 3], True),
        ([1], [1, 2], False),
        ("a…c", "abc", True),
        ("a…c", "abcd", False),
        (True, 1, False),
        (None, "…", False),
    ],
)
def test_comparison_tells_what_differs(expected: object, found: object, same: bool) -> None:
    assert matches(expected, found) is same


def register(checkout: Checkout, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    said = checkout.said
    keys = {"NAMEPLATE_URL": said["url"], "NAMEPLATE_API_KEY": said["customer"]["api_key"]}
    return subprocess.run(
        [DOCS / "terraform/register.sh", *words],
        env={**os.environ, **keys, "PAUSE_SECONDS": "1", **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_script_registers_prints_the_records_and_waits(checkout: Checkout) -> None:
    waiting = register(checkout, "script.acme.test", "1", WAIT_SECONDS="6")
    assert waiting.returncode == 1, waiting.stderr
    first, *records = waiting.stdout.splitlines()
    assert first == "Add these records at the DNS provider:"
    assert len(records) >= 2
    assert all(len(line.split()) == 3 for line in records)
    for line in records:
        name, kind, value = line.split()
        done = subprocess.run(
            [".venv/bin/flask", "sandbox", "records", "add", name, kind, value],
            cwd=checkout.place,
            env=checkout.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    verified = register(checkout, "script.acme.test", "1", WAIT_SECONDS="90")
    assert verified.returncode == 0, verified.stderr
    assert verified.stdout.splitlines()[-1] == "script.acme.test is verified."


def test_script_says_what_the_api_refused(checkout: Checkout) -> None:
    refused = register(checkout, "localhost")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "code: " in refused.stderr
    wrong = register(checkout, "a.acme.test", NAMEPLATE_API_KEY="npk_live_00000000_x")
    assert wrong.returncode == 2
    assert "key-wrong" in wrong.stderr
