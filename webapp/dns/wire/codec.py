"""The fast path for DNS messages: writes queries and reads ordinary answers without dnspython.

Reading a referral takes 22 µs here and 273 µs in dnspython, which makes a checked, immutable object of every label
and value; that was more than half of what a check cost. A worker made about 80 checks a second before. It makes
about 300 with this module together with uvloop, a tuned garbage collector and bulk recording (`make bench`); the aim
is 278, a million names in an hour.

`read` reads what nearly every answer to a check consists of: A, NS and SOA records of names made of letters, digits,
hyphens and underscores. It returns None for everything else, broken messages included, and
`webapp.dns.wire.unusual` reads those with dnspython. Property tests hold both readers to dnspython's result.
"""

from __future__ import annotations

import re
import socket
import struct
from dataclasses import dataclass
from functools import lru_cache

import dns.rcode

from webapp.dns.records import RecordSet

TYPES = {
    "A": 1,
    "NS": 2,
    "CNAME": 5,
    "SOA": 6,
    "MX": 15,
    "TXT": 16,
    "AAAA": 28,
    "DS": 43,
    "DNSKEY": 48,
    "CAA": 257,
}
QR, AA, TC, RD, RA, AD, CD = 0x8000, 0x0400, 0x0200, 0x0100, 0x0080, 0x0020, 0x0010
_OPCODE = 0x7800
_A, _NS, _SOA, _OPT = 1, 2, 6, 41
_NAMES = {_A: "A", _NS: "NS", _SOA: "SOA"}
_IN = 1
_HEADER = struct.Struct("!HHHHHH")
_FIXED = struct.Struct("!HHIH")
_QUESTION = struct.Struct("!HH")
_SOA_NUMBERS = struct.Struct("!IIIII")
_PLAIN_NAME = re.compile(r"(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}")
_PLAIN = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
#: Written without the final dot; 255 octets on the wire.
_LONGEST_NAME = 253
_LARGEST_TTL = 2**31 - 1
_rcode_text = lru_cache(dns.rcode.to_text)


class _UnusualError(Exception):
    """Something that is left to dnspython."""


@dataclass(frozen=True)
class Message:
    """An answer. `question` is None when the server left it out, as some do with a response code alone."""

    id: int
    flags: int
    rcode: str
    question: tuple[str, int] | None
    answer: tuple[RecordSet, ...]
    authority: tuple[RecordSet, ...]
    additional: tuple[RecordSet, ...]

    def answers(self, ident: int, name: str, rdtype: int) -> bool:
        """Whether it is the answer to this question, as `dns.message.Message.is_response` says it."""
        if self.id != ident or not self.flags & QR or self.flags & _OPCODE:
            return False
        if self.question is None:
            return self.rcode in {"FORMERR", "SERVFAIL", "NOTIMP", "REFUSED"}
        return self.question == (name, rdtype)


def question(ident: int, name: str, rdtype: int, *, flags: int, payload: int | None) -> bytes | None:
    """A query with EDNS 0 unless `payload` is None; None for a name that dnspython should write."""
    if len(name) > _LONGEST_NAME or not _PLAIN_NAME.fullmatch(name):
        return None
    labels = b"".join([b"%c%b" % (len(label), label) for label in name.encode().split(b".")])
    asked = labels + b"\0" + _QUESTION.pack(rdtype, _IN)
    if payload is None:
        return _HEADER.pack(ident, flags, 1, 0, 0, 0) + asked
    return _HEADER.pack(ident, flags, 1, 0, 0, 1) + asked + b"\0" + _FIXED.pack(_OPT, payload, 0, 0)


def read(data: bytes) -> Message | None:
    """The message, or None when dnspython has to read it."""
    try:
        return _Reader(data).message()
    except (_UnusualError, struct.error, LookupError):
        return None


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0
        #: By the offset of the first label: a name, or the last labels of one, and the offset where it ends.
        self._names: dict[int, tuple[str, int]] = {}

    def message(self) -> Message:
        ident, flags, questions, answers, authorities, additionals = _HEADER.unpack_from(self._data)
        if questions > 1 or flags & _OPCODE:
            raise _UnusualError
        self._at = _HEADER.size
        asked = self._question() if questions else None
        answer, authority = self._section(answers), self._section(authorities)
        additional = self._section(additionals, last=True)
        if self._at != len(self._data):
            raise _UnusualError
        return Message(ident, flags, _rcode_text(flags & 0xF), asked, answer, authority, additional)

    def _question(self) -> tuple[str, int]:
        name = self._name().lower()
        rdtype, rdclass = _QUESTION.unpack_from(self._data, self._at)
        self._at += _QUESTION.size
        if rdclass != _IN:
            raise _UnusualError
        return name, rdtype

    def _section(self, count: int, *, last: bool = False) -> tuple[RecordSet, ...]:
        sets: dict[tuple[str, str], tuple[int, list[str]]] = {}
        for left in range(count, 0, -1):
            owner = self._name().lower()
            rdtype, rdclass, ttl, length = _FIXED.unpack_from(self._data, self._at)
            self._at += _FIXED.size
            if rdtype == _OPT and last and left == 1 and owner == "." and not length and not ttl >> 24:
                break  # an OPT record without options and without upper bits of the response code says nothing to us
            if rdclass != _IN or ttl > _LARGEST_TTL:
                raise _UnusualError
            value, key = self._value(rdtype, self._at + length), (owner, _NAMES[rdtype])
            least, values = sets.setdefault(key, (ttl, []))
            if values and rdtype == _SOA:
                raise _UnusualError  # there can be only one
            values.append(value)
            sets[key] = min(least, ttl), values
        return tuple(
            [RecordSet(*key, ttl, tuple(sorted(set(values)))) for key, (ttl, values) in sets.items()]
        )

    def _value(self, rdtype: int, end: int) -> str:
        if rdtype == _NS:
            value = self._name().lower()
        elif rdtype == _A and end - self._at == 4 and end <= len(self._data):
            value, self._at = socket.inet_ntoa(self._data[self._at : end]), end
        elif rdtype == _SOA:
            names = [name if name == "." else f"{name}." for name in (self._name(), self._name())]
            value = " ".join([*names, *map(str, _SOA_NUMBERS.unpack_from(self._data, self._at))])
            self._at += _SOA_NUMBERS.size
        else:
            raise _UnusualError
        if self._at != end:
            raise _UnusualError
        return value

    def _name(self) -> str:
        """The name at the current offset, as written in the message, without its final dot.

        A compression pointer must lead to a name that was read before. Any other pointer is left to dnspython.
        """
        data, names, at, labels = self._data, self._names, self._at, []
        last = at + _LONGEST_NAME
        while (known := names.get(at)) is None:
            length = data[at]
            if not length:
                known = "", at + 1
                break
            if length >= 0xC0:
                known = names[(length & 0x3F) << 8 | data[at + 1]][0], at + 2
                break
            label = data[at + 1 : at + 1 + length]
            if length > 63 or len(label) != length or label.translate(None, _PLAIN) or at > last:
                raise _UnusualError
            labels.append((at, label.decode()))
            at += 1 + length
        name, self._at = known
        for place, text in reversed(labels):
            name = f"{text}.{name}" if name else text
            names[place] = name, self._at
        if len(name) > _LONGEST_NAME:
            raise _UnusualError
        return name or "."
