"""Host names as people type them, as DNS has them, and as we accept them.

One parser for pages, commands, models and workers. Everything here is pure: no network, no database, no
configuration. What a person can type is answered with a value, never with an exception.
"""

from __future__ import annotations

from collections.abc import Iterable

from webapp.dns.names import labels, repairs, scripts, spelling
from webapp.dns.names.closeness import nearest
from webapp.dns.names.host_name import (
    HostName,
    NamePolicy,
    Parsed,
    Refusal,
    RefusalCode,
    with_passing_suggestion,
)
from webapp.dns.names.registrable import refusal_everywhere, refusal_of_ours, registration_refusal
from webapp.dns.names.reserved import TEST_DOMAINS, at_or_below, is_test_name

__all__ = [
    "TEST_DOMAINS",
    "HostName",
    "NamePolicy",
    "Parsed",
    "Refusal",
    "RefusalCode",
    "at_or_below",
    "is_test_name",
    "lookalike_of",
    "lookalike_warning",
    "parse",
    "refusal_of_ours",
    "registration_refusal",
    "relative",
    "typos_of",
    "with_passing_suggestion",
]


def parse(text: str, *, urls: bool = True, underscores: bool = False) -> Parsed:
    """Read a host name.

    For people: white space around it, a whole address, capitals, a final dot and names in any script are
    understood. With `urls=False` (programs) neither white space nor an address is. With `underscores` a label
    may contain `_`, which DNS allows and certificate authorities do not. Raises TypeError unless it is a str.
    """
    if not isinstance(text, str):
        raise TypeError(f"a host name is a str, not {type(text).__name__}")
    try:
        name, notes = spelling.read(text, urls=urls, underscores=underscores)
    except labels.UnreadableError as err:
        return Parsed(text, None, _refusal(text, err))
    return Parsed(text, HostName(name), None, notes)


def lookalike_of(name: HostName) -> str | None:
    """The name in Latin letters that this one is mistaken for, as paypa for раура in Cyrillic letters, or None.

    A name whose ending is in other letters is mistaken for none, because no such ending takes Latin look-alikes:
    below рф and ею stand Cyrillic names, and nobody can register ceo.рф.
    """
    spelled = name.unicode.split(".")
    twins = [scripts.latin_twin(label) for label in spelled]
    if not spelled[-1].isascii() or not any(twins):
        return None
    return ".".join(twin or label for twin, label in zip(twins, spelled, strict=True))


def lookalike_warning(name: HostName) -> str | None:
    """The warning to whoever registers a name that looks like another one."""
    other = lookalike_of(name)
    if other is None:
        return None
    return (
        f"{name.shown} looks like {other}, which is another name. Register it only if you mean these letters."
    )


def typos_of(name: HostName, domains: Iterable[str]) -> list[HostName]:
    """The same name below those of `domains` of which its own domain looks like a typing mistake, nearest first."""
    typed, known = name.registrable, list(domains)
    if typed is None or typed in known:
        return []
    below = name.ascii.removesuffix(typed)
    return [HostName(below + domain) for domain in nearest(typed, known)]


def relative(host: str, zone: str) -> str:
    """What to type as name at the provider of a zone: "chat" for chat.acme.com in acme.com, "@" at the apex.

    Raises ValueError when the host does not stand in the zone.
    """
    host, zone = host.lower().removesuffix("."), zone.lower().removesuffix(".")
    if not at_or_below(host, zone):
        raise ValueError(f"{host} does not stand below {zone}")
    return host.removesuffix(zone).removesuffix(".") or "@"


def _refusal(text: str, err: labels.UnreadableError) -> Refusal:
    said = f"“{_quotable(text)}” is not a host name we can use: {err.because}. {err.fix}"
    refusal = Refusal(
        RefusalCode.INVALID_NAME, err.reason, said if text.strip() else err.fix, _probably_meant(text)
    )
    return with_passing_suggestion(refusal, refusal_everywhere)


def _quotable(text: str) -> str:
    """The text without the password of an address: refusals are shown and logged."""
    before, at, after = text.rpartition("@")
    return labels.visible(f"…@{after}" if at and ":" in before else text)


def _probably_meant(text: str) -> str | None:
    if len(text) > spelling.LONGEST_TEXT:
        return None
    try:
        return spelling.read(repairs.meant(text), urls=True, underscores=False)[0]
    except labels.UnreadableError:
        return None
