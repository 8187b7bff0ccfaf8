"""Obstacles to a delegation: records at the host, aliases above it, and our name servers where they do not belong.

Answers from a wildcard, and from servers that answer for any name, are told apart. Nothing of this is asked where the
delegation is right.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from webapp.dns import name_arithmetic
from webapp.dns.answers import UNHEARD, Outcome
from webapp.dns.lookup.observation import Alias, ParentAnswer
from webapp.dns.lookup.reading import read_alias
from webapp.dns.records import RecordSet
from webapp.dns.servers.inquiry import Inquiry

#: What people have at a name that they now want to delegate.
_USUAL_TYPES = ("A", "AAAA", "TXT", "MX")
#: How many names are asked whether they are names for ours, which are four. Where more than twice as many are listed,
#: nobody has made names for ours, and whoever lists a thousand makes us ask for none of them.
_MOST_OWN_NAMES = 4


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


async def misplaced(
    inquiry: Inquiry, speaker: ParentAnswer, host: str, zone: str, ours: frozenset[str]
) -> tuple[str, ...]:
    """The other names that hold some of our name servers, of those where a provider's form puts them by mistake."""
    names = near(host, zone, exists=speaker.outcome is not Outcome.NXDOMAIN)
    listed = await asyncio.gather(*(listed_at(inquiry, speaker, name) for name in names))
    found = tuple(name for name, there in zip(names, listed, strict=True) if ours & there)
    wildcard = name_arithmetic.join("*", zone)
    if wildcard and len(found) > 2 and set(found) >= set(names) - {zone}:
        return (wildcard,)  # Nobody has them at each of these names.
    return tuple(
        name for name in found if name.startswith("*.") or name_arithmetic.wildcard_beside(name) not in found
    )


def near(host: str, zone: str, *, exists: bool) -> tuple[str, ...]:
    """Where a provider's form puts records for `host` by mistake: at the whole domain; with more of the host's labels
    than belong into the form, or fewer; and with `@.` and `www.` before.

    Below a host that does not exist, there is nothing to ask for (RFC 8020).
    """
    if zone == ".":
        return ()
    labels = host.split(".")
    relative = len(labels) - len(zone.split("."))
    typed = [".".join(labels[:end]) for end in range(relative + 1, len(labels) + 1)]
    typed += labels[:1] if relative > 1 else []
    below = [name_arithmetic.join(label, host) for label in ("www", "*", r"\@")] if exists else []
    names = [zone, *(name_arithmetic.join(name, zone) for name in (*typed, r"\@")), *below]
    return tuple(dict.fromkeys(name for name in names if name))


async def listed_at(inquiry: Inquiry, speaker: ParentAnswer, name: str) -> frozenset[str]:
    """The NS records at exactly that name, be they a referral or an apex."""
    answer = await inquiry.ask("parent", speaker.server, speaker.address, name, "NS")
    referral = answer.referral
    found = referral if referral and referral.name == answer.name else answer.record_set("NS")
    return frozenset(found.values) if found else frozenset()


async def answers_any_name(inquiry: Inquiry, owner: ParentAnswer, zone: str) -> bool:
    """Whether a server that holds a zone named like the host holds one for a name that nobody has as well.

    Those of parked and of expired domains do.
    """
    nobodys = name_arithmetic.nobodys(zone)
    if nobodys is None:
        return False
    answer = await inquiry.ask("parent", owner.server, owner.address, nobodys, "NS")
    soa = answer.soa
    own = answer.record_set("NS") is not None or (soa is not None and soa.name == nobodys)
    return answer.authoritative and own


async def own_names(
    inquiry: Inquiry, names: Iterable[str], addresses: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Those of `names` that are other names for one of our `addresses`, each with our name server there."""
    plain = [name for name in names if "\\" not in name]
    if len(plain) > 2 * _MOST_OWN_NAMES:
        return ()
    answers = await asyncio.gather(*(inquiry.learn(name, "A", 0) for name in plain[:_MOST_OWN_NAMES]))
    found = ((one.name, addresses[at]) for one in answers for at in one.values("A") if at in addresses)
    return tuple(dict(found).items())


async def answers_at_times(inquiry: Inquiry, silent: Iterable[ParentAnswer], zone: str) -> frozenset[str]:
    """The silent servers that left only some questions without an answer, so that their silence is no closed port."""
    heard = [answer for answer in silent if _was_heard(inquiry, answer)]
    asked = [(one, name) for one in heard for name in (zone, name_arithmetic.join("www", zone) or zone)]
    await asyncio.gather(
        *(inquiry.ask("parent", one.server, one.address, name, "SOA") for one, name in asked)
    )
    return frozenset(one.server for one in heard if _lost_some(inquiry, one))


def _was_heard(inquiry: Inquiry, silent: ParentAnswer) -> bool:
    at = (asked for asked in inquiry.asked if asked.address == silent.address)
    return any(Outcome(asked.outcome).answered for asked in at)


def _lost_some(inquiry: Inquiry, server: ParentAnswer) -> bool:
    """Whether a question over UDP had to be sent twice, or one over TCP was answered."""
    at = [asked for asked in inquiry.asked if asked.address == server.address]
    late = inquiry.limits.server_try_seconds * 1000
    over_udp = [asked for asked in at if asked.transport == "udp"]
    over_tcp = any(Outcome(asked.outcome).answered for asked in at if asked.transport == "tcp")
    return over_tcp or any(Outcome(asked.outcome) in UNHEARD or asked.ms >= late for asked in over_udp)


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
