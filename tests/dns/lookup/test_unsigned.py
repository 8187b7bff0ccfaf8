"""DS records matter only where the parent zone is signed: servers of unsigned zones may have no answer about them."""

from __future__ import annotations

import pytest

from tests.dns.delegation.cases import HOST, OURS, PARENTS, check, world
from tests.twins.dns import Fault, MemoryDns
from tests.twins.dns_zone import Response
from webapp.dns.delegation import Verdict
from webapp.dns.records import RecordSet

RCODES = ("NOTIMP", "FORMERR", "REFUSED", "SERVFAIL")
DS = f"1 13 2 {'ab' * 32}"


def no_ds(dns: MemoryDns, rcode: str, *servers: str) -> None:
    """These servers answer no question about DS records."""

    def reshape(_name: str, rdtype: str, response: Response) -> Response:
        return Response(rcode) if rdtype == "DS" else response

    for server in servers:
        dns.server(server).reshape = reshape


@pytest.mark.parametrize("rcode", RCODES)
@pytest.mark.parametrize("servers", [PARENTS, PARENTS[:1]])
def test_an_unsigned_parent_needs_no_answer_about_ds(rcode: str, servers: tuple[str, ...]) -> None:
    dns, _ = world()
    no_ds(dns, rcode, *servers)
    assert check(dns).verdict is Verdict.VERIFIED


@pytest.mark.parametrize("rcode", RCODES)
def test_a_signed_parent_does(rcode: str) -> None:
    dns, _ = world()
    dns._apexes["com"].put("acme.com", "DS", DS)
    no_ds(dns, rcode, *PARENTS)
    report = check(dns)
    assert not report.verified
    assert report.transient


@pytest.mark.parametrize("signed", [False, True])
def test_where_the_zone_above_cannot_be_asked_the_resolvers_tell(signed: bool) -> None:
    dns, _ = world(resolvers=2)
    if signed:
        dns._apexes["com"].put("acme.com", "DS", DS)
    no_ds(dns, "NOTIMP", *PARENTS)
    no_ds(dns, "REFUSED", "a.nic.com")
    assert check(dns).verified is not signed


def test_one_resolver_that_knows_ds_records_of_the_parent_is_enough() -> None:
    dns, _ = world(resolvers=2)
    no_ds(dns, "NOTIMP", *PARENTS)
    no_ds(dns, "REFUSED", "a.nic.com")
    dns.recursive[1].bogus.add("acme.com")
    assert not check(dns).verified


@pytest.mark.parametrize("signed", [False, True])
def test_where_the_zone_above_refers_instead_of_answering_the_resolvers_tell(signed: bool) -> None:
    dns, _ = world()
    if signed:
        dns._apexes["com"].put("acme.com", "DS", DS)
    no_ds(dns, "NOTIMP", *PARENTS)

    def lame(_name: str, rdtype: str, response: Response) -> Response:
        cut = RecordSet("acme.com", "NS", 60, PARENTS)
        return Response(authority=(cut,)) if rdtype == "DS" else response

    dns.server("a.nic.com").reshape = lame
    assert check(dns).verified is not signed


def test_the_apex_says_nothing_of_its_own_ds_records() -> None:
    """The same servers hold both zones, and one that mistakes them answers from the lower, where no DS can be."""
    dns = MemoryDns()
    host = "chat.eu.acme.com"
    dns.zone("acme.com", *PARENTS)
    eu = dns.zone("eu.acme.com", "ns1.eu.example", "ns2.eu.example")
    no_ds(dns, "NOTIMP", "ns1.eu.example", "ns2.eu.example")

    def from_below(name: str, rdtype: str, response: Response) -> Response:
        if rdtype == "DS" and name == "eu.acme.com":
            return Response(authoritative=True, authority=(eu.soa,))
        return response

    for server in PARENTS:
        dns.server(server).reshape = from_below
    dns.recursive[0].says["eu.acme.com", "DS"] = Response(answer=(RecordSet("eu.acme.com", "DS", 60, (DS,)),))
    eu.put(host, "NS", *OURS)
    dns.zone(host, *OURS, delegate=False)
    assert not check(dns, host=host).verified
    for server in PARENTS:
        dns.server(server).reshape = None
    assert check(dns, host=host).verified


def test_a_ds_record_that_one_server_gives_still_counts() -> None:
    dns, acme = world()
    acme.put(HOST, "DS", DS)
    no_ds(dns, "NOTIMP", PARENTS[0])
    assert check(dns).verdict is Verdict.STALE_DS


def test_silence_about_ds_records_of_an_unsigned_parent() -> None:
    dns, _ = world()
    ask = dns.ask

    async def silent_about_ds(address, name, rdtype, *, budget, tcp=False):  # type: ignore[no-untyped-def]
        fault = Fault.SILENT if (name, rdtype) == (HOST, "DS") else None
        server = next(s for s in dns.servers.values() if s.address == address)
        before, server.fault = server.fault, fault or server.fault
        try:
            return await ask(address, name, rdtype, budget=budget, tcp=tcp)
        finally:
            server.fault = before

    dns.ask = silent_about_ds  # type: ignore[method-assign]
    assert check(dns).verdict is Verdict.VERIFIED


@pytest.mark.parametrize("servers", [PARENTS, PARENTS[:1]])
@pytest.mark.parametrize("signed", [False, True])
def test_a_referral_upwards_is_no_answer_about_ds_records(servers: tuple[str, ...], signed: bool) -> None:
    dns, acme = world()
    acme.put(HOST, "DS", DS)
    if signed:
        dns._apexes["com"].put("acme.com", "DS", DS)

    def upwards(_name: str, rdtype: str, response: Response) -> Response:
        root = RecordSet(".", "NS", 60, ("a.root-servers.net",))
        return Response(authority=(root,)) if rdtype == "DS" else response

    for server in servers:
        dns.server(server).reshape = upwards
    assert not signed or not check(dns).verified
    assert signed or servers == PARENTS[:1] or check(dns).verified
