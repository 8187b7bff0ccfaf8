"""What the documents say about our files is so: paths, names in modules, rooms, layers and links."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.house_files import MODULES, ROOT, neighbours

ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
#: The page has one block of code, the drawing; the backticks around it must not be taken for those of a span.
_BEFORE, DRAWING, _AFTER = ARCHITECTURE.split("```")
PROSE = _BEFORE + _AFTER + (ROOT / "docs" / "proof.md").read_text(encoding="utf-8")
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]

_ROOTS = "webapp|tests|docs|templates|static|migrations"
_PATH = re.compile(rf"(?<![\w/.-])(?:{_ROOTS})/[\w./-]*\w")
_NAMING = re.compile(rf"(?P<path>(?:{_ROOTS})/[\w./-]*)(?::\s(?P<names>[\w.]+(?:,\s[\w.]+)*))?")
_DOTTED = re.compile(r"\bwebapp(?:\.\w+)+")

MOST_LINES = 340


def in_document(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def spans() -> list[str]:
    """The code of the architecture page, and of the one on proofs, that begins with one of our folders."""
    found = re.findall(r"`([^`]+)`", PROSE)
    return [span for span in found if re.match(rf"(?:{_ROOTS})/", span)]


def pairs() -> list[tuple[str, str]]:
    """Every `path.py: name`; a list of names is one pair each."""
    matches = [match for span in spans() if (match := _NAMING.fullmatch(span)) and match["names"]]
    return [(match["path"], name) for match in matches for name in re.split(r",\s", match["names"])]


@cache
def defined_in(path: Path) -> frozenset[str]:
    """The functions, classes and constants of a module, and the members of its classes as `Class.member`."""
    return frozenset(_defined(ast.parse(path.read_text(encoding="utf-8")).body))


def _defined(body: list[ast.stmt], prefix: str = "") -> Iterator[str]:
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield prefix + name
            case ast.ClassDef(name=name):
                yield prefix + name
                yield from _defined(node.body, f"{prefix}{name}.")
            case ast.Assign(targets=targets):
                yield from (prefix + name for target in targets for name in _assigned(target))
            case ast.AnnAssign(target=target):
                yield from (prefix + name for name in _assigned(target))


def _assigned(target: ast.expr) -> Iterator[str]:
    """`a` or `a, b`; an assignment to an attribute or an item defines no name."""
    parts = target.elts if isinstance(target, ast.Tuple) else [target]
    yield from (part.id for part in parts if isinstance(part, ast.Name))


@pytest.mark.parametrize("document", DOCUMENTS, ids=in_document)
def test_every_path_that_is_named_exists(document: Path) -> None:
    named = sorted(set(_PATH.findall(document.read_text(encoding="utf-8"))))
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=in_document)
def test_every_dotted_name_exists(document: Path) -> None:
    named = sorted(set(_DOTTED.findall(document.read_text(encoding="utf-8"))))
    assert [name for name in named if not is_dotted_name_of_ours(name)] == []


def is_dotted_name_of_ours(name: str) -> bool:
    """A package, a module, or a name in one of them."""
    folder, _, last = name.replace(".", "/").rpartition("/")
    here, above = ROOT / folder / last, ROOT / folder
    if here.is_dir() or here.with_suffix(".py").is_file():
        return True
    homes = (above.with_suffix(".py"), above / "__init__.py")
    return any(last in defined_in(home) for home in homes if home.is_file())


@pytest.mark.parametrize("document", DOCUMENTS, ids=in_document)
def test_every_link_leads_to_a_file(document: Path) -> None:
    links = re.findall(r"\]\((?!\w+:)([^)#\s]+)", document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_every_span_is_a_path_or_a_path_with_names() -> None:
    """Else a span that is written otherwise would be read by none of these tests."""
    assert spans()
    assert [span for span in spans() if not _NAMING.fullmatch(span)] == []


def test_every_name_is_defined_in_its_module() -> None:
    assert len(pairs()) > 100
    files = [(ROOT / path, name) for path, name in pairs() if (ROOT / path).suffix == ".py"]
    assert len(files) == len(pairs()), "a name stands behind something that is no module"
    missing = [(path, name) for path, name in files if name not in defined_in(path)]
    assert [f"{in_document(path)}: {name}" for path, name in missing] == []


def folders() -> set[str]:
    return {module.partition("/")[0] for module in MODULES if "/" in module}


def table_of(heading: str) -> list[list[str]]:
    """The rows of the table whose head begins with this cell."""
    _, _, rest = ARCHITECTURE.partition(f"\n| {heading} |")
    rows = rest.partition("\n\n")[0].splitlines()[2:]
    return [re.split(r"\s\|\s", row.strip("| ")) for row in rows]


def test_the_table_has_every_room_once() -> None:
    named = [room for first, *_ in table_of("room") for room in re.findall(r"`(\w+)`", first)]
    assert sorted(named) == sorted(folders())


@pytest.mark.parametrize(("heading", "columns"), [("room", 2), ("request", 2), ("word", 2)])
def test_tables_are_whole(heading: str, columns: int) -> None:
    rows = table_of(heading)
    assert rows
    assert [row for row in rows if len(row) != columns or not all(row)] == []


def drawn() -> list[list[str]]:
    """The rooms of the drawing, line by line from above. What stands beside them is a remark of several words."""
    lines = [line.strip() for line in DRAWING.splitlines() if line.strip()]
    return [[part for part in re.split(r"\s{2,}", line) if re.fullmatch(r"\w+", part)] for line in lines]


HEIGHT = {room: -line for line, rooms in enumerate(drawn()) for room in rooms}


def test_the_drawing_has_every_room() -> None:
    drawn_rooms = [room for rooms in drawn() for room in rooms]
    assert sorted(drawn_rooms) == sorted({*folders(), "extensions", "stores"} - {"sandbox"})


@pytest.mark.parametrize("room", sorted(HEIGHT))
def test_a_room_uses_only_what_is_drawn_below_it(room: str) -> None:
    used = {
        target.partition("/")[0]
        for module in MODULES
        if module.partition("/")[0] == room
        for target in neighbours(module)
    }
    assert sorted(other for other in used - {room} if HEIGHT.get(other, 0) >= HEIGHT[room]) == []


def test_the_page_can_be_read_at_one_go() -> None:
    assert len(ARCHITECTURE.splitlines()) < MOST_LINES
