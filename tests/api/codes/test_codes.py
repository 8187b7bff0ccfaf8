"""The table of all codes."""

from __future__ import annotations

import re

import pytest

from webapp.api.codes import KINDS, Kind, domains, handover, requests


@pytest.mark.parametrize("code", sorted(KINDS))
def test_a_code_is_a_slug_and_its_texts_are_whole(code: str) -> None:
    kind = KINDS[code]
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
    assert 400 <= kind.status < 600
    assert not kind.title.endswith(".")
    assert kind.meaning.endswith(".")
    assert kind.advice.endswith(".")


def test_no_code_is_in_two_tables() -> None:
    tables: list[dict[str, Kind]] = [requests.CODES, domains.CODES, handover.CODES]
    assert sum(map(len, tables)) <= len(KINDS)
