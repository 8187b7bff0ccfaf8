"""SECURITY.md promises nothing that no test holds."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
#: Promise, ids, tests.
ROWS = re.findall(r"^\| ([A-Z].+?) \| (.+?) \| (`tests/.+?) \|$", PAGE, flags=re.MULTILINE)
FINDINGS = {
    *(f"H{n}" for n in range(1, 4)),
    *(f"M{n}" for n in range(1, 12)),
    *(f"L{n}" for n in range(1, 19)),
}


def test_every_promise_names_its_tests() -> None:
    tables = PAGE.partition("## What is promised")[2]
    lines = [
        line for line in tables.splitlines() if line.startswith("| ") and not line.startswith("| promise ")
    ]
    assert len(lines) == len(ROWS) > 20


def test_every_test_that_is_named_is_there() -> None:
    """And has tests in it, which `make test` runs."""
    named = {name for _, _, tests in ROWS for name in re.findall(r"`([^`]+)`", tests)}
    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []
    assert [
        name for name in sorted(named) if "def test_" not in (ROOT / name).read_text(encoding="utf-8")
    ] == []


def test_every_finding_led_to_a_promise() -> None:
    answered = {one for _, ids, _ in ROWS for one in re.findall(r"[HML]\d+", ids)}
    assert answered == FINDINGS


def test_every_file_that_is_linked_is_there() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", PAGE)
    assert [link for link in links if not (ROOT / link).exists()] == []
