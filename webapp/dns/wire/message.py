"""Writing queries and reading answers: plain messages by `webapp.dns.wire.codec`, all others with dnspython."""

from __future__ import annotations

import dns.flags
import dns.message
import dns.name
import dns.rdatatype

from webapp.dns import name_arithmetic
from webapp.dns.wire import codec, unusual
from webapp.dns.wire.codec import Message

# The largest UDP answer, in octets, that is not fragmented on its way (DNS flag day 2020).
EDNS_PAYLOAD = 1232


def write(ident: int, name: str, rdtype: str, *, flags: int, edns: bool) -> bytes:
    """A query. Raises `dns.exception.DNSException` or ValueError for a name that cannot be asked for."""
    number = codec.TYPES.get(rdtype)
    plain = number and codec.question(
        ident, name, number, flags=flags, payload=EDNS_PAYLOAD if edns else None
    )
    if plain:
        return plain
    query = dns.message.make_query(dns.name.from_text(name_arithmetic.canonical(name)), rdtype, id=ident)
    query.flags = dns.flags.Flag(flags)
    if edns:
        query.use_edns(edns=0, payload=EDNS_PAYLOAD)
    return query.to_wire()


def understand(data: bytes, ident: int, name: str, rdtype: str) -> Message | None:
    """The answer to this question; None for what is not its answer, or is no message that we read."""
    if data[:2] != ident.to_bytes(2):
        return None  # before any work is done for it: anybody may send us packets
    message = codec.read(data) or unusual.read(data)
    number = codec.TYPES.get(rdtype) or int(dns.rdatatype.from_text(rdtype))
    return message if message and message.answers(ident, name_arithmetic.canonical(name), number) else None
