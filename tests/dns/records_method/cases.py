"""Small sets of zones, and observations, that the tests of the records method start from."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from tests.twins.dns import MemoryDns
from tests.twins.dns_zone import MemoryZone
from webapp.dns.answers import Outcome
from webapp.dns.lookup.observation import Observation, ParentAnswer, ResolverAnswer, Says
from webapp.dns.records_method import RecordsExpectation, RecordsObservation, RecordsReport, verify
from webapp.dns.records_method.lookup.observation import HostAnswer, TextAnswer

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ZONE = "acme.com"
HOST = "chat.acme.com"
LABEL = f"_nameplate-challenge.{HOST}"
TOKEN = "k7q2m9x4c5v8b3n6z2w5t8r4p6"
OTHER_TOKEN = "m3v6x2z8q4w9n5c7b2k6t3r8p4"
TARGET = "r4t7y2u9.edge.nameplate.net"
OTHER_TARGET = "h8j3k6l9.edge.nameplate.net"
EDGE = ("45.76.10.1", "45.76.10.2", "2a05:f480::1")
SERVERS = ("ns1.acme.com", "ns2.acme.com")


def quoted(text: str) -> str:
    return f'"{text}"'


def expectation(**changes: Any) -> RecordsExpectation:
    return replace(RecordsExpectation(HOST, TOKEN, TARGET), **changes)


def world(
    *, token: str | None = TOKEN, target: str | None = TARGET, **options: Any
) -> tuple[MemoryDns, MemoryZone]:
    """acme.com with two servers and the records of the claim in it, and the edge's zone with the target."""
    dns = MemoryDns(**options)
    acme = dns.zone(ZONE, *SERVERS)
    edge = dns.zone("edge.nameplate.net", "ns1.edge.nameplate.net")
    for name in (TARGET, OTHER_TARGET):
        edge.put(name, "A", *EDGE[:2])
        edge.put(name, "AAAA", EDGE[2])
    if token is not None:
        acme.put(LABEL, "TXT", quoted(token))
    if target is not None:
        acme.put(HOST, "CNAME", target)
    return dns, acme


def check(dns: MemoryDns, **changes: Any) -> RecordsReport:
    return asyncio.run(verify(expectation(**changes), dns, NOW))


# Observations, as a check sees them


def absent(server: str, **changes: Any) -> ParentAnswer:
    """What a server says of NS records at the label: there are none."""
    number = server.removeprefix("ns").partition(".")[0]
    said = ParentAnswer(server, f"198.51.0.{number}", Outcome.NODATA, Says.ABSENT, ttl=900)
    return replace(said, **changes)


def text(server: str, *texts: str, **changes: Any) -> TextAnswer:
    outcome = Outcome.NOERROR if texts else Outcome.NXDOMAIN
    return replace(
        TextAnswer(server, absent(server).address, outcome, told=True, texts=texts, ttl=300), **changes
    )


def host(server: str, *names: str, **changes: Any) -> HostAnswer:
    said = HostAnswer(server, absent(server).address, Outcome.NOERROR, told=True, names=names, ttl=300)
    return replace(said, **changes)


def resolver(number: int = 53, **changes: Any) -> ResolverAnswer:
    said = ResolverAnswer(f"192.0.2.{number}:53", Outcome.NOERROR, frozenset({"token"}), 300)
    return replace(said, **changes)


def zone_seen(**changes: Any) -> Observation:
    seen = Observation(
        parent_zone=ZONE,
        parent_answers=tuple(map(absent, SERVERS)),
        wildcard="",
        resolvers=(resolver(),),
    )
    return replace(seen, **changes)


def seen(
    texts: Iterable[str] = (TOKEN,), names: Iterable[str] = (TARGET,), **changes: Any
) -> RecordsObservation:
    """What a check sees where both servers say the same; `zone` changes what is known of the zone."""
    zone = changes.pop("zone", {})
    observation = RecordsObservation(
        zone=zone if isinstance(zone, Observation) else zone_seen(**zone),
        texts=tuple(text(server, *texts) for server in SERVERS),
        hosts=tuple(host(server, *names) for server in SERVERS),
        visitors=(resolver(name_servers=frozenset({"target"})),),
    )
    return replace(observation, **changes)
