"""Messages as we write and understand them: the ordinary ones by `webapp.dns.wire`, the others by dnspython."""

from __future__ import annotations

from typing import Any

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from webapp.dns import tree, wire
from webapp.dns.records import RecordSet
from webapp.dns.wire import Message

# What a UDP answer may weigh without being cut into fragments (DNS flag day 2020).
EDNS_PAYLOAD = 1232


def write(ident: int, name: str, rdtype: str, *, flags: int, edns: bool) -> bytes:
    """A query. Raises `dns.exception.DNSException` or ValueError for a name that cannot be asked for."""
    number = wire.TYPES.get(rdtype)
    plain = number and wire.question(ident, name, number, flags=flags, payload=EDNS_PAYLOAD if edns else None)
    if plain:
        return plain
    query = dns.message.make_query(dns.name.from_text(tree.canonical(name)), rdtype, id=ident)
    query.flags = dns.flags.Flag(flags)
    if edns:
        query.use_edns(edns=0, payload=EDNS_PAYLOAD)
    return query.to_wire()


def understand(data: bytes, ident: int, name: str, rdtype: str) -> Message | None:
    """The answer to this question; None for what is not its answer, or is no message at all."""
    message = wire.read(data) or _read_by_dnspython(data)
    number = wire.TYPES.get(rdtype) or int(dns.rdatatype.from_text(rdtype))
    return message if message and message.answers(ident, tree.canonical(name), number) else None


def _read_by_dnspython(data: bytes) -> Message | None:
    """A message whose TC is set may end anywhere; what there is of it is enough to know whose answer it is."""
    try:
        message = dns.message.from_wire(data, raise_on_truncation=True)
    except dns.message.Truncated as err:
        message = err.message()  # type: ignore[no-untyped-call]
    except (dns.exception.DNSException, ValueError):
        return None
    if len(message.question) > 1:
        return None
    asked = [(tree.text_of(rrset.name), int(rrset.rdtype)) for rrset in message.question]
    return Message(
        message.id,
        int(message.flags),
        dns.rcode.to_text(message.rcode()),
        asked[0] if asked else None,
        _record_sets(message.answer),
        _record_sets(message.authority),
        _record_sets(message.additional),
    )


def _record_sets(section: list[dns.rrset.RRset]) -> tuple[RecordSet, ...]:
    return tuple(_record_set(rrset) for rrset in section if rrset.rdtype != dns.rdatatype.OPT)


def _record_set(rrset: dns.rrset.RRset) -> RecordSet:
    values = sorted({_value(rdata) for rdata in rrset})
    return RecordSet(tree.text_of(rrset.name), dns.rdatatype.to_text(rrset.rdtype), rrset.ttl, tuple(values))


def _value(rdata: Any) -> str:
    target = getattr(rdata, "target", None)
    if isinstance(target, dns.name.Name) and rdata.rdtype in _ONE_NAME:
        return tree.text_of(target)
    return str(rdata.to_text())


_ONE_NAME = {dns.rdatatype.NS, dns.rdatatype.CNAME, dns.rdatatype.DNAME, dns.rdatatype.PTR}
