"""Following the CNAME records of a host: within its zone at the zone's own servers, and beyond it by our resolvers.

What a zone beyond says is for its own servers to say, and our resolvers ask those. Each resolver that answers is
heard, and the judge believes them only if all say the same. None of this proves a name, which the token does alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from webapp.dns import name_arithmetic
from webapp.dns.answers import Answer
from webapp.dns.lookup.observation import ParentAnswer
from webapp.dns.records_method.lookup.observation import BeyondAnswer, HostAnswer
from webapp.dns.servers.inquiry import Inquiry

#: What is kept of the questions of a check for those that come after a chain.
_LATER_QUESTIONS = 8


class Chain:
    """The names that CNAME records lead to from `start`, one after the other, up to `most` of them."""

    def __init__(self, start: str, most: int) -> None:
        self.names: list[str] = []
        self.loop = False
        self._start, self._most = start, most

    @property
    def end(self) -> str:
        return self.names[-1] if self.names else self._start

    @property
    def full(self) -> bool:
        """True when a CNAME record more would be more than a check follows."""
        return len(self.names) >= self._most

    def over(self, target: str) -> bool:
        """Whether nothing is left to follow: it came to the target, round in a circle, or too far."""
        return self.loop or self.full or target in self.names

    def follow(self, answer: Answer, zone: str = ".") -> bool:
        """Adds those names to which `answer` leads by records that `zone` may hold. Whether it led on."""
        before = len(self.names)
        while not self.full and not self.loop and name_arithmetic.at_or_below(self.end, zone):
            alias = answer.record_set("CNAME", self.end)
            if alias is None:
                break
            self.loop = alias.values[0] in {self._start, *self.names}
            self.names.append(alias.values[0])
        return len(self.names) > before


async def ask_host(inquiry: Inquiry, said: ParentAnswer, host: str, zone: str, target: str) -> HostAnswer:
    """What one server of the zone says of the host, over TCP.

    A server that gives only the first of several CNAME records is asked for each of the others.
    """

    async def ask(name: str, rdtype: str = "A") -> Answer:
        return await inquiry.ask("parent", said.server, said.address, name, rdtype, tcp=True)

    first = last = await ask(host)
    if not _tells(first):
        return HostAnswer(said.server, said.address, first.outcome)
    chain, spared = Chain(host, inquiry.limits.chain_steps + 1), True
    while _tells(last) and chain.follow(last, zone) and not chain.over(target):
        spared = inquiry.left > _LATER_QUESTIONS
        if not spared or not name_arithmetic.at_or_below(chain.end, zone):
            break
        last = await ask(chain.end)
    addresses = frozenset(first.values("A"))
    if not chain.names:
        last = await ask(host, "AAAA")
        addresses |= frozenset(last.values("AAAA"))
    outside = not name_arithmetic.at_or_below(chain.end, zone) or last.referral is not None
    return HostAnswer(
        said.server,
        said.address,
        first.outcome,
        told=True,
        names=tuple(chain.names),
        addresses=frozenset() if chain.names else addresses,
        ttl=first.answer[0].ttl if first.answer else first.negative_ttl,
        loop=chain.loop,
        open=outside and not chain.over(target),
        lost=not outside and not (spared and _tells(last)),
    )


async def ask_beyond(inquiry: Inquiry, name: str, target: str, steps: int) -> tuple[BeyondAnswer, ...]:
    """Where each of our resolvers is led from `name`, at most `steps` names on."""
    return tuple(
        await asyncio.gather(*(_ask_resolver(inquiry, name, target, steps, path) for path in inquiry.paths))
    )


async def _ask_resolver(inquiry: Inquiry, name: str, target: str, steps: int, path: int) -> BeyondAnswer:
    """A resolver follows a chain by itself. Where it does not get to the end, one of them is led step by step: it may
    be that the end alone cannot be asked, or that the chain goes round in a circle."""
    chain = Chain(name, steps + 1)
    answer = await inquiry.resolve(name, "A", path)
    chain.follow(answer)
    told = answer.outcome.answered or chain.over(target)
    while not told and path == 0 and inquiry.left > _LATER_QUESTIONS:
        answer = await inquiry.resolve(chain.end, "CNAME", path)
        led_on = chain.follow(answer)
        told = chain.over(target) or (answer.outcome.answered and not led_on)
        if not answer.outcome.answered:
            break
    return BeyondAnswer(name, answer.address, answer.outcome, told, tuple(chain.names), chain.loop)


def _tells(answer: Answer) -> bool:
    return answer.authoritative and answer.outcome.answered


def addresses_in(answer: Answer) -> tuple[str, ...]:
    """The addresses at the end of an answer, behind CNAME records, too."""
    return tuple(value for found in answer.answer if found.type == answer.type for value in found.values)


def types_of(addresses: Iterable[str]) -> tuple[str, ...]:
    """The types of addresses; without any, one that shows a CNAME record."""
    return tuple(sorted({"AAAA" if ":" in one else "A" for one in addresses})) or ("A",)
