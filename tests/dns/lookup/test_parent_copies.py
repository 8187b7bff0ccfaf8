"""The registry and the zone itself name different servers, which hold different copies of the zone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.dns.delegation.cases import HOST, NOW, OTHERS, OURS, check
from tests.twins.dns import Fault, MemoryDns
from tests.twins.dns_zone import MemoryZone, Response
from webapp.dns.delegation import DelegationReport, Verdict
from webapp.dns.records import RecordSet

NAMED_ABOVE = ("p1.acme.com", "p2.acme.com")
NAMED_BY_ZONE = {"inside": ("q1.acme.com", "q2.acme.com"), "outside": ("q1.provider.net", "q2.provider.net")}


def two_copies(
    others: tuple[str, ...],
    *,
    resolvers: int = 2,
    above: tuple[str, ...] = OURS,
    zone: tuple[str, ...] = (),
) -> MemoryDns:
    dns = MemoryDns(resolvers=resolvers)
    dns.zone("provider.net", "a.provider.net")
    dns.zone("acme.com", *others).put(HOST, "NS", *zone)
    copy = dns.zone("acme.com", *NAMED_ABOVE)
    copy.put(HOST, "NS", *above)
    copy.put("acme.com", "NS", *others)
    dns.zone(HOST, *OURS, delegate=False)
    known = Response(answer=(RecordSet("acme.com", "NS", 3600, others),))
    for resolver in dns.recursive:
        resolver.says["acme.com", "NS"] = known
        resolver.says["acme.com", "SOA"] = Response(answer=(copy.soa,))
    return dns


def names_both_sides(report: DelegationReport, others: tuple[str, ...]) -> bool:
    return all(name in report.message for name in (*NAMED_ABOVE, *others))


@pytest.mark.parametrize("others", NAMED_BY_ZONE.values(), ids=NAMED_BY_ZONE)
@pytest.mark.parametrize("resolvers", [1, 2, 3])
@pytest.mark.parametrize(
    ("above", "zone"), [(OURS, ()), ((), OURS), (OURS, OTHERS), (OURS[:3], OURS)], ids=str
)
def test_copies_that_differ_are_an_inconsistent_parent(
    others: tuple[str, ...], resolvers: int, above: tuple[str, ...], zone: tuple[str, ...]
) -> None:
    report = check(two_copies(others, resolvers=resolvers, above=above, zone=zone))
    assert (report.verdict, report.reason) == (Verdict.PARENT_INCONSISTENT, "copies-differ")
    assert report.transient
    assert names_both_sides(report, others)


@pytest.mark.parametrize("others", NAMED_BY_ZONE.values(), ids=NAMED_BY_ZONE)
def test_after_a_week_it_is_for_their_owner_to_correct(others: tuple[str, ...]) -> None:
    report = check(two_copies(others), inconsistent_since=NOW - timedelta(days=8))
    assert (report.verdict, report.transient, report.who_acts) == (Verdict.PARENT_INCONSISTENT, False, "you")
    assert names_both_sides(report, others)
    assert report.next_step.startswith("Name the same servers for acme.com")


@pytest.mark.parametrize("others", NAMED_BY_ZONE.values(), ids=NAMED_BY_ZONE)
def test_copies_that_agree_verify(others: tuple[str, ...]) -> None:
    assert check(two_copies(others, zone=OURS)).verdict is Verdict.VERIFIED


@pytest.mark.parametrize("others", NAMED_BY_ZONE.values(), ids=NAMED_BY_ZONE)
def test_the_zones_own_servers_alone_verify_nothing(others: tuple[str, ...]) -> None:
    dns = two_copies(others, above=(), zone=OURS)
    for server in NAMED_ABOVE:
        dns.server(server).fault = Fault.SILENT
    report = check(dns)
    assert (report.verdict, report.reason) == (Verdict.PARENT_UNREACHABLE, "parent-moving")


def test_servers_above_that_differ_among_each_other_are_no_two_copies() -> None:
    dns = two_copies(NAMED_BY_ZONE["outside"])
    dns.server(NAMED_ABOVE[1]).zones["acme.com"] = MemoryZone("acme.com")
    assert check(dns).reason == ""


@pytest.mark.parametrize("address", ["198.51.0.66", "10.0.0.1"])
def test_a_copy_that_has_other_addresses_for_the_servers_named_above(address: str) -> None:
    """What the zone says of p1 and p2 is not where the registry sends visitors."""
    dns = two_copies(NAMED_BY_ZONE["inside"])
    for server in NAMED_ABOVE:
        for resolver in dns.recursive:
            resolver.says[server, "A"] = Response(answer=(RecordSet(server, "A", 60, (address,)),))
    report = check(dns)
    assert report.verdict is Verdict.PARENT_INCONSISTENT
    assert {dns.server(server).address for server in NAMED_ABOVE} <= {at for at, *_ in dns.questions}
