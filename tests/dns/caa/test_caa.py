"""CAA: the climb, and every row of what a record set allows."""

from __future__ import annotations

import asyncio

import pytest

from tests.twins.dns import Fault, MemoryDns
from webapp.dns.caa import CaaJudgement, CaaObservation, CaaObstacle, CaaVerdict, judge, look_up

HOST = "chat.acme.com"


def judged(*values: str, wildcard: bool = False) -> CaaJudgement:
    return judge(CaaObservation(HOST, "acme.com", values, 300, "NOERROR"), wildcard=wildcard)


@pytest.mark.parametrize(
    ("values", "allowed"),
    [
        (('0 issue "amazon.com"',), True),
        (('0 issue "amazontrust.com"',), True),
        (('0 issue "awstrust.com"',), True),
        (('0 issue "amazonaws.com"',), True),
        (("0 issue amazon.com",), True),
        (('0 ISSUE "Amazon.COM."',), True),
        (('128 issue "amazon.com"',), True),
        (('0 issue " amazon.com ; accounturi=x"',), True),
        (('0 issue "letsencrypt.org"', '0 issue "amazon.com"'), True),
        (('0 iodef "mailto:security@acme.com"',), True),
        (('0 issuewild "letsencrypt.org"',), True),
        (('0 unheard "of"',), True),
        (('0 issue "letsencrypt.org"',), False),
        (('0 issue ";"',), False),
        (('0 issue ""',), False),
        (('0 issue "notamazon.com"',), False),
        (('0 issue "amazon.com.evil.example"',), False),
        (('0 issuewild "amazon.com"', '0 issue "letsencrypt.org"'), False),
        (('0 issue "amazon.com"', '128 unheard "of"'), False),
        (("what nobody can read",), False),
    ],
)
def test_who_may_issue_for_the_host(values: tuple[str, ...], allowed: bool) -> None:
    assert (judged(*values).verdict is CaaVerdict.ALLOWED) == allowed


@pytest.mark.parametrize(
    ("values", "allowed"),
    [
        (('0 issue "amazon.com"',), True),
        (('0 issuewild "amazon.com"', '0 issue "letsencrypt.org"'), True),
        (('0 issuewild ";"', '0 issue "amazon.com"'), False),
    ],
)
def test_issuewild_comes_first_for_a_wildcard(values: tuple[str, ...], allowed: bool) -> None:
    assert (judged(*values, wildcard=True).verdict is CaaVerdict.ALLOWED) == allowed


def test_the_place_the_authorities_and_what_to_add_are_facts() -> None:
    found = judged('0 issue "letsencrypt.org"', '0 issue "digicert.com; x=y"')

    assert (found.where, found.allows, found.ttl) == ("acme.com", ("digicert.com", "letsencrypt.org"), 300)
    assert (found.obstacle, found.params) == (
        CaaObstacle.RESTRICTED,
        {
            "where": "acme.com",
            "allows": ["digicert.com", "letsencrypt.org"],
            "authority": "amazon.com",
            "add": '0 issue "amazon.com"',
        },
    )


def test_a_wildcard_needs_another_property() -> None:
    assert judged('0 issuewild ";"', wildcard=True).params["add"] == '0 issuewild "amazon.com"'


def test_a_critical_property_that_nobody_knows_is_named() -> None:
    found = judged('128 future "x"', '0 issue "amazon.com"')

    assert (found.obstacle, found.params) == (CaaObstacle.CRITICAL, {"where": "acme.com", "tag": "future"})


def test_no_record_all_the_way_up_allows_everybody() -> None:
    found = judge(CaaObservation(HOST))

    assert (found.verdict, found.obstacle) == (CaaVerdict.ALLOWED, None)


def test_what_could_not_be_asked_is_unknown_and_says_so() -> None:
    found = judge(CaaObservation(HOST, "acme.com", outcome="SERVFAIL"))

    assert (found.verdict, found.obstacle) == (CaaVerdict.UNKNOWN, CaaObstacle.UNKNOWN)
    assert found.params == {"where": "acme.com", "outcome": "SERVFAIL"}


@pytest.fixture
def dns() -> MemoryDns:
    dns = MemoryDns()
    dns.zone("acme.com", "ns1.acme.com", "ns2.acme.com")
    dns.zone(HOST, "ns-1.awsdns-00.com")
    return dns


def observed(dns: MemoryDns, host: str = HOST) -> CaaObservation:
    return asyncio.run(look_up(host, dns))


def put(dns: MemoryDns, server: str, name: str, *values: str, kind: str = "CAA") -> None:
    zones = dns.server(server).zones
    zone = zones[max((apex for apex in zones if name == apex or name.endswith(f".{apex}")), key=len)]
    zone.put(name, kind, *values, ttl=60)


def test_the_climb_goes_up_to_the_top_and_not_to_the_root(dns: MemoryDns) -> None:
    assert observed(dns) == CaaObservation(HOST)
    assert [name for _, name, kind in dns.questions if kind == "CAA"] == [HOST, "acme.com", "com"]


def test_the_first_record_set_decides(dns: MemoryDns) -> None:
    put(dns, "ns1.acme.com", "acme.com", '0 issue "letsencrypt.org"')
    assert observed(dns).where == "acme.com"

    put(dns, "ns-1.awsdns-00.com", HOST, '0 issue "amazon.com"')
    found = observed(dns)

    assert (found.where, found.values, found.ttl) == (HOST, ('0 issue "amazon.com"',), 60)


def test_a_name_that_does_not_exist_is_climbed_over(dns: MemoryDns) -> None:
    put(dns, "ns1.acme.com", "acme.com", '0 issue "letsencrypt.org"')

    assert observed(dns, "a.b.acme.com").where == "acme.com"


def test_an_alias_is_followed_and_its_target_not_climbed(dns: MemoryDns) -> None:
    dns.zone("target.net", "ns1.target.net")
    put(dns, "ns1.target.net", "target.net", '0 issue ";"')
    put(dns, "ns1.acme.com", "www.acme.com", "www.target.net", kind="CNAME")
    put(dns, "ns1.acme.com", "acme.com", '0 issue "amazon.com"')
    assert observed(dns, "www.acme.com").where == "acme.com"

    put(dns, "ns1.target.net", "www.target.net", '0 issue "letsencrypt.org"')
    found = observed(dns, "www.acme.com")

    assert (found.where, found.values) == ("www.acme.com", ('0 issue "letsencrypt.org"',))


def test_the_climb_ends_at_what_cannot_be_asked(dns: MemoryDns) -> None:
    put(dns, "ns1.acme.com", "acme.com", '0 issue "letsencrypt.org"')
    dns.server("ns-1.awsdns-00.com").fault = Fault.SERVFAIL

    found = observed(dns)

    assert (found.where, found.values, found.outcome) == (HOST, (), "SERVFAIL")


def test_a_bogus_zone_is_not_believed(dns: MemoryDns) -> None:
    put(dns, "ns1.acme.com", "acme.com", '0 issue "amazon.com"')
    dns.recursive[0].bogus.add("acme.com")

    assert observed(dns).outcome == "BOGUS"


def test_a_silent_resolver_is_unknown(dns: MemoryDns) -> None:
    dns.recursive[0].fault = Fault.SILENT

    assert judge(observed(dns)).verdict is CaaVerdict.UNKNOWN
