"""Messages on the wire: questions written, and the ordinary answers read, without dnspython's general machinery.

dnspython builds an immutable object for every label, which is most of what a check would cost. What is read here is
plain: IN records of the types below, names of letters, digits, hyphens and underscores. `read` returns None for
everything else, broken messages included, and dnspython reads those. The tests hold the two to the same result.
"""

from __future__ import annotations

import re
import socket
import struct
from dataclasses import dataclass

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
QR, AA, TC, RD, AD, CD = 0x8000, 0x0400, 0x0200, 0x0100, 0x0020, 0x0010
_OPCODE = 0x7800
_A, _NS, _CNAME, _SOA, _AAAA, _OPT = 1, 2, 5, 6, 28, 41
_NAMES = {_A: "A", _NS: "NS", _CNAME: "CNAME", _SOA: "SOA", _AAAA: "AAAA"}
_IN = 1
_RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}
_HEADER = struct.Struct("!HHHHHH")
_FIXED = struct.Struct("!HHIH")
_QUESTION = struct.Struct("!HH")
_SOA_NUMBERS = struct.Struct("!IIIII")
_PLAIN_NAME = re.compile(r"(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}")
_PLAIN_LABEL = re.compile(rb"[A-Za-z0-9_-]+")
_LONGEST_NAME = 255
_MOST_HOPS = 8
_LARGEST_TTL = 2**31 - 1


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
    if len(name) > _LONGEST_NAME - 2 or not _PLAIN_NAME.fullmatch(name):
        return None
    labels = b"".join(bytes((len(label),)) + label for label in name.encode().split(b"."))
    header = _HEADER.pack(ident, flags, 1, 0, 0, 1 if payload is not None else 0)
    asked = labels + b"\0" + _QUESTION.pack(rdtype, _IN)
    if payload is None:
        return header + asked
    return header + asked + b"\0" + _FIXED.pack(_OPT, payload, 0, 0)


def read(wire: bytes) -> Message | None:
    """The message, or None when dnspython has to read it."""
    try:
        return _Reader(wire).message()
    except (_UnusualError, struct.error, IndexError):
        return None


class _Reader:
    def __init__(self, wire: bytes) -> None:
        self._wire = wire
        self._at = 0
        self._rcode_bits = 0
        #: A name that a pointer leads to is mostly one that was read before.
        self._names: dict[int, tuple[str, int]] = {}

    def message(self) -> Message:
        ident, flags, questions, answers, authorities, additionals = _HEADER.unpack_from(self._wire)
        self._at = _HEADER.size
        if questions > 1 or flags & _OPCODE:
            raise _UnusualError
        asked = self._question() if questions else None
        sections = [self._section(count) for count in (answers, authorities)]
        sections.append(self._section(additionals, last=True))
        if self._at != len(self._wire) or self._rcode_bits:
            raise _UnusualError
        rcode = _RCODES.get(flags & 0xF)
        if rcode is None:
            raise _UnusualError
        return Message(ident, flags, rcode, asked, *sections)

    def _question(self) -> tuple[str, int]:
        name = self._name().lower()
        rdtype, rdclass = _QUESTION.unpack_from(self._wire, self._at)
        self._at += _QUESTION.size
        if rdclass != _IN:
            raise _UnusualError
        return name, rdtype

    def _section(self, count: int, *, last: bool = False) -> tuple[RecordSet, ...]:
        sets: dict[tuple[str, str], tuple[int, list[str]]] = {}
        seen_opt = False
        for _ in range(count):
            owner = self._name().lower()
            rdtype, rdclass, ttl, length = _FIXED.unpack_from(self._wire, self._at)
            self._at += _FIXED.size
            if rdtype == _OPT:
                # Nothing that we ask for comes in the options; the upper bits of the response code do.
                if not last or seen_opt or owner != "." or length:
                    raise _UnusualError
                seen_opt, self._rcode_bits = True, ttl >> 24
                continue
            if rdclass != _IN or ttl > _LARGEST_TTL:
                raise _UnusualError
            value = self._value(rdtype, length)
            key = (owner, _NAMES[rdtype])
            before = sets.get(key)
            if before is None:
                sets[key] = (ttl, [value])
            elif rdtype in {_SOA, _CNAME}:
                raise _UnusualError  # there can be only one
            else:
                before[1].append(value)
                sets[key] = (min(before[0], ttl), before[1])
        return tuple(RecordSet(*key, ttl, tuple(sorted(set(values)))) for key, (ttl, values) in sets.items())

    def _value(self, rdtype: int, length: int) -> str:
        end = self._at + length
        if end > len(self._wire):
            raise _UnusualError
        if rdtype == _A and length == 4:
            value = socket.inet_ntop(socket.AF_INET, self._wire[self._at : end])
            self._at = end
        elif rdtype == _AAAA and length == 16:
            data = self._wire[self._at : end]
            if not data[0]:
                raise _UnusualError  # a wrapped IPv4 address, which there are several ways to write
            value = socket.inet_ntop(socket.AF_INET6, data)
            self._at = end
        elif rdtype in {_NS, _CNAME}:
            value = self._name().lower()
        elif rdtype == _SOA:
            primary, person = _dotted(self._name()), _dotted(self._name())
            numbers = _SOA_NUMBERS.unpack_from(self._wire, self._at)
            self._at += _SOA_NUMBERS.size
            value = f"{primary} {person} {' '.join(map(str, numbers))}"
        else:
            raise _UnusualError
        if self._at != end:
            raise _UnusualError
        return value

    def _name(self) -> str:
        """The name at the present place, as written in the message, without its final dot."""
        name, self._at = self._name_at(self._at)
        if len(name) > _LONGEST_NAME - 2:
            raise _UnusualError
        return name or "."

    def _name_at(self, start: int, hops: int = 0) -> tuple[str, int]:
        """The name, empty for the root, and where it ends. Pointers lead backwards only, and no longer chain of them
        than names have in practice is followed.
        """
        known = self._names.get(start)
        if known is not None:
            return known
        if hops > _MOST_HOPS:
            raise _UnusualError
        wire, at = self._wire, start
        labels = []
        while length := wire[at]:
            if length >= 0xC0:
                target = (length & 0x3F) << 8 | wire[at + 1]
                if target >= start:
                    raise _UnusualError
                rest, _ = self._name_at(target, hops + 1)
                at += 1
                if rest:
                    labels.append(rest)
                break
            label = wire[at + 1 : at + 1 + length]
            if length > 63 or len(label) != length or not _PLAIN_LABEL.fullmatch(label):
                raise _UnusualError
            labels.append(label.decode())
            at += 1 + length
        found = ".".join(labels), at + 1
        if len(found[0]) > _LONGEST_NAME:
            raise _UnusualError
        self._names[start] = found
        return found


def _dotted(name: str) -> str:
    return name if name == "." else f"{name}."
