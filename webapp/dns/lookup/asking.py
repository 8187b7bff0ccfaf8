"""Asking one name server of the parent zone about the host, over TCP, until it is clear what the answer means."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from webapp.dns import name_arithmetic
from webapp.dns.answers import Answer
from webapp.dns.lookup.observation import ParentAnswer
from webapp.dns.lookup.reading import Shown, read_parent, unclear
from webapp.dns.servers.agreement import dispute
from webapp.dns.servers.inquiry import Inquiry, Word
from webapp.dns.servers.locate import Located

#: What a check asks after its parent's servers have answered, and what it costs to try one of them by the other
#: address family: a question to each resolver, and the packets to its addresses.
_LATER_QUESTIONS, _FOR_OTHER_FAMILY = 18, 2


@dataclass(frozen=True)
class Heard:
    """What a server said about NS at the host, and the further answers that make it clear."""

    answer: Answer
    further: tuple[Answer, ...] = ()

    def read(self, server: str, zone: str, ours: frozenset[str]) -> ParentAnswer:
        return read_parent(server, self.answer, zone, self.further, ours=ours)


async def ask_server(inquiry: Inquiry, server: Located, host: str, zone: str) -> Heard | None:
    """What the first of the server's addresses that answers says; without any, what came back at all."""
    heard: Heard | None = None
    for address in server.addresses:
        answer = await inquiry.ask("parent", server.server, address, host, "NS", tcp=True)
        if answer.outcome.answered:
            return Heard(answer, await _further(inquiry, server, answer, zone))
        heard = heard or Heard(answer)
    return heard


async def _further(inquiry: Inquiry, server: Located, answer: Answer, zone: str) -> tuple[Answer, ...]:
    """Asked only where the answer is `unclear`: the usual check has no such question."""
    if not unclear(answer):
        return ()
    host = answer.name

    async def ask(name: str | None, rdtype: str) -> Answer | None:
        if name is None:
            return None
        return await inquiry.ask("parent", server.server, answer.address, name, rdtype, tcp=True)

    apexes = await asyncio.gather(ask(host, "SOA"), ask(None if answer.authoritative else zone, "SOA"))
    found = tuple(one for one in apexes if one)
    if read_parent(server.server, answer, zone, found).says:
        return found
    # Some servers refer only those who ask for what is below the cut.
    names = await asyncio.gather(ask(name_arithmetic.nobodys(host), "NS"), ask(beside(host), "NS"))
    return (*found, *(one for one in names if one))


def beside(host: str) -> str | None:
    """A name beside the host that nobody has ever asked for."""
    return name_arithmetic.nobodys(name_arithmetic.parent_of(host) or ".")


async def wildcard_over(
    inquiry: Inquiry, servers: Iterable[ParentAnswer], host: str, ours: frozenset[str], needed: int
) -> str | None:
    """The wildcard whose NS records one of the servers hands out for the host as if they were the host's own.

    Empty when as many servers as are `needed` have shown that they have none, or all if they are fewer. None when too
    few could be asked: silence is no evidence that there is no wildcard. Only so many are asked, unless one does not
    tell.
    """
    by_name = list({one.server: one for one in servers}.values())
    needed = min(max(1, needed), len(by_name))
    known: list[str] = []
    for several in (by_name[:needed], by_name[needed:]):
        if len(known) < needed:
            told = await asyncio.gather(*(_wildcard_at(inquiry, one, host, ours) for one in several))
            known += [one for one in told if one is not None]
    found = next(filter(None, known), "")
    return found if found or (by_name and len(known) >= needed) else None


async def _wildcard_at(inquiry: Inquiry, server: ParentAnswer, host: str, ours: frozenset[str]) -> str | None:
    """The same for one server; None when it does not tell.

    A name beside the host that nobody has shows it: the server leads that to ours as well. Where the host has the
    same records beside such a wildcard, the server refers those who ask for a name below to the host.
    """
    sibling = beside(host)
    if sibling is None:
        return ""  # The longest name has no longer one beside it, which a wildcard could lead to us.
    answer = await inquiry.ask("parent", server.server, server.address, sibling, "SOA", tcp=True)
    if not _listed(answer) & ours:
        return "" if _tells(answer) else None
    below = name_arithmetic.nobodys(host)
    if below is not None:
        cut = (await inquiry.ask("parent", server.server, server.address, below, "SOA", tcp=True)).referral
        if cut and cut.name == host:
            return ""
    shown = answer.wildcard
    return shown.name if shown else name_arithmetic.wildcard_beside(host)


def _tells(answer: Answer) -> bool:
    """Whether it comes out of the parent zone. A referral to another name is that of a server without this zone."""
    cut = answer.referral
    shown = answer.wildcard is not None or (cut is not None and cut.name == answer.name)
    return answer.outcome.answered and (shown or (cut is None and answer.authoritative))


def _listed(answer: Answer) -> frozenset[str]:
    """The NS records of a referral for exactly the name asked for, or at a wildcard above it."""
    cut = answer.referral
    found = answer.wildcard or (cut if cut and cut.name == answer.name else None)
    return frozenset(found.values) if found else frozenset()


async def names_of(inquiry: Inquiry, shown: Shown, needed: int) -> tuple[str, ...]:
    """The name servers of a zone that the same servers hold as the one above it; none if these do not agree."""
    asked = (
        inquiry.ask("parent", server, answer.address, shown.cut.zone, "NS", tcp=True)
        for server, answer in shown.by[:needed]
    )
    said = [answer.values("NS") for answer in await asyncio.gather(*asked)]
    return said[0] if len(set(said)) == 1 else ()


def note_differing_cuts(inquiry: Inquiry, answers: Iterable[ParentAnswer], heard: Iterable[Heard]) -> None:
    """Notes that servers of the parent say different things of a zone between it and the host."""
    told = [answer for answer in answers if answer.deeper or answer.says]
    deeper = next((answer.deeper for answer in told if answer.deeper), "")
    cuts = {one.answer.address: one.answer.referral for one in heard}
    if deeper and len({answer.server for answer in told}) > 1:
        said = ((one.server, cuts.get(one.address) if one.deeper else None) for one in told)
        words = [Word(server, frozenset(cut.values if cut else ())) for server, cut in said]
        dispute(inquiry, "parent", deeper, words)


async def any_calls_bogus(inquiry: Inquiry, zone: str) -> bool:
    """Whether one of our resolvers but the first calls the zone bogus."""
    words = await asyncio.gather(*(inquiry.word(zone, "SOA", path) for path in inquiry.paths[1:]))
    return any(word.bogus for word in words if word)


async def any_over_udp(inquiry: Inquiry, silent: Iterable[ParentAnswer], host: str, zone: str) -> bool:
    """Whether one of the servers that are silent over TCP answers over UDP about the host as the parent's."""
    answers = await asyncio.gather(
        *(inquiry.ask("parent", one.server, one.address, host, "NS") for one in silent)
    )
    return any(read_parent("", answer, zone).says or unclear(answer) for answer in answers)


def affordable_again(inquiry: Inquiry, missing: int) -> int:
    """How many silent servers may be tried by their other address family: those that the quorum still needs, and
    more of them while enough questions are left for what comes later."""
    spare = inquiry.left - _LATER_QUESTIONS
    return max(0, missing, spare // (len(inquiry.paths) + _FOR_OTHER_FAMILY))
