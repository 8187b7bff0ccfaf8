"""One of several servers on the way down to the parent zone makes something up: it never decides alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.dns.delegation.cases import OTHERS, OURS, PARENTS, check
from tests.twins.dns import Fault, MemoryDns
from tests.twins.dns_zone import MemoryZone, Response
from webapp.dns.delegation import DelegationReport, Verdict
from webapp.dns.records import RecordSet

HOST = "chat.b.acme.com"
LIAR, HONEST = PARENTS


def with_liar(
    names: tuple[str, ...] = PARENTS, *, liar: str = LIAR, resolvers: int = 1, deeper: tuple[str, ...] = ()
) -> MemoryDns:
    """`liar`, a server of acme.com, delegates b.acme.com to a server of its own; the others do so to `deeper`."""
    dns = MemoryDns(resolvers=resolvers)
    dns.zone("acme.com", *names)
    if deeper:
        dns.zone("b.acme.com", *deeper).put(HOST, "NS", *OTHERS)
    dns.zone(HOST, *OURS, delegate=False)
    dns.zone("evil.net", "ns1.evil.net")
    dns.copy_at(liar, "acme.com").put("b.acme.com", "NS", "ns.evil.net")
    made_up = dns.server("ns.evil.net").zones["b.acme.com"] = MemoryZone("b.acme.com")
    made_up.put("b.acme.com", "NS", "ns.evil.net")
    made_up.put(HOST, "NS", *OURS)
    for resolver in dns.recursive:  # They asked the liar, and keep what it said.
        resolver.says["b.acme.com", "SOA"] = Response(answer=(made_up.soa,))
        evil = RecordSet("b.acme.com", "NS", 3600, ("ns.evil.net",))
        resolver.says["b.acme.com", "NS"] = Response(answer=(evil,))
        resolver.says[HOST, "NS"] = Response(answer=(RecordSet(HOST, "NS", 3600, OURS),))
    return dns


def checked(dns: MemoryDns, *, proved: bool = False) -> DelegationReport:
    report = check(dns, host=HOST, proved=proved)
    assert not report.verified
    return report


@pytest.mark.parametrize("proved", [False, True])
@pytest.mark.parametrize("resolvers", [1, 3])
def test_a_zone_that_one_server_makes_up(resolvers: int, proved: bool) -> None:
    report = checked(with_liar(resolvers=resolvers), proved=proved)
    assert (report.reason, report.transient) == ("addresses-differ", True)
    assert (
        "For b.acme.com: ns1.acme.com says ns.evil.net, ns2.acme.com says that there is none."
        in report.details
    )


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.UNREACHABLE, Fault.REFUSED, Fault.NOT_AUTHORITATIVE])
@pytest.mark.parametrize("resolvers", [1, 3])
def test_while_the_other_says_nothing(fault: Fault, resolvers: int) -> None:
    dns = with_liar(resolvers=resolvers)
    dns.server(HONEST).fault = fault
    report = checked(dns)
    assert (report.reason, report.transient, report.parent_zone) == ("parent-silent", True, "acme.com")
    assert report.message.startswith("Only one of the name servers of acme.com answered; two must agree.")
    assert "ns2.acme.com" in report.details
    assert "ns1.acme.com" not in report.details


@pytest.mark.parametrize("liar", ["ns1.acme.com", "ns2.acme.com", "ns3.acme.com"])
def test_other_name_servers_of_a_zone_that_is_there(liar: str) -> None:
    names = (*PARENTS, "ns3.acme.com")
    report = checked(with_liar(names, liar=liar, deeper=("ns1.deep.net", "ns2.deep.net")))
    assert report.transient or report.verdict is Verdict.DELEGATED_ELSEWHERE


def test_two_that_agree_decide_against_a_third() -> None:
    names = (*PARENTS, "ns3.acme.com")
    dns = with_liar(names, deeper=("ns1.b.acme.com", "ns2.b.acme.com"))
    assert checked(dns).verdict is Verdict.DELEGATED_ELSEWHERE


@pytest.mark.parametrize("liar", PARENTS)
def test_addresses_of_its_own_beside_the_names_of_the_others(liar: str) -> None:
    dns = MemoryDns()
    dns.zone("acme.com", *PARENTS)
    deeper = ("ns1.b.acme.com", "ns2.b.acme.com")
    dns.zone("b.acme.com", *deeper).put(HOST, "NS", *OTHERS)
    dns.zone(HOST, *OURS, delegate=False)
    forged = {name: f"198.51.77.{number}" for number, name in enumerate(deeper, 1)}
    made_up = MemoryZone("b.acme.com")
    made_up.put(HOST, "NS", *OURS)
    for address in forged.values():
        dns.server(f"at-{address}.org", address).zones["b.acme.com"] = made_up

    def with_forged(_name: str, _rdtype: str, response: Response) -> Response:
        brought = tuple(replace(one, values=(forged[one.name],)) for one in response.additional)
        return replace(response, additional=brought)

    dns.server(liar).reshape = with_forged
    report = check(dns, host=HOST)
    assert report.verdict is Verdict.DELEGATED_ELSEWHERE
    asked = {one.address for one in report.asked if one.role == "parent"}
    assert not asked & set(forged.values())


@pytest.mark.parametrize("known", [True, False])
def test_names_that_one_server_has_for_a_zone_that_all_hold(known: bool) -> None:
    dns = MemoryDns()
    acme = dns.zone("acme.com", *PARENTS)
    dns.zone("b.acme.com", *PARENTS)
    dns.zone(HOST, *OURS, delegate=False)
    dns.zone("evil.net", "ns1.evil.net")
    dns.copy_at(LIAR, "b.acme.com").put("b.acme.com", "NS", "ns.evil.net")
    made_up = dns.server("ns.evil.net").zones["b.acme.com"] = MemoryZone("b.acme.com")
    made_up.put(HOST, "NS", *OURS)
    dns.recursive[0].says[HOST, "NS"] = Response(answer=(RecordSet(HOST, "NS", 3600, OURS),))
    if not known:
        dns.recursive[0].says["b.acme.com", "SOA"] = Response("NXDOMAIN", authority=(acme.soa,))
    assert checked(dns).transient


def honest(names: tuple[str, ...], *, known: bool = True) -> MemoryDns:
    dns = MemoryDns()
    acme = dns.zone("acme.com", *names)
    dns.zone("b.acme.com", "ns1.deep.net", "ns2.deep.net").put(HOST, "NS", *OURS)
    dns.zone("deep.net", "a.deep.net")
    dns.zone(HOST, *OURS, delegate=False)
    if not known:
        dns.recursive[0].says["b.acme.com", "SOA"] = Response("NXDOMAIN", authority=(acme.soa,))
    return dns


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("names", [PARENTS[:1], PARENTS, (*PARENTS, "ns3.acme.com")])
def test_a_zone_that_they_agree_on_verifies(names: tuple[str, ...], known: bool) -> None:
    report = check(honest(names, known=known), host=HOST)
    assert (report.verdict, report.parent_zone) == (Verdict.VERIFIED, "b.acme.com")


@pytest.mark.parametrize("silent", [0, 1, 2])
def test_one_silent_server_of_three_is_made_up_for(silent: int) -> None:
    names = (*PARENTS, "ns3.acme.com")
    dns = honest(names)
    dns.server(names[silent]).fault = Fault.SILENT
    assert check(dns, host=HOST).verdict is Verdict.VERIFIED


def test_two_names_of_one_machine_are_one_server() -> None:
    dns = honest(PARENTS)
    dns.server(HONEST).published = {"A": (dns.server(LIAR).address,)}
    assert check(dns, host=HOST).verdict is Verdict.VERIFIED


def test_it_costs_one_question_more_below_the_registry() -> None:
    dns = honest(PARENTS)
    assert check(dns, host=HOST).verified
    asked = [address for address, name, rdtype in dns.questions if (name, rdtype) == ("b.acme.com", "NS")]
    servers = [dns.server(server).address for server in PARENTS]
    assert sorted(at for at in asked if at in servers) == sorted(servers)
