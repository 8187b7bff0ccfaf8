"""A document whose examples are run in their order, and held to what it says they print."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Stands for anything: in a text for a part of it, as a value for any value, at the end of a list for more of it, and
#: as a key for more keys.
ANYTHING = "…"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: What is run of each language, and what is compared with the block before it.
_RUN = {"sh": "{text}", "python": "python3 - <<'END_OF_EXAMPLE'\n{text}END_OF_EXAMPLE\n"}
_COMPARED = {"json", "text"}


@dataclass(frozen=True)
class Example:
    line: int
    command: str
    printed: str | None
    is_json: bool


def examples(path: Path) -> list[Example]:
    """Every block of the document that is run. A block of an unknown language is a fault of the document."""
    text = path.read_text(encoding="utf-8")
    found: list[Example] = []
    for match in _BLOCK.finditer(text):
        language, content = match[1], match[2]
        line = text.count("\n", 0, match.start()) + 1
        if language in _RUN:
            found.append(Example(line, _RUN[language].format(text=content), None, is_json=False))
        else:
            assert language in _COMPARED, f"{path.name}:{line}: nobody knows what to do with {language}"
            before = found[-1]
            assert before.printed is None, f"{path.name}:{line}: the block before has its output already"
            found[-1] = Example(before.line, before.command, content, is_json=language == "json")
    return found


def run(path: Path, cwd: Path, environment: Mapping[str, str], seconds: float) -> None:
    """Run all blocks in one shell, as somebody who follows the document does, and compare."""
    wanted = examples(path)
    script = ["set -euo pipefail\n"]
    for number, example in enumerate(wanted):
        script += [f"printf '\\036%s\\036' {number}\n", example.command, "\n"]
    done = subprocess.run(
        ["bash"],
        input="".join(script),
        cwd=cwd,
        env=dict(environment),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    parts = done.stdout.split("\x1e")[1:]
    printed = {int(number): text for number, text in zip(parts[::2], parts[1::2], strict=True)}
    last = wanted[max(printed, default=0)]
    assert done.returncode == 0, (
        f"{path.name}:{last.line} ended with {done.returncode}\n{done.stdout}\n{done.stderr}"
    )
    assert len(printed) == len(wanted)
    for number, example in enumerate(wanted):
        if example.printed is not None:
            where = f"{path.name}:{example.line} printed\n{printed[number]}\nand not\n{example.printed}"
            assert agrees(example, printed[number]), where


def agrees(example: Example, printed: str) -> bool:
    assert example.printed is not None
    if not example.is_json:
        return _is_like(example.printed.strip(), printed.strip())
    return matches(json.loads(example.printed), json.loads(printed))


def matches(expected: Any, found: Any) -> bool:
    """Whether a JSON value is the one of the document."""
    if isinstance(expected, str):
        return expected == ANYTHING or (isinstance(found, str) and _is_like(expected, found))
    if isinstance(expected, dict):
        keys = set(expected) - {ANYTHING}
        if (
            not isinstance(found, dict)
            or keys - set(found)
            or (ANYTHING not in expected and keys != set(found))
        ):
            return False
        return all(matches(expected[key], found[key]) for key in keys)
    if isinstance(expected, list):
        if not isinstance(found, list):
            return False
        if expected[-1:] == [ANYTHING]:
            expected, found = expected[:-1], found[: len(expected) - 1]
        return len(expected) == len(found) and all(map(matches, expected, found))
    return type(expected) is type(found) and bool(expected == found)


def _is_like(expected: str, found: str) -> bool:
    pattern = ".*".join(re.escape(part) for part in expected.split(ANYTHING))
    return re.fullmatch(pattern, found, re.DOTALL) is not None
