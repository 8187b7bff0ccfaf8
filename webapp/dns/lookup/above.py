"""The name servers of the parent zone as the zone above delegates it, which is where new visitors are sent.

A resolver takes the NS set of a zone from the zone itself and caches it for its TTL, usually two days. Two faults
would follow from believing it alone. After a change of provider the former servers would decide until the TTL ends.
A server that had poisoned a resolver's cache, or that controls the zone's own NS records, would name only itself.
So the delegations are followed down from the registry, without recursion and over TCP, as a resolver with an empty
cache follows them.

The walk begins at the suffix that a registry runs (com, co.uk). The registry's servers change only by long notice,
so our resolvers are believed about them, if all that can be asked agree. For a parent zone that a registry runs, no
zone above is asked.
"""

from __future__ import annotations

from dataclasses import dataclass

from webapp.dns import name_arithmetic
from webapp.dns.answers import Answer, Outcome
from webapp.dns.lookup.inquiry import Inquiry
from webapp.dns.lookup.locate import first_answer, registry_of
from webapp.dns.lookup.observation import NameServerSet
from webapp.dns.lookup.way import note_delegation
from webapp.dns.names import reserved
from webapp.dns.notes import Note


@dataclass(frozen=True)
class Above:
    """`names` is None when no server above could be asked, and empty when those servers do not know the zone.

    `referral` is the answer that holds the names, with the addresses that it brings along; `zone` is the zone above.
    """

    names: tuple[str, ...] | None
    referral: Answer | None = None
    zone: str = "."

    def addresses_of(self, server: str) -> tuple[str, ...]:
        """The addresses that the zone above gives for a name server, as far as it may know them: only of names that
        it holds itself or has delegated."""
        if self.referral is None or not name_arithmetic.at_or_below(server, self.zone):
            return ()
        sets = (rs for rs in self.referral.additional if rs.name == server and rs.type in {"A", "AAAA"})
        return tuple(value for rs in sorted(sets, key=lambda rs: rs.type) for value in rs.values)


_UNKNOWN = Above(None)


def has_zone_above(zone: str) -> bool:
    """False for a zone that a registry runs, and for the root."""
    return zone != "." and reserved.registry_suffix(zone) != zone


async def find_above(inquiry: Inquiry, zone: str) -> Above:
    """Asks for the name servers of `zone`, from the registry's servers downwards."""
    start, names = await registry_of(inquiry, zone)
    referral: Answer | None = None
    for _ in range(inquiry.limits.chain_steps):
        answer = await first_answer(inquiry, names, referral, zone, "NS", zones=referral is not None)
        if answer is None:
            break
        own = answer.record_set("NS")
        if own and answer.authoritative:
            return Above(own.values)  # the same servers hold both zones
        cut = answer.referral
        if cut is None:
            denied = answer.authoritative and answer.outcome in {Outcome.NODATA, Outcome.NXDOMAIN}
            return Above(()) if denied else _unknown(inquiry, start, zone)
        note_delegation(inquiry, cut, by=start, towards=zone)
        if cut.name == zone:
            return Above(cut.values, answer, start)
        if not name_arithmetic.below(cut.name, start):
            break
        start, referral = cut.name, answer
        # Ours hold nothing but the host, so that where no others are named, nobody delegates the zones below.
        names = tuple(name for name in cut.values if name not in inquiry.ours)
        if not names:
            return Above(())
    return _unknown(inquiry, start, zone)


def compared(known: Answer, above: Above) -> NameServerSet:
    """How the name servers that our resolver knows compare with those that the zone above hands out."""
    if above.names is None or not known.outcome.answered:
        return NameServerSet.UNKNOWN
    if not above.names:
        return NameServerSet.DENIED
    same = set(known.values("NS")) == set(above.names)
    return NameServerSet.AGREED if same else NameServerSet.DIFFERENT


def _unknown(inquiry: Inquiry, start: str, zone: str) -> Above:
    note = Note("above-not-asked", {"start": start, "zone": zone})
    inquiry.leave_out("above", start, "", f"{zone} NS", note)
    return _UNKNOWN
