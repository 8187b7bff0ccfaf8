"""Reserved and public suffixes: below the former nobody can register a name, below the latter anybody can."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

import idna
from publicsuffixlist import PSLFILE, PublicSuffixList

#: RFC 6761, 6762, 7686, 8375, 9476, the `internal` of ICANN (2024), and endings that are common in private
#: networks and never reach the Internet.
RESERVED = (
    *("test", "localhost", "invalid", "example", "local", "onion", "alt", "internal", "arpa"),
    *("home", "corp", "mail", "lan"),
)
#: Reserved with all that is below them. The domain itself is answered like any other whole domain.
RESERVED_BELOW = ("example.com", "example.net", "example.org")
#: Of the reserved ones, those that RFC 6761 keeps for tests and examples: nobody runs anything there that people use.
TEST_DOMAINS = ("test", "example", "invalid", *RESERVED_BELOW)


def at_or_below(name: str, ancestor: str) -> bool:
    """Whether a name is the ancestor or stands below it, a dot between; case and final dot do not count."""
    name, ancestor = _plain(name), _plain(ancestor)
    return not ancestor or name == ancestor or name.endswith("." + ancestor)


def is_test_name(name: str) -> bool:
    """Whether the name stands below a domain for tests and examples."""
    return any(at_or_below(name, domain) and name != domain for domain in TEST_DOMAINS)


def reserved_suffix(name: str, allowed: Iterable[str]) -> str | None:
    """The reserved ending of a name, unless the configuration allows it or one below it."""
    if any(at_or_below(name, suffix.lstrip(".")) for suffix in allowed if suffix.strip(".")):
        return None
    below = (suffix for suffix in RESERVED_BELOW if name != suffix and at_or_below(name, suffix))
    return next(below, None) or next((suffix for suffix in RESERVED if at_or_below(name, suffix)), None)


def public_suffix(name: str) -> str | None:
    """The ending of a name below which anybody registers, the private part of the list included.

    A top-level domain that the list does not know counts as a public suffix (the rule `*` of the list).
    """
    suffix: str | None = _suffixes().publicsuffix(name)
    return suffix


def registrable(name: str) -> str | None:
    """The public suffix and one label more; None when the name is a public suffix itself."""
    domain: str | None = _suffixes().privatesuffix(name)
    return domain


def registered(name: str) -> str | None:
    """The domain that a registry handed out, such as github.io; None for the ending of a registry."""
    domain: str | None = _registries().privatesuffix(name)
    return domain


def is_run_by_a_registry(suffix: str) -> bool:
    """Whether a suffix is in the ICANN part of the list (co.uk), not in the private one (github.io)."""
    return registry_suffix(suffix) == suffix


def registry_suffix(name: str) -> str | None:
    """The ending of a name that a registry runs; None for the root."""
    suffix: str | None = _registries().publicsuffix(name)
    return suffix or None


def _plain(name: str) -> str:
    return name.lower().removesuffix(".")


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@cache
def _registries() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True)


@cache
def top_level_domains() -> frozenset[str]:
    """All of the Internet, as A-labels. Some, such as za and ck, are on the list only with labels before them."""
    rules = Path(PSLFILE).read_text(encoding="utf-8").partition("// ===END ICANN DOMAINS===")[0].splitlines()
    names = (
        rule.split()[0].rpartition(".")[2] for rule in rules if rule.strip() and not rule.startswith("//")
    )
    return frozenset(idna.encode(name).decode("ascii") for name in set(names))
