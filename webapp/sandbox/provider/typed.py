"""What somebody types at the provider -> the records that are stored, as real providers understand it.

A name without a final dot is relative to the zone, in the name field and in values alike; “@” is the zone itself.
Whoever types a full name without the dot gets the zone's name twice, and nobody warns them. Where the zone appends
nothing, a name that ends with the zone's is a full one, and values hold full names only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import dns.exception
import dns.name
import dns.rdata
import dns.tokenizer
import idna
from dns.name import Name

from webapp.sandbox.internet.registry import registrable
from webapp.sandbox.provider.hosts import is_the_sandboxs_own
from webapp.sandbox.provider.record import DEFAULT_TTL, MAX_TTL, TYPES, Record, TypedError, plain, written_as

_EXPECTED = {
    "A": "an IPv4 address, such as 192.0.2.10",
    "AAAA": "an IPv6 address, such as 2001:db8::10",
    "ALIAS": "one host name, such as “www.example.com.”",
    "CAA": 'a CAA value, such as 0 issue "ca.example.net"',
    "CNAME": "one host name, such as “www.example.com.”",
    "DNAME": "one host name, such as “www.example.com.”",
    "DS": "a DS value: key tag, algorithm, digest type and digest",
    "MX": "a number and a host name, such as “10 mail.example.com.”",
    "NS": "one host name, such as “ns1.example.com.”",
    "SRV": "three numbers and a host name, such as “10 5 443 www.example.com.”",
    "TXT": "text; a backslash or quotation mark in it is unpaired",
}
_LONGEST_STRING = 255
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"(?:\s*"(?:[^"\\]|\\.)*")*', re.DOTALL)


@dataclass(frozen=True)
class Typed:
    """The inputs of the form. `value` may hold several values, one on each line."""

    name: str = ""
    type: str = "NS"
    ttl: str = str(DEFAULT_TTL)
    value: str = ""
    proxied: bool = False


def zone_of(text: str) -> str:
    """The zone for an absolute name: the domain that its owner registered. Raises `TypedError`."""
    name = _name(text, dns.name.root, "name")
    zone = registrable(name)
    if zone is None:
        raise TypedError(
            "name", f"“{text.strip()}” is not a domain that anybody can register. Type one such as acme.test."
        )
    return plain(zone)


@dataclass(frozen=True)
class Place:
    """Where a record stands: zone and name without final dot, and the type."""

    zone: str
    name: str
    type: str


def read(typed: Typed, zone: str | None = None, *, appends: bool = True) -> list[Record]:
    """The records to store. With a zone names are relative to it, without one absolute. Raises `TypedError`."""
    place = read_place(typed, zone, appends=appends)
    ttl = _ttl(typed.ttl)
    lines = [line.strip() for line in typed.value.splitlines() if line.strip()]
    if not lines:
        raise TypedError("value", f"{_article(place.type)} record needs a value: {_EXPECTED[place.type]}.")
    values = [value_text(place.type, line, zone, appends=appends) for line in lines]
    return [Record(place.zone, place.name, place.type, ttl, value, proxied=typed.proxied) for value in values]


def _article(kind: str) -> str:
    return f"An {kind}" if kind[0] == "A" else f"A {kind}"


def read_place(typed: Typed, zone: str | None = None, *, appends: bool = True) -> Place:
    """Name and type alone, understood as by `read`. Raises `TypedError`."""
    owner = dns.name.from_text(zone or zone_of(typed.name))
    name = _name(typed.name, dns.name.root, "name")
    if zone and (appends or not name.is_subdomain(owner)):
        name = _name(typed.name, owner, "name")
    if not name.is_subdomain(owner):
        raise TypedError("name", f"{plain(name)} is not in the zone {plain(owner)}. Leave out the final dot.")
    refuse_the_sandboxs_own(plain(owner), "name")
    kind = typed.type.strip().upper()
    if kind not in TYPES:
        raise TypedError("type", f"“{typed.type}” is not a type that can be used here: {', '.join(TYPES)}.")
    return Place(plain(owner), plain(name), kind)


def refuse_the_sandboxs_own(zone: str, field: str) -> None:
    if is_the_sandboxs_own(zone):
        raise TypedError(field, f"{zone} belongs to the sandbox’s own servers and stays as it is.")


def _origin(zone: str | None) -> Name:
    return dns.name.from_text(zone) if zone else dns.name.root


def value_text(kind: str, text: str, zone: str | None = None, *, appends: bool = True) -> str:
    """A value as it is stored: names in it absolute, with their final dot. Raises `TypedError`."""
    text = text.strip()
    origin = _origin(zone if appends or text == "@" else None)
    if kind == "TXT" and _QUOTED.fullmatch(text):
        _refuse_long_strings(text)
    try:
        written = _quoted(text) if kind == "TXT" else _ascii(text)
        rdata = dns.rdata.from_text("IN", written_as(kind), written, origin=origin, relativize=False)
    except (dns.exception.DNSException, ValueError, UnicodeError) as err:
        raise TypedError("value", f"“{text}” is not {_EXPECTED[kind]}.") from err
    return rdata.to_text()


def same_value(kind: str, one: str, other: str) -> bool:
    """Whether two stored values are the same record; capitals in names do not count."""
    left, right = (dns.rdata.from_text("IN", written_as(kind), value) for value in (one, other))
    return bool(left == right)


def _name(text: str, origin: Name, field: str) -> Name:
    text = text.strip()
    try:
        if text in {"", "@"}:
            return origin
        return dns.name.from_text(_ascii(text), origin=origin).canonicalize()
    except (dns.exception.DNSException, ValueError) as err:
        reason = "a label can have 63 characters, a name 253, and between two dots there must be a label"
        raise TypedError(field, f"“{text}” is not a name: {reason}.") from err


def _ascii(text: str) -> str:
    """Names in other scripts as DNS has them. dnspython would encode some to another domain (IDNA 2003)."""
    return re.sub(
        r"[^\s.\"]*[^\x00-\x7f][^\s.\"]*", lambda match: idna.encode(match[0], uts46=True).decode(), text
    )


def _quoted(text: str) -> str:
    """Text as character-strings of at most 255 bytes; what comes in quotation marks stays as it is."""
    if _QUOTED.fullmatch(text):
        return text
    octets = text.encode()
    pieces = (octets[at : at + _LONGEST_STRING] for at in range(0, len(octets), _LONGEST_STRING))
    return " ".join('"' + "".join(_escaped(octet) for octet in piece) + '"' for piece in pieces)


def _refuse_long_strings(text: str) -> None:
    strings = (token.unescape_to_bytes().value for token in dns.tokenizer.Tokenizer(text))
    longest = max(map(len, strings))
    if longest > _LONGEST_STRING:
        raise TypedError(
            "value",
            f"A string between quotation marks can have {_LONGEST_STRING} bytes at most; this one has {longest}."
            " Split it into several, each with quotation marks of its own.",
        )


def _escaped(octet: int) -> str:
    if octet in b'"\\':
        return f"\\{octet:c}"
    return chr(octet) if 32 <= octet < 127 else f"\\{octet:03d}"


def _ttl(text: str) -> int:
    text = text.strip()
    if not (text.isascii() and text.isdecimal()) or int(text) > MAX_TTL:
        raise TypedError("ttl", f"“{text}” is not a TTL: write a number of seconds from 0 to {MAX_TTL}.")
    return int(text)
