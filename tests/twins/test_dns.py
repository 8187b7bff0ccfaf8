"""The twin of DNS answers as real servers do; otherwise the tests that use it would show nothing."""

from __future__ import annotations

import asyncio

import pytest

from tests.twins.dns import Fault, MemoryDns
from tests.twins.dns_zone import MemoryZone
from webapp.dns.answers import Answer, Outcome
from webapp.dns.limits import Budget, Limits

OURS = ("ns1.ours.net", "ns2.ours.net")


@pytest.fixture
def dns() -> MemoryDns:
    dns = MemoryDns()
    acme = dns.zone("acme.com", "ns1.acme.com", "ns2.acme.com")
    acme.put("chat.acme.com", "NS", *OURS)
    acme.put("www.acme.com", "CNAME", "web.example")
    acme.put("a.deep.acme.com", "TXT", "hello")
    acme.put("*.wild.acme.com", "A", "203.0.113.1")
    acme.put("old.acme.com", "DNAME", "new.example")
    return dns


def ask(dns: MemoryDns, name: str, rdtype: str, server: str = "ns1.acme.com", *, tcp: bool = False) -> Answer:
    return asyncio.run(dns.ask(dns.server(server).address, name, rdtype, budget=Budget(9), tcp=tcp))


def resolve(dns: MemoryDns, name: str, rdtype: str) -> Answer:
    return asyncio.run(dns.resolve(name, rdtype, budget=Budget(9)))


@pytest.mark.parametrize(
    ("name", "rdtype", "outcome", "authoritative"),
    [
        ("acme.com", "SOA", Outcome.NOERROR, True),
        ("chat.acme.com", "NS", Outcome.REFERRAL, False),
        ("x.chat.acme.com", "A", Outcome.REFERRAL, False),
        ("chat.acme.com", "DS", Outcome.NODATA, True),
        ("www.acme.com", "NS", Outcome.NOERROR, True),
        ("deep.acme.com", "NS", Outcome.NODATA, True),
        ("no.acme.com", "NS", Outcome.NXDOMAIN, True),
        ("x.wild.acme.com", "A", Outcome.NOERROR, True),
        ("x.wild.acme.com", "NS", Outcome.NODATA, True),
        ("a.b.old.acme.com", "A", Outcome.NOERROR, True),
        ("example.org", "A", Outcome.REFUSED, False),
    ],
)
def test_an_authoritative_server(
    dns: MemoryDns, name: str, rdtype: str, outcome: Outcome, authoritative: bool
) -> None:
    answer = ask(dns, name, rdtype)
    assert (answer.outcome, answer.authoritative) == (outcome, authoritative)


def test_the_content_of_answers(dns: MemoryDns) -> None:
    referral = ask(dns, "x.chat.acme.com", "A").referral
    assert referral is not None
    assert (referral.name, referral.values) == ("chat.acme.com", OURS)
    assert ask(dns, "x.wild.acme.com", "A").values("A") == ("203.0.113.1",)
    assert ask(dns, "a.b.old.acme.com", "A").values("CNAME") == ("a.b.new.example",)
    assert ask(dns, "no.acme.com", "NS").negative_ttl == 900


def test_a_referral_brings_glue(dns: MemoryDns) -> None:
    (glue, _) = ask(dns, "chat.acme.com", "NS", "a.nic.com").additional
    assert (glue.name, glue.values) == ("ns1.acme.com", (dns.server("ns1.acme.com").address,))


def test_ds_is_answered_above_the_cut_even_by_a_server_of_both_zones(dns: MemoryDns) -> None:
    dns.zone("chat.acme.com", "ns1.acme.com", delegate=False)
    assert ask(dns, "chat.acme.com", "NS").authoritative
    soa = ask(dns, "chat.acme.com", "DS").soa
    assert soa is not None
    assert soa.name == "acme.com"


def test_a_resolver_walks_down_and_follows_aliases(dns: MemoryDns) -> None:
    dns.zone("web.example", "ns1.web.example").put("web.example", "A", "203.0.113.9")
    assert resolve(dns, "www.acme.com", "A").values("A", "web.example") == ("203.0.113.9",)
    assert resolve(dns, "ns1.acme.com", "A").values("A") == (dns.server("ns1.acme.com").address,)
    assert resolve(dns, "ns1.acme.com", "AAAA").outcome is Outcome.NODATA
    assert resolve(dns, "no.acme.com", "A").outcome is Outcome.NXDOMAIN
    assert resolve(dns, "chat.acme.com", "A").outcome is Outcome.SERVFAIL


def test_an_alias_to_itself_ends(dns: MemoryDns) -> None:
    dns.zone("loop.example", "ns1.loop.example").put("a.loop.example", "CNAME", "a.loop.example")
    assert resolve(dns, "a.loop.example", "A").outcome is Outcome.SERVFAIL


def test_bogus_names_answer_with_checking_disabled_alone(dns: MemoryDns) -> None:
    dns.recursive[0].bogus.add("acme.com")
    assert resolve(dns, "acme.com", "SOA").outcome is Outcome.SERVFAIL
    unchecked = asyncio.run(dns.resolve("acme.com", "SOA", budget=Budget(1), checking_disabled=True))
    assert unchecked.outcome is Outcome.NOERROR


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (Fault.SILENT, Outcome.TIMEOUT),
        (Fault.UNREACHABLE, Outcome.UNREACHABLE),
        (Fault.REFUSED, Outcome.REFUSED),
        (Fault.SERVFAIL, Outcome.SERVFAIL),
        (Fault.NOT_AUTHORITATIVE, Outcome.NODATA),
    ],
)
def test_faults(dns: MemoryDns, fault: Fault, outcome: Outcome) -> None:
    dns.server("ns1.acme.com").fault = fault
    answer = ask(dns, "chat.acme.com", "NS")
    assert (answer.outcome, answer.authoritative) == (outcome, False)


def test_no_tcp_is_silence_over_tcp_alone(dns: MemoryDns) -> None:
    dns.server("ns1.acme.com").fault = Fault.NO_TCP
    assert ask(dns, "acme.com", "SOA").outcome is Outcome.NOERROR
    assert ask(dns, "acme.com", "SOA", tcp=True).outcome is Outcome.TIMEOUT


def test_a_server_can_differ_from_the_others(dns: MemoryDns) -> None:
    dns.copy_at("ns2.acme.com", "acme.com").put("chat.acme.com", "NS")
    assert ask(dns, "chat.acme.com", "NS", "ns1.acme.com").outcome is Outcome.REFERRAL
    assert ask(dns, "chat.acme.com", "NS", "ns2.acme.com").outcome is Outcome.NXDOMAIN


def test_filter_and_budget_are_those_of_the_network(dns: MemoryDns) -> None:
    budget = Budget(1)
    refused = asyncio.run(dns.ask("10.0.0.1", "acme.com", "SOA", budget=budget))
    assert (refused.outcome, budget.left) == (Outcome.NOT_ASKED, 1)
    address = dns.server("ns1.acme.com").address
    assert asyncio.run(dns.ask(address, "acme.com", "SOA", budget=budget)).outcome is Outcome.NOERROR
    assert asyncio.run(dns.ask(address, "acme.com", "SOA", budget=budget)).outcome is Outcome.NOT_ASKED


def test_silence_costs_every_try() -> None:
    dns = MemoryDns(limits=Limits(tries=3))
    budget = Budget(9)
    asyncio.run(dns.ask("198.51.0.250", "acme.com", "SOA", budget=budget))
    assert budget.left == 6


def test_a_record_set_without_values_is_deleted() -> None:
    zone = MemoryZone("acme.com")
    zone.put("a.acme.com", "A", "203.0.113.1")
    zone.put("a.acme.com", "A")
    assert zone.answer("a.acme.com", "A").rcode == "NXDOMAIN"
