"""Reading the messages that `webapp.dns.wire.codec` does not read, record by record, in linear time.

dnspython's reader of whole messages compares every record of a set with every other, and parses types that nobody
asked for. A stranger's server chooses what we read: one answer of 20 kB would block a worker for ten seconds. So
dnspython reads only names and the values of the types below, one at a time. All other records are skipped by their
length, and messages longer than these types need are not read at all.
"""

from __future__ import annotations

import struct

import dns.exception
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.wire

from webapp.dns import name_arithmetic
from webapp.dns.records import RecordSet
from webapp.dns.wire.codec import TC, TYPES, Message

LARGEST = 4096
MOST_RECORDS = 100
_DNAME, _OPT = 39, 41
_READ = {number: name for name, number in TYPES.items()} | {_DNAME: "DNAME"}
#: Of these there can be only one; of several, dnspython keeps the last.
_SINGLE = {"SOA", "CNAME", "DNAME"}
_OPCODE = 0x7800
_LARGEST_TTL = 2**31 - 1

_Sets = dict[tuple[str, str], tuple[int, list[str]]]


def read(data: bytes) -> Message | None:
    """The message; None for octets that are no message, or that are more than any answer to our queries."""
    if len(data) > LARGEST:
        return None
    try:
        return _message(dns.wire.Parser(data))
    except (dns.exception.DNSException, ValueError, struct.error):
        return None


def _message(parser: dns.wire.Parser) -> Message | None:
    ident, flags, questions, *counts = parser.get_struct("!HHHHHH")
    if questions > 1 or flags & _OPCODE or sum(counts) > MOST_RECORDS:
        return None
    asked = _question(parser) if questions else None
    if flags & TC:  # a truncated message may end anywhere, so only its question is read
        counts = [0, 0, 0]
        parser.get_remaining()
    sections, upper_bits = _sections(parser, counts)
    if parser.remaining():
        return None
    rcode = flags & 0xF | upper_bits
    return Message(ident, flags, dns.rcode.to_text(dns.rcode.Rcode.make(rcode)), asked, *sections)


def _question(parser: dns.wire.Parser) -> tuple[str, int]:
    name = parser.get_name(decompress=True)
    rdtype, _ = parser.get_struct("!HH")
    return name_arithmetic.text_of(name), rdtype


def _sections(parser: dns.wire.Parser, counts: list[int]) -> tuple[list[tuple[RecordSet, ...]], int]:
    """The sections, and the upper bits of the response code, which EDNS keeps in the last (RFC 6891, 6.1.3)."""
    sections, upper_bits = [], 0
    for count in counts:
        sets: _Sets = {}
        for _ in range(count):
            upper_bits |= _record(parser, sets)
        sections.append(
            tuple(RecordSet(*key, ttl, tuple(sorted(set(values)))) for key, (ttl, values) in sets.items())
        )
    return sections, upper_bits


def _record(parser: dns.wire.Parser, sets: _Sets) -> int:
    """Adds one record to `sets` if it is of a type to read; gives the upper bits of the response code or 0."""
    owner = parser.get_name(decompress=True)
    rdtype, rdclass, ttl, length = parser.get_struct("!HHIH")
    with parser.restrict_to(length):
        kind = _READ.get(rdtype) if rdclass == dns.rdataclass.IN else None
        if kind is None:
            parser.get_remaining()
            return (ttl >> 20) & 0xFF0 if rdtype == _OPT else 0
        value = _value(
            dns.rdata.from_wire_parser(dns.rdataclass.IN, dns.rdatatype.RdataType.make(rdtype), parser)
        )
    key = (name_arithmetic.text_of(owner), kind)
    ttl = ttl if ttl <= _LARGEST_TTL else 0  # RFC 2181, 8
    least, values = sets.setdefault(key, (ttl, []))
    if kind in _SINGLE:
        values.clear()
    values.append(value)
    sets[key] = (min(least, ttl), values)
    return 0


def _value(rdata: dns.rdata.Rdata) -> str:
    if rdata.rdtype in _ONE_NAME:
        return name_arithmetic.text_of(rdata.target)  # type: ignore[attr-defined]
    return str(rdata.to_text())


_ONE_NAME = {dns.rdatatype.NS, dns.rdatatype.CNAME, dns.rdatatype.DNAME}
