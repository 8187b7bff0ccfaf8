"""Whether the parent zone is signed. DS records for the host matter only where it is."""

from __future__ import annotations

from webapp.dns import name_arithmetic
from webapp.dns.lookup.above import Above
from webapp.dns.servers.inquiry import Inquiry


async def is_unsigned(inquiry: Inquiry, zone: str | None, above: Above) -> bool:
    """Whether the zone above has no DS records for `zone`, so that validating resolvers take it as unsigned
    (RFC 4035, 5.2), and nobody looks at DS records in it.

    The server that delegates the zone tells. Where it cannot, all our resolvers must say so. Asked only when the DS
    question about the host got no answer: some servers of unsigned zones have none to give.
    """
    if zone is None or zone == ".":
        return False
    address = above.referral.address if above.referral else ""
    if address:
        server = next((one.server for one in inquiry.asked if one.address == address), above.zone)
        answer = await inquiry.ask_above(server, address, zone, "DS")
        if answer.values("DS"):
            return False
        # The SOA record shows that it answers from the zone above, and not from a copy of the zone itself.
        if answer.authoritative and answer.soa and name_arithmetic.below(zone, answer.soa.name):
            return True
    words = await inquiry.words(zone, "DS")
    return bool(words) and not any(word.values or word.bogus or word.alias for word in words)
