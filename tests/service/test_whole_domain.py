"""The whole domain is led to us, at the registry or in its own zone, measured on real servers."""

from __future__ import annotations

import pytest

from tests.service.checking import check, said
from tests.service.dns_tree import PARENTS, SET_A, SET_B, DnsTree
from webapp.dns.delegation import DelegationReport, Verdict

pytestmark = pytest.mark.service

OLD = (PARENTS["p1"], PARENTS["p2"])


def ready(tree: DnsTree, *, delegated: bool = True) -> tuple[str, str]:
    """A host with its zone at our servers, delegated right; the host and the parent."""
    parent = tree.parent()
    host = f"chat.{parent}"
    tree.host_zone(host)
    if delegated:
        tree.delegate(host, SET_A)
    return host, parent


def what(report: DelegationReport) -> tuple[Verdict, str, str]:
    return report.verdict, report.reason, report.who_acts


@pytest.mark.parametrize("delegated", [False, True])
@pytest.mark.parametrize("number", [1, 4])
def test_ours_at_the_registrar(dns_tree: DnsTree, number: int, *, delegated: bool) -> None:
    host, parent = ready(dns_tree, delegated=delegated)
    dns_tree.delegate_parent(parent, SET_A[:number])
    report = check(dns_tree, host, known_delegations={parent: OLD})
    assert what(report) == (Verdict.MISPLACED, "whole-domain", "you")
    assert report.message.startswith(f"Site and mail of {parent} are down")
    assert f"At the registrar of {parent}, put the former name servers back: {OLD[0]} and {OLD[1]}." in said(
        report
    )
    assert report.transient


def test_a_former_set_of_ours_at_the_registrar(dns_tree: DnsTree) -> None:
    host, parent = ready(dns_tree)
    dns_tree.delegate_parent(parent, SET_B)
    report = check(dns_tree, host, former_name_servers=SET_B)
    assert what(report) == (Verdict.MISPLACED, "whole-domain", "you")


def test_a_resolver_that_still_knows_the_former_name_servers(dns_tree: DnsTree) -> None:
    host, parent = ready(dns_tree)
    assert check(dns_tree, host).verdict is Verdict.VERIFIED
    dns_tree.delegate_parent(parent, SET_A)
    report = check(dns_tree, host)
    assert what(report) == (Verdict.MISPLACED, "whole-domain", "you")
    assert report.message.startswith(f"Site and mail of {parent} go down soon")
    assert set(report.params["former"]) == set(OLD)


def test_it_is_over_as_soon_as_the_registry_names_the_former_ones_again(dns_tree: DnsTree) -> None:
    host, parent = ready(dns_tree)
    dns_tree.delegate_parent(parent, SET_A)
    assert check(dns_tree, host).alarm is not None
    dns_tree.delegate_parent(parent, OLD)
    report = check(dns_tree, host)
    assert report.alarm is None
    assert set(report.delegations[parent]) == set(OLD)
    assert report.verdict is Verdict.VERIFIED


def test_ours_beside_the_others_at_the_registrar(dns_tree: DnsTree) -> None:
    host, parent = ready(dns_tree)
    dns_tree.delegate_parent(parent, (*OLD, *SET_A))
    report = check(dns_tree, host)
    assert report.verdict is Verdict.VERIFIED
    (hint,) = [hint for hint in report.hints if hint.verdict is Verdict.MISPLACED]
    assert f"leave {OLD[0]} and {OLD[1]}" in hint.message


def test_ours_beside_the_others_verify_nothing(dns_tree: DnsTree) -> None:
    host, parent = ready(dns_tree, delegated=False)
    dns_tree.delegate_parent(parent, (*OLD, *SET_A))
    assert what(check(dns_tree, host)) == (Verdict.MISPLACED, "whole-domain-too", "you")


def test_ours_at_the_apex_of_a_zone_that_delegates_right(dns_tree: DnsTree) -> None:
    host, parent = ready(dns_tree)
    dns_tree.records(parent, "NS", *(f"{name}." for name in (*OLD, *SET_A)))
    report = check(dns_tree, host)
    assert report.verdict is Verdict.VERIFIED
    assert [hint.finding.reason for hint in report.hints] == ["apex-too"]
    assert report.alarm is None


def test_ours_one_level_too_high(dns_tree: DnsTree) -> None:
    parent = dns_tree.parent()
    host = f"chat.b.{parent}"
    dns_tree.host_zone(host)
    dns_tree.delegate(f"b.{parent}", SET_A)
    report = check(dns_tree, host)
    assert what(report) == (Verdict.MISPLACED, "wrong-level", "you")
    assert (
        "delete the NS records named “b” and add our four name servers as NS records named “chat.b”"
        in said(report)
    )


def test_ours_at_the_registrar_of_a_name_several_levels_deep(dns_tree: DnsTree) -> None:
    parent = dns_tree.parent()
    host = f"chat.b.{parent}"
    dns_tree.host_zone(host)
    dns_tree.delegate_parent(parent, SET_A)
    report = check(dns_tree, host)
    assert what(report) == (Verdict.MISPLACED, "whole-domain", "you")
    assert report.params["zone"] == parent


def test_one_of_ours_that_holds_the_whole_domain_is_there_on_purpose(dns_tree: DnsTree) -> None:
    host, parent = ready(dns_tree)
    dns_tree.host_zone(parent, at=("a1",), name_servers=(*OLD, SET_A[0]), records=[f"chat NS {SET_A[0]}."])
    dns_tree.delegate_parent(parent, (*OLD, SET_A[0]))
    try:
        report = check(dns_tree, host)
    finally:
        dns_tree.refuse(parent, "a1")
    assert report.verdict is Verdict.VERIFIED
    assert report.alarm is None
