"""Parent zones as the public reported them, in unusual forms that visitors do not notice, and their forged twins."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Sequence

import dns.flags
import dns.rcode
import pytest

from tests.service.checking import IMPATIENT, check
from tests.service.dns_tree import ELSEWHERE, PARENTS, SET_A, DnsTree
from tests.service.dns_tree import behaviours as act
from tests.service.dns_tree.knot import soa
from tests.service.dns_tree.programs import DNS_PORT
from tests.service.dns_tree.stub import Behaviour, Question
from webapp.dns.delegation import DelegationReport, Verdict
from webapp.dns.wire.network import NetworkDns

pytestmark = pytest.mark.service

STUB = ("s1", "s2")


def held_at_stub(
    tree: DnsTree, *records: str, names: Sequence[str] = SET_A, apex: Sequence[str] = STUB
) -> tuple[str, str, Behaviour]:
    """A host whose parent zone is at the stub servers; the host, its parent zone, and the honest behaviour."""
    parent = tree.parent(at=STUB)
    host = f"chat.{parent}"
    tree.host_zone(host)
    honest = act.zone(
        parent,
        f"{parent} 300 SOA ns1.stub.net. hostmaster.stub.net. 1 7200 900 1209600 900",
        *(f"{parent} 300 NS {PARENTS[server]}." for server in apex),
        *(f"{host} 300 NS {name}." for name in names),
        *(record.format(parent=parent) for record in records),
    )
    return host, parent, honest


def behaving(tree: DnsTree, parent: str, spoiled: Behaviour, honest: Behaviour) -> None:
    tree.behave(parent, act.to_verifier(spoiled, honest))


def put(tree: DnsTree, server: str, origin: str, apex: Sequence[str], *records: str) -> None:
    """A zone at one real server, with these names at its apex."""
    tree.knots[server].put_zone(origin, [soa(), *(f"@ NS {name}." for name in apex), *records])


def ours_at(host: str) -> list[str]:
    return [f"{host}. NS {name}." for name in SET_A]


# Addresses that only the zone above knows


@pytest.mark.parametrize("resolvers", [1, 3])
def test_the_zone_above_alone_has_the_addresses_of_the_parents_servers(
    dns_tree: DnsTree, resolvers: int
) -> None:
    parent = dns_tree.parent()
    host = f"chat.{parent}"
    dns_tree.host_zone(host)
    names = [f"p1.{parent}", f"p2.{parent}"]
    for server, name in zip(("p1", "p2"), names, strict=True):
        put(dns_tree, server, parent, names, *ours_at(host))
        dns_tree.name_server(name, "A", dns_tree.address(server))
    dns_tree.delegate_parent(parent, names)
    network = dns_tree.network_dns(resolvers=dns_tree.resolver_addresses[:resolvers])
    assert check(dns_tree, host, dns=network).verdict is Verdict.VERIFIED
    for server in ("p1", "p2"):
        put(dns_tree, server, parent, names)
    assert check(dns_tree, host, dns=network).verdict is Verdict.NOT_DELEGATED


# Another view


@pytest.fixture
def resolver_at_stub(dns_tree: DnsTree) -> Iterator[DnsTree]:
    honest = act.forward(dns_tree.resolver_addresses[0])
    dns_tree.behave(".", honest)
    yield dns_tree
    dns_tree.behave(".", act.silent)


@pytest.mark.parametrize("inside_alone", [True, False])
@pytest.mark.parametrize(("delegated", "verdict"), [(True, Verdict.VERIFIED), (False, Verdict.NOT_DELEGATED)])
def test_a_resolver_with_an_inside_view(
    resolver_at_stub: DnsTree, inside_alone: bool, delegated: bool, verdict: Verdict
) -> None:
    tree = resolver_at_stub
    parent = tree.parent()
    host = f"chat.{parent}"
    tree.host_zone(host)
    if delegated:
        tree.delegate(host, SET_A)
    tree.behave(
        parent,
        act.zone(
            parent,
            f"{parent} 300 SOA dc1.{parent}. hostmaster.{parent}. 1 7200 900 1209600 900",
            f"{parent} 300 NS dc1.{parent}.",
            f"dc1.{parent} 300 A 10.0.0.53",
        ),
    )
    resolvers = [tree.address("s1"), *(() if inside_alone else tree.resolver_addresses[1:2])]
    report = check(tree, host, dns=tree.network_dns(resolvers=resolvers))
    assert report.verdict is verdict
    if delegated:
        assert [hint.reason for hint in report.further] == ["inside-view"]


# Two sides


def test_registry_and_zone_name_different_servers_whose_copies_differ(dns_tree: DnsTree) -> None:
    host, parent, honest = held_at_stub(dns_tree, names=())
    dns_tree.behave(parent, honest)
    for server in ("p1", "p2"):
        put(dns_tree, server, parent, [PARENTS[one] for one in STUB], *ours_at(host))
    dns_tree.delegate_parent(parent, [PARENTS["p1"], PARENTS["p2"]])
    report = check(dns_tree, host)
    assert (report.verdict, report.reason) == (Verdict.PARENT_INCONSISTENT, "copies-differ")
    assert report.transient
    assert all(name in report.message for name in PARENTS.values())


# Forms of a referral

FORMS: dict[str, Callable[[Behaviour], Behaviour]] = {
    "aa": act.with_aa,
    "answer-aa": lambda honest: act.cut_in_answer(honest, aa=True),
    "answer": lambda honest: act.cut_in_answer(honest, aa=False),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("names", "verdict"),
    [
        (SET_A, Verdict.VERIFIED),
        (SET_A[:3], Verdict.DELEGATION_PARTIAL),
        ((*SET_A, ELSEWHERE[0]), Verdict.DELEGATION_MIXED),
    ],
)
def test_a_referral_in_another_form(
    dns_tree: DnsTree, form: str, names: tuple[str, ...], verdict: Verdict
) -> None:
    host, parent, honest = held_at_stub(dns_tree, names=names)
    behaving(dns_tree, parent, FORMS[form](honest), honest)
    assert check(dns_tree, host).verdict is verdict


def test_a_zone_of_its_own_at_the_parents_servers_is_none(dns_tree: DnsTree) -> None:
    parent = dns_tree.parent()
    host = f"chat.{parent}"
    dns_tree.host_zone(host)
    for server in ("p1", "p2"):
        put(dns_tree, server, host, SET_A)
    report = check(dns_tree, host)
    assert (report.verdict, report.reason) == (Verdict.RECORD_IN_THE_WAY, "own-zone")


def test_ours_under_other_names_are_no_servers_of_the_parent(dns_tree: DnsTree) -> None:
    """Our own zone lists exactly our four, and refers nobody."""
    parent = dns_tree.parent()
    host = f"chat.{parent}"
    dns_tree.host_zone(host)
    names = [f"n{number}-{parent.replace('.', '-')}.net" for number in (1, 2)]
    for name, server in zip(names, ("a1", "a2"), strict=True):
        dns_tree.name_server(name, "A", dns_tree.address(server))
    for server in ("p1", "p2"):
        put(dns_tree, server, parent, names)
    dns_tree.delegate_parent(parent, names)
    report = check(dns_tree, host)
    assert report.verdict is Verdict.PARENT_UNREACHABLE
    assert report.transient


def test_a_resolver_as_server_of_the_parent_proves_nothing(dns_tree: DnsTree) -> None:
    """It has from our own zone what that says of itself, while the parent lists one of ours beside a stranger's."""
    host, parent, honest = held_at_stub(dns_tree, names=(SET_A[0], "ns.dead.example"))
    cache = act.without_aa(act.zone(host, *(f"{host} 300 NS {name}." for name in SET_A)))

    def cached(question: Question) -> list[bytes]:
        if question.name == host and question.type == "NS":
            return cache(question)
        refers = act.zone(".", *(f"{host} 300 NS {name}." for name in SET_A))
        return refers(question) if question.name.endswith(host) else act.without_aa(honest)(question)

    behaving(dns_tree, parent, cached, honest)
    report = check(dns_tree, host)
    assert report.verdict is Verdict.PARENT_UNREACHABLE
    assert report.transient


# DS


@pytest.mark.parametrize("code", ["NOTIMP", "FORMERR", "REFUSED", "SERVFAIL"])
def test_an_unsigned_parent_whose_servers_know_nothing_of_ds(dns_tree: DnsTree, code: str) -> None:
    host, parent, honest = held_at_stub(dns_tree)
    behaving(dns_tree, parent, act.without_ds(honest, dns.rcode.from_text(code)), honest)
    assert check(dns_tree, host).verdict is Verdict.VERIFIED


def test_an_unsigned_parent_whose_servers_are_silent_about_ds(dns_tree: DnsTree) -> None:
    host, parent, honest = held_at_stub(dns_tree)

    def silent_about_ds(question: Question) -> list[bytes]:
        return [] if question.type == "DS" else honest(question)

    behaving(dns_tree, parent, silent_about_ds, honest)
    report = check(dns_tree, host, dns=dns_tree.network_dns(limits=IMPATIENT))
    assert report.verdict is Verdict.VERIFIED


@pytest.mark.parametrize("code", ["NOTIMP", "SERVFAIL"])
def test_a_signed_parent_stays_strict(dns_tree: DnsTree, code: str) -> None:
    """The servers give what the real one has, signatures included, but nothing about DS records."""
    parent = dns_tree.parent(at=("p1", *STUB), signed=True)
    host = f"chat.{parent}"
    dns_tree.host_zone(host)
    dns_tree.delegate(host, SET_A)
    honest = act.forward(dns_tree.address("p1"))
    behaving(dns_tree, parent, act.without_ds(honest, dns.rcode.from_text(code)), honest)
    report = check(dns_tree, host)
    assert not report.verified
    assert report.transient


# Address families


class TwoFamilies:
    """The parent's servers have IPv4 addresses at the stub, and IPv6 addresses that lead to the real servers."""

    def __init__(self, tree: DnsTree, *, names: Sequence[str]) -> None:
        self.tree = tree
        self.host, self.parent, self.honest = held_at_stub(tree, names=names)
        servers = [f"six{number}-{self.parent.replace('.', '-')}.net" for number in (1, 2)]
        self.at = [f"2600:9000:{int(self.parent[4:].split('.')[0]):x}::{number}" for number in (1, 2)]
        for server, stub, address in zip(servers, STUB, self.at, strict=True):
            tree.name_server(server, "A", tree.address(stub))
            tree.name_server(server, "AAAA", address)
        for server in ("p1", "p2"):
            put(tree, server, self.parent, servers, *(f"{self.host}. NS {name}." for name in names))
        apex = tuple(f"{self.parent} 300 NS {server}." for server in servers)
        records = (f"{self.parent} 300 SOA a. b. 1 1 1 1 900", *apex)
        self.stub = act.zone(self.parent, *records, *(f"{self.host} 300 NS {name}." for name in names))
        tree.delegate_parent(self.parent, servers)

    def network(self) -> NetworkDns:
        pairs = zip(self.at, ("p1", "p2"), strict=True)
        mapped = [(ipaddress.ip_network(at), (self.tree.address(server), DNS_PORT)) for at, server in pairs]
        return NetworkDns(
            [(address, DNS_PORT) for address in self.tree.resolver_addresses],
            mapped,
            [ipaddress.ip_network("127.0.0.0/8")],
            IMPATIENT,
        )


@pytest.mark.parametrize("spoiled", [act.silent, act.rcode(dns.rcode.REFUSED)], ids=["silent", "lame"])
@pytest.mark.parametrize(
    ("names", "verdict"), [(SET_A, Verdict.VERIFIED), (SET_A[:3], Verdict.DELEGATION_PARTIAL)]
)
def test_servers_that_answer_over_ipv6_alone(
    dns_tree: DnsTree, spoiled: Behaviour, names: tuple[str, ...], verdict: Verdict
) -> None:
    two = TwoFamilies(dns_tree, names=names)
    behaving(dns_tree, two.parent, spoiled, two.stub)
    report = check(dns_tree, two.host, dns=two.network())
    assert report.verdict is verdict
    asked = {one.address for one in report.asked if one.role == "parent" and one.dig}
    assert asked >= set(two.at)
    assert report.duration_ms < 20_000


# Wildcards


def is_wildcard(report: DelegationReport) -> None:
    assert (report.verdict, report.reason) == (Verdict.MISPLACED, "wildcard")
    assert (report.who_acts, report.transient) == ("you", False)


@pytest.mark.parametrize("between", ["", "b."])
def test_a_wildcard_with_our_name_servers_is_no_delegation(dns_tree: DnsTree, between: str) -> None:
    parent = dns_tree.parent()
    host = f"chat.{between}{parent}"
    dns_tree.host_zone(host)
    dns_tree.delegate(f"*.{between}{parent}", SET_A)
    report = check(dns_tree, host)
    is_wildcard(report)
    wildcard = f"*.{between}".rstrip(".")
    assert f"“{host.removesuffix('.' + parent)}”, not “{wildcard}”" in report.message


def test_a_wildcard_with_other_name_servers_leaves_the_host_without(dns_tree: DnsTree) -> None:
    parent = dns_tree.parent()
    host = f"chat.{parent}"
    dns_tree.host_zone(host)
    dns_tree.delegate(f"*.{parent}", ELSEWHERE)
    assert check(dns_tree, host).verdict is Verdict.NOT_DELEGATED


def test_a_delegation_beside_a_wildcard(dns_tree: DnsTree) -> None:
    parent = dns_tree.parent()
    host = f"chat.{parent}"
    dns_tree.host_zone(host)
    dns_tree.delegate(f"*.{parent}", SET_A)
    dns_tree.delegate(host, SET_A)
    assert check(dns_tree, host).verdict is Verdict.VERIFIED


@pytest.mark.parametrize("in_answer", [True, False])
def test_a_wildcard_whose_records_bear_the_name_asked_for(dns_tree: DnsTree, in_answer: bool) -> None:
    host, parent, honest = held_at_stub(dns_tree, names=())
    spoiled = act.wildcard_cut(parent, SET_A, honest, in_answer=in_answer)
    dns_tree.behave(parent, spoiled)
    is_wildcard(check(dns_tree, host))
