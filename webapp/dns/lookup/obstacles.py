"""Obstacles to a delegation: records at the host, and aliases above it. Answers from a wildcard are told apart."""

from __future__ import annotations

import asyncio

from webapp.dns import name_arithmetic
from webapp.dns.answers import Outcome
from webapp.dns.lookup.observation import Alias, ParentAnswer
from webapp.dns.lookup.reading import read_alias
from webapp.dns.records import RecordSet
from webapp.dns.servers.inquiry import Inquiry

#: What people have at a name that they now want to delegate.
_USUAL_TYPES = ("A", "AAAA", "TXT", "MX")


async def records_in_the_way(
    inquiry: Inquiry, speakers: tuple[ParentAnswer, ...], host: str, zone: str
) -> tuple[RecordSet, ...]:
    """The record sets at `host` itself. Those synthesized from a wildcard do not count: they vanish as soon as the
    host has records of its own (RFC 4592)."""
    alias = next((s for s in speakers if s.alias and s.alias.owner == host), None)
    existing = next((s for s in speakers if s.outcome is Outcome.NODATA), None)
    speaker = alias or existing
    if speaker is None:
        return ()
    types = ("CNAME",) if alias else _USUAL_TYPES
    found = await asyncio.gather(*(_record_at(inquiry, speaker, host, zone, rdtype) for rdtype in types))
    return tuple(record_set for record_set in found if record_set)


async def aliases_above(inquiry: Inquiry, speaker: ParentAnswer, host: str, zone: str) -> tuple[Alias, ...]:
    """The CNAME records at names between `host` and `zone`. A DNAME is part of the answer for the host already."""
    names = name_arithmetic.between(host, zone)[: inquiry.limits.chain_steps]
    records = await asyncio.gather(*(_record_at(inquiry, speaker, name, zone, "CNAME") for name in names))
    return tuple(Alias(record.name, record.type, record.values[0]) for record in records if record)


async def _record_at(
    inquiry: Inquiry, speaker: ParentAnswer, name: str, zone: str, rdtype: str
) -> RecordSet | None:
    answer = await inquiry.ask("parent", speaker.server, speaker.address, name, rdtype)
    found = answer.record_set(rdtype)
    if found is None or not answer.authoritative:
        return None
    alias = read_alias(answer)
    if alias and alias.type == "DNAME":
        return None
    return None if await _is_synthesized(inquiry, speaker, found, zone) else found


async def _is_synthesized(inquiry: Inquiry, speaker: ParentAnswer, found: RecordSet, zone: str) -> bool:
    """True when a wildcard between the name and the zone has the same values, or could not be asked.

    A real record with the wildcard's values is taken for synthesized, too. Whoever deletes it loses no value. And
    nobody is told to delete a record that may not be there.
    """
    for ancestor in (*name_arithmetic.between(found.name, zone), zone):
        wildcard = name_arithmetic.join("*", ancestor)
        if wildcard is None or wildcard == found.name:
            continue
        answer = await inquiry.ask("parent", speaker.server, speaker.address, wildcard, found.type)
        if not answer.outcome.answered or answer.values(found.type) == found.values:
            return True
    return False
