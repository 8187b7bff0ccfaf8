"""When a name counts as a typing mistake for another one: the one rule of all suggestions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

#: From this length on, two mistakes in one text are believed.
LONG = 10


def is_near(typed: str, meant: str) -> bool:
    """Whether `typed` differs from `meant` by one mistake, or by two in a long text.

    A mistake is one character too many, too few, or another one, two neighbours in the wrong order, or one key
    that was pressed for too long.
    """
    return _mistakes(typed, meant) <= _allowed(typed, meant)


def nearest(typed: str, known: Iterable[str]) -> list[str]:
    """The texts of `known` for which `typed` is a mistake, nearest first; among equals in the order of `known`."""
    near = [(_mistakes(typed, one), one) for one in known if one != typed and is_near(typed, one)]
    return [one for _, one in sorted(near, key=lambda pair: pair[0])]


def _allowed(typed: str, meant: str) -> int:
    return 2 if min(len(typed), len(meant)) >= LONG else 1


def _mistakes(typed: str, meant: str) -> int:
    """The number of mistakes, or one that is too large for any text."""
    if typed == meant:
        return 0
    if _single(typed) == _single(meant):
        return 1
    # Two mistakes change the length by two at most, and which letters there are by four. Most pairs end here.
    if abs(len(typed) - len(meant)) > 2 or len(set(typed) ^ set(meant)) > 4:
        return 3
    return _edits(typed, meant)


@lru_cache(maxsize=4096)
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
