"""Nobody else on the machine reads what an installation keeps."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from webapp.config import private_files
from webapp.config.private_files import keep_private, letting_in, open_to_others

ROOT = Path(__file__).resolve().parents[2]
ENTRIES = [
    "webapp/edge/__main__.py",
    "webapp/wsgi.py",
    "webapp/gunicorn_config.py",
    "webapp/worker.py",
    "webapp/sandbox/laptop/__main__.py",
]


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in folders that everybody may enter, wherever the tests run."""
    bits = private_files._bits
    inside = {tmp_path, *tmp_path.parents}
    monkeypatch.setattr(
        private_files, "_bits", lambda place: 0o55 if place in inside - {tmp_path} else bits(place)
    )
    return tmp_path


def test_what_a_process_creates_is_closed_to_others(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        keep_private()
        (tmp_path / "folder").mkdir()
        (tmp_path / "file").touch()
    finally:
        os.umask(before)
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("folder", "file")] == [0o700, 0o600]


def calls(path: Path) -> list[str]:
    """What a module calls, in the order of its lines."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [ast.unparse(node.func) for node in sorted(nodes, key=lambda node: node.lineno)]


def test_every_entry_is_closed_before_it_creates_anything() -> None:
    """Whoever makes an application or keeps metrics in files is the entry of a process."""
    paths = [ROOT / "wsgi.py", *(ROOT / "webapp").rglob("*.py")]
    entries = {path.relative_to(ROOT).as_posix(): calls(path) for path in paths}
    found = {name: made for name, made in entries.items() if {"create_app", "keep_figures"} & set(made)}
    assert sorted(found) == sorted(ENTRIES)
    for name, made in found.items():
        places = [made.index(one) for one in ("keep_figures", "mkdir", "INSTANCE.mkdir") if one in made]
        assert "keep_private" in made, name
        assert all(made.index("keep_private") < place for place in places), name


@pytest.mark.parametrize(
    ("folder", "file", "found"),
    [
        (0o700, 0o644, []),
        (0o755, 0o600, ["kept"]),
        (0o711, 0o600, ["kept"]),
        (0o750, 0o640, ["kept"]),
        (0o755, 0o644, ["kept"]),
    ],
)
def test_open_folder_is_named_with_all_that_is_in_it(
    shared: Path, folder: int, file: int, found: list[str]
) -> None:
    kept = shared / "kept"
    kept.mkdir()
    (kept / "file").touch()
    (kept / "file").chmod(file)
    kept.chmod(folder)
    shared.chmod(0o755)
    places = [kept / "file", kept, shared / "none"]
    assert open_to_others(places) == [shared / name for name in found]
    shared.chmod(0o700)
    assert open_to_others([kept]) == []


@pytest.mark.parametrize(("mode", "is_open"), [(0o600, False), (0o640, True), (0o604, True), (0o622, True)])
def test_open_file_in_a_folder_of_others(shared: Path, mode: int, is_open: bool) -> None:
    file = shared / "nameplate.sqlite"
    file.touch()
    file.chmod(mode)
    shared.chmod(0o755)
    assert open_to_others([file]) == [file] * is_open


def test_folder_that_nobody_else_may_enter_closes_what_is_deep_below_it(shared: Path) -> None:
    """As a home of 0700 with a checkout of 0755 in it."""
    deep = shared / "home" / "checkout" / "instance"
    deep.mkdir(parents=True)
    (deep / "file").touch()
    for place in (shared, shared / "home", shared / "home" / "checkout", deep, deep / "file"):
        place.chmod(0o755)
    assert open_to_others([deep, deep / "file"]) == [deep]
    (shared / "home").chmod(0o700)
    assert open_to_others([deep, deep / "file"]) == []


ROOT_ID, SERVICE, OURS, THEIRS = 0, 990, 991, 27


@pytest.mark.parametrize(
    ("mode", "owner", "group", "bits"),
    [
        (0o640, ROOT_ID, OURS, 0),
        (0o750, ROOT_ID, OURS, 0),
        (0o644, ROOT_ID, OURS, 0o4),
        (0o640, ROOT_ID, THEIRS, 0o40),
        (0o640, SERVICE, OURS, 0o40),
        (0o600, SERVICE, OURS, 0),
        (0o604, SERVICE, OURS, 0o4),
    ],
)
def test_group_of_what_root_owns_is_us(mode: int, owner: int, group: int, bits: int) -> None:
    status = os.stat_result((0o100000 | mode, 1, 1, 1, owner, group, 0, 0, 0, 0))
    assert letting_in(status, SERVICE, {OURS}) == bits
