"""Set-ups that people reported of other systems, on real servers: the verdict, who acts, and what to do."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import dns.flags
import dns.message
import dns.rrset
import pytest

from tests.service.checking import IMPATIENT, NOW, check, hints, said
from tests.service.dns_tree import SET_A, DnsTree
from tests.service.dns_tree import behaviours as act
from tests.service.dns_tree.stub import Behaviour, Question
from webapp.dns.delegation import DelegationReport, Expectation, Verdict, verify
from webapp.dns.limits import Limits

pytestmark = pytest.mark.service

N1, N2, N3, N4 = SET_A
NO_KEY = "0123456789abcdef" * 4


def ready(tree: DnsTree, **parent: Any) -> tuple[str, str]:
    """A parent zone that knows nothing of the host, and our zone for the host; the host and the parent."""
    zone = tree.parent(**parent)
    host = f"chat.{zone}"
    tree.host_zone(host)
    return host, zone


def hourly(
    tree: DnsTree, host: str, *, minutes: tuple[int, ...] = (0, 30, 60), limits: Limits = IMPATIENT
) -> list[DelegationReport]:
    """The reports of checks at these minutes, each with what the earlier ones have left."""
    history, reports = None, []
    for minute in minutes:
        expected = Expectation(host, SET_A, history=history)
        now = NOW + timedelta(minutes=minute)
        reports.append(asyncio.run(verify(expected, tree.network_dns(limits=limits), now)))
        history = reports[-1].history
    return reports


# One of the parent's servers, or all, cannot be asked for good


def test_dead_second_server_is_named_and_the_first_may_verify(dns_tree: DnsTree) -> None:
    host, parent = ready(dns_tree)
    dns_tree.delegate(host, SET_A)
    with dns_tree.silence("p2"):
        first, second, third = hourly(dns_tree, host)
    assert [report.verdict for report in (first, second)] == [Verdict.PARENT_UNREACHABLE] * 2
    assert (first.who_acts, second.who_acts) == ("nobody", "nobody")
    assert third.verified
    (hint,) = [hint for hint in third.hints if hint.finding.reason == "unheard-for-long"]
    assert hint.message.startswith(
        f"ns2.provider.net does not answer for {parent}; have it repaired, or removed"
    )


def test_lame_second_server_without_a_delegation_is_the_customers_business(dns_tree: DnsTree) -> None:
    host, parent = ready(dns_tree)
    dns_tree.refuse(parent, "p2")
    *_, report = hourly(dns_tree, host)
    assert (report.verdict, report.who_acts) == (Verdict.PARENT_UNREACHABLE, "you")
    assert report.transient
    assert report.message.startswith(f"ns2.provider.net refuses to answer for {parent}; have it repaired")
    assert "at the registrar" in report.next_step


def test_second_server_that_comes_back_with_other_values_never_verifies(dns_tree: DnsTree) -> None:
    host, parent = ready(dns_tree)
    dns_tree.delegate(host, SET_A, at=("p1",))
    with dns_tree.silence("p2"):
        *_, second = hourly(dns_tree, host, minutes=(0, 30))
    assert second.history is not None
    late = Expectation(host, SET_A, history=second.history)
    report = asyncio.run(verify(late, dns_tree.network_dns(), NOW + timedelta(hours=2)))
    assert report.verdict is Verdict.PARENT_INCONSISTENT
    assert parent in report.message
    assert "alone" not in (report.history or {})


def test_zone_above_without_a_server_is_to_be_repaired(dns_tree: DnsTree) -> None:
    parent = dns_tree.parent()
    host = f"chat.b.{parent}"
    dns_tree.host_zone(host)
    dns_tree.records(f"b.{parent}", "NS", "ns.dead.example.")
    *_, report = hourly(dns_tree, host, limits=Limits())
    assert (report.verdict, report.who_acts) == (Verdict.PARENT_UNREACHABLE, "you")
    assert report.message.startswith(f"Repair b.{parent}: none of its name servers answers.")
    assert "ns.dead.example" in report.next_step


class OneInThree:
    """A server that answers every third packet."""

    def __init__(self, honest: Behaviour) -> None:
        self.honest = honest
        self.packets: Counter[str] = Counter()

    def __call__(self, question: Question) -> list[bytes]:
        self.packets[question.server] += 1
        return self.honest(question) if self.packets[question.server] % 3 == 0 else []


def soa_of(parent: str) -> str:
    return f"{parent} 300 SOA ns1.stub.net. hostmaster.stub.net. 1 7200 900 1209600 900"


def test_server_that_answers_one_question_in_three_has_no_closed_port(dns_tree: DnsTree) -> None:
    host, parent = ready(dns_tree, at=("p1", "s1"))
    dns_tree.delegate(host, SET_A)
    servers = (f"{parent} 300 NS ns1.provider.net.", f"{parent} 300 NS ns1.stub.net.")
    delegated = (f"{host} 300 NS {name}." for name in SET_A)
    dns_tree.behave(parent, OneInThree(act.zone(parent, soa_of(parent), *servers, *delegated)))
    for _ in range(3):  # resolvers ask as well, so that it is another packet each time that gets an answer
        report = check(dns_tree, host, dns=dns_tree.network_dns(limits=IMPATIENT))
        assert "53" not in f"{report.message} {report.next_step}"
        assert report.verdict in {Verdict.PARENT_UNREACHABLE, Verdict.VERIFIED}


# Values


@pytest.mark.parametrize(
    ("values", "reason", "told"),
    [
        ([rf"{N1}\,{N2}\,{N3}\,{N4}"], "several", "give each of our four an NS record"),
        ([rf"{N1}\032{N2}\032{N3}\032{N4}"], "several", "give each of our four an NS record"),
        ([rf"{N1}\010{N2}", N3, N4], "several", "an NS record"),
        ([rf"10\032{N1}", N2, N3, N4], "more-than-a-name", f"enter “{N1}” instead of “10 {N1}”"),
        ([rf"\"{N1}\"", N2, N3, N4], "more-than-a-name", f"enter “{N1}”"),
        (
            [N1, N2, "ns-1125.awsdns-14.com", N4],
            "wrong-ending",
            f"enter “{N3}” instead of “ns-1125.awsdns-14.com”",
        ),
        (
            [N1, N2, N3, "ns-1637.awsdns-15.co"],
            "wrong-ending",
            f"enter “{N4}” instead of “ns-1637.awsdns-15.co”",
        ),
        ([N1, N2, N3, "ns-1637.awsdns-15.uk"], "wrong-ending", f"enter “{N4}”"),
        ([N1, N2, N3, "ns-1637.awsdns-15"], "wrong-ending", f"enter “{N4}”"),
    ],
)
def test_values_that_were_typed_wrongly(dns_tree: DnsTree, values: list[str], reason: str, told: str) -> None:
    host, _ = ready(dns_tree)
    dns_tree.delegate(host, values)
    report = check(dns_tree, host)
    assert (report.verdict, report.reason, report.who_acts) == (Verdict.NS_MISTYPED, reason, "you")
    assert told in report.message
    assert "\\" not in said(report)


def test_all_four_and_one_once_more_with_the_suffix(dns_tree: DnsTree) -> None:
    host, parent = ready(dns_tree)
    dns_tree.delegate(host, [*SET_A, f"{N1}.{parent}"])
    report = check(dns_tree, host)
    assert report.verdict is Verdict.NS_MISTYPED
    assert report.next_step.startswith(f"Remove “{N1}.{parent}”, in the NS records named “chat”")
    assert "nter" not in f"{report.message} {report.next_step}"


def test_half_ours_and_half_foreign_is_told_whole(dns_tree: DnsTree) -> None:
    host, _ = ready(dns_tree)
    dns_tree.delegate(host, [N1, N2, "ns1.elsewhere.org", "ns2.elsewhere.org"])
    report = check(dns_tree, host)
    assert report.verdict is Verdict.DELEGATION_MIXED
    assert report.next_step.startswith("Remove ns1.elsewhere.org and ns2.elsewhere.org from the NS records")
    assert f"and add {N3} and {N4}." in report.next_step


def test_own_names_for_our_addresses(dns_tree: DnsTree) -> None:
    host, parent = ready(dns_tree)
    own = [f"own{number}.{parent}" for number in range(1, 5)]
    for number, name in enumerate(own, start=1):
        dns_tree.records(name, "A", dns_tree.address(f"a{number}"))
    dns_tree.delegate(host, own)
    report = check(dns_tree, host)
    assert (report.verdict, report.reason) == (Verdict.DELEGATED_ELSEWHERE, "own-names")
    assert "other names for the addresses of ours" in report.message


# Types and places


@pytest.mark.parametrize(
    ("rdtype", "value"), [("CNAME", f"{N1}."), ("TXT", f'"{N1}"'), ("A", "a1"), ("MX", f"10 {N2}.")]
)
def test_right_values_in_records_of_another_type(dns_tree: DnsTree, rdtype: str, value: str) -> None:
    host, parent = ready(dns_tree)
    dns_tree.records(host, rdtype, dns_tree.address(value) if rdtype == "A" else value)
    report = check(dns_tree, host)
    assert (report.verdict, report.reason) == (Verdict.RECORD_IN_THE_WAY, "wrong-type")
    assert report.message.startswith(f"In {parent}, “chat” needs our four records of type NS, not {rdtype}.")


@pytest.mark.parametrize("label", ["www.{host}", r"\@.{parent}", "chat.{first}.{parent}", "{host}.{parent}"])
def test_our_name_servers_at_another_name(dns_tree: DnsTree, label: str) -> None:
    host, parent = ready(dns_tree)
    where = label.format(host=host, parent=parent, first=parent.partition(".")[0])
    dns_tree.delegate(where, SET_A)
    report = check(dns_tree, host)
    assert report.verdict is Verdict.MISPLACED
    shown = where.replace("\\", "")
    assert report.message.startswith(f"We found our name servers at {shown}; name them “chat” in {parent}.")
    assert f"Delete the NS records at {shown} that name ours, and add our four" in report.next_step


def test_ours_at_the_whole_domain_beside_a_right_delegation(dns_tree: DnsTree) -> None:
    host, parent = ready(dns_tree)
    dns_tree.delegate(host, SET_A)
    dns_tree.records(parent, "NS", "ns1.provider.net.", "ns2.provider.net.", *(f"{name}." for name in SET_A))
    report = check(dns_tree, host)
    assert report.verdict is Verdict.VERIFIED
    assert Verdict.MISPLACED in hints(report)


def parking(question: Question) -> list[bytes]:
    """Answers for any name as if it were the apex of a zone."""
    values = {
        "NS": "ns1.stub.net.",
        "SOA": "ns1.stub.net. host.stub.net. 1 7200 900 1209600 900",
        "A": "192.0.2.7",
    }
    response = dns.message.make_response(question.query)
    response.flags |= dns.flags.AA
    if question.type in values:
        name = f"{question.name}."
        response.answer.append(dns.rrset.from_text(name, 300, "IN", question.type, values[question.type]))
    return [response.to_wire()]


def test_parked_domain(dns_tree: DnsTree) -> None:
    host, parent = ready(dns_tree, at=("s1", "s2"))
    dns_tree.behave(parent, parking)
    report = check(dns_tree, host)
    assert (report.verdict, report.reason) == (Verdict.RECORD_IN_THE_WAY, "parked")
    assert report.message.startswith(
        f"{parent} is parked or has expired: renew it, or change its name servers."
    )


# DS records and letters


@pytest.mark.parametrize("record", [f"4711 200 2 {NO_KEY}", f"4711 13 99 {NO_KEY}"])
def test_ds_record_of_an_algorithm_that_nobody_knows(dns_tree: DnsTree, record: str) -> None:
    host, _ = ready(dns_tree, signed=True)
    dns_tree.delegate(host, SET_A)
    dns_tree.records(host, "DS", record)
    report = check(dns_tree, host)
    assert report.verdict is Verdict.VERIFIED
    assert not report.hints  # the resolvers of the tree validate, and accept the name


def test_name_in_other_letters(dns_tree: DnsTree) -> None:
    parent = dns_tree.parent()
    report = check(dns_tree, f"xn--80a0bn.{parent}")
    assert report.verdict is Verdict.NOT_DELEGATED
    assert "named “чат” (xn--80a0bn)" in report.message
    assert f"чат.{parent}" in report.message
