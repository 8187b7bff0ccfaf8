"""Resolvers that see another parent zone than the Internet does."""

from __future__ import annotations

import pytest

from tests.dns.delegation.cases import HOST, OTHERS, OURS, PARENTS, check, world
from tests.twins.dns import MemoryDns
from tests.twins.dns_zone import MemoryZone, Response
from webapp.dns.delegation import DelegationReport, Verdict

INSIDE = "dc1.acme.com"


class View(dict[tuple[str, str], Response]):
    """What a resolver says that has its own copy of a zone."""

    def __init__(self, zone: MemoryZone) -> None:
        super().__init__()
        self.zone = zone

    def get(self, key: tuple[str, str], default: Response | None = None) -> Response | None:  # type: ignore[override]
        name, rdtype = key
        if name == self.zone.apex or name.endswith(f".{self.zone.apex}"):
            return self.zone.answer(name, rdtype)
        return super().get(key, default)


def copy_inside(*addresses: str, apex: str = "acme.com") -> MemoryZone:
    zone = MemoryZone(apex)
    if addresses:
        zone.put(apex, "NS", INSIDE)
        zone.put(INSIDE, "AAAA" if ":" in addresses[0] else "A", *addresses)
    zone.put(f"intranet.{apex}", "A", "10.0.0.80")
    return zone


def inside(dns: MemoryDns, zone: MemoryZone, *paths: int) -> MemoryDns:
    for path in paths:
        dns.recursive[path].says = View(zone)
    return dns


def hints(report: DelegationReport) -> list[tuple[Verdict, str]]:
    return [(one.verdict, one.reason) for one in report.further]


VIEWS = {
    "private": copy_inside("10.0.0.53"),
    "two": copy_inside("10.0.0.53", "192.168.0.53"),
    "ipv6": copy_inside("fd00::53"),
    "loopback": copy_inside("127.0.0.1"),
    "no-servers": copy_inside(),
}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(("resolvers", "paths"), [(1, (0,)), (2, (0,)), (2, (1,)), (3, (0, 1, 2))])
def test_what_the_world_says_counts(view: str, resolvers: int, paths: tuple[int, ...]) -> None:
    dns, _ = world(resolvers=resolvers)
    report = check(inside(dns, VIEWS[view], *paths))
    assert report.verdict is Verdict.VERIFIED
    assert hints(report) == [(Verdict.VERIFIED, "inside-view")]
    assert all(dns.resolvers[path] in report.hints[0].message for path in paths)


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    ("delegated", "verdict"),
    [
        ((), Verdict.NOT_DELEGATED),
        (OTHERS, Verdict.DELEGATED_ELSEWHERE),
        (OURS[:2], Verdict.DELEGATION_PARTIAL),
    ],
)
def test_also_against_a_name(view: str, delegated: tuple[str, ...], verdict: Verdict) -> None:
    dns, _ = world(resolvers=2, delegated=delegated)
    assert check(inside(dns, VIEWS[view], 0, 1)).verdict is verdict


def test_a_view_in_which_our_name_is_proves_nothing() -> None:
    dns, _ = world(resolvers=2, delegated=())
    zone = copy_inside("10.0.0.53")
    zone.put(HOST, "NS", *OURS)
    assert check(inside(dns, zone, 0, 1)).verdict is Verdict.NOT_DELEGATED


@pytest.mark.parametrize("resolvers", [1, 2])
def test_a_zone_that_there_is_only_inside(resolvers: int) -> None:
    """Inside, eu.acme.com is a zone of its own; outside, acme.com holds what is there."""
    dns, acme = world(resolvers=resolvers)
    host = "chat.eu.acme.com"
    acme.put(host, "NS", *OURS)
    dns.zone(host, *OURS, delegate=False)
    zone = copy_inside(apex="eu.acme.com")
    zone.put("eu.acme.com", "NS", "dc1.eu.acme.com")
    zone.put("dc1.eu.acme.com", "A", "10.0.0.53")
    report = check(inside(dns, zone, *range(resolvers)), host=host)
    assert (report.verdict, report.parent_zone) == (Verdict.VERIFIED, "acme.com")


def denying(dns: MemoryDns, path: int, *, servers: tuple[str, ...], address: str | None = None) -> None:
    """A resolver that knows other servers of the parent, and that the host is not delegated."""
    zone = MemoryZone("acme.com")
    zone.put("acme.com", "NS", *servers)
    for server in servers:
        if address:
            zone.put(server, "A", address)
    dns.recursive[path].says = View(zone)


@pytest.mark.parametrize("path", [0, 1])
def test_a_resolver_that_sees_servers_in_the_world_still_denies(path: int) -> None:
    """The forged twin: the honest resolver's servers can be reached, so that its word counts."""
    dns, _ = world(resolvers=2)
    denying(dns, path, servers=PARENTS, address=dns.server(PARENTS[0]).address)
    report = check(dns)
    assert (report.verdict, report.reason) == (Verdict.PARENT_UNREACHABLE, "resolver-denies")


@pytest.mark.parametrize("path", [0, 1])
def test_one_private_address_among_others_is_no_inside_view(path: int) -> None:
    dns, _ = world(resolvers=2)
    denying(dns, path, servers=("dc1.acme.com", "dc2.acme.com"), address="10.0.0.53")
    view = dns.recursive[path].says
    assert isinstance(view, View)
    view.zone.put("dc2.acme.com", "A", "198.51.66.1")
    assert not check(dns).verified


def test_a_resolver_that_does_not_know_the_domain_yet_is_none_of_these() -> None:
    """A denial out of the registry's zone, be it cached, is that of the Internet."""
    dns, _ = world(resolvers=2)
    gone = Response("NXDOMAIN", authority=(dns._apexes["com"].soa,))

    class Nothing(dict[tuple[str, str], Response]):
        def get(self, key: tuple[str, str], default: Response | None = None) -> Response | None:  # type: ignore[override]
            return gone if key[0].endswith("acme.com") else super().get(key, default)

    dns.recursive[1].says = Nothing()
    report = check(dns)
    assert (report.verdict, report.reason) == (Verdict.PARENT_UNREACHABLE, "resolver-denies")


def test_without_the_registrys_word_an_inside_view_excuses_nothing() -> None:
    dns, _ = world(resolvers=2)
    for resolver in dns.recursive:
        for name in ("acme.com", "com", "a.nic.com", "b.nic.com", *PARENTS, *OURS):
            for rdtype in ("A", "AAAA", "NS", "SOA"):
                resolver.says[name, rdtype] = dns._recurse(name, rdtype)
    for server in ("a.nic.com", "b.nic.com"):
        dns.server(server).reshape = lambda _n, _t, _r: Response("REFUSED")
    inside(dns, copy_inside("10.0.0.53"), 1)
    assert not check(dns).verified


def test_a_hint_alone_keeps_no_name_from_going_live() -> None:
    dns, _ = world(resolvers=1)
    report = check(inside(dns, copy_inside("10.0.0.53"), 0))
    assert {one.verdict for one in report.further} == {Verdict.VERIFIED}
