"""The name servers of the parent zone as the zone above delegates it, which is where new visitors are sent.

A resolver takes the NS set of a zone from the zone itself and caches it for its TTL, usually two days. Two faults
would follow from believing it alone. After a change of provider the former servers would decide until the TTL ends.
A server that had poisoned a resolver's cache, or that controls the zone's own NS records, would name only itself.
So the delegations are followed down from the registry, without recursion and over TCP, as a resolver with an empty
cache follows them.

The walk begins at the suffix that a registry runs (com, co.uk). The registry's servers change only by long notice,
so our resolvers are believed about them. For a parent zone that a registry runs, no zone above is asked.
"""

from __future__ import annotations

from dataclasses import dataclass

from webapp.dns import name_arithmetic
from webapp.dns.answers import Answer, Outcome
from webapp.dns.lookup.inquiry import Inquiry
from webapp.dns.lookup.reading import glue_for
from webapp.dns.names import reserved
from webapp.dns.notes import Note

#: How many servers of each zone on the way are tried until one answers.
_TRIES = 3


@dataclass(frozen=True)
class Above:
    """`names` is None when no server above could be asked, and empty when those servers do not know the zone.

    `referral` is the answer that holds the names, with the addresses that it brings along.
    """

    names: tuple[str, ...] | None
    referral: Answer | None = None


_UNKNOWN = Above(None)


def has_zone_above(zone: str) -> bool:
    """False for a zone that a registry runs, and for the root."""
    return zone != "." and reserved.registry_suffix(zone) != zone


async def find_above(inquiry: Inquiry, zone: str) -> Above:
    """Asks for the name servers of `zone`, from the registry's servers downwards."""
    start, names = await _start(inquiry, zone)
    referral: Answer | None = None
    for _ in range(inquiry.limits.chain_steps):
        answer = await _first_answer(inquiry, names, referral, zone)
        if answer is None:
            break
        own = answer.record_set("NS")
        if own and answer.authoritative:
            return Above(own.values)  # the same servers hold both zones
        cut = answer.referral
        if cut is None:
            denied = answer.authoritative and answer.outcome in {Outcome.NODATA, Outcome.NXDOMAIN}
            return Above(()) if denied else _unknown(inquiry, start, zone)
        if cut.name == zone:
            return Above(cut.values, answer)
        if not name_arithmetic.below(cut.name, start):
            break
        start, names, referral = cut.name, cut.values, answer
    return _unknown(inquiry, start, zone)


async def _start(inquiry: Inquiry, zone: str) -> tuple[str, tuple[str, ...]]:
    """The registry's zone and its servers. Not every suffix of the Public Suffix List is a zone of its own."""
    start = reserved.registry_suffix(zone) or "."
    while True:
        names = (await inquiry.recurse(start, "NS")).answer.values("NS")
        above = name_arithmetic.parent_of(start)
        if names or above is None or not inquiry.resolver_heard:
            return start, names
        start = above


async def _first_answer(
    inquiry: Inquiry, names: tuple[str, ...], referral: Answer | None, zone: str
) -> Answer | None:
    for name in names[:_TRIES]:
        located = await inquiry.locate("above", name, glue_for(referral, name) if referral else ())
        for address in located.addresses:
            answer = await inquiry.ask_above(name, address, zone)
            if answer.outcome.answered:
                return answer
    return None


def _unknown(inquiry: Inquiry, start: str, zone: str) -> Above:
    note = Note("above-not-asked", {"start": start, "zone": zone})
    inquiry.leave_out("above", start, "", f"{zone} NS", note)
    return _UNKNOWN
