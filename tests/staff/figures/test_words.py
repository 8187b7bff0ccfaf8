from __future__ import annotations

import pytest

from webapp.staff.figures.words import duration


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"),
        (0.0, "0 ms"),
        (0.084, "84 ms"),
        (0.9999, "1 s"),
        (1.24, "1.2 s"),
        (12.4, "12 s"),
        (60, "1 min"),
        (250, "4.2 min"),
        (3600 * 3.5, "3.5 h"),
        (86400 * 2, "2 days"),
    ],
)
def test_duration_is_short(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words
