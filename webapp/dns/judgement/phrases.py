"""Small pieces of sentences."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from webapp.dns.judgement.case import as_utc

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
#: Names in a sentence. The report lists them all.
IN_A_SENTENCE = 6


def listed(items: Sequence[str], *, most: int = IN_A_SENTENCE) -> str:
    """ "a", "a and b", "a, b and c"; a long list is cut: "a, b and 998 more"."""
    shown = list(items[:most])
    if len(items) > most:
        shown.append(f"{len(items) - most} more")
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def number(count: int) -> str:
    return _NUMBERS[count] if 0 <= count < len(_NUMBERS) else str(count)


def count_of(count: int, singular: str, plural: str | None = None) -> str:
    """ "one NS record", "four NS records"."""
    return f"{number(count)} {singular if count == 1 else plural or singular + 's'}"


def at_time(moment: datetime) -> str:
    """ "14:32 UTC on 3 November 2026"."""
    utc = as_utc(moment)
    return f"{utc:%H:%M} UTC on {utc.day} {utc:%B %Y}"
