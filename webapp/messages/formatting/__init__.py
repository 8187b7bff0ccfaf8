"""How names, times and lists are written for people, on pages and in e-mails alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from webapp.dns import names


def shown(name: str) -> str:
    """A stored name for people: the U-label form and, where it differs, the A-label form."""
    return names.HostName(name).shown


def clock(moment: datetime) -> str:
    """A time as date, clock time and time zone."""
    return f"{moment:%-d %B %Y, %H:%M} UTC"


def day(moment: datetime) -> str:
    return f"{moment:%-d %B %Y}"


def date(moment: datetime) -> str:
    """A day of the next months, short, for the subject of an e-mail."""
    return f"{moment:%-d %B}"


_UNITS = (
    ("a day", "days", timedelta(days=1)),
    ("an hour", "hours", timedelta(hours=1)),
    ("a minute", "minutes", timedelta(minutes=1)),
)


_IN_WORDS = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def period(span: timedelta, *, in_words: bool = False) -> str:
    """A length of time in the largest unit that divides it, else in minutes; below one minute in seconds.

    `in_words`: small numbers as prose has them.
    """
    said = _period(span)
    number, _, unit = said.partition(" ")
    small = in_words and number.isdecimal() and 2 <= int(number) <= 12
    return f"{_IN_WORDS[int(number) - 2]} {unit}" if small else said


def _period(span: timedelta) -> str:
    for one, many, unit in _UNITS:
        if span >= unit and not span % unit:
            return one if span == unit else f"{span // unit} {many}"
    minutes = span / timedelta(minutes=1)
    return f"{minutes:g} minutes" if minutes > 1 else f"{span.total_seconds():g} seconds"


_YEAR = timedelta(days=365)


def kept_for(span: timedelta) -> str:
    """How long something is kept, a day or longer: whole years as “ten years”, anything else in days."""
    years = span // _YEAR
    if years and not span % _YEAR:
        return "a year" if years == 1 else f"{_IN_WORDS[years - 2] if years <= 12 else years} years"
    return "a day" if span == timedelta(days=1) else f"{span / timedelta(days=1):g} days"


def every(least: timedelta, most: timedelta) -> str:
    """How often something happens whose pause is random between two limits: “every 6 to 24 hours”."""
    first, last = (f"{span / timedelta(hours=1):g}" for span in (least, most))
    return f"every {first} to {last} hours" if first != last else f"every {last} hours"


def last_chance(warning: timedelta) -> str:
    """What an e-mail calls the last warning, which is sent so long before the end."""
    return "last day" if warning <= timedelta(days=1) else "last warning"


_MOST_SHOWN = 3
_MOST_LETTERS = 60


def few(values: Sequence[str]) -> str:
    """The first items, long ones cut, and the number of the others: “a, b, c and 2 more”."""
    said = [value if len(value) <= _MOST_LETTERS else f"{value[: _MOST_LETTERS - 1]}…" for value in values]
    more = len(values) - _MOST_SHOWN
    return ", ".join(said[:_MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")


def one_line(text: str) -> str:
    """`text` with each run of blanks, line ends and control characters replaced by one blank: safe in a header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
