"""When a name counts as a typing mistake for another one: the one rule of all suggestions."""

from __future__ import annotations

import re
from collections.abc import Iterable

#: From this length on, two mistakes in one text are believed.
LONG = 10


def is_near(typed: str, meant: str) -> bool:
    """Whether `typed` differs from `meant` by one mistake, or by two in a long text.

    A mistake is one character too many, too few, or another one, two neighbours in the wrong order, or one key
    that was pressed for too long.
    """
    return _mistakes(typed, meant) <= _allowed(typed, meant)


def nearest(typed: str, known: Iterable[str]) -> list[str]:
    """The texts of `known` for which `typed` is a mistake, the nearest first; among equals the order of `known`
    decides. `ku` is nearer to `uk`, which has the same letters, than to `eu`.
    """
    near = [one for one in known if one != typed and is_near(typed, one)]
    return sorted(near, key=lambda one: (_mistakes(typed, one), set(one) != set(typed)))


def _allowed(typed: str, meant: str) -> int:
    return 2 if min(len(typed), len(meant)) >= LONG else 1


def _mistakes(typed: str, meant: str) -> int:
    if typed == meant:
        return 0
    if _single(typed) == _single(meant):
        return 1
    return _edits(typed, meant) if abs(len(typed) - len(meant)) <= 2 else 3


def _single(text: str) -> str:
    return re.sub(r"(.)\1+", r"\1", text)


def _edits(one: str, other: str) -> int:
    """The distance of Damerau and Levenshtein, by rows (optimal string alignment)."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, char in enumerate(one, 1):
        this = [row]
        for column, against in enumerate(other, 1):
            cost = min(last[column] + 1, this[column - 1] + 1, last[column - 1] + (char != against))
            swapped = row > 1 and column > 1 and char == other[column - 2] and one[row - 2] == against
            this.append(min(cost, before[column - 2] + 1) if swapped else cost)
        before, last = last, this
    return last[-1]
