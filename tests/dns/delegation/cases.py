"""Observations and small sets of zones that the tests of the verdicts start from."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tests.twins.dns import MemoryDns
from tests.twins.dns_zone import MemoryZone
from webapp.dns.answers import Outcome
from webapp.dns.delegation import DelegationReport, Expectation, verify
from webapp.dns.lookup.observation import Observation, OurAnswer, ParentAnswer, Says

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOST = "chat.acme.com"
OURS = ("ns-101.awsdns-12.com", "ns-613.awsdns-13.net", "ns-1125.awsdns-14.org", "ns-1637.awsdns-15.co.uk")
OTHERS = ("ns-202.awsdns-25.com", "ns-714.awsdns-26.net", "ns-1226.awsdns-27.org", "ns-1738.awsdns-28.co.uk")
PARENTS = ("ns1.acme.com", "ns2.acme.com")


def expectation(**changes: Any) -> Expectation:
    return replace(Expectation(HOST, OURS), **changes)


def delegates(
    server: str, name_servers: Iterable[str] = OURS, *, ds: tuple[str, ...] | None = (), ttl: int = 3600
) -> ParentAnswer:
    return ParentAnswer(
        server, "198.51.0.2", Outcome.REFERRAL, Says.DELEGATED, frozenset(name_servers), ttl, ds=ds
    )


def knows_nothing(server: str, outcome: Outcome = Outcome.NXDOMAIN, ttl: int = 900) -> ParentAnswer:
    return ParentAnswer(server, "198.51.0.2", outcome, Says.ABSENT, ttl=ttl)


def fails(server: str, outcome: Outcome = Outcome.TIMEOUT) -> ParentAnswer:
    return ParentAnswer(server, "198.51.0.2", outcome)


def serving(server: str, **changes: Any) -> OurAnswer:
    right = OurAnswer(server, Outcome.NOERROR, f"203.0.113.{OURS.index(server)}", True, HOST, frozenset(OURS))
    return replace(right, **changes)


def healthy(**changes: Any) -> Observation:
    """What a check sees where everything is right."""
    right = Observation(
        parent_zone="acme.com",
        parent_answers=tuple(delegates(server) for server in PARENTS),
        ours=tuple(serving(server) for server in OURS),
    )
    return replace(right, **changes)


def listing(name_servers: Iterable[str], **changes: Any) -> Observation:
    """What a check sees where both of the parent's servers list these."""
    names = tuple(name_servers)
    return healthy(parent_answers=tuple(delegates(server, names) for server in PARENTS), **changes)


def nothing_there(**changes: Any) -> Observation:
    answers = tuple(knows_nothing(server, Outcome.NODATA) for server in PARENTS)
    return healthy(**{"parent_answers": answers} | changes)


def world(*, delegated: Iterable[str] = OURS, **options: Any) -> tuple[MemoryDns, MemoryZone]:
    """acme.com with two servers, our zone at its four, and `delegated` as NS records; the zone acme.com."""
    dns = MemoryDns(**options)
    acme = dns.zone("acme.com", *PARENTS)
    dns.zone(HOST, *OURS, delegate=False)
    acme.put(HOST, "NS", *delegated)
    return dns, acme


def check(dns: MemoryDns, **changes: Any) -> DelegationReport:
    return asyncio.run(verify(expectation(**changes), dns, NOW))


def first_sentence(message: str) -> str:
    return message.split(". ", maxsplit=1)[0]
