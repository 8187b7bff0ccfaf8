"""Values in sentences."""

from __future__ import annotations

import pytest

from webapp.messages.formatting import few


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b", "c"], "a, b, c"),
        (["a", "b", "c", "d", "e"], "a, b, c and 2 more"),
        (["x" * 60], "x" * 60),
        (["x" * 61], "x" * 59 + "…"),
    ],
)
def test_few(values: list[str], said: str) -> None:
    assert few(values) == said
