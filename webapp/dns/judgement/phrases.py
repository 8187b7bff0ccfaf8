"""Small pieces of sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from webapp.dns.judgement.finding import Params
from webapp.dns.lookup.expectation import as_utc
from webapp.dns.name_arithmetic import as_typed
from webapp.dns.names import HostName

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def listed(items: Iterable[str], more: int = 0) -> str:
    """ "a", "a and b", "a, b and c"; `more` are left out: "a, b and 998 more"."""
    shown = [*items, *([f"{more} more"] if more else [])]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def listed_in(params: Params, key: str) -> str:
    """A list that `webapp.dns.judgement.finding.shortened` stored in the parameters."""
    return listed(map(as_typed, params[key]), params.get(f"{key}_more", 0))


def count_in(params: Params, key: str) -> int:
    """How many there were of a list that was shortened."""
    return len(params[key]) + int(params.get(f"{key}_more", 0))


def few(items: Sequence[str], more: int = 0, most: int = 2) -> str:
    """A list that is short enough for a first sentence: "a, b and 2 more"."""
    shown = list(map(as_typed, items))
    if len(shown) + more <= most:
        return listed(shown)
    return listed(shown[: most - 1], len(shown) + more - most + 1)


def number(count: int) -> str:
    return _NUMBERS[count] if 0 <= count < len(_NUMBERS) else str(count)


def count_of(count: int, singular: str) -> str:
    """ "one NS record", "four NS records"."""
    return f"{number(count)} {singular}{'' if count == 1 else 's'}"


def at_time(moment: datetime) -> str:
    """ "14:32 UTC on 3 November 2026"."""
    utc = as_utc(moment)
    return f"{utc:%H:%M} UTC on {utc.day} {utc:%B %Y}"


def letters(name: str) -> str:
    """A name in its own letters; one that is no readable IDN as it is."""
    try:
        return HostName(name).unicode
    except UnicodeError:
        return name
