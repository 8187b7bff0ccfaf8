"""Name servers that were typed almost right: what was meant, and what happened to it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from webapp.dns.addresses import is_address
from webapp.dns.judgement.finding import Slip
from webapp.dns.name_arithmetic import as_typed
from webapp.dns.names import reserved

#: The most names that are compared. Nobody types more by hand, and a stranger's zone may list a thousand.
COMPARED = 20
_BETWEEN = re.compile(r"[\s,;|]+")
_AROUND = ".\\\"'`“”„‘’«»<>()[]{}"


@dataclass(frozen=True)
class Mistyped:
    """`seen` stands where `expected` should, and `also` where several names are in one value.

    `appended` is the name that the provider added, if any. `surplus`: what was meant is there as well, so that `seen`
    has only to be removed.
    """

    seen: str
    expected: str
    slip: Slip
    appended: str | None = None
    also: tuple[str, ...] = ()
    surplus: bool = False

    @property
    def meant(self) -> tuple[str, ...]:
        return (self.expected, *self.also)


@dataclass(frozen=True)
class Listed:
    """What the parent lists, beside what it should list.

    `suffixes` are the names that a provider may append, longest first; `addresses` maps an address of ours to its
    name server.
    """

    found: frozenset[str]
    expected: tuple[str, ...]
    suffixes: tuple[str, ...] = ()
    addresses: Mapping[str, str] | None = None

    @cached_property
    def missing(self) -> tuple[str, ...]:
        return tuple(name for name in self.expected if name not in self.found)

    @property
    def near_counts(self) -> bool:
        """Names of one provider differ by a digit or two between customers, so a near miss counts only where the rest
        looks like ours: with some of ours beside it, or with too few names for a whole set. A whole set of names near
        to ours is another customer's."""
        return bool(self.found & set(self.expected)) or len(self.found) < len(self.expected)


def find_mistyped(unexpected: Iterable[str], listed: Listed) -> tuple[Mistyped, ...]:
    """The unexpected names that were meant to be one of the expected, each of them meant once."""
    slips = [slip for seen in list(unexpected)[:COMPARED] if (slip := _explain(seen, listed))]
    taken = {name for slip in slips for name in slip.meant} | listed.found
    free = iter([name for name in listed.missing if name not in taken])
    there = set(listed.found)
    for number, slip in enumerate(slips):
        meant = slip.expected or next(free, "")
        surplus = not meant or {meant, *slip.also} <= there
        slips[number] = replace(slip, expected=meant or listed.expected[0], surplus=surplus)
        there |= {meant, *slip.also}
    return tuple(slips)


def _explain(seen: str, listed: Listed) -> Mistyped | None:
    for text, appended in _readings(seen, listed.suffixes):
        words = [word for word in map(_bare, _BETWEEN.split(as_typed(text))) if word]
        if len(words) == 1:
            slip = _one_word(seen, words[0], appended, listed)
        else:
            slip = _several_words(seen, words, appended, listed)
        if slip:
            return slip
    return None


def _one_word(seen: str, word: str, appended: str | None, listed: Listed) -> Mistyped | None:
    host = _host_of(word)
    if is_address(host):
        meant = (listed.addresses or {}).get(host, "")
        return Mistyped(seen, meant, Slip.IP_ADDRESS, appended)
    if host in listed.expected:
        alone = Slip.PARENT_SUFFIX if appended else Slip.MORE_THAN_A_NAME
        return Mistyped(seen, host, Slip.URL if host != word else alone, appended)
    candidates = listed.missing if listed.near_counts or appended else ()
    near = next((name for name in candidates if _near(host, name)), None)
    if near:
        return Mistyped(seen, near, Slip.PARENT_SUFFIX if appended else Slip.NEAR_MISS, appended)
    behind = next((name for name in listed.expected if host.endswith(f".{name}")), None)
    if behind:
        return Mistyped(seen, behind, Slip.MORE_THAN_A_NAME, appended)
    other = next((name for name in listed.expected if _differs_in_its_ending(host, name)), None)
    return Mistyped(seen, other, Slip.WRONG_ENDING, appended) if other else None


def _several_words(seen: str, words: Sequence[str], appended: str | None, listed: Listed) -> Mistyped | None:
    """Several names in one value, or one name with something before or after it."""
    meant = dict.fromkeys(name for word in words if (name := _meant_by(word, listed)))
    if not meant:
        return None
    names = [word for word in words if "." in word and not is_address(_host_of(word))]
    slip = Slip.SEVERAL if max(len(names), len(meant)) > 1 else Slip.MORE_THAN_A_NAME
    first, *also = meant
    return Mistyped(seen, first, slip, appended, tuple(also))


def _meant_by(word: str, listed: Listed) -> str | None:
    host = _host_of(word)
    known = host if host in listed.expected else (listed.addresses or {}).get(host)
    if known:
        return known
    fits = (name for name in listed.expected if _differs_in_its_ending(host, name) or _near(host, name))
    return next(fits, None)


def _readings(seen: str, suffixes: tuple[str, ...]) -> Iterator[tuple[str, str | None]]:
    """What may have been typed: `seen` without each suffix that a provider may have appended, then `seen` itself.

    Some providers append their zone to what ends with it already.
    """
    for suffix in suffixes:
        if not seen.endswith(f".{suffix}"):
            continue
        once = seen.removesuffix(f".{suffix}")
        for text, more in _readings(once, suffixes):
            yield text, f"{more}.{suffix}" if more else suffix
    yield seen, None


def _bare(word: str) -> str:
    """A word without the quotes, brackets, dots and backslashes around it."""
    return word.strip(_AROUND)


def _host_of(text: str) -> str:
    """The host of a URL or of host:port; anything else as it is."""
    without_scheme = re.sub(r"^[a-z][a-z0-9+.-]*:/+", "", text)
    if is_address(text):
        return text
    return re.sub(r":\d+$", "", without_scheme.split("/")[0])


def _differs_in_its_ending(seen: str, name: str) -> bool:
    """True for ns-1.awsdns-01.com in place of ns-1.awsdns-01.org, and for ns-1.awsdns-01 alone."""
    stem = name.removesuffix(f".{reserved.public_suffix(name)}")
    if "." not in stem or seen == name or seen.startswith(f"{name}."):
        return False
    ending = seen.removeprefix(stem)
    return seen == stem or (ending != seen and ending.startswith(".") and ending.count(".") <= 2)


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
