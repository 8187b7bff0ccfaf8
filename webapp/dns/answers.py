"""The answer to one DNS query: its outcome and its records."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from webapp.dns import name_arithmetic
from webapp.dns.notes import Note
from webapp.dns.records import RecordSet


class Outcome(StrEnum):
    """The outcomes of one query. A query without an answer never counts as “the record does not exist”."""

    NOERROR = "NOERROR"
    REFERRAL = "REFERRAL"
    NODATA = "NODATA"
    NXDOMAIN = "NXDOMAIN"
    SERVFAIL = "SERVFAIL"
    REFUSED = "REFUSED"
    FORMERR = "FORMERR"
    #: Another response code (the note names it), or a message that could not be read.
    OTHER = "OTHER"
    TIMEOUT = "TIMEOUT"
    #: The network said no: connection refused, no route, no IPv6 on this machine.
    UNREACHABLE = "UNREACHABLE"
    #: Nothing was sent: the address filter or a cap forbade it. The note says which.
    NOT_ASKED = "NOT_ASKED"

    @property
    def answered(self) -> bool:
        """True when the server answered about the name; NXDOMAIN and NODATA are answers, too."""
        return self in {Outcome.NOERROR, Outcome.REFERRAL, Outcome.NODATA, Outcome.NXDOMAIN}


#: The outcomes of silence.
UNHEARD = frozenset({Outcome.TIMEOUT, Outcome.UNREACHABLE})


@dataclass(frozen=True)
class Answer:
    """One question and its answer.

    `address` is the address of the authoritative server, or the resolver as host:port. `endpoint` is where the
    packet was sent, which an address map can change. `recursive` is RA: the server offers recursion, so that what has
    AA clear may come out of its cache.
    """

    name: str
    type: str
    outcome: Outcome
    address: str = ""
    endpoint: tuple[str, int] | None = None
    transport: str = "udp"
    authoritative: bool = False
    answer: tuple[RecordSet, ...] = ()
    authority: tuple[RecordSet, ...] = ()
    additional: tuple[RecordSet, ...] = ()
    ms: int = 0
    note: Note | None = None
    recursive: bool = False

    def record_set(self, rdtype: str, name: str | None = None) -> RecordSet | None:
        """The record set of that type in the ANSWER section whose owner is `name`, by default the name asked for.

        Servers and resolvers follow a CNAME by themselves, so a record set of another owner is not the answer.
        """
        return _pick(self.answer, rdtype, self.name if name is None else name)

    def values(self, rdtype: str, name: str | None = None) -> tuple[str, ...]:
        found = self.record_set(rdtype, name)
        return found.values if found else ()

    @property
    def referral(self) -> RecordSet | None:
        """The NS record set of a referral: in AUTHORITY, at the name asked for or above it.

        AA should be clear, and some servers set it all the same. An answer out of a zone has records in ANSWER, or an
        SOA record in AUTHORITY, so that it is no referral.
        """
        if self.outcome is not Outcome.REFERRAL:
            return None
        cuts = (
            rs for rs in self.authority if rs.type == "NS" and name_arithmetic.at_or_below(self.name, rs.name)
        )
        return next(cuts, None)

    @property
    def wildcard(self) -> RecordSet | None:
        """NS records that stand at a wildcard above the name asked for. No resolver follows them."""
        if self.outcome not in {Outcome.NOERROR, Outcome.REFERRAL}:
            return None
        wildcards = (
            rs for rs in (*self.answer, *self.authority) if rs.type == "NS" and rs.name.startswith("*.")
        )
        covering = (
            rs
            for rs in wildcards
            if rs.name != self.name and name_arithmetic.below(self.name, rs.name.removeprefix("*."))
        )
        return next(covering, None)

    def glue_for(self, server: str) -> tuple[str, ...]:
        """The addresses that a referral brings along for a name server inside the delegated zone itself."""
        referral = self.referral
        return self.addresses_within(server, referral.name) if referral else ()

    def addresses_within(self, server: str, zone: str) -> tuple[str, ...]:
        """The addresses that came along for a name server, as far as the zone `zone` may know them: only of names at
        or below that zone."""
        if not name_arithmetic.at_or_below(server, zone):
            return ()
        sets = (rs for rs in self.additional if rs.name == server and rs.type in {"A", "AAAA"})
        return tuple(value for rs in sorted(sets, key=lambda rs: rs.type) for value in rs.values)

    @property
    def soa(self) -> RecordSet | None:
        """The SOA of a negative answer, or of the answer itself."""
        return next((rs for rs in (*self.answer, *self.authority) if rs.type == "SOA"), None)

    @property
    def negative_ttl(self) -> int | None:
        """Seconds to cache a negative answer: the smaller of the SOA's TTL and MINIMUM (RFC 2308, 5)."""
        soa = self.soa
        return min(soa.ttl, int(soa.values[0].split()[-1])) if soa and soa.values else None


def _pick(section: tuple[RecordSet, ...], rdtype: str, name: str) -> RecordSet | None:
    return next((rs for rs in section if rs.type == rdtype and rs.name == name), None)


_BY_RCODE = {
    "NXDOMAIN": Outcome.NXDOMAIN,
    "SERVFAIL": Outcome.SERVFAIL,
    "REFUSED": Outcome.REFUSED,
    "FORMERR": Outcome.FORMERR,
}


def outcome_of(rcode: str, answer: tuple[RecordSet, ...], authority: tuple[RecordSet, ...]) -> Outcome:
    """Tells NOERROR, NODATA and a referral apart, which share one response code (RFC 2308, 2.2)."""
    if rcode != "NOERROR":
        return _BY_RCODE.get(rcode, Outcome.OTHER)
    if answer:
        return Outcome.NOERROR
    types = {rs.type for rs in authority}
    return Outcome.REFERRAL if "NS" in types and "SOA" not in types else Outcome.NODATA
