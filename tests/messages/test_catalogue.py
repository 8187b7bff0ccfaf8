"""Every stored code has a sentence, and whoever stores one gives what the sentence needs."""

from __future__ import annotations

import ast
import inspect
import string
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.dns.delegation.cases import NOW, expectation, healthy
from webapp.dns.delegation import judge
from webapp.messages.catalogue import CATALOGUE, Sentence, event_sentence, sentence
from webapp.messages.sentences.certificates import AwsTrouble, Happened, Problem
from webapp.models import Event, EventKind, Message, NotificationKind

WEBAPP = Path(__file__).resolve().parents[2] / "webapp"
NAME = "xn--bcher-kva.acme.com"
MOMENT = "2026-11-08T09:15:00+00:00"
NESTED = {"code": "certificate.revoked", "params": {"name": NAME}}
#: The migration writes these for rows of releases that stored sentences.
LEGACY = {"legacy", "notification.legacy", "claim.lost"}
#: A value for a field with this spec, else for one of this name, else "x".
BY_SPEC: dict[str, Any] = {
    "shown": NAME,
    "clock": MOMENT,
    "day": MOMENT,
    "listed": ["ns1.acme.com", "ns2.acme.com"],
    "said": NESTED,
}
BY_NAME: dict[str, Any] = {
    "verdict": "VERIFIED",
    "name": NAME,
    "host": NAME,
    "missing": ["ns1.acme.com"],
    "unexpected": ["ns9.acme.com"],
    "stops": ["site", "mail"],
    "served": True,
    "below": True,
    "until": MOMENT,
    "since": MOMENT,
    "grace_until": MOMENT,
    "warning_hours": 24,
    "problem": NESTED,
    "ends": MOMENT,
    "seen": NESTED,
    "caa": {
        "code": "caa.restricted",
        "params": {"where": NAME, "allows": [], "authority": "a", "add": "b"},
    },
    "resolvers": ["192.0.2.53"],
    "used": 9,
    "limit": 10,
}
BY_CODE: dict[str, dict[str, Any]] = {
    "import.too-large": {"most": 2097152, "bytes": 4194304},
    "resolver.silent": {"outcomes": [["192.0.2.53", "TIMEOUT"]]},
    "verdict.changed": judge(expectation(), healthy(), NOW).to_statement(),
}


@dataclass(frozen=True)
class Stored:
    """One place where the source makes a message; `fields` is None where its parameters are no literal."""

    where: str
    code: str
    fields: frozenset[str] | None


@cache
def stored() -> tuple[Stored, ...]:
    found = [one for path in sorted(WEBAPP.rglob("*.py")) for one in _stored_in(path)]
    assert found
    return tuple(found)


def _stored_in(path: Path) -> Iterator[Stored]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Message":
            given = dict(enumerate(node.args)) | {keyword.arg: keyword.value for keyword in node.keywords}
            code, params = given.get(0, given.get("code")), given.get(1, given.get("params"))
            where = f"{path.relative_to(WEBAPP)}:{node.lineno}"
            for said in _literals(code):
                yield Stored(where, said, _keys(params))


def _literals(code: ast.expr | None) -> Iterator[str]:
    """The code, or both of a choice between two."""
    if isinstance(code, ast.IfExp):
        yield from _literals(code.body)
        yield from _literals(code.orelse)
    elif isinstance(code, ast.Constant) and isinstance(code.value, str):
        yield code.value


def _keys(params: ast.expr | None) -> frozenset[str] | None:
    if params is None:
        return frozenset()
    if not isinstance(params, ast.Dict):
        return None
    keys = [key.value if isinstance(key, ast.Constant) else None for key in params.keys]
    return frozenset(str(key) for key in keys) if None not in keys else None


def fields_of(known: Sentence) -> dict[str, str]:
    """What the sentence needs, with the spec of each."""
    if not callable(known):
        parts = string.Formatter().parse(known)
        return {name: spec or "" for _, name, spec, _ in parts if name is not None}
    tree = ast.parse(textwrap.dedent(inspect.getsource(known)))
    given = next(iter(inspect.signature(known).parameters))
    helpers = [known.__globals__[name] for name in _handed(given, tree)]
    return {name: "" for helper in helpers for name in fields_of(helper)} | {
        node.slice.value: ""
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and node.value.id == given
        and isinstance(node.slice, ast.Constant)
        and isinstance(node.slice.value, str)
    }


def _handed(params: str, tree: ast.AST) -> Iterator[str]:
    """The functions that are called with the parameters as a whole."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            named = [given.id for given in node.args if isinstance(given, ast.Name)]
            yield from [node.func.id] * (params in named)


def test_every_stored_code_has_a_sentence() -> None:
    assert [one for one in stored() if one.code not in CATALOGUE] == []


def test_whoever_stores_a_message_gives_every_field_of_its_sentence() -> None:
    short = [
        (one.where, one.code, missing)
        for one in stored()
        if one.fields is not None and one.code in CATALOGUE
        if (missing := fields_of(CATALOGUE[one.code]).keys() - one.fields)
    ]
    assert short == []


def test_every_code_is_used() -> None:
    """By a `Message`, or where the source chooses between codes. Models have ids that only read like codes."""
    members = {str(member) for codes in (AwsTrouble, Happened, Problem) for member in codes}
    assert members <= CATALOGUE.keys()
    kinds = {f"notification.{kind.value}" for kind in NotificationKind}
    words = {
        node.value
        for path in WEBAPP.rglob("*.py")
        if path.parent.name not in {"messages", "models"}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert CATALOGUE.keys() - {one.code for one in stored()} - words - kinds - members - LEGACY == set()


def test_codes_fit_their_column() -> None:
    assert [code for code in CATALOGUE if len(code) > 64 or code != code.lower() or " " in code] == []


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_every_sentence_can_be_said(code: str) -> None:
    fields = fields_of(CATALOGUE[code])
    params = {name: BY_SPEC.get(spec, BY_NAME.get(name, "x")) for name, spec in fields.items()}
    params |= BY_CODE.get(code, {})
    said = sentence(Message(code, params))
    assert said
    assert "{" not in said


def test_stored_message_without_a_field_is_a_fault() -> None:
    with pytest.raises(KeyError):
        sentence(Message("domain.registered"))


def test_code_of_a_newer_release_is_shown_as_it_is() -> None:
    assert sentence(Message("of.tomorrow", {"name": "x"})) == "of.tomorrow"


@pytest.mark.parametrize(
    ("template", "value", "said"),
    [
        ("shown", "chat.acme.com", "chat.acme.com"),
        ("shown", NAME, f"bücher.acme.com ({NAME})"),
        ("clock", "2026-11-08T09:05:00+00:00", "8 November 2026, 09:05 UTC"),
        ("day", "2026-11-08T09:05:00+00:00", "8 November 2026"),
        ("listed", ["a"], "a"),
        ("listed", ["a", "b"], "a and b"),
        ("listed", ["a", "b", "c"], "a, b and c"),
        ("listed", [], ""),
        ("", 3, "3"),
        (".1f", 2.25, "2.2"),
    ],
)
def test_specs(monkeypatch: pytest.MonkeyPatch, template: str, value: Any, said: str) -> None:
    monkeypatch.setitem(CATALOGUE, "test", f"It is {{what:{template}}}.")
    assert sentence(Message("test", {"what": value})) == f"It is {said}."


def test_event_is_said_by_its_message_or_as_it_was_stored() -> None:
    said = Event(kind=EventKind.CHECK_REQUESTED, message=Message("check.requested"))
    old = Event(kind=EventKind.CHECK_REQUESTED, legacy_sentence="A check was asked for.")
    newer = Event(kind=EventKind.CHECK_REQUESTED, message=Message("check.of-tomorrow", {"x": 1}))
    assert [event_sentence(event) for event in (said, old, newer)] == [
        "A check was requested.",
        "A check was asked for.",
        "check.of-tomorrow",
    ]
