"""The delegations on the way down to the parent zone."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from tests.dns.delegation.cases import HOST, OTHERS, OURS, PARENTS, check, expectation, world
from tests.twins.dns import Fault, MemoryDns
from tests.twins.dns_zone import MemoryZone, Response
from webapp.dns.delegation import DelegationReport, Observation, look_up
from webapp.dns.limits import Limits
from webapp.dns.records import RecordSet
from webapp.dns.servers.evidence import Delegation

DEEP = ("p1.b.acme.com", "p2.b.acme.com")
DEEP_HOST = "chat.b.acme.com"


def handed(names: tuple[str, ...], zone: str = "acme.com", **options: Any) -> tuple[MemoryDns, MemoryZone]:
    """A world in which the zone above hands out these name servers for `zone`."""
    dns, acme = world(**options)
    dns.above(zone).put(zone, "NS", *names)
    return dns, acme


def seen(dns: MemoryDns, host: str = HOST) -> Observation:
    return asyncio.run(look_up(replace(expectation(), host=host), dns))


def test_a_delegation_by_the_registry_is_kept_with_its_ttl() -> None:
    dns, _ = world()
    found = seen(dns).delegations
    assert found == (Delegation("acme.com", "com", frozenset(PARENTS), 3600),)


def test_a_delegation_to_ours_is_kept_though_ours_are_not_asked_about_the_host() -> None:
    dns, _ = handed(OURS)
    observation = seen(dns)
    assert observation.delegations == (Delegation("acme.com", "com", frozenset(OURS), 3600, sure=True),)
    assert not observation.parent_answers


def test_ours_are_asked_whether_they_hold_a_zone_that_is_delegated_to_them() -> None:
    dns, acme = handed(OURS)
    for name in OURS[:2]:
        dns.server(name).zones["acme.com"] = acme
    assert seen(dns).delegations[0].held_by == frozenset(OURS[:2])


def test_ours_are_not_asked_about_zones_that_are_not_theirs() -> None:
    dns, _ = world()
    seen(dns)
    addresses = {dns.server(name).address for name in OURS}
    assert not [one for one in dns.questions if one[0] in addresses and one[1] == "acme.com"]


def test_zones_of_several_levels_are_kept_each() -> None:
    dns, _ = world()
    dns.zone("b.acme.com", "ns1.b.acme.com", "ns2.b.acme.com")
    found = seen(dns, "chat.b.acme.com").delegations
    assert [(one.zone, one.by) for one in found] == [("acme.com", "com"), ("b.acme.com", "acme.com")]


def test_a_delegation_that_one_of_two_servers_shows_is_not_sure() -> None:
    dns, acme = world()
    acme.put("b.acme.com", "NS", *OURS)
    assert seen(dns, "chat.b.acme.com").delegations[-1].sure
    dns.server(PARENTS[1]).fault = Fault.SILENT
    assert not seen(dns, "chat.b.acme.com").delegations[-1].sure


def test_ours_beside_others_are_not_asked_for_a_deeper_zone() -> None:
    dns, _ = handed((*PARENTS, *OURS))
    dns.zone("b.acme.com", "ns1.b.acme.com", "ns2.b.acme.com")
    observation = seen(dns, "chat.b.acme.com")
    assert observation.parent_zone == "b.acme.com"
    assert {answer.server for answer in observation.parent_heard} == {"ns1.b.acme.com", "ns2.b.acme.com"}


def without_answer(fault: Fault | None, *, proved: bool = False) -> DelegationReport:
    """acme.com is at the provider of ours on purpose, and shares one name server with our zone."""
    dns = MemoryDns()
    acme = dns.zone("acme.com", OURS[0], *OTHERS[1:])
    acme.put(HOST, "NS", *OURS)
    dns.zone(HOST, *OURS, delegate=False)
    dns.server(OURS[0]).fault = fault
    return check(dns, proved=proved)


@pytest.mark.parametrize("proved", [False, True])
@pytest.mark.parametrize("fault", [None, Fault.SILENT, Fault.SERVFAIL, Fault.UNREACHABLE])
def test_a_lost_answer_is_no_denial_of_the_zone(fault: Fault | None, *, proved: bool) -> None:
    report = without_answer(fault, proved=proved)
    assert report.alarm is None


def test_one_of_ours_that_refuses_does_not_hold_the_zone() -> None:
    assert without_answer(Fault.REFUSED).alarm is not None


def test_a_former_one_of_ours_that_refused_the_name_is_not_asked_again() -> None:
    dns, _ = handed(OTHERS)
    for server in OTHERS:
        dns.server(server).zones.clear()
    report = check(dns, former_name_servers=OTHERS)
    assert report.alarm is not None
    assert "acme.com SOA" not in {one.question for one in report.asked if one.server in OTHERS}


def test_a_check_that_is_cut_short_before_ours_are_asked_raises_no_alarm() -> None:
    dns, _ = handed(OURS, limits=Limits(seconds=0.5))
    for name in OURS:
        dns.server(name).fault = Fault.HANGS
    observation = seen(dns)
    assert not observation.complete
    assert all(one.unsettled for one in observation.delegations)
    assert check(dns).alarm is None


def deep(*at_first: str, at_second: tuple[str, ...] = ()) -> MemoryDns:
    """b.acme.com is a zone of its own, and the two servers of acme.com may name other servers for it."""
    dns, acme = world()
    dns.zone("b.acme.com", *DEEP).put(DEEP_HOST, "NS", *OURS)
    dns.zone(DEEP_HOST, *OURS, delegate=False)
    dns.copy_at(PARENTS[0], "acme.com").put("b.acme.com", "NS", *at_first)
    if at_second:
        acme.put("b.acme.com", "NS", *at_second)
    return dns


@pytest.mark.parametrize("resolvers_know", [True, False])
@pytest.mark.parametrize("names", [OURS, OURS[:1], (DEEP[0], OURS[0]), (DEEP[0], "ns.evil.net", OURS[0])])
def test_one_server_of_the_zone_above_neither_alarms_nor_takes_a_name(
    names: tuple[str, ...], *, resolvers_know: bool
) -> None:
    dns = deep(*names)
    dns.zone("evil.net", "ns1.evil.net")
    dns.server("ns.evil.net").zones["b.acme.com"] = MemoryZone("b.acme.com")
    if not resolvers_know:
        dns.recursive[0].says["b.acme.com", "SOA"] = Response("SERVFAIL")
    for known in ({}, {"b.acme.com": DEEP}):
        report = check(dns, host=DEEP_HOST, proved=True, known_delegations=known)
        assert report.alarm is None
        assert report.reason != "wrong-level"


@pytest.mark.parametrize("names", [OURS, (DEEP[0], OURS[0])])
def test_all_servers_of_the_zone_above_raise_the_alarm(names: tuple[str, ...]) -> None:
    dns = deep(*names, at_second=names)
    report = check(dns, host=DEEP_HOST, known_delegations={"b.acme.com": DEEP})
    assert report.alarm is not None
    assert report.alarm.params["zone"] == "b.acme.com"


def test_who_invents_a_zone_is_not_believed_about_the_zones_below() -> None:
    dns = deep("ns.evil.net")
    dns.zone("evil.net", "ns1.evil.net")
    invented = MemoryZone("b.acme.com")
    invented.put("b.acme.com", "NS", "ns.evil.net")
    invented.put("c.b.acme.com", "NS", *OURS)
    dns.server("ns.evil.net").zones["b.acme.com"] = invented
    report = check(dns, host="chat.c.b.acme.com", proved=True)
    assert report.alarm is None
    assert report.reason != "wrong-level"


@pytest.mark.parametrize("resolvers", [1, 2, 3])
def test_a_poisoned_resolver_names_no_servers_to_put_back(resolvers: int) -> None:
    dns, acme = handed(OURS, delegated=(), resolvers=resolvers)
    dns.zone("evil.net", "ns1.evil.net")
    dns.server("ns.evil.net").zones["acme.com"] = MemoryZone("acme.com")
    for number, one in enumerate(dns.recursive):
        names = PARENTS if number else ("ns.evil.net",)
        one.says["acme.com", "NS"] = Response(answer=(RecordSet("acme.com", "NS", 3600, names),))
        one.says["acme.com", "SOA"] = Response(answer=(acme.soa,))
    report = check(dns, proved=True)
    assert report.alarm is not None
    assert report.alarm.params["former"] == []


def test_several_resolvers_that_agree_name_the_servers_to_put_back() -> None:
    dns, acme = handed(OURS, resolvers=2)
    for one in dns.recursive:
        one.says["acme.com", "NS"] = Response(answer=(RecordSet("acme.com", "NS", 3600, PARENTS),))
        one.says["acme.com", "SOA"] = Response(answer=(acme.soa,))
    assert seen(dns).delegations[0].former == frozenset(PARENTS)


@pytest.mark.parametrize("host", [HOST, DEEP_HOST])
def test_nothing_more_is_asked_where_nothing_is_led_to_us(host: str) -> None:
    asked = seen(deep(*DEEP), host).asked
    assert {one.question for one in asked if one.role == "ours"} == {f"{host} SOA", f"{host} NS"}


def test_name_servers_that_only_a_cache_knows_have_a_time_to_live() -> None:
    dns, _ = world()
    kept = RecordSet("acme.com", "NS", 900, OURS)
    dns.recursive[0].says["acme.com", "NS"] = Response(answer=(kept,))
    assert seen(dns).remembered_ttl == 900


def test_name_servers_that_the_zone_itself_names_are_no_cached_ones() -> None:
    dns, acme = world()
    acme.put("acme.com", "NS", *PARENTS, *OURS)
    observation = seen(dns)
    assert observation.remembered_ttl is None
    assert observation.misplaced_at == ("acme.com",)


def test_other_name_servers_in_a_cache_are_nothing_of_ours() -> None:
    dns, _ = world()
    dns.recursive[0].says["acme.com", "NS"] = Response(answer=(RecordSet("acme.com", "NS", 900, OTHERS),))
    assert seen(dns).remembered_ttl is None
