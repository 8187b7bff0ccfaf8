"""The main verdicts of the records method, measured on real servers."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import dns.rcode
import pytest

from tests.service.checking import IMPATIENT, NOW
from tests.service.dns_tree import DnsTree
from tests.service.dns_tree import behaviours as act
from webapp.dns.judgement.verdict import Verdict
from webapp.dns.records_method import (
    LABEL,
    RecordsExpectation,
    RecordsReport,
    Stage,
    ValidationRecord,
    verify,
)
from webapp.dns.wire.network import NetworkDns

pytestmark = pytest.mark.service

TOKEN = "k7q2m9x4c5v8b3n6z2w5t8r4p6"
OTHER_TOKEN = "m3v6x2z8q4w9n5c7b2k6t3r8p4"
TARGET = "r4t7y2u9.edge.example"
EDGE = ("192.0.2.10", "2001:db8::10")


def check(tree: DnsTree, host: str, *, dns: NetworkDns | None = None, **changes: Any) -> RecordsReport:
    """Verifies the host, and holds every report to what is true of all of them."""
    expected = RecordsExpectation(host, TOKEN, TARGET, **changes)
    report = asyncio.run(verify(expected, dns or tree.network_dns(), NOW))
    assert report.message.endswith(".")
    assert report.next_step.endswith(".")
    assert set(report.found) == (set(report.expected) - set(report.missing)) | set(report.unexpected)
    assert RecordsReport.from_dict(report.to_dict()) == report
    assert len([one for one in report.asked if one.dig]) <= 60
    return report


def ready(
    tree: DnsTree, token: str | None = TOKEN, target: str | None = TARGET, **parent: Any
) -> tuple[str, str]:
    """A zone with the records of the claim; the host, and the zone."""
    zone = tree.parent(**parent)
    host = f"chat.{zone}"
    if token is not None:
        tree.records(f"{LABEL}.{host}", "TXT", f'"{token}"')
    if target is not None:
        tree.records(host, "CNAME", f"{target}.")
    return host, zone


def found(report: RecordsReport) -> tuple[Verdict, str, Stage]:
    return report.verdict, report.reason, report.stage


@pytest.mark.parametrize("signed", [False, True])
def test_verified_by_what_both_servers_say_over_tcp(dns_tree: DnsTree, signed: bool) -> None:
    host, zone = ready(dns_tree, signed=signed)
    report = check(dns_tree, host)
    assert found(report) == (Verdict.VERIFIED, "", Stage.VERIFIED)
    assert (report.parent_zone, report.relative_name, report.missing) == (zone, "chat", ())
    for question in (f"{LABEL}.{host} TXT", f"{host} A"):
        deciding = [one for one in report.asked if one.question == question and one.role == "parent"]
        assert {(one.server, one.transport, one.authoritative) for one in deciding} == {
            (server, "tcp", True) for server in ("ns1.provider.net", "ns2.provider.net")
        }


@pytest.mark.parametrize(
    ("token", "target", "expected"),
    [
        (TOKEN, None, (Verdict.CNAME_MISSING, "", Stage.RESERVED)),
        (TOKEN, "other.edge.example", (Verdict.CNAME_WRONG, "other-target", Stage.RESERVED)),
        (None, TARGET, (Verdict.TOKEN_MISSING, "", Stage.TARGET_ALONE)),
        (None, None, (Verdict.TOKEN_MISSING, "", Stage.NOTHING)),
        (OTHER_TOKEN, TARGET, (Verdict.TOKEN_MISMATCH, "other-claim", Stage.TARGET_ALONE)),
    ],
)
def test_stages(
    dns_tree: DnsTree, token: str | None, target: str | None, expected: tuple[Verdict, str, Stage]
) -> None:
    host, _ = ready(dns_tree, token, target)
    assert found(check(dns_tree, host)) == expected


def test_a_token_and_a_target_of_before(dns_tree: DnsTree) -> None:
    host, _ = ready(dns_tree, OTHER_TOKEN)
    report = check(dns_tree, host, former_tokens=(OTHER_TOKEN,))
    assert found(report) == (Verdict.TOKEN_EXPIRED, "", Stage.TARGET_ALONE)

    host, _ = ready(dns_tree, target="h8j3k6l9.edge.example")
    report = check(dns_tree, host, former_targets=("h8j3k6l9.edge.example",))
    assert found(report) == (Verdict.CNAME_WRONG, "former-target", Stage.RESERVED)


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("_v.{host}", "_w.acm-validations.aws.", None),
        ("_v.{host}", "_old.acm-validations.aws.", "other-value"),
        ("_v.{host}.{zone}", "_w.acm-validations.aws.", "appended"),
        ("_z.{host}", "_w.acm-validations.aws.", ""),
    ],
)
def test_the_record_that_a_certificate_needs(
    dns_tree: DnsTree, name: str, value: str, hint: str | None
) -> None:
    host, zone = ready(dns_tree)
    dns_tree.records(name.format(host=host, zone=zone), "CNAME", value)
    report = check(dns_tree, host, validation=ValidationRecord(f"_v.{host}", "_w.acm-validations.aws"))
    assert report.verdict is Verdict.VERIFIED
    hints = [one.finding.reason for one in report.hints if one.verdict is Verdict.VALIDATION_MISSING]
    assert hints == ([] if hint is None else [hint])


def test_several_strings_and_several_records_with_quotes(dns_tree: DnsTree) -> None:
    host, _ = ready(dns_tree, OTHER_TOKEN)
    values = (f'"{OTHER_TOKEN}"', rf'" \"{TOKEN[:9]}" "{TOKEN[9:]}\" "', '"' + "x" * 255 + '" "y"')
    dns_tree.records(f"{LABEL}.{host}", "TXT", *values)
    assert check(dns_tree, host).verified


@pytest.mark.parametrize("name", ["{host}", f"{LABEL}.{{host}}.{{zone}}"])
def test_the_token_stands_elsewhere(dns_tree: DnsTree, name: str) -> None:
    host, zone = ready(dns_tree, None, None)
    at = name.format(host=host, zone=zone)
    dns_tree.records(at, "TXT", f'"{TOKEN}"')
    report = check(dns_tree, host)
    assert report.verdict is Verdict.TOKEN_MISPLACED
    assert at in report.message


@pytest.mark.parametrize(
    ("records", "verdict", "reason"),
    [
        ([("*.{zone}", "TXT", f'"{TOKEN}"')], Verdict.TOKEN_MISPLACED, "wildcard"),
        ([("*.{zone}", "TXT", '"any"')], Verdict.TOKEN_MISSING, ""),
        ([("*.{zone}", "CNAME", "site.elsewhere.org.")], Verdict.TOKEN_MISSING, "wildcard-ends"),
        ([("{zone}", "DNAME", "elsewhere.org.")], Verdict.ALIAS_ABOVE, ""),
        ([(f"{LABEL}.{{host}}", "CNAME", "dcv.elsewhere.org.")], Verdict.RECORD_IN_THE_WAY, "alias-there"),
        ([(f"{LABEL}.{{host}}", "NS", "ns1.elsewhere.org.")], Verdict.RECORD_IN_THE_WAY, "label-delegated"),
    ],
)
def test_what_answers_in_the_place_of_the_token(
    dns_tree: DnsTree, records: Sequence[tuple[str, str, str]], verdict: Verdict, reason: str
) -> None:
    host, zone = ready(dns_tree, None, None)
    for name, rdtype, value in records:
        dns_tree.records(name.format(host=host, zone=zone), rdtype, value)
    report = check(dns_tree, host)
    assert (report.verdict, report.reason, report.proved) == (verdict, reason, False)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ([f"h{number}.{{zone}}" for number in range(15)] + [TARGET], (Verdict.VERIFIED, "")),
        ([f"h{number}.{{zone}}" for number in range(16)] + [TARGET], (Verdict.CNAME_LOOP, "too-long")),
        (["a.{zone}", "b.{zone}", "{host}"], (Verdict.CNAME_LOOP, "")),
        ([f"{TARGET}.{{zone}}"], (Verdict.CNAME_MISTYPED, "parent-suffix")),
    ],
)
def test_chains_within_the_zone(
    dns_tree: DnsTree, names: Sequence[str], expected: tuple[Verdict, str]
) -> None:
    host, zone = ready(dns_tree, target=None)
    way = [host, *(name.format(host=host, zone=zone) for name in names)]
    for name, target in itertools.pairwise(way):
        dns_tree.records(name, "CNAME", f"{target}.")
    report = check(dns_tree, host)
    assert (report.verdict, report.reason) == expected
    assert report.proved


def test_a_chain_through_another_zone_and_one_whose_servers_do_not_answer(dns_tree: DnsTree) -> None:
    other, refusing = dns_tree.parent(), dns_tree.parent(at=("s1", "s2"))
    dns_tree.records(f"cdn.{other}", "CNAME", f"{TARGET}.")
    dns_tree.behave(refusing, act.rcode(dns.rcode.REFUSED))
    host, _ = ready(dns_tree, target=f"cdn.{other}")
    assert check(dns_tree, host).verified
    dns_tree.records(f"cdn.{other}", "CNAME", f"cdn.{refusing}.", at=("p1", "p2"))
    host, _ = ready(dns_tree, target=f"cdn.{refusing}")
    assert found(check(dns_tree, host)) == (
        Verdict.PARENT_UNREACHABLE,
        "beyond-unheard",
        Stage.RESERVED,
    )


@pytest.mark.parametrize(
    ("addresses", "verdict", "reason"),
    [
        (EDGE, Verdict.CNAME_FLATTENED, "flattened"),
        (("104.18.2.3",), Verdict.CNAME_FLATTENED, "proxied"),
    ],
)
def test_addresses_in_the_place_of_the_record(
    dns_tree: DnsTree, addresses: Sequence[str], verdict: Verdict, reason: str
) -> None:
    host, _ = ready(dns_tree, target=None)
    put_addresses(dns_tree, host, addresses)
    assert found(check(dns_tree, host, edge_addresses=EDGE)) == (verdict, reason, Stage.RESERVED)


def put_addresses(tree: DnsTree, name: str, addresses: Sequence[str]) -> None:
    tree.records(name, "A", *(one for one in addresses if ":" not in one))
    tree.records(name, "AAAA", *(one for one in addresses if ":" in one))


@pytest.mark.parametrize(
    ("addresses", "verdict", "reason"),
    [
        (EDGE, Verdict.VERIFIED, ""),
        (EDGE[:1], Verdict.CNAME_MISTYPED, "apex-some"),
        ((*EDGE, "192.0.2.7"), Verdict.CNAME_MISTYPED, "apex-others"),
    ],
)
def test_an_apex(dns_tree: DnsTree, addresses: Sequence[str], verdict: Verdict, reason: str) -> None:
    zone = dns_tree.parent()
    dns_tree.records(f"{LABEL}.{zone}", "TXT", f'"{TOKEN}"')
    put_addresses(dns_tree, zone, addresses)
    report = check(dns_tree, zone, apex=True, edge_addresses=EDGE)
    assert (report.verdict, report.reason, report.relative_name) == (verdict, reason, "@")


def test_ns_records_at_the_host_lead_to_the_zone_that_counts(dns_tree: DnsTree) -> None:
    host, zone = ready(dns_tree, target=None)
    dns_tree.delegate(host, dns_tree.foreign_zone(host))
    report = check(dns_tree, host, edge_addresses=EDGE)
    assert (report.verdict, report.parent_zone) == (Verdict.TOKEN_MISSING, host), f"not what {zone} has below"
    foreign = dns_tree.knots["foreign"]
    foreign.update(host, f"{LABEL}.{host}", "TXT", [f'"{TOKEN}"'])
    assert found(check(dns_tree, host, edge_addresses=EDGE)) == (
        Verdict.CNAME_MISSING,
        "apex",
        Stage.RESERVED,
    )


@pytest.mark.parametrize("outcome", ["REFUSED", "SERVFAIL"])
def test_could_not_ask_is_neither_proof_nor_contradiction(dns_tree: DnsTree, outcome: str) -> None:
    host, zone = ready(dns_tree)
    (dns_tree.refuse if outcome == "REFUSED" else dns_tree.servfail)(zone, "p1", "p2")
    report = check(dns_tree, host, proved=True)
    assert (report.verdict, report.transient) == (Verdict.PARENT_UNREACHABLE, True)
    assert outcome in report.details
    assert {mark for _, mark in report.marks} == {"unknown"}


def test_one_dead_server_of_two_proves_nothing_at_once(dns_tree: DnsTree) -> None:
    host, _ = ready(dns_tree)
    assert check(dns_tree, host).verified
    with dns_tree.silence("p2"):
        report = check(dns_tree, host, dns=dns_tree.network_dns(limits=replace(IMPATIENT, tries=1)))
    assert (report.reason, report.proved) == ("parent-silent", False)
    assert "ns2.provider.net" in report.details


def test_servers_that_disagree(dns_tree: DnsTree) -> None:
    host, _ = ready(dns_tree)
    dns_tree.records(f"{LABEL}.{host}", "TXT", at=("p2",))
    young = check(dns_tree, host)
    old = check(dns_tree, host, inconsistent_since=NOW - timedelta(hours=25))
    assert (young.verdict, young.transient, young.proved) == (Verdict.PARENT_INCONSISTENT, True, False)
    assert (old.reason, old.transient) == ("for-long", False)


def test_a_zone_that_is_bogus(dns_tree: DnsTree) -> None:
    host, _ = ready(dns_tree, bogus=True)
    report = check(dns_tree, host)
    assert (report.verdict, report.reason, report.proved) == (
        Verdict.PARENT_UNREACHABLE,
        "parent-bogus",
        False,
    )
