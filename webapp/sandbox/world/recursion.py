"""The sandbox's recursive resolver: walks from the root like a real one, and remembers nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import dns.name
import dns.rcode
from dns.name import Name
from dns.rdatatype import RdataType
from dns.rrset import RRset

from webapp.sandbox.internet.zone import MAX_CHAIN, SERVFAIL, Reply
from webapp.sandbox.shared.environment import REGISTRY_ADDRESS

#: Asks the server at an address; None when there is none or it stays silent.
Ask = Callable[[str, Name, RdataType], Reply | None]

MAX_QUERIES = 100
MAX_CUTS = 20
MAX_DEPTH = 6


class _GaveUpError(Exception):
    """The question took more queries or deeper detours than a resolver grants."""


@dataclass
class _Walk:
    """One question of a client: what has been spent on it."""

    ask: Ask
    validate: bool
    queries: int = 0

    def resolve(self, name: Name, kind: RdataType, depth: int = 0) -> Reply:
        """The whole answer, CNAMEs followed from server to server."""
        chain: list[RRset] = []
        while True:
            reply = self._authoritative_answer(name, kind, depth)
            chain.extend(reply.answer)
            last = chain[-1] if chain else None
            follow = last is not None and last.rdtype == RdataType.CNAME and kind != RdataType.CNAME
            if reply.rcode == dns.rcode.SERVFAIL or len(chain) > MAX_CHAIN:
                return SERVFAIL
            if last is None or not follow or reply.authority:
                return replace(reply, authoritative=False, answer=tuple(chain), additional=())
            name = last[0].target

    def _authoritative_answer(self, name: Name, kind: RdataType, depth: int) -> Reply:
        if depth > MAX_DEPTH:
            raise _GaveUpError
        zone, addresses = dns.name.root, [REGISTRY_ADDRESS]
        for _ in range(MAX_CUTS):
            reply = self._first_usable(addresses, zone, name, kind)
            if reply is None:
                return SERVFAIL
            cut = reply.referral_to
            if cut is None:
                return reply
            if self.validate and self._signed(addresses, zone, cut):
                return SERVFAIL
            addresses, zone = self._addresses(reply, zone, depth), cut
        raise _GaveUpError

    def _first_usable(self, addresses: list[str], zone: Name, name: Name, kind: RdataType) -> Reply | None:
        """The first answer with authority or referral further down; servers that give neither are lame."""
        for address in addresses:
            self.queries += 1
            if self.queries > MAX_QUERIES:
                raise _GaveUpError
            reply = self.ask(address, name, kind)
            if reply is None or reply.rcode in {dns.rcode.REFUSED, dns.rcode.SERVFAIL}:
                continue
            cut = reply.referral_to
            if reply.authoritative or (
                cut and cut != zone and cut.is_subdomain(zone) and name.is_subdomain(cut)
            ):
                return reply
        return None

    def _signed(self, addresses: list[str], zone: Name, cut: Name) -> bool:
        """Whether the parent has a DS for the cut. Nothing in the sandbox is signed, so no DS can be matched.

        A validating resolver would need a signed chain down to here; the sandbox pretends that there is one.
        """
        reply = self._first_usable(addresses, zone, cut, RdataType.DS)
        return reply is not None and any(rrset.rdtype == RdataType.DS for rrset in reply.answer)

    def _addresses(self, referral: Reply, zone: Name, depth: int) -> list[str]:
        glue = {rrset.name: rrset for rrset in referral.additional if rrset.rdtype == RdataType.A}
        found: list[str] = []
        for server in (rdata.target for rdata in referral.authority[0]):
            rrset = glue.get(server) if server.is_subdomain(zone) else None
            rrsets = (rrset,) if rrset else self.resolve(server, RdataType.A, depth + 1).answer
            # The name of a name server must not be an alias (RFC 2181 10.3); resolvers do not use one.
            usable = (one for one in rrsets if one.name == server and one.rdtype == RdataType.A)
            found += [rdata.address for one in usable for rdata in one]
        return found


def resolve(ask: Ask, name: Name, kind: RdataType, *, checking_disabled: bool = False) -> Reply:
    """The answer of a recursive, validating resolver. SERVFAIL when no server of the zone can be used."""
    try:
        return _Walk(ask, validate=not checking_disabled).resolve(name, kind)
    except _GaveUpError:
        return SERVFAIL
