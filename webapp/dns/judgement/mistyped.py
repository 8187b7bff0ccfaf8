"""Name servers that were typed almost right: what was meant, and what happened to it. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

#: The most names that are compared. Nobody types more by hand, and a stranger's zone may list a thousand.
COMPARED = 20


class Slip(StrEnum):
    """What happened to a value on its way into the provider's form."""

    PARENT_SUFFIX = "parent-suffix"
    IP_ADDRESS = "ip-address"
    URL = "url"
    NEAR_MISS = "near-miss"


@dataclass(frozen=True)
class Mistyped:
    """`seen` stands where `expected` should. `appended` is the name that the provider added, if any."""

    seen: str
    expected: str
    slip: Slip
    appended: str | None = None


def find_mistyped(
    unexpected: Iterable[str],
    expected: tuple[str, ...],
    found: frozenset[str],
    suffixes: tuple[str, ...],
    addresses: dict[str, str],
) -> tuple[Mistyped, ...]:
    """The unexpected names that were meant to be one of the expected.

    `suffixes` are the names that a provider may append, longest first; `addresses` maps an address of ours
    to its name server. Names of one provider differ by a digit or two between customers, so a near miss
    counts only where the rest looks like ours: with some of ours beside it, or with too few names for a
    whole set. A whole set of names near to ours is another customer's.
    """
    near_counts = bool(found & set(expected)) or len(found) < len(expected)
    missing = tuple(name for name in expected if name not in found)
    slips = []
    for seen in list(unexpected)[:COMPARED]:
        slip = _explain(seen, expected, missing, suffixes, addresses, near_counts=near_counts)
        if slip:
            slips.append(slip)
    return tuple(slips)


def _explain(
    seen: str,
    expected: tuple[str, ...],
    missing: tuple[str, ...],
    suffixes: tuple[str, ...],
    addresses: dict[str, str],
    *,
    near_counts: bool,
) -> Mistyped | None:
    for bare, appended in _readings(seen, suffixes):
        host = _host_of(bare)
        if _is_address(host):
            meant = addresses.get(host) or next(iter((*missing, *expected)), "")
            return Mistyped(seen, meant, Slip.IP_ADDRESS, appended)
        if host in expected:
            return Mistyped(seen, host, Slip.PARENT_SUFFIX if host == bare else Slip.URL, appended)
        candidates = missing if near_counts or appended else ()
        near = next((name for name in candidates if _near(host, name)), None)
        if near:
            return Mistyped(seen, near, Slip.PARENT_SUFFIX if appended else Slip.NEAR_MISS, appended)
    return None


def _readings(seen: str, suffixes: tuple[str, ...]) -> Iterator[tuple[str, str | None]]:
    """What may have been typed: `seen` without each suffix that a provider may have appended, then `seen` itself."""
    for suffix in suffixes:
        if seen.endswith(f".{suffix}"):
            yield seen.removesuffix(f".{suffix}"), suffix
    yield seen, None


def _host_of(text: str) -> str:
    """The host of a URL or of host:port; anything else as it is."""
    without_scheme = re.sub(r"^[a-z][a-z0-9+.-]*:/+", "", text)
    if _is_address(text):
        return text
    return re.sub(r":\d+$", "", without_scheme.split("/")[0])


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _near(seen: str, name: str, most: int = 2) -> bool:
    """True when at most two letters were added, left out or changed (Levenshtein)."""
    if abs(len(seen) - len(name)) > most:
        return False
    row = list(range(len(name) + 1))
    for i, left in enumerate(seen, start=1):
        previous, row = row, [i]
        for j, right in enumerate(name, start=1):
            row.append(min(previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (left != right)))
    return row[-1] <= most
