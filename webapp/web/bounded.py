"""Numbers and days out of an address, within what databases and calendars hold; anything else is None.

`int` takes digits of every script and any length, and `date` a last day after which there is no tomorrow, so that
what somebody types into an address would end as an error of the database.
"""

from __future__ import annotations

import re
from datetime import date

#: No database of ours holds a larger row id.
MOST_ROW_ID = 2**63 - 1
_NUMBER = re.compile(r"[0-9]{1,19}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_FIRST_DAY, _LAST_DAY = date(1970, 1, 1), date(9998, 12, 31)


def number(text: str | None, least: int = 1, most: int = MOST_ROW_ID) -> int | None:
    """A decimal number in ASCII digits from `least` to `most`."""
    if text is None or not _NUMBER.fullmatch(text):
        return None
    return int(text) if least <= int(text) <= most else None


def day(text: str | None) -> date | None:
    """A day as forms send it (ISO 8601, `2026-11-05`); an hour or a day may be added to it and taken from it."""
    if text is None or not _DAY.fullmatch(text):
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if _FIRST_DAY <= found <= _LAST_DAY else None


def pair(text: str | None, most_first: int) -> tuple[int, int] | None:
    """`2-4711`: in which part of a list a page ends, and behind which row."""
    first, _, second = (text or "").partition("-")
    part, row = number(first, 0, most_first), number(second)
    return None if part is None or row is None else (part, row)
