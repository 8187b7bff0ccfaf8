"""Nobody else on the machine reads what an installation keeps."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

from webapp.config.private_files import keep_private, open_to_others

ROOT = Path(__file__).resolve().parents[2]
ENTRIES = ["wsgi.py", "webapp/gunicorn_config.py", "webapp/worker.py", "webapp/sandbox/laptop/__main__.py"]


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
    tmp_path: Path, folder: int, file: int, found: list[str]
) -> None:
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    (kept / "file").chmod(file)
    kept.chmod(folder)
    tmp_path.chmod(0o755)
    places = [kept / "file", kept, tmp_path / "none"]
    assert open_to_others(places) == [tmp_path / name for name in found]
    tmp_path.chmod(0o700)
    assert open_to_others([kept]) == []


@pytest.mark.parametrize(("mode", "is_open"), [(0o600, False), (0o640, True), (0o604, True), (0o622, True)])
def test_open_file_in_a_folder_of_others(tmp_path: Path, mode: int, is_open: bool) -> None:
    file = tmp_path / "nameplate.sqlite"
    file.touch()
    file.chmod(mode)
    tmp_path.chmod(0o755)
    assert open_to_others([file]) == [file] * is_open
