"""How dnspython reads a whole message: what our own readers are held to."""

from __future__ import annotations

import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.rrset

from webapp.dns import name_arithmetic
from webapp.dns.records import RecordSet
from webapp.dns.wire.codec import Message

ONE_NAME = {dns.rdatatype.NS, dns.rdatatype.CNAME, dns.rdatatype.DNAME}


def read(data: bytes) -> Message | None:
    try:
        message = dns.message.from_wire(data)
    except (dns.exception.DNSException, ValueError):
        return None
    if len(message.question) > 1:
        return None
    asked = [(name_arithmetic.text_of(rrset.name), int(rrset.rdtype)) for rrset in message.question]
    return Message(
        message.id,
        int(message.flags),
        dns.rcode.to_text(message.rcode()),
        asked[0] if asked else None,
        record_sets(message.answer),
        record_sets(message.authority),
        record_sets(message.additional),
    )


def record_sets(section: list[dns.rrset.RRset]) -> tuple[RecordSet, ...]:
    return tuple(_record_set(rrset) for rrset in section if rrset.rdtype != dns.rdatatype.OPT)


def _record_set(rrset: dns.rrset.RRset) -> RecordSet:
    values = sorted({_value(rdata) for rdata in rrset})
    return RecordSet(
        name_arithmetic.text_of(rrset.name), dns.rdatatype.to_text(rrset.rdtype), rrset.ttl, tuple(values)
    )


def _value(rdata: dns.rdata.Rdata) -> str:
    if rdata.rdtype in ONE_NAME:
        return name_arithmetic.text_of(rdata.target)  # type: ignore[attr-defined]
    return str(rdata.to_text())
