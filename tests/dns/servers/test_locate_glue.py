"""Addresses that the zone above alone has: they serve where our resolver knows none, and only from that zone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.dns.delegation.cases import HOST, OTHERS, OURS, check
from tests.twins.dns import MemoryDns
from tests.twins.dns_zone import MemoryZone, Response
from webapp.dns.delegation import Verdict
from webapp.dns.records import RecordSet

INSIDE = ("ns1.acme.com", "ns2.acme.com")
#: In the registry's zone, and of a domain that is not in DNS any more: the registry keeps their addresses.
SIBLINGS = ("ns1.acme-dns.com", "ns2.acme-dns.com")
FORGED = ("198.51.77.1", "198.51.77.2")


class Registry:
    """acme.com, of whose name servers com alone has the addresses, which its answers bring along as `extra`."""

    def __init__(
        self, servers: tuple[str, ...], resolvers: int, *, delegated: tuple[str, ...] = OURS
    ) -> None:
        self.dns = MemoryDns(resolvers=resolvers)
        self.servers = servers
        self.acme = self.dns.zone("acme.com", *servers)
        self.acme.put(HOST, "NS", *delegated)
        self.dns.zone(HOST, *OURS, delegate=False)
        self.com = self.dns._apexes["com"]
        self.extra = tuple(
            RecordSet(server, "AAAA" if ":" in at else "A", 60, (at,))
            for server in servers
            if (at := self.dns.server(server).address)
        )
        for server in ("a.nic.com", "b.nic.com"):
            self.dns.server(server).reshape = self.brings

    def brings(self, name: str, _rdtype: str, response: Response) -> Response:
        refers = any(rs.type == "NS" for rs in response.authority)
        return replace(response, additional=self.extra) if refers and name.endswith("acme.com") else response

    def forget(self, rcode: str, *types: str) -> None:
        """Lets resolvers, and the zones, have no address of the servers."""
        said = Response(rcode, authority=() if rcode == "SERVFAIL" else (self.acme.soa,))
        for server in self.servers:
            self.dns.server(server).published = {}
            for rdtype in types or ("A", "AAAA"):
                for resolver in self.dns.recursive:
                    resolver.says[server, rdtype] = said

    def hide_zone(self, rcode: str = "SERVFAIL") -> None:
        """Lets resolvers know nothing of the zone, nor of what is in it."""
        registry = self

        class Saying(dict[tuple[str, str], Response]):
            def get(self, key: tuple[str, str], default: Response | None = None) -> Response | None:  # type: ignore[override]
                if key[0].endswith("acme.com") and not key[0].endswith(HOST):
                    return Response(rcode, authority=() if rcode == "SERVFAIL" else (registry.com.soa,))
                return super().get(key, default)

        for resolver in self.dns.recursive:
            resolver.says = Saying(resolver.says)


@pytest.mark.parametrize("resolvers", [1, 2])
@pytest.mark.parametrize("rcode", ["NXDOMAIN", "NOERROR", "SERVFAIL"])
@pytest.mark.parametrize("servers", [INSIDE, SIBLINGS, INSIDE[:1]], ids=["inside", "siblings", "one"])
def test_the_zone_aboves_addresses_serve_where_nobody_else_has_any(
    servers: tuple[str, ...], rcode: str, resolvers: int
) -> None:
    registry = Registry(servers, resolvers)
    registry.forget(rcode)
    assert check(registry.dns).verdict is Verdict.VERIFIED
    registry.acme.put(HOST, "NS", *OTHERS)
    assert check(registry.dns).verdict is Verdict.DELEGATED_ELSEWHERE


@pytest.mark.parametrize("resolvers", [1, 2])
@pytest.mark.parametrize("rcode", ["NXDOMAIN", "SERVFAIL"])
@pytest.mark.parametrize("servers", [INSIDE, SIBLINGS], ids=["inside", "siblings"])
def test_they_serve_where_resolvers_cannot_even_find_the_zone(
    servers: tuple[str, ...], rcode: str, resolvers: int
) -> None:
    registry = Registry(servers, resolvers)
    registry.forget("SERVFAIL")
    registry.hide_zone(rcode)
    report = check(registry.dns, proved=True)
    assert (report.verdict, report.parent_zone) == (Verdict.VERIFIED, "acme.com")
    registry.acme.put(HOST, "NS")
    assert check(registry.dns).verdict is Verdict.NOT_DELEGATED


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::ffff:10.0.0.1", "fd00::1"]
)
def test_a_refused_address_is_not_asked_even_there(address: str) -> None:
    registry = Registry(INSIDE, 2)
    registry.forget("NXDOMAIN")
    family = "AAAA" if ":" in address else "A"
    registry.extra = tuple(RecordSet(server, family, 60, (address,)) for server in INSIDE)
    report = check(registry.dns)
    assert (report.verdict, report.transient) == (Verdict.PARENT_UNREACHABLE, True)
    assert address not in {at for at, *_ in registry.dns.questions}


@pytest.mark.parametrize("rcode", ["NXDOMAIN", "SERVFAIL"])
def test_a_refused_address_beside_one_that_may_be_asked(rcode: str) -> None:
    registry = Registry(INSIDE, 2)
    registry.forget(rcode)
    registry.extra = tuple(replace(rs, values=("10.0.0.1", *rs.values)) for rs in registry.extra)
    assert check(registry.dns).verdict is Verdict.VERIFIED


def test_refused_addresses_of_one_family_leave_the_other() -> None:
    registry = Registry(INSIDE, 2)
    for number, server in enumerate(INSIDE):
        at = f"2600:9000::{number + 1}"
        registry.dns.server(server).address = at
        registry.extra += (RecordSet(server, "AAAA", 60, (at,)),)
    private = [replace(rs, values=("10.0.0.1",)) if rs.type == "A" else rs for rs in registry.extra]
    registry.extra = tuple(private)
    registry.forget("NXDOMAIN")
    assert check(registry.dns).verdict is Verdict.VERIFIED


def test_refused_glue_gives_way_to_what_resolvers_and_zones_know() -> None:
    """The way to a name server in another zone leads over glue that must not be asked."""
    dns = MemoryDns()
    dns.zone("provider.net", "a.provider.net", "b.provider.net")
    dns.zone("acme.com", "ns1.provider.net", "ns2.provider.net").put(HOST, "NS", *OURS)
    dns.zone(HOST, *OURS, delegate=False)

    def private_glue(_name: str, _rdtype: str, response: Response) -> Response:
        glue = tuple(replace(rs, values=("10.0.0.1",)) for rs in response.additional)
        return replace(response, additional=glue)

    for server in ("a.nic.net", "b.nic.net"):
        dns.server(server).reshape = private_glue
    assert check(dns).verdict is Verdict.VERIFIED
    assert "10.0.0.1" not in {address for address, *_ in dns.questions}


@pytest.mark.parametrize("family", ["A", "AAAA"])
@pytest.mark.parametrize("resolvers", [1, 2])
def test_glue_of_one_family_where_resolvers_know_the_other(family: str, resolvers: int) -> None:
    """The zone above has addresses that are dead, and of the other family none."""
    registry = Registry(INSIDE, resolvers)
    for number, server in enumerate(INSIDE):
        at = f"2600:9000::{number + 1}" if family == "A" else f"198.51.0.{200 + number}"
        registry.dns.server(server).address = at
        registry.dns.server(server).published = {"AAAA" if family == "A" else "A": (at,)}
    dead = "198.51.66.1" if family == "A" else "2600:9000:66::1"
    registry.extra = tuple(RecordSet(server, family, 60, (dead,)) for server in INSIDE)
    assert check(registry.dns).verdict is Verdict.VERIFIED


def liars(dns: MemoryDns) -> None:
    lie = MemoryZone("acme.com")
    lie.put(HOST, "NS", *OURS)
    for number, address in enumerate(FORGED):
        dns.server(f"liar{number}.example", address).zones["acme.com"] = lie


@pytest.mark.parametrize("resolvers", [1, 2])
def test_a_zone_gives_no_addresses_for_names_that_are_not_its_own(resolvers: int) -> None:
    """The forged twin: com has no say about names in net, whatever its answer brings along."""
    outside = ("ns1.provider.net", "ns2.provider.net")
    registry = Registry(outside, resolvers, delegated=())
    registry.dns.zone("provider.net", "a.provider.net")
    registry.forget("NXDOMAIN")
    liars(registry.dns)
    pairs = zip(outside, FORGED, strict=True)
    registry.extra = tuple(RecordSet(server, "A", 60, (address,)) for server, address in pairs)
    assert not check(registry.dns).verified
    assert not {address for address, *_ in registry.dns.questions} & set(FORGED)


@pytest.mark.parametrize(
    "servers", [("ns1.provider.net", "ns2.provider.net"), ("ns1.acme.com", "ns2.acme.com")]
)
def test_a_zone_below_gives_none_for_names_outside_itself(servers: tuple[str, ...]) -> None:
    """acme.com refers to eu.acme.com; it may know servers in acme.com, and none in net."""
    dns = MemoryDns()
    host = "chat.eu.acme.com"
    dns.zone("acme.com", "ns1.acme.org", "ns2.acme.org")
    dns.zone("acme.org", "a.acme.org")
    dns.zone("provider.net", "a.provider.net")
    dns.zone("eu.acme.com", *servers)
    dns.zone(host, *OURS, delegate=False)
    lie = MemoryZone("eu.acme.com")
    lie.put(host, "NS", *OURS)
    for number, address in enumerate(FORGED):
        dns.server(f"liar{number}.example", address).zones["eu.acme.com"] = lie
    for server in servers:
        dns.server(server).published = {}

    def brings(_name: str, _rdtype: str, response: Response) -> Response:
        pairs = zip(servers, FORGED, strict=True)
        extra = tuple(RecordSet(server, "A", 60, (address,)) for server, address in pairs)
        return replace(response, additional=extra) if response.authority else response

    for server in ("ns1.acme.org", "ns2.acme.org"):
        dns.server(server).reshape = brings
    for resolver in dns.recursive:
        for rdtype in ("SOA", "NS"):
            resolver.says["eu.acme.com", rdtype] = Response("SERVFAIL")
    report = check(dns, host=host, proved=True)
    assert report.verified is servers[0].endswith("acme.com")
    asked = {address for address, *_ in dns.questions}
    assert asked.isdisjoint(FORGED) is not report.verified
