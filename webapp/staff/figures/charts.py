"""The geometry of plots, pure: rectangles and lines in a box of 100 units in height, for SVG that the server draws.

The box of a plot is stretched to its place, so that no text stands in it; words and numbers are HTML beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

HEIGHT = 100.0
#: Each column has a place of this width.
PLACE = 10.0
_BAR = 8.0


@dataclass(frozen=True)
class Rect:
    """`kind`: the index of its series, which says its colour and its pattern."""

    kind: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Plot:
    """`top`: the value at the upper edge, a round number. `lines`: the paths of the series."""

    width: float
    top: float
    rects: Sequence[Rect] = ()
    lines: Sequence[str] = ()


def round_top(most: float) -> float:
    """The least of 1, 2, 5, 10, 20, … that is not less; 1 for nothing at all."""
    if most <= 0:
        return 1.0
    unit = 10.0 ** floor(log10(most))
    return next(step * unit for step in (1.0, 2.0, 5.0, 10.0) if step * unit >= most * (1 - 1e-9))


def stacks(columns: Sequence[Sequence[float]]) -> Plot:
    """Columns of stacked bars, the first series at the bottom."""
    top = max(1.0, round_top(max((sum(column) for column in columns), default=0.0)))
    rects = []
    for at, column in enumerate(columns):
        below = 0.0
        for kind, value in enumerate(column):
            height = value / top * HEIGHT
            if value > 0:
                x, y = at * PLACE + (PLACE - _BAR) / 2, HEIGHT - below - height
                rects.append(Rect(kind, round(x, 2), round(y, 2), _BAR, round(height, 2)))
            below += height
    return Plot(len(columns) * PLACE, top, rects)


def lines(series: Sequence[Sequence[float | None]]) -> Plot:
    """One path for each series. Where a value is missing its line is broken; a value alone is a short stroke."""
    known = [value for values in series for value in values if value is not None]
    top = round_top(max(known, default=0.0))
    width = max((len(values) for values in series), default=0) * PLACE
    return Plot(width, top, lines=[_path(values, top) for values in series])


def _path(values: Sequence[float | None], top: float) -> str:
    found: list[str] = []
    for at, value in enumerate(values):
        if value is None:
            continue
        x, y = at * PLACE + PLACE / 2, round(HEIGHT - value / top * HEIGHT, 2)
        before = values[at - 1] if at else None
        after = values[at + 1] if at + 1 < len(values) else None
        if before is None and after is None:
            found.append(f"M{x - 3:g} {y:g}H{x + 3:g}")
        else:
            found.append(f"{'M' if before is None else 'L'}{x:g} {y:g}")
    return "".join(found)


def share(part: float, whole: float) -> int:
    """Whole per cent for a bar; at least one for anything at all, and never more than 100."""
    if whole <= 0 or part <= 0:
        return 0
    return min(100, max(1, ceil(part * 100 / whole)))
