"""Asking one name server of the parent zone about the host, over TCP, until it is clear what the answer means."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from webapp.dns import name_arithmetic
from webapp.dns.answers import Answer
from webapp.dns.lookup.observation import ParentAnswer
from webapp.dns.lookup.reading import read_parent, unclear
from webapp.dns.servers.inquiry import Inquiry
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
    names = await asyncio.gather(ask(_at_random(host), "NS"), ask(beside(host), "NS"))
    return (*found, *(one for one in names if one))


def beside(host: str) -> str | None:
    """A name beside the host that nobody has ever asked for."""
    return _at_random(name_arithmetic.parent_of(host) or ".")


def _at_random(ancestor: str) -> str | None:
    return name_arithmetic.join(secrets.token_hex(8), ancestor)


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
    below = _at_random(host)
    if below is not None:
        cut = (await inquiry.ask("parent", server.server, server.address, below, "SOA", tcp=True)).referral
        if cut and cut.name == host:
            return ""
    above = name_arithmetic.parent_of(host) or "."
    shown = answer.wildcard
    return shown.name if shown else name_arithmetic.join("*", above) or above


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


def affordable_again(inquiry: Inquiry, missing: int) -> int:
    """How many silent servers may be tried by their other address family: those that the quorum still needs, and
    more of them while enough questions are left for what comes later."""
    spare = inquiry.left - _LATER_QUESTIONS
    return max(0, missing, spare // (len(inquiry.paths) + _FOR_OTHER_FAMILY))
