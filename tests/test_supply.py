"""What is installed is locked: exact versions, with hashes, of all that pyproject.toml asks for."""

from __future__ import annotations

import json
import re
import runpy
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LISTS = sorted((ROOT / "requirements").glob("*.txt"))


class Locked:
    """One package of a list."""

    def __init__(self, entry: str) -> None:
        words, *hashes = re.split(r" \\\n +--hash=", entry.strip())
        self.requirement = Requirement(words)
        self.hashes = hashes

    @property
    def version(self) -> str:
        return str(self.requirement.specifier).removeprefix("==")


def locked(name: str) -> dict[str, Locked]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    entries = [
        Locked(one) for one in re.split(r"\n(?=\S)", re.sub(r"^ *#.*\n", "", text, flags=re.MULTILINE))
    ]
    return {canonicalize_name(one.requirement.name): one for one in entries}


def asked(name: str) -> list[str]:
    """What pyproject.toml wants of a list."""
    project, groups = PROJECT["project"], PROJECT["dependency-groups"]
    return list(
        {
            "run": project["dependencies"],
            "dev": project["dependencies"] + project["optional-dependencies"]["dev"],
            "install": groups["install"] + PROJECT["build-system"]["requires"],
            "tools": groups["tools"],
        }[name]
    )


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_everything_that_is_locked_has_one_version_and_hashes(path: Path) -> None:
    entries = locked(path.stem)
    assert entries
    for one in entries.values():
        assert re.fullmatch(r"==[\w.+!]+", str(one.requirement.specifier)), one.requirement
        assert one.hashes, one.requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in one.hashes), one.requirement


@pytest.mark.parametrize("path", LISTS, ids=lambda path: path.stem)
def test_lists_name_no_place_to_fetch_from(path: Path) -> None:
    """Where packages come from is the choice of whoever installs."""
    text = path.read_text(encoding="utf-8")
    assert "://" not in text
    assert re.findall(r"^-.*", text, flags=re.MULTILINE) == []
    assert all(one.requirement.url is None for one in locked(path.stem).values())


@pytest.mark.parametrize("name", ["run", "dev", "install", "tools"])
def test_lists_hold_what_the_project_asks_for(name: str) -> None:
    entries = locked(name)
    for line in asked(name):
        wanted = Requirement(line)
        assert wanted.specifier.contains(entries[canonicalize_name(wanted.name)].version), line


def test_what_runs_is_what_was_tested() -> None:
    tested = locked("dev")
    for name, one in locked("run").items():
        if one.requirement.marker is None:
            assert tested[name].requirement.marker is None, name
        assert (tested[name].version, tested[name].hashes) == (one.version, one.hashes), name


def test_the_oldest_python_we_support_has_all_it_needs() -> None:
    """Redis asks for async-timeout before Python 3.11.3, which Debian 12's Python is; later ones do without."""
    marker = locked("run")["async-timeout"].requirement.marker
    assert marker is not None
    assert [marker.evaluate({"python_full_version": version}) for version in ("3.11.2", "3.13.0")] == [
        True,
        False,
    ]


def test_nothing_of_ours_installs_without_hashes() -> None:
    """Every line that has pip install something checks hashes, or has no index to take anything from."""
    places = [*(ROOT / ".ci").iterdir(), ROOT / "Makefile", ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    places.append(ROOT / "deploy/container/Containerfile")
    lines = [
        line
        for path in places
        for line in path.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
        if re.search(r"\bpip\b.* install\b", line) and not line.lstrip().startswith("#")
    ]
    assert len(lines) >= 2
    assert [one for one in lines if "--require-hashes" not in one and "--no-index" not in one] == []


@pytest.fixture
def audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], int]:
    """Runs `make audit`'s program with a pip-audit that answers what it is told to."""

    def run(answer: str) -> int:
        fake = tmp_path / "pip-audit"
        fake.write_text(
            f"#!{sys.executable}\nimport sys\nsys.stdout.write({answer!r})\nsys.stderr.write('No route.')\n"
        )
        fake.chmod(0o700)
        module = runpy.run_path(str(ROOT / ".ci" / "audit.py"))
        module["main"].__globals__.update(AUDIT=fake, LOCKS=[tmp_path / "run.txt"])
        return int(module["main"]())

    return run


def dependencies(*found: Mapping[str, object]) -> str:
    return json.dumps({"dependencies": list(found), "fixes": []})


GOOD = {"name": "flask", "version": "3.1.3", "vulns": []}
BAD = {"name": "idna", "version": "3.20", "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["3.21"]}]}
UNKNOWN = {"name": "click", "skip_reason": "Dependency not found: click (8.5.1)"}


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (dependencies(GOOD), 0, "No known vulnerability in 1 packages."),
        (dependencies(GOOD, BAD), 1, "idna 3.20: PYSEC-2026-1, corrected in 3.21"),
        (
            dependencies(GOOD, UNKNOWN),
            4,
            "Could not ask about 1 of 2 packages: Dependency not found: click (8.5.1)",
        ),
        (dependencies(UNKNOWN, BAD), 1, "Could not ask about 1 of 2 packages"),
        ("", 4, "No route."),
        ("[]", 4, "No route."),
    ],
)
def test_audit_tells_no_vulnerability_from_no_answer(
    audit: Callable[[str], int], capsys: pytest.CaptureFixture[str], answer: str, code: int, said: str
) -> None:
    assert audit(answer) == code
    assert said in capsys.readouterr().out
