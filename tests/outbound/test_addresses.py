"""Where a name leads, by resolvers of which some say nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

from tests.twins.dns import MemoryDns
from webapp.dns.answers import Answer, Outcome
from webapp.outbound.addresses import addresses_of

NAME = "hooks.acme.test"


class Resolvers(MemoryDns):
    """Resolvers of which some cannot be asked, or cannot be asked for one type."""

    def __init__(self, *silent: tuple[int, str]) -> None:
        super().__init__(resolvers=2)
        self.silent, self.asked = silent, list[tuple[int, str]]()
        zone = self.zone("acme.test", "ns1.acme.test")
        zone.put(NAME, "A", "198.51.100.8", "198.51.100.7")
        zone.put(NAME, "AAAA", "2001:db8::7")

    async def resolve(self, name: str, rdtype: str, *, path: int = 0, **more: Any) -> Answer:
        self.asked.append((path, rdtype))
        found = await super().resolve(name, rdtype, path=path, **more)
        if (path, rdtype) in self.silent:
            return replace(found, outcome=Outcome.TIMEOUT, answer=())
        return found


def found(dns: Resolvers) -> list[str] | None:
    addresses = asyncio.run(addresses_of(NAME, dns))
    return None if addresses is None else [str(one) for one in addresses]


def test_families_take_turns() -> None:
    assert found(Resolvers()) == ["198.51.100.7", "2001:db8::7", "198.51.100.8"]


def test_the_next_resolver_is_asked_where_one_says_nothing() -> None:
    dns = Resolvers((0, "A"), (0, "AAAA"))
    assert len(dns.resolvers) > 1
    assert found(dns) == ["198.51.100.7", "2001:db8::7", "198.51.100.8"]
    assert {path for path, _ in dns.asked} == {0, 1}


def test_one_family_is_enough() -> None:
    dns = Resolvers((0, "AAAA"))
    assert found(dns) == ["198.51.100.7", "198.51.100.8"]
    assert {path for path, _ in dns.asked} == {0}


def test_nobody_answered_is_not_that_it_has_none() -> None:
    every = [(path, rdtype) for path in range(9) for rdtype in ("A", "AAAA")]
    assert found(Resolvers(*every)) is None
