"""Every note that the code writes down has a sentence, and every sentence finds its parameters."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from webapp.dns.notes import LEGACY, SENTENCES, Note
from webapp.dns.servers.evidence import Asked

WEBAPP = Path(__file__).resolve().parents[2] / "webapp"


def written() -> Iterator[tuple[str, frozenset[str]]]:
    """The code and the names of the parameters of every `Note(...)` in the source."""
    for path in [*(WEBAPP / "dns").rglob("*.py"), *(WEBAPP / "checks").rglob("*.py")]:
        module = ".".join(path.relative_to(WEBAPP.parent).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Note":
                yield _literal(node, module)


def _literal(call: ast.Call, module: str) -> tuple[str, frozenset[str]]:
    code, *params = call.args
    keys = params[0].keys if params and isinstance(params[0], ast.Dict) else []
    names = frozenset(str(key.value) for key in keys if isinstance(key, ast.Constant))
    if isinstance(code, ast.Name):
        named = getattr(import_module(module), code.id, LEGACY)
        return named, names
    return (str(code.value) if isinstance(code, ast.Constant) else LEGACY), names


def fields_of(template: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in string.Formatter().parse(template) if name)


WRITTEN = sorted(set(written()), key=lambda note: note[0])


def test_every_code_is_written_somewhere_and_no_other() -> None:
    assert [code for code, _ in WRITTEN] == sorted(SENTENCES)


@pytest.mark.parametrize(("code", "params"), WRITTEN)
def test_sentence_is_filled_in_by_what_is_written(code: str, params: frozenset[str]) -> None:
    assert fields_of(SENTENCES[code]) == params
    assert Note(code, dict.fromkeys(params, "one.example")).sentence


def asked(*notes: Note) -> Asked:
    return Asked("ns1", "192.0.2.1", "a.test NS", "udp", "OTHER", False, (), None, 1, "parent", "dig", notes)


NOTES = (Note("response-code", {"rcode": "NOTIMP"}), Note("truncated"))


def test_notes_of_one_answer_are_read_one_after_the_other() -> None:
    assert asked(*NOTES).note == "The response code was NOTIMP. The answer over UDP was cut off."
    assert asked().note == ""


@pytest.mark.parametrize("notes", [(), NOTES[:1], NOTES])
def test_stored_answer_holds_no_sentence_and_is_read_back(notes: tuple[Note, ...]) -> None:
    data = asked(*notes).to_data()
    assert "note" not in data
    assert Asked.from_dict(data) == asked(*notes)


@pytest.mark.parametrize("notes", [(), NOTES])
def test_document_has_the_sentence_beside_the_codes(notes: tuple[Note, ...]) -> None:
    document = asked(*notes).to_dict()
    assert document["note"] == asked(*notes).note
    assert [note["code"] for note in document["notes"]] == [note.code for note in notes]
    assert Asked.from_dict(document) == asked(*notes)


@pytest.mark.parametrize("text", ["", "It lists 40 name servers; {20} are shown."])
def test_answer_that_an_earlier_release_stored_keeps_its_sentence(text: str) -> None:
    old = {key: value for key, value in asked().to_dict().items() if key != "notes"} | {"note": text}
    assert Asked.from_dict(old).note == text
