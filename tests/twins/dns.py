"""The twin of the network for tests: name servers and zones in a few lines, and their faults.

    dns = MemoryDns()
    acme = dns.zone("acme.com", "ns1.acme.com", "ns2.acme.com")
    acme.put("chat.acme.com", "NS", "ns-1.awsdns-00.com", "ns-2.awsdns-00.net")
    dns.server("ns2.acme.com").fault = Fault.SILENT

A new zone is delegated by the nearest zone above it; the root and the top-level domains are there when they
are needed. Answers are computed as RFC 1034 (4.3.2), 4592 (wildcards) and 6672 (DNAME) say.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from enum import Enum, auto

from tests.twins.dns_zone import MemoryZone, Response
from webapp.dns import addresses, name_arithmetic
from webapp.dns.addresses import IPNetwork
from webapp.dns.answers import Answer, Outcome, outcome_of
from webapp.dns.limits import Budget, Limits
from webapp.dns.notes import Note
from webapp.dns.records import RecordSet

#: Where servers without an address of their own choosing get theirs: globally reachable, and nobody's here.
_FIRST_ADDRESS = ipaddress.ip_address("198.51.0.1")


class Fault(Enum):
    """How a server misbehaves."""

    SILENT = auto()
    #: Silent over TCP, answers over UDP.
    NO_TCP = auto()
    UNREACHABLE = auto()
    REFUSED = auto()
    SERVFAIL = auto()
    #: Answers, but with AA clear and no referral.
    NOT_AUTHORITATIVE = auto()
    #: Takes longer than any check.
    HANGS = auto()
    #: Answers one packet in three, over UDP and over TCP.
    AT_TIMES = auto()
    #: Answers for every name as if it were the apex of a zone, as those of parked domains do.
    ANY_NAME = auto()


#: Those with which a resolver gets its answers all the same.
_ANSWERING = {None, Fault.NO_TCP, Fault.AT_TIMES, Fault.ANY_NAME}


@dataclass
class MemoryServer:
    """An authoritative server. `zones` may hold a copy of its own that differs from the others'."""

    name: str
    address: str
    zones: dict[str, MemoryZone] = field(default_factory=dict)
    fault: Fault | None = None
    #: What resolvers and zones have at its name: its address, unless a test puts something else (or nothing) here.
    published: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: How it changes what it would answer (name, type, right answer), when it is asked without recursion.
    reshape: Callable[[str, str, Response], Response] | None = None
    #: How many packets have come, for those faults that are about some of them.
    packets: int = 0

    def answer(self, name: str, rdtype: str) -> Response:
        """What the deepest of its zones says; for DS that is the one above the cut (RFC 4035, 3.1.4.1)."""
        if self.fault is Fault.ANY_NAME:
            return Response(
                authoritative=True, answer=(RecordSet(name, rdtype, 3600, _parking(rdtype, self)),)
            )
        held = [apex for apex in self.zones if name_arithmetic.at_or_below(name, apex)]
        if rdtype == "DS" and len(held) > 1:
            held = [apex for apex in held if apex != name]
        if not held:
            return Response("REFUSED")
        return self.zones[max(held, key=_depth)].answer(name, rdtype)


def _parking(rdtype: str, server: MemoryServer) -> tuple[str, ...]:
    values = {"NS": "ns.parking.net", "SOA": "ns.parking.net. host.parking.net. 1 7200 900 1209600 900"}
    return (values.get(rdtype, server.address),)


def _depth(apex: str) -> int:
    return 0 if apex == "." else apex.count(".") + 1


@dataclass
class MemoryResolver:
    """A recursive resolver. `says` overrides what it would find out, per name and type: a stale cache.

    Names in `bogus`, and what is below them, get SERVFAIL unless checking is disabled.
    """

    address: str
    fault: Fault | None = None
    says: dict[tuple[str, str], Response] = field(default_factory=dict)
    bogus: set[str] = field(default_factory=set)


class MemoryDns:
    """Answers from its own servers and zones. `questions` keeps what was asked: (address, name, type)."""

    def __init__(
        self, *, limits: Limits | None = None, resolvers: int = 1, allow_networks: Sequence[IPNetwork] = ()
    ) -> None:
        self.limits = limits or Limits()
        self.servers: dict[str, MemoryServer] = {}
        self.recursive = [MemoryResolver(f"192.0.2.{53 + number}:53") for number in range(resolvers)]
        self.questions: list[tuple[str, str, str]] = []
        self._allow_networks = tuple(allow_networks)
        self._apexes: dict[str, MemoryZone] = {}
        self.zone(".", "a.root-servers.net")

    def zone(self, apex: str, *name_servers: str, delegate: bool = True) -> MemoryZone:
        """A zone held by these servers, delegated to them from above unless told otherwise."""
        apex = name_arithmetic.canonical(apex)
        names = tuple(map(name_arithmetic.canonical, name_servers))
        zone = self._apexes[apex] = MemoryZone(apex)
        zone.put(apex, "NS", *names)
        for name in names:
            self.server(name).zones[apex] = zone
        if delegate and apex != ".":
            self._zone_above(apex).put(apex, "NS", *names)
        return zone

    def above(self, name: str) -> MemoryZone:
        """The zone that delegates `name`, or would."""
        return self._zone_above(name_arithmetic.canonical(name))

    def server(self, name: str, address: str | None = None) -> MemoryServer:
        """The server of that name; a new one gets an address record in the zone that holds its name."""
        name = name_arithmetic.canonical(name)
        if name not in self.servers:
            given = address or str(_FIRST_ADDRESS + len(self.servers))
            family = "AAAA" if ":" in given else "A"
            self.servers[name] = MemoryServer(name, given, published={family: (given,)})
        return self.servers[name]

    def copy_at(self, server: str, apex: str) -> MemoryZone:
        """Gives one server a copy of its own of a zone, so that it can differ from the others."""
        held = self.server(server).zones
        held[apex] = held[apex].copy()
        return held[apex]

    @asynccontextmanager
    async def session(self) -> AsyncIterator[MemoryDns]:
        yield self

    @property
    def resolvers(self) -> Sequence[str]:
        return [resolver.address for resolver in self.recursive]

    def refusal(self, address: str) -> Note | None:
        return addresses.refusal(address, self._allow_networks)

    async def ask(self, address: str, name: str, rdtype: str, *, budget: Budget, tcp: bool = False) -> Answer:
        asked = Answer(name, rdtype, Outcome.NOT_ASKED, address, (address, 53), "tcp" if tcp else "udp")
        refused = self.refusal(address)
        if refused:
            return replace(asked, note=refused)
        server = next((s for s in self.servers.values() if s.address == address), None)
        if server is None:
            return await self._send(asked, Fault.SILENT, Response(), budget)
        response = self._with_glue(self._with_address(server.answer(name, rdtype), name, rdtype))
        response = server.reshape(name, rdtype, response) if server.reshape else response
        if server.fault is Fault.AT_TIMES:
            return await self._send_at_times(asked, server, response, budget)
        return await self._send(asked, server.fault, response, budget)

    async def _send_at_times(
        self, asked: Answer, server: MemoryServer, response: Response, budget: Budget
    ) -> Answer:
        for lost in range(self.limits.tries):
            server.packets += 1
            if server.packets % 3 == 0:
                answer = await self._send(asked, None, response, budget)
                return replace(answer, ms=round(lost * self.limits.server_try_seconds * 1000))
        return await self._send(asked, Fault.SILENT, response, budget)

    async def resolve(
        self, name: str, rdtype: str, *, budget: Budget, path: int = 0, checking_disabled: bool = False
    ) -> Answer:
        resolver = self.recursive[path]
        host, _, port = resolver.address.rpartition(":")
        asked = Answer(name, rdtype, Outcome.NOT_ASKED, resolver.address, (host, int(port)))
        response = resolver.says.get((name, rdtype)) or self._recurse(name, rdtype)
        if not checking_disabled and any(name_arithmetic.at_or_below(name, zone) for zone in resolver.bogus):
            response = Response("SERVFAIL")
        return await self._send(asked, resolver.fault, response, budget)

    async def _send(self, asked: Answer, fault: Fault | None, response: Response, budget: Budget) -> Answer:
        self.questions.append((asked.address, asked.name, asked.type))
        if fault is Fault.NO_TCP:
            fault = Fault.SILENT if asked.transport == "tcp" else None
        for _ in range(self.limits.tries if fault is Fault.SILENT else 1):
            if not budget.spend():
                return replace(asked, note=Note("no-queries-left"))
        if fault is Fault.HANGS:
            await asyncio.sleep(3600)
        return _received(asked, _spoilt(response, fault))

    def _zone_above(self, apex: str) -> MemoryZone:
        """The zone that has to delegate `apex`: the nearest that there is, a top-level domain at least."""
        above = [zone for zone in self._apexes if name_arithmetic.below(apex, zone)]
        nearest = max(above, key=_depth)
        top = apex.rpartition(".")[2]
        if nearest == "." and top != apex:
            return self.zone(top, f"a.nic.{top}", f"b.nic.{top}")
        return self._apexes[nearest]

    def _with_address(self, response: Response, name: str, rdtype: str) -> Response:
        """Every zone has the addresses of the name servers that are named below it."""
        if not response.authoritative or name not in self.servers or rdtype not in {"A", "AAAA"}:
            return response
        return replace(self._address_of(name, rdtype), authoritative=True)

    def _address_of(self, server: str, rdtype: str) -> Response:
        found = tuple(rs for rs in self._published(server) if rs.type in {rdtype, "CNAME"})
        return Response(answer=found, authority=() if found else (self._apexes["."].soa,))

    def _with_glue(self, response: Response) -> Response:
        cut = next((rs for rs in response.authority if rs.type == "NS"), None)
        inside = [name for name in cut.values if name_arithmetic.at_or_below(name, cut.name)] if cut else []
        glue = tuple(rs for name in inside if name in self.servers for rs in self._published(name))
        return replace(response, additional=glue)

    def _published(self, server: str) -> tuple[RecordSet, ...]:
        published = self.servers[server].published.items()
        return tuple(RecordSet(server, rdtype, 3600, values) for rdtype, values in published)

    def _recurse(self, name: str, rdtype: str, steps: int = 16) -> Response:
        """What a resolver without a cache finds: from the root down, then along CNAME records."""
        if name in self.servers and rdtype in {"A", "AAAA"}:
            return self._address_of(name, rdtype)
        names: tuple[str, ...] = ("a.root-servers.net",)
        for _ in range(steps):
            response = self._first_answer(names, name, rdtype)
            cut = next((rs for rs in response.authority if rs.type == "NS"), None)
            if cut is None:
                return self._follow(response, rdtype, steps)
            names = cut.values
        return Response("SERVFAIL")

    def _first_answer(self, names: tuple[str, ...], name: str, rdtype: str) -> Response:
        for server in (self.servers[n] for n in names if n in self.servers):
            response = server.answer(name, rdtype)
            if server.fault in _ANSWERING and response.rcode in {"NOERROR", "NXDOMAIN"}:
                return response
        return Response("SERVFAIL")

    def _follow(self, response: Response, rdtype: str, steps: int) -> Response:
        alias = next((rs for rs in response.answer if rs.type == "CNAME"), None)
        if alias is None or rdtype == "CNAME" or steps <= 1:
            return response
        target = self._recurse(alias.values[0], rdtype, steps - 1)
        return replace(target, answer=(*response.answer, *target.answer))


def _spoilt(response: Response, fault: Fault | None) -> Response | Outcome:
    if fault in {Fault.REFUSED, Fault.SERVFAIL}:
        return Response(fault.name)
    if fault is Fault.NOT_AUTHORITATIVE:
        return Response(answer=response.answer if response.authoritative else ())
    if fault is Fault.SILENT:
        return Outcome.TIMEOUT
    return Outcome.UNREACHABLE if fault is Fault.UNREACHABLE else response


def _received(asked: Answer, response: Response | Outcome) -> Answer:
    if isinstance(response, Outcome):
        return replace(asked, outcome=response)
    return replace(
        asked,
        outcome=outcome_of(response.rcode, response.answer, response.authority),
        authoritative=response.authoritative,
        answer=response.answer,
        authority=response.authority,
        additional=response.additional,
        recursive=response.recursive,
    )
