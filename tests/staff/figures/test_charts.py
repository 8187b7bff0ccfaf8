from __future__ import annotations

import pytest

from webapp.staff.figures.charts import Rect, lines, round_top, share, stacks


@pytest.mark.parametrize(
    ("most", "top"),
    [(0, 1), (0.3, 0.5), (1, 1), (1.2, 2), (7, 10), (10, 10), (10.1, 20), (430, 500), (0.05, 0.05)],
)
def test_top_is_the_next_round_number(most: float, top: float) -> None:
    assert round_top(most) == pytest.approx(top)


def test_bars_stand_on_each_other_within_the_box() -> None:
    plot = stacks([[5, 5], [0, 10], [0, 0]])
    assert (plot.top, plot.width) == (10, 30)
    assert plot.rects == [
        Rect(0, 1.0, 50.0, 8.0, 50.0),
        Rect(1, 1.0, 0.0, 8.0, 50.0),
        Rect(1, 11.0, 0.0, 8.0, 100.0),
    ]


def test_nothing_at_all_is_an_empty_box() -> None:
    assert stacks([[0], [0]]).rects == []
    assert (lines([[None, None]]).top, list(lines([[None, None]]).lines)) == (1, [""])


def test_line_breaks_where_nothing_is_known_and_a_value_alone_is_a_stroke() -> None:
    plot = lines([[1.0, 2.0, None, 2.0, None], [None] * 5])
    assert (plot.top, plot.width) == (2, 50)
    assert list(plot.lines) == ["M5 50L15 0M32 0H38", ""]


@pytest.mark.parametrize(
    ("part", "whole", "percent"), [(0, 0, 0), (0, 5, 0), (1, 1000, 1), (1, 3, 34), (5, 5, 100), (9, 5, 100)]
)
def test_share_shows_the_least_and_never_more_than_all(part: float, whole: float, percent: int) -> None:
    assert share(part, whole) == percent
