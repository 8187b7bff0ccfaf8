"""Which documents everybody may read, and that nothing in them leads to one that is not served."""

from __future__ import annotations

import ast
import re
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

import pytest

from tests.house_files import ROOT
from webapp.config.places import DOCS
from webapp.documentation.served import DOCUMENTS, EXAMPLES, content, index, named

SERVED = (*DOCUMENTS, *EXAMPLES)


def linked(text: str) -> list[str]:
    return re.findall(r"\]\((?!\w+:)([^)#\s]+)", text)


@pytest.mark.parametrize("document", SERVED, ids=lambda one: one.name)
def test_document_is_there_and_leads_to_served_ones_alone(document: object) -> None:
    found = next(one for one in SERVED if one is document)
    text = content(found.name).decode("utf-8")
    assert text.strip()
    paths = [str(PurePosixPath(found.name).parent / link) for link in linked(text)]
    assert [path for path in paths if named(path) is None] == []


@pytest.mark.parametrize(
    "name", ["operations.md", "../README.md", "terraform", "screenshot.png", "", "API.md"]
)
def test_nothing_else_is_served(name: str) -> None:
    assert named(name) is None


def test_index_has_the_form_of_llmstxt_org() -> None:
    """One title, a quotation, and below each second heading nothing but links with a remark."""
    head, *sections = index("https://nameplate.example").split("\n## ")
    first, _, quotation, *_ = head.splitlines()
    assert re.fullmatch(r"# \S.*", first)
    assert re.fullmatch(r"> \S.*", quotation)
    assert [one.splitlines()[0] for one in sections] == ["Documents", "Optional"]
    for section in sections:
        lines = [line for line in section.splitlines()[1:] if line]
        assert lines
        assert all(
            re.fullmatch(r"- \[[^]]+\]\(https://nameplate\.example/\S+\): \S.*", line) for line in lines
        )


def test_index_names_every_document() -> None:
    text = index("https://nameplate.example")
    assert [one.name for one in SERVED if f"/docs/{one.name})" not in text] == []


def test_wheel_takes_what_is_served_and_nothing_else_of_the_folder() -> None:
    [only] = [
        ast.literal_eval(node.value)
        for node in ast.parse((ROOT / "setup.py").read_text(encoding="utf-8")).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ONLY"
    ]
    files = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*") if path.is_file()}
    taken = {name for name in files if any(fnmatchcase(name, pattern) for pattern in only["webapp.docs"])}
    assert taken == {one.name for one in SERVED}
