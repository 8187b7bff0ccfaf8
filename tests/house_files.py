"""The files of the house: every module of ours, the room it stands in, and what it imports. Nothing is executed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEBAPP, TESTS = ROOT / "webapp", ROOT / "tests"


def modules() -> dict[str, Path]:
    """Every module of ours as `room/module`; the module of a package itself is `room/__init__`."""
    return {
        path.relative_to(WEBAPP).with_suffix("").as_posix(): path
        for path in sorted(WEBAPP.rglob("*.py"))
        if path.read_text(encoding="utf-8").strip()
    }


MODULES = modules()


def room_of(module: str) -> str:
    """The folder, or the module itself when it stands in `webapp/`."""
    return module.rpartition("/")[0] or module


def imported(path: Path) -> Iterator[str]:
    """Every imported name at any depth, `from a import b` as `a.b`; type checking and late imports count as well."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def module_of(name: str) -> str | None:
    """The module of ours that an imported name is or stands in, None for other libraries."""
    first, *rest = name.split(".")
    if first != "webapp":
        return None
    for end in range(len(rest), -1, -1):
        path = "/".join(rest[:end])
        for found in (path, f"{path}/__init__".removeprefix("/")):
            if (WEBAPP / f"{found}.py").is_file():
                return found
    return "__init__"


def neighbours(module: str) -> set[str]:
    """The modules of other rooms that this one imports."""
    found = {module_of(name) for name in imported(MODULES[module])}
    return {one for one in found if one is not None and room_of(one) != room_of(module)}
