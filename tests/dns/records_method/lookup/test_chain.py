from __future__ import annotations

import asyncio
import itertools

import pytest

from tests.dns.records_method.cases import HOST, SERVERS, TARGET, world
from tests.twins.dns import Fault, MemoryDns
from tests.twins.dns_zone import MemoryZone
from webapp.dns.answers import Answer, Outcome
from webapp.dns.lookup.observation import ParentAnswer
from webapp.dns.records import RecordSet
from webapp.dns.records_method.lookup.chain import Chain, ask_beyond, ask_host
from webapp.dns.records_method.lookup.observation import BeyondAnswer, HostAnswer
from webapp.dns.servers.inquiry import Inquiry


def link(zone: MemoryZone, *names: str) -> None:
    for name, target in itertools.pairwise(names):
        zone.put(name, "CNAME", target)


def of_host(dns: MemoryDns) -> HostAnswer:
    address = dns.server(SERVERS[0]).address
    said = ParentAnswer(SERVERS[0], address, Outcome.NXDOMAIN)
    return asyncio.run(ask_host(Inquiry(dns), said, HOST, "acme.com", TARGET))


def beyond(dns: MemoryDns, name: str, steps: int = 15) -> tuple[BeyondAnswer, ...]:
    return asyncio.run(ask_beyond(Inquiry(dns), name, TARGET, steps))


def test_several_records_in_one_answer_are_one_question() -> None:
    """As servers answer: they follow the records that they hold."""
    sets = (
        RecordSet("b.acme.com", "CNAME", 60, (TARGET,)),
        RecordSet(HOST, "CNAME", 60, ("b.acme.com",)),
        RecordSet(TARGET, "CNAME", 60, ("beyond.example",)),
    )
    chain = Chain(HOST, 16)
    assert chain.follow(Answer(HOST, "A", Outcome.NOERROR, answer=sets), "acme.com")
    assert chain.names == ["b.acme.com", TARGET], "what another zone has is not for this server to say"


def test_a_server_that_gives_one_record_is_asked_for_the_next() -> None:
    dns, acme = world()
    link(acme, HOST, "a.acme.com", "b.acme.com", TARGET)
    said = of_host(dns)
    assert (said.told, said.names, said.open, said.lost) == (
        True,
        ("a.acme.com", "b.acme.com", TARGET),
        False,
        False,
    )


@pytest.mark.parametrize(
    "names", [(HOST, HOST), (HOST, "a.acme.com", HOST), (HOST, "a.acme.com", "b.acme.com", "a.acme.com")]
)
def test_a_circle_ends(names: tuple[str, ...]) -> None:
    dns, acme = world()
    link(acme, *names)
    assert of_host(dns).loop


def test_a_long_way_ends() -> None:
    dns, acme = world()
    link(acme, HOST, *(f"h{number}.acme.com" for number in range(30)))
    said = of_host(dns)
    assert (len(said.names), said.loop, said.open) == (17, False, False)


def test_a_name_of_another_zone_is_open() -> None:
    dns, _ = world(target="cdn.other.net")
    said = of_host(dns)
    assert (said.names, said.open) == (("cdn.other.net",), True)


def test_a_name_below_a_delegation_is_open() -> None:
    dns, acme = world()
    link(acme, HOST, "x.sub.acme.com")
    acme.put("sub.acme.com", "NS", "ns1.other.net")
    said = of_host(dns)
    assert (said.names, said.open, said.lost) == (("x.sub.acme.com",), True, False)


def test_addresses_of_both_families() -> None:
    dns, acme = world(target=None)
    acme.put(HOST, "A", "192.0.2.1")
    acme.put(HOST, "AAAA", "2001:db8::1")
    assert of_host(dns).addresses == {"192.0.2.1", "2001:db8::1"}


def test_silence_about_one_family_is_not_its_absence() -> None:
    dns, acme = world(target=None)
    acme.put(HOST, "A", "192.0.2.1")
    dns.server(SERVERS[0]).reshape = lambda _name, rdtype, response: (
        response if rdtype != "AAAA" else type(response)("SERVFAIL")
    )
    assert of_host(dns).lost


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.REFUSED, Fault.NOT_AUTHORITATIVE])
def test_a_server_that_does_not_answer_as_the_zones_tells_nothing(fault: Fault) -> None:
    dns, _ = world()
    dns.server(SERVERS[0]).fault = fault
    assert not of_host(dns).told


def test_resolvers_follow_beyond_the_zone() -> None:
    dns, _ = world(resolvers=2)
    other = dns.zone("other.net", "ns1.other.net")
    link(other, "cdn.other.net", "b.other.net", TARGET)
    said = beyond(dns, "cdn.other.net")
    assert [(one.told, one.names[:2]) for one in said] == [(True, ("b.other.net", TARGET))] * 2


def test_a_circle_beyond_the_zone_is_found_though_resolvers_fail_at_it() -> None:
    dns, _ = world()
    other = dns.zone("other.net", "ns1.other.net")
    link(other, "a.other.net", "b.other.net", "a.other.net")
    dns.recursive[0].says["a.other.net", "A"] = type(dns._recurse("x.net", "A"))("SERVFAIL")
    (said,) = beyond(dns, "a.other.net")
    assert (said.told, said.loop) == (True, True)


def test_silence_beyond_the_zone_is_told_from_nothing() -> None:
    dns, _ = world()
    dns.zone("other.net", "ns1.other.net")
    (nothing,) = beyond(dns, "cdn.other.net")
    assert (nothing.told, nothing.outcome, nothing.names) == (True, Outcome.NXDOMAIN, ())
    dns.server("ns1.other.net").fault = Fault.SILENT
    (silence,) = beyond(dns, "cdn.other.net")
    assert (silence.told, silence.outcome) == (False, Outcome.SERVFAIL)


def test_the_questions_of_a_check_are_not_used_up_beyond() -> None:
    dns, _ = world()
    dns.recursive[0].fault = Fault.SERVFAIL
    inquiry = Inquiry(dns)
    asyncio.run(ask_beyond(inquiry, "cdn.other.net", TARGET, 15))
    assert inquiry.left > 50
