"""Every verdict of the table, measured on real servers."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.service.checking import IMPATIENT, NOW, asked_of, check, hints, said
from tests.service.dns_tree import ELSEWHERE, SET_A, SET_B, DnsTree
from webapp.dns.delegation import (
    DelegationReport,
    Verdict,
    fresh_set_overlaps,
    take_baseline,
    zone_answers,
)

pytestmark = pytest.mark.service

NO_KEY = "4711 13 2 " + "0123456789abcdef" * 4


def ready(tree: DnsTree, *, signed_parent: bool = False, signed: bool = False) -> tuple[str, str]:
    """A parent zone that knows nothing of the host, and our zone for the host; the host and the parent."""
    parent = tree.parent(signed=signed_parent)
    host = f"chat.{parent}"
    tree.host_zone(host, "A", signed=signed)
    return host, parent


# 1 ZONE_PENDING


def test_zone_is_pending_while_its_change_is_not_in_sync(dns_tree: DnsTree) -> None:
    host, _ = ready(dns_tree)
    dns_tree.delegate(host, SET_A)
    report = check(dns_tree, host, zone_in_sync=False)
    assert report.verdict is Verdict.ZONE_PENDING
    assert report.transient
    assert report.who_acts == "we"


def test_one_of_our_servers_does_not_know_the_zone_yet(dns_tree: DnsTree) -> None:
    host, _ = ready(dns_tree)
    dns_tree.refuse(host, "a2")
    answering = asyncio.run(zone_answers(host, SET_A, dns_tree.network_dns()))
    assert answering == dict.fromkeys(SET_A, True) | {SET_A[1]: False}


def test_baseline_holds_what_stood_at_the_parent_before(dns_tree: DnsTree) -> None:
    parent = dns_tree.parent()
    host = f"chat.{parent}"
    dns_tree.records(host, "A", "192.0.2.7")
    dns_tree.records(host, "MX", "10 mail.elsewhere.org.")
    baseline = asyncio.run(take_baseline(host, dns_tree.network_dns()))
    assert baseline.reachable
    assert baseline.parent_zone == parent
    assert set(baseline.parent_name_servers) == {"ns1.provider.net", "ns2.provider.net"}
    assert (baseline.a, len(baseline.mx), baseline.name_servers) == (("192.0.2.7",), 1, ())


def test_a_fresh_set_that_the_parent_lists_already_proves_nothing(dns_tree: DnsTree) -> None:
    host, _ = ready(dns_tree)
    dns_tree.delegate(host, (SET_A[3], SET_B[0]))
    baseline = asyncio.run(take_baseline(host, dns_tree.network_dns()))
    assert fresh_set_overlaps(baseline, SET_A) == {SET_A[3]}


# 2 PARENT_UNREACHABLE


def test_parent_is_unreachable_when_all_of_its_servers_are_silent(dns_tree: DnsTree) -> None:
    host, parent = ready(dns_tree)
    dns_tree.delegate(host, SET_A)
    assert check(dns_tree, host).verdict is Verdict.VERIFIED
    with dns_tree.silence("p1", "p2"):
        report = check(dns_tree, host, dns=dns_tree.network_dns(limits=IMPATIENT))
    assert report.verdict is Verdict.PARENT_UNREACHABLE
    assert report.transient
    assert parent in report.message
    assert check(dns_tree, host).verdict is Verdict.VERIFIED


def test_one_of_two_servers_is_too_few_to_believe(dns_tree: DnsTree) -> None:
    host, _ = ready(dns_tree)
    dns_tree.delegate(host, SET_A)
    with dns_tree.silence("p2"):
        report = check(dns_tree, host, dns=dns_tree.network_dns(limits=IMPATIENT))
    assert report.verdict is Verdict.PARENT_UNREACHABLE
    assert "ns2.provider.net" in said(report)


def test_a_parent_that_only_has_one_server_is_believed(dns_tree: DnsTree) -> None:
    host = f"chat.{dns_tree.parent(at=('p1',))}"
    dns_tree.host_zone(host)
    dns_tree.delegate(host, SET_A)
    assert check(dns_tree, host).verdict is Verdict.VERIFIED


# 3 ALIAS_ABOVE


@pytest.mark.parametrize("rdtype", ["CNAME", "DNAME"])
def test_an_alias_above_the_host(dns_tree: DnsTree, rdtype: str) -> None:
    parent = dns_tree.parent()
    dns_tree.records(f"app.{parent}", rdtype, "elsewhere.org.")
    report = check(dns_tree, f"chat.app.{parent}")
    assert report.verdict is Verdict.ALIAS_ABOVE
    assert f"app.{parent}" in report.message
    assert "elsewhere.org" in report.message
    assert report.who_acts == "you"


# 4 PARENT_INCONSISTENT


def test_one_of_two_servers_knows_the_records_already(dns_tree: DnsTree) -> None:
    host, parent = ready(dns_tree)
    dns_tree.delegate(host, SET_A, at=("p1",))
    report = check(dns_tree, host)
    assert report.verdict is Verdict.PARENT_INCONSISTENT
    assert report.transient
    assert f"1 of 2 name servers of {parent}" in report.message


def test_disagreement_is_firm_after_a_day(dns_tree: DnsTree) -> None:
    host, _ = ready(dns_tree)
    dns_tree.delegate(host, SET_A, at=("p1",))
    young = check(dns_tree, host, inconsistent_since=NOW - timedelta(hours=23))
    old = check(dns_tree, host, inconsistent_since=NOW - timedelta(hours=25))
    assert (young.verdict, old.verdict) == (Verdict.PARENT_INCONSISTENT, Verdict.PARENT_INCONSISTENT)
    assert (young.transient, old.transient) == (True, False)


def test_servers_that_name_different_sets_disagree(dns_tree: DnsTree) -> None:
    host, _ = ready(dns_tree)
    dns_tree.delegate(host, SET_A, at=("p1",))
    dns_tree.delegate(host, SET_B, at=("p2",))
    report = check(dns_tree, host)
    assert report.verdict is Verdict.PARENT_INCONSISTENT
    assert set(report.unexpected) == set(SET_B)


# 5 RECORD_IN_THE_WAY


@pytest.mark.parametrize(
    ("rdtype", "value"),
    [
        ("CNAME", "site.elsewhere.org."),
        ("A", "192.0.2.7"),
        ("AAAA", "2001:db8::7"),
        ("TXT", '"some proof"'),
        ("MX", "10 mail.elsewhere.org."),
    ],
)
def test_a_record_stands_where_the_delegation_belongs(dns_tree: DnsTree, rdtype: str, value: str) -> None:
    host, parent = ready(dns_tree)
    dns_tree.records(host, rdtype, value)
    report = check(dns_tree, host)
    assert report.verdict is Verdict.RECORD_IN_THE_WAY
    assert rdtype in report.message
    assert host in report.message
    assert parent in report.message


# 6 MISPLACED


def test_the_provider_appended_its_zone_to_the_name(dns_tree: DnsTree) -> None:
    host, parent = ready(dns_tree)
    dns_tree.delegate(f"{host}.{parent}", SET_A)
    report = check(dns_tree, host)
    assert report.verdict is Verdict.MISPLACED
    assert f"{host}.{parent}" in said(report)
    assert "“chat”" in said(report)


def test_the_records_were_entered_at_the_apex(dns_tree: DnsTree) -> None:
    host, parent = ready(dns_tree)
    dns_tree.records(parent, "NS", *(f"{name}." for name in SET_A))
    report = check(dns_tree, host)
    assert report.verdict is Verdict.MISPLACED
    assert parent in said(report)
    assert "“chat”" in said(report)


# 7 NOT_DELEGATED


def test_not_delegated_nxdomain(dns_tree: DnsTree) -> None:
    host, parent = ready(dns_tree)
    report = check(dns_tree, host)
    assert report.verdict is Verdict.NOT_DELEGATED
    assert not report.transient
    assert (report.parent_zone, report.relative_name) == (parent, "chat")
    assert host in report.message
    parents = [asked for asked in report.asked if asked.role == "parent" and asked.question == f"{host} NS"]
    assert {(asked.outcome, asked.transport) for asked in parents} == {("NXDOMAIN", "tcp")}
    assert {asked.server for asked in parents} == {"ns1.provider.net", "ns2.provider.net"}
    assert [mark for _, mark in report.marks] == ["missing"] * 4


def test_not_delegated_nodata(dns_tree: DnsTree) -> None:
    host, _ = ready(dns_tree)
    dns_tree.records(f"below.{host}", "A", "192.0.2.7")
    report = check(dns_tree, host)
    assert report.verdict is Verdict.NOT_DELEGATED
    assert {a.outcome for a in report.asked if a.role == "parent" and a.question == f"{host} NS"} == {
        "NODATA"
    }


@pytest.mark.parametrize(
    ("rdtype", "value"), [("A", "192.0.2.7"), ("CNAME", "elsewhere.org."), ("TXT", "any")]
)
def test_a_wildcard_is_no_delegation(dns_tree: DnsTree, rdtype: str, value: str) -> None:
    host, parent = ready(dns_tree)
    dns_tree.records(f"*.{parent}", rdtype, value)
    assert check(dns_tree, host).verdict is Verdict.NOT_DELEGATED


def test_parent_zone_is_the_real_zone_cut(dns_tree: DnsTree) -> None:
    parent = dns_tree.parent()
    report = check(dns_tree, f"chat.a.b.{parent}")
    assert report.verdict is Verdict.NOT_DELEGATED
    assert (report.parent_zone, report.relative_name) == (parent, "chat.a.b")


# 8 OLD_NAME_SERVERS


def test_name_servers_of_an_earlier_registration(dns_tree: DnsTree) -> None:
    host, _ = ready(dns_tree)
    dns_tree.host_zone(host, "B")
    dns_tree.delegate(host, SET_B)
    report = check(dns_tree, host, former_name_servers=SET_B)
    assert report.verdict is Verdict.OLD_NAME_SERVERS
    assert not report.transient
    assert report.who_acts == "you"


# 9 NS_MISTYPED


@pytest.mark.parametrize(
    "seen",
    [
        "ns-101.awsdns-12.com.{parent}",
        "ns-101.awsdns-21.com",
        "ns-1O1.awsdns-12.com",
        "https://ns-101.awsdns-12.com",
    ],
    ids=["parent-appended", "digits-swapped", "letter-for-digit", "address"],
)
def test_a_name_server_is_mistyped(dns_tree: DnsTree, seen: str) -> None:
    host, parent = ready(dns_tree)
    seen = seen.format(parent=parent)
    dns_tree.delegate(host, (seen, *SET_A[1:]))
    report = check(dns_tree, host)
    assert report.verdict is Verdict.NS_MISTYPED
    assert SET_A[0] in said(report)
    assert seen.lower() in said(report).lower()
    assert report.missing == (SET_A[0],)


def test_all_name_servers_got_the_zone_appended(dns_tree: DnsTree) -> None:
    host, parent = ready(dns_tree)
    dns_tree.delegate(host, [f"{name}.{parent}" for name in SET_A])
    report = check(dns_tree, host)
    assert report.verdict is Verdict.NS_MISTYPED
    assert parent in said(report)


def test_an_ip_address_as_name_server(dns_tree: DnsTree) -> None:
    host, _ = ready(dns_tree)
    dns_tree.delegate(host, ("192.0.2.53", *SET_A[1:]))
    report = check(dns_tree, host)
    assert report.verdict is Verdict.NS_MISTYPED
    assert "192.0.2.53" in said(report)


# 10 DELEGATED_ELSEWHERE


def test_delegated_to_another_provider(dns_tree: DnsTree) -> None:
    host, _ = ready(dns_tree)
    dns_tree.delegate(host, dns_tree.foreign_zone(host))
    report = check(dns_tree, host)
    assert report.verdict is Verdict.DELEGATED_ELSEWHERE
    assert all(name in report.message for name in ELSEWHERE)
    assert report.missing == report.expected


def test_another_customers_set_is_not_ours(dns_tree: DnsTree) -> None:
    host, _ = ready(dns_tree)
    dns_tree.delegate(host, dns_tree.host_zone(host, "B"))
    assert check(dns_tree, host).verdict is Verdict.DELEGATED_ELSEWHERE


# 11 DELEGATION_MIXED


@pytest.mark.parametrize("ours", [1, 2, 4])
def test_ours_beside_foreign_name_servers(dns_tree: DnsTree, ours: int) -> None:
    host, _ = ready(dns_tree)
    dns_tree.foreign_zone(host)
    dns_tree.delegate(host, (*SET_A[:ours], ELSEWHERE[0]))
    report = check(dns_tree, host)
    assert report.verdict is Verdict.DELEGATION_MIXED
    assert report.unexpected == (ELSEWHERE[0],)
    assert ELSEWHERE[0] in report.next_step


# 12 DELEGATION_PARTIAL


@pytest.mark.parametrize("right", [1, 2, 3])
def test_some_of_ours_are_missing(dns_tree: DnsTree, right: int) -> None:
    host, _ = ready(dns_tree)
    dns_tree.delegate(host, SET_A[:right])
    report = check(dns_tree, host)
    assert report.verdict is Verdict.DELEGATION_PARTIAL
    assert f"{right} of 4" in report.message
    assert set(report.missing) == set(SET_A[right:])
    assert all(name in said(report) for name in SET_A[right:])
    assert sorted(mark for _, mark in report.marks) == ["found"] * right + ["missing"] * (4 - right)


# 13 ZONE_NOT_SERVED


def not_served(report: DelegationReport, server: str) -> None:
    assert report.verdict is Verdict.ZONE_NOT_SERVED
    assert report.transient
    assert report.who_acts == "we"
    assert set(report.found) == set(SET_A)
    assert server in {asked.server for asked in report.asked if asked.role == "ours"}


def test_one_of_ours_is_lame(dns_tree: DnsTree) -> None:
    host, _ = ready(dns_tree)
    dns_tree.delegate(host, SET_A)
    dns_tree.refuse(host, "a3")
    not_served(check(dns_tree, host), SET_A[2])


def test_one_of_ours_is_silent(dns_tree: DnsTree) -> None:
    host, _ = ready(dns_tree)
    dns_tree.delegate(host, SET_A)
    with dns_tree.silence("a2"):
        not_served(check(dns_tree, host, dns=dns_tree.network_dns(limits=IMPATIENT)), SET_A[1])


def test_one_of_ours_answers_from_the_zone_above(dns_tree: DnsTree) -> None:
    parent = dns_tree.parent()
    host = f"chat.{parent}"
    dns_tree.host_zone(host, at=("a1", "a2", "a3"))
    dns_tree.host_zone(parent, at=("a4",))
    dns_tree.delegate(host, SET_A)
    not_served(check(dns_tree, host), SET_A[3])


def test_our_zone_lists_another_set(dns_tree: DnsTree) -> None:
    host, _ = ready(dns_tree)
    dns_tree.host_zone(host, at=("a1",), name_servers=SET_B)
    dns_tree.delegate(host, SET_A)
    not_served(check(dns_tree, host), SET_A[0])


# 14 STALE_DS


def test_a_ds_record_was_left_behind(dns_tree: DnsTree) -> None:
    host, _ = ready(dns_tree, signed_parent=True)
    dns_tree.delegate(host, SET_A)
    assert check(dns_tree, host).verdict is Verdict.VERIFIED
    dns_tree.records(host, "DS", NO_KEY)
    report = check(dns_tree, host)
    assert report.verdict is Verdict.STALE_DS
    assert "DS record" in report.message
    assert host in report.message
    assert report.who_acts == "you"


def test_no_resolver_accepts_a_name_with_a_ds_record_left_behind(dns_tree: DnsTree) -> None:
    host, _ = ready(dns_tree, signed_parent=True)
    dns_tree.delegate(host, SET_A)
    dns_tree.records(host, "DS", NO_KEY)
    answer = dns_tree.resolvers[0].ask(host, "SOA")
    assert answer is not None
    assert answer.rcode().name == "SERVFAIL"
    assert check(dns_tree, host).verdict is Verdict.STALE_DS


def test_a_ds_record_of_a_key_that_signs_our_zone_is_right(dns_tree: DnsTree) -> None:
    host, _ = ready(dns_tree, signed_parent=True, signed=True)
    dns_tree.delegate(host, SET_A)
    dns_tree.records(host, "DS", dns_tree.ds(host))
    report = check(dns_tree, host)
    assert report.verdict is Verdict.VERIFIED
    assert not report.hints


def test_a_ds_record_of_another_key_is_not(dns_tree: DnsTree) -> None:
    host, _ = ready(dns_tree, signed_parent=True, signed=True)
    dns_tree.delegate(host, SET_A)
    dns_tree.records(host, "DS", NO_KEY)
    assert check(dns_tree, host).verdict is Verdict.STALE_DS


# 15 VERIFIED


def test_verified(dns_tree: DnsTree) -> None:
    host, parent = ready(dns_tree)
    dns_tree.delegate(host, SET_A)
    report = check(dns_tree, host)
    assert report.verdict is Verdict.VERIFIED
    assert report.message.startswith(f"{host} is verified")
    assert not report.missing
    assert not report.unexpected
    assert not report.hints
    assert report.parent_zone == parent
    assert report.checked_at == NOW
    for server in ("p1", "p2"):
        deciding = [a for a in asked_of(report, dns_tree.address(server)) if a.question == f"{host} NS"]
        assert [(a.transport, a.outcome, a.authoritative) for a in deciding] == [("tcp", "REFERRAL", False)]
        assert set(deciding[0].name_servers) == set(SET_A)


def test_capitals_order_and_final_dots_make_no_difference(dns_tree: DnsTree) -> None:
    host, _ = ready(dns_tree)
    dns_tree.delegate(host, [name.upper() for name in reversed(SET_A)])
    expected = (f"{SET_A[2].title()}.", SET_A[0], SET_A[3].upper(), f"{SET_A[1]}.")
    assert check(dns_tree, f"{host.upper()}.", expected).verdict is Verdict.VERIFIED


def test_host_several_labels_below_the_parent_zone(dns_tree: DnsTree) -> None:
    parent = dns_tree.parent()
    host = f"chat.a.b.{parent}"
    dns_tree.host_zone(host)
    dns_tree.delegate(host, SET_A)
    report = check(dns_tree, host)
    assert (report.verdict, report.relative_name) == (Verdict.VERIFIED, "chat.a.b")


def test_story_of_a_customer(dns_tree: DnsTree) -> None:
    host, parent = ready(dns_tree)
    story = []
    for step in ((), (f"{SET_A[0]}.{parent}",), SET_A[:3], (*SET_A, ELSEWHERE[0]), SET_A):
        dns_tree.delegate(host, step)
        story.append(check(dns_tree, host).verdict)
    assert story == [
        Verdict.NOT_DELEGATED,
        Verdict.NS_MISTYPED,
        Verdict.DELEGATION_PARTIAL,
        Verdict.DELEGATION_MIXED,
        Verdict.VERIFIED,
    ]


# 16 RESOLVE_BROKEN, PROPAGATING


def test_resolvers_that_still_remember_another_provider(dns_tree: DnsTree) -> None:
    host, _ = ready(dns_tree)
    dns_tree.delegate(host, dns_tree.foreign_zone(host))
    for resolver in dns_tree.resolvers:
        assert resolver.ask(host, "NS") is not None
    dns_tree.delegate(host, SET_A)
    report = check(dns_tree, host)
    assert report.verdict is Verdict.VERIFIED
    assert hints(report) == {Verdict.PROPAGATING}
    assert report.old_answers_until is not None
    assert report.old_answers_until > NOW


def test_resolvers_that_still_remember_an_alias_are_asked_past_their_caches(dns_tree: DnsTree) -> None:
    host, parent = ready(dns_tree)
    dns_tree.records(host, "CNAME", f"cdn.{parent}.")
    for resolver in dns_tree.resolvers:
        for rdtype in ("NS", "A", "CNAME"):
            assert resolver.ask(host, rdtype) is not None
    dns_tree.records(host, "CNAME")
    dns_tree.delegate(host, SET_A)
    report = check(dns_tree, host)
    assert report.verdict is Verdict.VERIFIED
    assert hints(report) == {Verdict.PROPAGATING}


def test_resolvers_that_cannot_resolve_the_name(dns_tree: DnsTree) -> None:
    host, parent = ready(dns_tree)
    dns_tree.delegate(host, SET_A)
    broken = dns_tree.resolvers_that_fail_for(host)
    dns = dns_tree.network_dns(resolvers=[dns_tree.resolver_addresses[0], *broken])
    report = check(dns_tree, host, dns=dns)
    assert report.verdict is Verdict.VERIFIED
    assert Verdict.RESOLVE_BROKEN in hints(report)
    assert report.parent_zone == parent


def test_one_resolver_may_dissent(dns_tree: DnsTree) -> None:
    host, _ = ready(dns_tree)
    dns_tree.delegate(host, SET_A)
    broken = dns_tree.resolvers_that_fail_for(host)
    dns = dns_tree.network_dns(resolvers=[*dns_tree.resolver_addresses[:2], broken[0]])
    report = check(dns_tree, host, dns=dns)
    assert report.verdict is Verdict.VERIFIED
    assert not report.hints
