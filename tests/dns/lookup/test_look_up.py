from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from tests.dns.delegation.cases import HOST, NOW, OTHERS, OURS, PARENTS, check, expectation, world
from tests.twins.dns import Fault, MemoryDns
from tests.twins.dns_zone import Response
from webapp.dns.delegation import DelegationReport, Verdict, look_up, verify
from webapp.dns.limits import Limits
from webapp.dns.records import RecordSet


def test_a_healthy_delegation_is_verified() -> None:
    dns, _ = world()
    assert check(dns).verdict is Verdict.VERIFIED


def test_capitals_order_and_final_dots_do_not_matter() -> None:
    dns, acme = world()
    acme.put("Chat.ACME.com.", "NS", *(f"{name.upper()}." for name in reversed(OURS)))
    report = asyncio.run(verify(replace(expectation(), host="CHAT.acme.COM."), dns, NOW))
    assert report.verdict is Verdict.VERIFIED


@pytest.mark.parametrize(
    ("name_servers", "verdict"),
    [
        ((), Verdict.NOT_DELEGATED),
        (OURS[:1], Verdict.DELEGATION_PARTIAL),
        (OURS[:3], Verdict.DELEGATION_PARTIAL),
        ((*OURS, "ns1.other.net"), Verdict.DELEGATION_MIXED),
        (OTHERS, Verdict.DELEGATED_ELSEWHERE),
        ((*OURS[:3], f"{OURS[3]}.acme.com"), Verdict.NS_MISTYPED),
    ],
)
def test_what_the_parent_lists_decides(name_servers: tuple[str, ...], verdict: Verdict) -> None:
    dns, _ = world(delegated=name_servers)
    assert check(dns).verdict is verdict


def test_a_recursive_answer_is_not_believed() -> None:
    dns, _ = world(delegated=())
    dns.recursive[0].says[HOST, "NS"] = Response(answer=(RecordSet(HOST, "NS", 3600, tuple(sorted(OURS))),))
    assert check(dns).verdict is Verdict.NOT_DELEGATED


def test_a_negative_cache_does_not_hinder() -> None:
    dns, acme = world()
    dns.recursive[0].says[HOST, "NS"] = Response("NXDOMAIN", authority=(acme.soa,))
    report = check(dns)
    assert report.verdict is Verdict.VERIFIED
    assert [hint.verdict for hint in report.hints] == [Verdict.PROPAGATING]


def test_resolvers_are_not_asked_for_the_host_before_the_records_are_there() -> None:
    dns, _ = world(delegated=OURS[:3])
    check(dns)
    assert (dns.resolvers[0], HOST, "NS") not in dns.questions


def asked_of(report: DelegationReport, role: str) -> dict[tuple[str, str], str]:
    return {(a.server, a.question): a.outcome for a in report.asked if a.role == role}


def test_the_deciding_question_goes_to_each_parent_server_over_tcp() -> None:
    dns, _ = world()
    deciding = [a for a in check(dns).asked if a.role == "parent" and a.question.endswith((" NS", " DS"))]
    assert {(a.server, a.question) for a in deciding} == {
        (server, f"{HOST} {rdtype}") for server in PARENTS for rdtype in ("NS", "DS")
    }
    assert {a.transport for a in deciding} == {"tcp"}
    assert f"dig +norecurse +tcp @ns1.acme.com {HOST} NS" in {a.dig for a in deciding}


def unquoted(line: str) -> str:
    """What a shell would read of a line, if it stands outside of quotes."""
    return "".join(line.split("'")[::2])


def test_a_shell_cannot_be_fooled_by_the_name_of_a_server() -> None:
    dns = MemoryDns()
    dns.zone("acme.com", "ns1.$(reboot);x.acme.com", "ns2.acme.com")
    lines = [a.dig for a in check(dns).asked if "reboot" in a.dig]
    assert lines
    assert not any("reboot" in unquoted(line) for line in lines)


@pytest.mark.parametrize(
    "fault", [Fault.SILENT, Fault.UNREACHABLE, Fault.REFUSED, Fault.SERVFAIL, Fault.NOT_AUTHORITATIVE]
)
def test_one_of_two_parent_servers_is_not_enough(fault: Fault) -> None:
    dns, _ = world()
    dns.server(PARENTS[1]).fault = fault
    report = check(dns)
    assert report.verdict is Verdict.PARENT_UNREACHABLE
    assert PARENTS[1] in report.details


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.REFUSED, Fault.SERVFAIL, Fault.NOT_AUTHORITATIVE])
def test_two_of_three_parent_servers_are_enough(fault: Fault) -> None:
    dns = MemoryDns()
    acme = dns.zone("acme.com", *PARENTS, "ns3.acme.com")
    acme.put(HOST, "NS", *OURS)
    dns.zone(HOST, *OURS, delegate=False)
    dns.server("ns3.acme.com").fault = fault
    assert check(dns).verdict is Verdict.VERIFIED


def test_all_parent_servers_silent_is_told_by_name() -> None:
    dns, _ = world()
    for server in PARENTS:
        dns.server(server).fault = Fault.SILENT
    report = check(dns)
    assert (report.verdict, report.parent_zone) == (Verdict.PARENT_UNREACHABLE, "acme.com")
    assert "ns1.acme.com (TIMEOUT) and ns2.acme.com (TIMEOUT)" in report.details


def test_a_parent_without_tcp_is_told() -> None:
    dns, _ = world()
    for server in PARENTS:
        dns.server(server).fault = Fault.NO_TCP
    report = check(dns)
    assert (report.verdict, report.reason, report.who_acts) == (Verdict.PARENT_UNREACHABLE, "no-tcp", "you")


def test_our_silent_resolver_is_our_problem() -> None:
    dns, _ = world(delegated=())
    dns.recursive[0].fault = Fault.SILENT
    report = check(dns)
    assert (report.verdict, report.reason, report.who_acts) == (
        Verdict.PARENT_UNREACHABLE,
        "resolver-silent",
        "we",
    )


def test_a_second_resolver_steps_in() -> None:
    dns, _ = world(resolvers=2)
    dns.recursive[0].fault = Fault.SILENT
    assert check(dns).verdict is Verdict.VERIFIED


@pytest.mark.parametrize("path", [0, 1])
def test_no_validating_resolver_may_call_the_parent_bogus(path: int) -> None:
    dns, _ = world(resolvers=2)
    dns.recursive[path].bogus.add("acme.com")
    report = check(dns)
    assert (report.verdict, report.reason) == (Verdict.PARENT_UNREACHABLE, "parent-bogus")
    assert "DNSSEC" in report.message
    assert report.found == OURS


def test_a_host_that_resolvers_call_bogus_is_a_hint() -> None:
    dns, _ = world()
    dns.recursive[0].bogus.add(HOST)
    report = check(dns)
    assert report.verdict is Verdict.VERIFIED
    assert [hint.verdict for hint in report.hints] == [Verdict.RESOLVE_BROKEN]


def test_two_names_at_one_address_are_one_server() -> None:
    dns, _ = world()
    dns.server("ns2.acme.com").published = {"A": (dns.server("ns1.acme.com").address,)}
    report = check(dns)
    assert report.verdict is Verdict.VERIFIED
    assert any("same address as ns1.acme.com" in a.note for a in report.asked)


@pytest.mark.parametrize(
    ("published", "reason"),
    [
        ({"A": ("10.0.0.1",)}, "10.0.0.1 is not an address that is reachable from the Internet."),
        ({"AAAA": ("::ffff:127.0.0.1",)}, "stands for 127.0.0.1"),
        ({}, "ns2.acme.com has no address that may be asked."),
        ({"CNAME": ("ns1.acme.com",)}, "ns2.acme.com is an alias"),
    ],
)
def test_a_parent_server_that_may_not_be_asked(published: dict[str, tuple[str, ...]], reason: str) -> None:
    dns, _ = world()
    dns.server("ns2.acme.com").published = published
    report = check(dns)
    assert any(a.server == "ns2.acme.com" and reason in a.note and not a.dig for a in report.asked)
    assert report.verdict is Verdict.VERIFIED


def test_a_server_whose_address_is_unknown_is_still_missed() -> None:
    dns = MemoryDns()
    dns.zone("provider.net", "a.provider.net")
    dns.zone("acme.com", "ns1.provider.net", "ns2.provider.net").put(HOST, "NS", *OURS)
    dns.zone(HOST, *OURS, delegate=False)
    dns.recursive[0].says["ns2.provider.net", "A"] = Response("SERVFAIL")
    dns.recursive[0].says["ns2.provider.net", "AAAA"] = Response("SERVFAIL")
    assert check(dns).verdict is Verdict.PARENT_UNREACHABLE


def test_an_ipv6_address_is_asked_where_there_is_no_other() -> None:
    dns = MemoryDns()
    dns.server("ns1.acme.com", "2600:9000::1")
    dns.zone("acme.com", "ns1.acme.com").put(HOST, "NS", *OURS)
    dns.zone(HOST, *OURS, delegate=False)
    assert check(dns).verdict is Verdict.VERIFIED


def test_the_second_address_is_asked_where_the_first_is_silent() -> None:
    dns, _ = world()
    good = dns.server("ns1.acme.com").address
    dns.server("ns1.acme.com").published = {"A": ("198.51.0.250", good)}
    assert check(dns).verdict is Verdict.VERIFIED


def test_parent_servers_that_disagree() -> None:
    dns, _ = world()
    dns.copy_at("ns2.acme.com", "acme.com").put(HOST, "NS")
    report = check(dns)
    assert report.verdict is Verdict.PARENT_INCONSISTENT
    assert report.message.startswith("1 of 2 name servers of acme.com already know")


@pytest.mark.parametrize("rdtype", ["A", "AAAA", "TXT", "MX", "CNAME"])
def test_a_record_in_the_way_is_named(rdtype: str) -> None:
    dns, acme = world(delegated=())
    acme.put(HOST, rdtype, "something")
    report = check(dns)
    assert report.verdict is Verdict.RECORD_IN_THE_WAY
    assert f"{rdtype} record" in report.message


@pytest.mark.parametrize("rdtype", ["A", "TXT", "CNAME"])
def test_what_a_wildcard_makes_up_is_not_in_the_way(rdtype: str) -> None:
    dns, acme = world(delegated=())
    acme.put("*.acme.com", rdtype, "something")
    assert check(dns).verdict is Verdict.NOT_DELEGATED


def test_a_wildcard_higher_up_is_found() -> None:
    dns, acme = world(delegated=())
    acme.put("*.acme.com", "CNAME", "everything.example")
    report = asyncio.run(verify(replace(expectation(), host="a.b.acme.com"), dns, NOW))
    assert report.verdict is Verdict.NOT_DELEGATED


def test_a_zone_of_its_own_at_the_parents_servers_is_no_delegation() -> None:
    dns, _ = world(delegated=())
    own = dns.zone(HOST, *PARENTS, delegate=False)
    own.put(HOST, "NS", *OURS)
    report = check(dns)
    assert (report.verdict, report.reason) == (Verdict.RECORD_IN_THE_WAY, "own-zone")


@pytest.mark.parametrize("where", ["chat.acme.com.acme.com", "acme.com"])
def test_records_at_the_wrong_name_are_found(where: str) -> None:
    dns, acme = world(delegated=())
    acme.put(where, "NS", *(() if where != "acme.com" else PARENTS), *OURS)
    report = check(dns)
    assert report.verdict is Verdict.MISPLACED
    assert where in report.message
    assert "name them “chat”" in report.message


def test_a_dname_above_redirects() -> None:
    dns, acme = world(delegated=())
    acme.put("acme.com", "DNAME", "old.example")
    assert check(dns).verdict is Verdict.ALIAS_ABOVE


@pytest.mark.parametrize("rdtype", ["CNAME", "DNAME"])
def test_an_alias_between_host_and_zone(rdtype: str) -> None:
    dns, acme = world(delegated=())
    acme.put("b.acme.com", rdtype, "old.example")
    dns.zone("old.example", "ns1.old.example")
    report = asyncio.run(verify(replace(expectation(), host="a.b.acme.com"), dns, NOW))
    assert (report.verdict, report.parent_zone) == (Verdict.ALIAS_ABOVE, "acme.com")


def test_the_parent_is_the_real_zone_cut() -> None:
    dns = MemoryDns()
    dns.zone("acme.com", *PARENTS)
    eu = dns.zone("eu.acme.com", "ns1.eu.example", "ns2.eu.example")
    eu.put("a.chat.eu.acme.com", "NS", *OURS)
    dns.zone("a.chat.eu.acme.com", *OURS, delegate=False)
    report = asyncio.run(verify(replace(expectation(), host="a.chat.eu.acme.com"), dns, NOW))
    assert (report.verdict, report.parent_zone, report.relative_name) == (
        Verdict.VERIFIED,
        "eu.acme.com",
        "a.chat",
    )


def test_a_cut_that_the_resolver_does_not_know_yet_is_followed() -> None:
    dns = MemoryDns()
    acme = dns.zone("acme.com", *PARENTS)
    eu = dns.zone("eu.acme.com", "ns1.eu.example", "ns2.eu.example")
    eu.put("chat.eu.acme.com", "NS", *OURS)
    dns.zone("chat.eu.acme.com", *OURS, delegate=False)
    dns.recursive[0].says["eu.acme.com", "SOA"] = Response("NXDOMAIN", authority=(acme.soa,))
    report = asyncio.run(verify(replace(expectation(), host="chat.eu.acme.com"), dns, NOW))
    assert (report.verdict, report.parent_zone) == (Verdict.VERIFIED, "eu.acme.com")


def test_a_deeper_zone_at_the_same_servers_is_found() -> None:
    dns = MemoryDns()
    acme = dns.zone("acme.com", *PARENTS)
    eu = dns.zone("eu.acme.com", *PARENTS)
    eu.put("chat.eu.acme.com", "TXT", "hello")
    dns.recursive[0].says["eu.acme.com", "SOA"] = Response("NXDOMAIN", authority=(acme.soa,))
    report = asyncio.run(verify(replace(expectation(), host="chat.eu.acme.com"), dns, NOW))
    assert (report.verdict, report.parent_zone) == (Verdict.RECORD_IN_THE_WAY, "eu.acme.com")


def test_a_stale_ds_record() -> None:
    dns, acme = world()
    acme.put(HOST, "DS", f"1 13 2 {'ab' * 32}")
    assert check(dns).verdict is Verdict.STALE_DS


@pytest.mark.parametrize("ds", ["1 8 77", "1 8 2 ABCD", "nothing"])
def test_a_ds_record_that_makes_no_sense_is_a_stale_one(ds: str) -> None:
    dns, acme = world()
    acme.put(HOST, "DS", ds)
    assert check(dns).verdict is Verdict.STALE_DS


def test_our_servers_are_asked_for_the_zone() -> None:
    dns, _ = world()
    dns.server(OURS[1]).fault = Fault.SILENT
    report = check(dns)
    assert report.verdict is Verdict.ZONE_NOT_SERVED
    assert asked_of(report, "ours")[OURS[1], f"{HOST} SOA"] == "TIMEOUT"


def test_only_the_parents_servers_and_ours_are_asked() -> None:
    dns, _ = world(delegated=OTHERS)
    dns.zone(HOST, *OTHERS, delegate=False)
    check(dns)
    theirs = {dns.server(name).address for name in OTHERS}
    assert not theirs & {address for address, *_ in dns.questions}


def test_a_thousand_name_servers_do_not_break_the_caps() -> None:
    dns = MemoryDns()
    names = [f"ns{number}.acme.com" for number in range(1000)]
    dns.zone("acme.com", *names).put(HOST, "NS", *OURS)
    dns.zone(HOST, *OURS, delegate=False)
    report = check(dns)
    assert report.verdict is Verdict.VERIFIED
    assert len(dns.questions) <= 60
    assert len({address for address, _, rdtype in dns.questions if rdtype == "DS"}) <= 13


@pytest.mark.parametrize("fault", [None, Fault.SILENT])
def test_never_more_than_sixty_queries(fault: Fault | None) -> None:
    dns = MemoryDns(resolvers=3)
    names = [f"ns{number}.acme.com" for number in range(13)]
    dns.zone("acme.com", *names)
    host = ".".join("abcdefghijklmnopqrstuvwxyz") + ".acme.com"
    for name in names:
        dns.server(name).fault = fault
    report = asyncio.run(verify(replace(expectation(), host=host), dns, NOW))
    packets = sum(2 if a.outcome == "TIMEOUT" else 1 for a in report.asked if a.dig)
    assert packets <= 60
    assert fault is None or report.transient


@pytest.mark.parametrize("queries", range(0, 60, 7))
def test_a_check_that_runs_out_of_queries_is_never_firm(queries: int) -> None:
    dns, _ = world(limits=Limits(queries=queries))
    report = check(dns)
    assert report.transient or report.verdict is Verdict.VERIFIED


def test_the_deadline_ends_the_check_with_what_was_learnt() -> None:
    dns, _ = world(limits=Limits(seconds=2))
    dns.server(PARENTS[1]).fault = Fault.HANGS
    observation = asyncio.run(look_up(expectation(), dns))
    assert not observation.complete
    assert [answer.server for answer in observation.parent_answers] == [PARENTS[0]]
    assert check(dns).verdict is Verdict.PARENT_UNREACHABLE


def test_nothing_in_dns_at_all() -> None:
    report = check(MemoryDns())
    assert (report.verdict, report.reason, report.parent_zone) == (
        Verdict.NOT_DELEGATED,
        "domain-missing",
        "acme.com",
    )


def test_no_resolver_configured_is_our_problem() -> None:
    assert check(MemoryDns(resolvers=0)).who_acts == "we"
