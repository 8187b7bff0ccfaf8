"""Servers with addresses of both families, of which one is dead."""

from __future__ import annotations

import ipaddress

import pytest

from tests.dns.delegation.cases import HOST, OURS, check
from tests.twins.dns import Fault, MemoryDns
from tests.twins.dns_zone import MemoryZone, Response
from webapp.dns.delegation import Verdict
from webapp.dns.records import RecordSet

OUTSIDE = ("ns1.provider.net", "ns2.provider.net")
INSIDE = ("ns1.acme.com", "ns2.acme.com")
IPV6 = ("2600:9000::1", "2600:9000::2")
DEAD = {"A": "198.51.66.{}", "AAAA": "2600:9000:66::{}"}


def two_families(
    servers: tuple[str, ...], alive: str, *, resolvers: int = 2, delegated: bool = True
) -> MemoryDns:
    """Servers of acme.com that answer at one family alone; the addresses of the other are dead."""
    dns = MemoryDns(resolvers=resolvers)
    dns.zone("provider.net", "a.provider.net")
    for number, server in enumerate(servers):
        dns.server(server, IPV6[number] if alive == "AAAA" else None)
    acme = dns.zone("acme.com", *servers)
    acme.put(HOST, "NS", *(OURS if delegated else ()))
    dns.zone(HOST, *OURS, delegate=False)
    other = "A" if alive == "AAAA" else "AAAA"
    for number, server in enumerate(servers):
        dns.server(server).published[other] = (DEAD[other].format(number),)
    return dns


@pytest.mark.parametrize("alive", ["A", "AAAA"])
@pytest.mark.parametrize("servers", [OUTSIDE, INSIDE, OUTSIDE[:1]], ids=["outside", "glue", "one"])
@pytest.mark.parametrize("resolvers", [1, 2, 3])
def test_the_family_that_answers_is_enough(alive: str, servers: tuple[str, ...], resolvers: int) -> None:
    dns = two_families(servers, alive, resolvers=resolvers)
    assert check(dns).verdict is Verdict.VERIFIED
    assert len(dns.questions) <= dns.limits.queries


@pytest.mark.parametrize("alive", ["A", "AAAA"])
@pytest.mark.parametrize("servers", [OUTSIDE, INSIDE])
def test_it_is_enough_against_a_name_as_well(alive: str, servers: tuple[str, ...]) -> None:
    assert check(two_families(servers, alive, delegated=False)).verdict is Verdict.NOT_DELEGATED


def test_one_server_of_each_family() -> None:
    dns = two_families(OUTSIDE, "AAAA")
    first = dns.server(OUTSIDE[0])
    first.address, first.published["A"] = "198.51.0.99", ("198.51.0.99",)
    first.published["AAAA"] = (DEAD["AAAA"].format(1),)
    assert check(dns).verdict is Verdict.VERIFIED


def test_a_healthy_server_is_not_asked_for_its_other_family() -> None:
    dns = two_families(OUTSIDE, "A")
    check(dns)
    assert not [name for _, name, rdtype in dns.questions if rdtype == "AAAA"]


@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.SERVFAIL])
def test_a_server_that_is_lame_at_one_family(fault: Fault) -> None:
    dns = two_families(OUTSIDE, "AAAA")
    for number in range(2):
        lame = dns.server(f"lame{number}.example", DEAD["A"].format(number))
        lame.fault = fault
    assert check(dns).verdict is Verdict.VERIFIED


@pytest.mark.parametrize("resolvers", [1, 2])
def test_a_forged_address_of_the_other_family_verifies_nothing(resolvers: int) -> None:
    """The twin: the true family is dead, and one resolver makes up addresses of the other."""
    dns = two_families(OUTSIDE, "A", resolvers=resolvers, delegated=False)
    lie = MemoryZone("acme.com")
    lie.put(HOST, "NS", *OURS)
    for number, server in enumerate(OUTSIDE):
        forged = str(ipaddress.ip_address("2600:9000:77::1") + number)
        dns.server(f"liar{number}.example", forged).zones["acme.com"] = lie
        made_up = RecordSet(server, "AAAA", 60, (forged,))
        dns.recursive[0].says[server, "AAAA"] = Response(answer=(made_up,))
        dns.server(server).published.pop("AAAA")
        dns.server(server).fault = Fault.SILENT
    report = check(dns)
    assert not report.verified
    assert report.transient
    assert "2600:9000:77::1" not in {address for address, *_ in dns.questions}


@pytest.mark.parametrize("alive", ["A", "AAAA"])
def test_ours_are_heard_at_either_family(alive: str) -> None:
    dns = MemoryDns(resolvers=2)
    dns.zone("acme.com", *OUTSIDE).put(HOST, "NS", *OURS)
    for number, server in enumerate(OURS):
        dns.server(server, f"2600:9000:5::{number + 1}" if alive == "AAAA" else None)
    dns.zone(HOST, *OURS, delegate=False)
    other = "A" if alive == "AAAA" else "AAAA"
    for number, server in enumerate(OURS):
        dns.server(server).published[other] = (DEAD[other].format(number),)
    assert check(dns).verdict is Verdict.VERIFIED


@pytest.mark.parametrize("alive", ["A", "AAAA"])
def test_the_zone_above_is_heard_at_either_family(alive: str) -> None:
    dns = MemoryDns()
    for number, server in enumerate(("a.nic.com", "b.nic.com")):
        dns.server(server, f"2600:9000:5::{number + 1}" if alive == "AAAA" else None)
    dns.zone("com", "a.nic.com", "b.nic.com")
    dns.zone("acme.com", *OUTSIDE).put(HOST, "NS", *OURS)
    dns.zone(HOST, *OURS, delegate=False)
    other = "A" if alive == "AAAA" else "AAAA"
    for number, server in enumerate(("a.nic.com", "b.nic.com")):
        dns.server(server).published[other] = (DEAD[other].format(number),)
    report = check(dns)
    assert report.verdict is Verdict.VERIFIED
    assert [one for one in report.asked if one.role == "above" and one.outcome == "REFERRAL"]


@pytest.mark.parametrize("servers", [3, 13])
def test_many_silent_servers_take_no_questions_from_those_that_answer(servers: int) -> None:
    dns = MemoryDns(resolvers=3)
    names = tuple(f"ns{number}.provider.net" for number in range(servers))
    dns.zone("provider.net", "a.provider.net")
    dns.zone("acme.com", *names).put(HOST, "NS", *OURS)
    dns.zone(HOST, *OURS, delegate=False)
    for name in names[2:]:
        dns.server(name).fault = Fault.SILENT
        dns.server(name).published["AAAA"] = (DEAD["AAAA"].format(1),)
    assert check(dns).verdict is Verdict.VERIFIED
    assert len(dns.questions) <= dns.limits.queries
