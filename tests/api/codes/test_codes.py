"""The table of all codes."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

from tests.house_files import MODULES
from webapp.api.codes import KINDS, Kind


@pytest.mark.parametrize("code", sorted(KINDS))
def test_a_code_is_a_slug_and_its_texts_are_whole(code: str) -> None:
    kind = KINDS[code]
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
    assert 400 <= kind.status < 600
    assert not kind.title.endswith(".")
    assert kind.meaning.endswith(".")
    assert kind.advice.endswith(".")


def test_no_code_is_in_two_tables() -> None:
    tables: list[dict[str, Kind]] = [
        import_module(f"webapp.{module.replace('/', '.')}").CODES
        for module in MODULES
        if module.startswith("api/codes/") and not module.endswith(("__init__", "kind"))
    ]
    assert len(tables) > 2
    assert sum(map(len, tables)) == len(KINDS)
