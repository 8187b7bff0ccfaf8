"""The name servers of the parent zone as the zone above delegates it, which is where new visitors are sent.

A resolver takes the NS set of a zone from the zone itself and caches it for its TTL, usually two days. Two faults
would follow from believing it alone. After a change of provider the former servers would decide until the TTL ends.
A server that had poisoned a resolver's cache, or that controls the zone's own NS records, would name only itself.
So the delegations are followed down from the registry, without recursion and over TCP, as a resolver with an empty
cache follows them.

Below the registry, two servers of each zone on the way must say the same: one of several decides nothing alone. Where
they do not, the walk stops, and the servers of the last zone that is sure are asked about the host themselves.

The walk begins at the suffix that a registry runs (com, co.uk). The registry's servers change only by long notice,
so our resolvers are believed about them, if all that can be asked agree. For a parent zone that a registry runs, no
zone above is asked.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from webapp.dns import name_arithmetic
from webapp.dns.answers import Answer, Outcome
from webapp.dns.lookup.observation import NameServerSet
from webapp.dns.lookup.reading import with_common_addresses
from webapp.dns.lookup.way import note_delegation
from webapp.dns.names import reserved
from webapp.dns.notes import Note
from webapp.dns.servers.inquiry import Inquiry
from webapp.dns.servers.locate import Located, first_answer, registry_of


@dataclass(frozen=True)
class Above:
    """`names` is None when no server above could be asked, and empty when those servers do not know the zone.

    `referral` is the answer that holds the names, with the addresses that it brings along; `zone` is the zone above.
    `stops`: the way down is not sure below `zone`.
    """

    names: tuple[str, ...] | None
    referral: Answer | None = None
    zone: str = "."
    stops: bool = False

    def addresses_of(self, server: str) -> tuple[str, ...]:
        """The addresses that the zone above gives for a name server, as far as it may know them: only of names that
        it holds itself or has delegated."""
        return self.referral.addresses_within(server, self.zone) if self.referral else ()


NOBODY_ABOVE = Above(None)
#: How many servers of a zone below the registry have to say the same, and how many are asked for it.
_NEEDED, _MOST_ASKED = 2, 3


def has_zone_above(zone: str) -> bool:
    """False for a zone that a registry runs, and for the root."""
    return zone != "." and reserved.registry_suffix(zone) != zone


async def find_above(inquiry: Inquiry, zone: str) -> Above:
    """Asks for the name servers of `zone`, from the registry's servers downwards."""
    start, names = await registry_of(inquiry, zone)
    referral: Answer | None = None
    by: str | None = None
    for _ in range(inquiry.limits.chain_steps):
        if referral is None:
            answer = await first_answer(inquiry, names, None, zone, "NS")
        else:
            answer = await _agreed_answer(inquiry, names, referral, zone, by=by, start=start)
            if answer is None:
                return Above(None, None, start, stops=True)
        if answer is None:
            break
        own = answer.record_set("NS")
        if own and answer.authoritative:
            return Above(own.values, answer, start)  # the same servers hold both zones, or refer in ANSWER
        cut = answer.referral
        if cut is None:
            return Above((), None, start) if _denies(answer) else _unknown(inquiry, start, zone)
        note_delegation(inquiry, cut, by=start, towards=zone, sure=referral is not None)
        if cut.name == zone:
            return Above(cut.values, answer, start)
        if not name_arithmetic.below(cut.name, start):
            break
        by, start, referral = start, cut.name, answer
        # Ours hold nothing but the host, so that where no others are named, nobody delegates the zones below.
        names = tuple(name for name in cut.values if name not in inquiry.ours)
        if not names:
            return Above(None, None, start, stops=True)
    return _unknown(inquiry, start, zone)


async def _agreed_answer(
    inquiry: Inquiry, names: tuple[str, ...], referral: Answer, zone: str, *, by: str | None, start: str
) -> Answer | None:
    """What two of the servers of `start` say alike of `zone`, or the only one; a third is asked if one is silent.

    It keeps only those addresses that both bring along.
    """
    needed, told = min(_NEEDED, len(names)), dict[str, Answer]()
    for several in (names[:needed], names[needed:_MOST_ASKED]):
        if len(told) < needed:
            said = await asyncio.gather(
                *(first_answer(inquiry, (name,), referral, zone, "NS", by=by, zones=True) for name in several)
            )
            told |= {one.address: one for one in said if one and _told(one, start, zone)}
    if len(told) < needed or len({_told(one, start, zone) for one in told.values()}) > 1:
        return None
    return with_common_addresses(tuple(told.values()))


def _told(answer: Answer, start: str, zone: str) -> tuple[str, frozenset[str]] | None:
    """The cut below `start` that the answer shows, with its name servers; none of them if it denies the zone."""
    own, cut = answer.record_set("NS"), answer.referral
    if own and answer.authoritative:
        return zone, frozenset(own.values)
    if cut:
        return (cut.name, frozenset(cut.values)) if name_arithmetic.below(cut.name, start) else None
    return (zone, frozenset()) if _denies(answer) else None


def _denies(answer: Answer) -> bool:
    return answer.authoritative and answer.outcome in {Outcome.NODATA, Outcome.NXDOMAIN}


def compared(known: Answer, above: Above) -> NameServerSet:
    """How the name servers that our resolver knows compare with those that the zone above hands out."""
    if above.names is None or not known.outcome.answered:
        return NameServerSet.UNKNOWN
    if not above.names:
        return NameServerSet.DENIED
    same = set(known.values("NS")) == set(above.names)
    return NameServerSet.AGREED if same else NameServerSet.DIFFERENT


def in_turn(names: Iterable[str], named_above: Collection[str]) -> tuple[str, ...]:
    """Those that the zone above names, in turn with those that only our resolvers know: where not all can be asked,
    both have a say."""
    named: list[str] = []
    others: list[str] = []
    for name in names:
        (named if name in named_above else others).append(name)
    turns = itertools.chain.from_iterable(itertools.zip_longest(named, others))
    return tuple(name for name in turns if name is not None)


def elsewhere(inquiry: Inquiry, known: Located, hint: tuple[str, ...]) -> Located | None:
    """The server at the addresses that the zone above gives, if our resolvers know none of them. The zone above may
    be the only one that has any."""
    families = {":" in address for address in known.addresses or hint}
    brought = tuple(address for address in hint if (":" in address) in families)
    if not brought or set(brought) & set(known.addresses):
        return None
    addresses = inquiry.askable("parent", known.server, brought)
    return Located(known.server, addresses) if addresses else None


def _unknown(inquiry: Inquiry, start: str, zone: str) -> Above:
    note = Note("above-not-asked", {"start": start, "zone": zone})
    inquiry.leave_out("above", start, "", f"{zone} NS", note)
    return NOBODY_ABOVE
