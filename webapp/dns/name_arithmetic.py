"""Arithmetic on names as they come off the wire: escapes, capitals and the root included.

`webapp.dns.names` is for what people type. Here every name is ASCII text, lower case, without a final dot;
the root is ".".

A check compares the same few names over and over, and dnspython takes them apart slowly, so results are kept.
"""

from __future__ import annotations

import re
import secrets
from functools import lru_cache

import dns.exception
import dns.name

_ESCAPED = re.compile(rb"\\(?:(\d{3})|(.))", re.DOTALL)


@lru_cache(maxsize=8192)
def _name(text: str) -> dns.name.Name:
    # dnspython would encode a Unicode name by rules of its own (IDNA 2003 or 2008, by version), and so ask
    # about another domain. Only A-labels may come this far.
    if not text.isascii():
        raise ValueError(f"“{text}” holds characters outside ASCII; DNS is asked for A-labels only")
    try:
        return dns.name.from_text(text)
    except dns.exception.DNSException as err:
        raise ValueError(f"“{text}” is not a name that DNS can be asked for") from err


def text_of(name: dns.name.Name) -> str:
    """The one written form of a name that this package compares."""
    return name.to_text(omit_final_dot=True).lower()


@lru_cache(maxsize=8192)
def canonical(text: str) -> str:
    """`text` in the one written form. Raises ValueError for what is no ASCII domain name."""
    return text_of(_name(text))


@lru_cache(maxsize=8192)
def parent_of(name: str) -> str | None:
    """The name one label up; None above the root."""
    return None if name == "." else text_of(_name(name).parent())


@lru_cache(maxsize=8192)
def at_or_below(name: str, ancestor: str) -> bool:
    return _name(name).is_subdomain(_name(ancestor))


def below(name: str, ancestor: str) -> bool:
    return name != ancestor and at_or_below(name, ancestor)


def between(host: str, zone: str) -> tuple[str, ...]:
    """The names strictly between `host` and `zone`, nearest to `host` first."""
    names = []
    name = parent_of(host)
    while name is not None and below(name, zone):
        names.append(name)
        name = parent_of(name)
    return tuple(names)


@lru_cache(maxsize=8192)
def relative(host: str, zone: str) -> str:
    """What most providers want in the field “Name”: "chat" for chat.acme.com in acme.com, "@" at the apex."""
    return text_of(_name(host).relativize(_name(zone)))


@lru_cache(maxsize=8192)
def join(name: str, suffix: str) -> str | None:
    """`name` with `suffix` appended; None when that would be longer than a name can be."""
    try:
        return text_of(_name(name).relativize(dns.name.root).concatenate(_name(suffix)))
    except dns.exception.DNSException:
        return None


def wildcard_beside(name: str) -> str:
    """The wildcard that would hold `name`: "*.acme.com" for chat.acme.com. It always fits: no label is shorter."""
    above = parent_of(name) or "."
    return "*" if above == "." else f"*.{above}"


def nobodys(ancestor: str) -> str | None:
    """A name right below `ancestor` that nobody has ever asked for; None when it would be too long."""
    return join(secrets.token_hex(8), ancestor)


def as_typed(name: str) -> str:
    r"""A name off the wire without its escapes (`\032`), as a person typed it.

    What cannot be seen becomes a blank: a stranger's name must not steer a terminal, or turn a line around.
    """
    octets = _ESCAPED.sub(_octet, name.encode())
    text = octets.decode(errors="replace")
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _octet(escape: re.Match[bytes]) -> bytes:
    code = int(escape[1]) if escape[1] else None
    return bytes([code]) if code is not None and code < 256 else escape[2] or b"?"
