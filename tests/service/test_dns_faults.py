"""What servers do wrong, on purpose or not: a check stays bounded, and nothing false is ever verified."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise

import dns.flags
import dns.rcode
import dns.resolver
import pytest

from tests.service.checking import IMPATIENT, asked_of, check, hints, said
from tests.service.dns_tree import ELSEWHERE, PARENTS, SET_A, DnsTree
from tests.service.dns_tree import behaviours as act
from tests.service.dns_tree.stub import VERIFIER, Behaviour, Question
from tests.service.dns_tree.unbound import Unbound
from tests.service.faults import eventually
from webapp.dns.answers import Outcome
from webapp.dns.delegation import Verdict
from webapp.dns.limits import UNANSWERED_AT_ONCE, Budget, Limits, Unanswered

pytestmark = pytest.mark.service

#: A cap of the verifier (dns.md, section 9).
PACKETS = 60
Spoiled = Callable[[Behaviour], Behaviour]


def stub_zone(origin: str, *records: str, at: tuple[str, ...] = ("s1", "s2")) -> Behaviour:
    """The parent zone as the stub servers hold it; `at` are all of its servers."""
    return act.zone(
        origin,
        f"{origin} 300 SOA ns1.stub.net. hostmaster.stub.net. 1 7200 900 1209600 900",
        *(f"{origin} 300 NS {PARENTS[server]}." for server in at),
        *records,
    )


def delegation(host: str, names: tuple[str, ...] = SET_A) -> list[str]:
    return [f"{host} 300 NS {name}." for name in names]


def three_servers(tree: DnsTree, spoil: Spoiled, *, knows: bool = True) -> str:
    """A delegated host whose parent zone has two right servers and one at the stub, spoiled, which need not
    even know of the delegation."""
    servers = ("p1", "p2", "s1")
    parent = tree.parent(at=servers)
    host = f"chat.{parent}"
    tree.host_zone(host)
    tree.delegate(host, SET_A)
    records = delegation(host) if knows else []
    tree.behave(parent, spoil(stub_zone(parent, *records, at=servers)))
    return host


def stub_parent(tree: DnsTree, spoil: Spoiled, names: tuple[str, ...] = SET_A) -> tuple[str, str]:
    """A host whose parent zone is at the stub servers alone; the host and its parent zone."""
    parent = tree.parent(at=("s1", "s2"))
    host = f"chat.{parent}"
    tree.host_zone(host)
    tree.behave(parent, spoil(stub_zone(parent, *delegation(host, names))))
    return host, parent


# Servers of the parent zone


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: act.silent,
        lambda _: act.rcode(dns.rcode.REFUSED),
        lambda _: act.rcode(dns.rcode.SERVFAIL),
        lambda _: act.garbage,
        act.wrong_id,
        act.cut_short,
        act.truncated,
    ],
    ids=["silent", "refused", "servfail", "garbage", "wrong-id", "cut-short", "truncated"],
)
def test_one_server_that_does_not_answer_leaves_it_to_the_rest(dns_tree: DnsTree, spoil: Spoiled) -> None:
    host = three_servers(dns_tree, spoil)
    report = check(dns_tree, host, dns=dns_tree.network_dns(limits=IMPATIENT))
    assert report.verdict is Verdict.VERIFIED
    assert asked_of(report, dns_tree.address("s1"))


@pytest.mark.parametrize("fault", ["refuse", "servfail"])
def test_one_real_server_that_lost_the_zone(dns_tree: DnsTree, fault: str) -> None:
    parent = dns_tree.parent()
    host = f"chat.{parent}"
    dns_tree.host_zone(host)
    dns_tree.delegate(host, SET_A)
    getattr(dns_tree, fault)(parent, "p2")
    report = check(dns_tree, host)
    assert report.verdict is Verdict.PARENT_UNREACHABLE
    assert report.transient


def test_a_server_that_says_no_without_authority_is_not_believed(dns_tree: DnsTree) -> None:
    host = three_servers(dns_tree, act.without_aa, knows=False)
    assert check(dns_tree, host).verdict is Verdict.VERIFIED


def test_servers_that_say_no_without_authority_are_no_evidence(dns_tree: DnsTree) -> None:
    parent = dns_tree.parent(at=("s1", "s2"))
    host = f"chat.{parent}"
    apex, nobody = stub_zone(parent), act.without_aa(stub_zone(parent))
    dns_tree.behave(parent, apex)
    dns_tree.behave(host, nobody)
    report = check(dns_tree, host)
    assert report.verdict is Verdict.PARENT_UNREACHABLE
    assert report.transient


def test_forged_packets_with_another_id_end_no_wait(dns_tree: DnsTree) -> None:
    """All that goes over UDP: between us and a resolver, a forger is always faster (CVE-2023-29483)."""
    host = f"chat.{dns_tree.parent()}"
    dns_tree.host_zone(host)
    dns_tree.delegate(host, SET_A)
    honest = act.forward(dns_tree.resolver_addresses[0])
    dns_tree.behave(".", act.forged_first(act.rcode(dns.rcode.NXDOMAIN), honest))
    report = check(dns_tree, host, dns=dns_tree.network_dns(resolvers=[dns_tree.address("s1")]))
    dns_tree.behave(".", act.silent)
    assert report.verdict is Verdict.VERIFIED


def test_forger_who_guessed_the_id_over_udp_decides_nothing(dns_tree: DnsTree) -> None:
    parent = dns_tree.parent(at=("s1", "s2"))
    host = f"chat.{parent}"
    dns_tree.host_zone(host)
    wish, truth = stub_zone(parent, *delegation(host)), stub_zone(parent, *delegation(host, ELSEWHERE))
    dns_tree.behave(parent, act.forged_over_udp(wish, truth))
    assert check(dns_tree, host).verdict is Verdict.DELEGATED_ELSEWHERE


def test_two_stub_servers_that_disagree(dns_tree: DnsTree) -> None:
    parent = dns_tree.parent(at=("s1", "s2"))
    host = f"chat.{parent}"
    dns_tree.host_zone(host)
    there, not_there = stub_zone(parent, *delegation(host)), stub_zone(parent)
    dns_tree.behave(parent, act.by_server(s1=there, s2=not_there))
    assert check(dns_tree, host).verdict is Verdict.PARENT_INCONSISTENT


@pytest.mark.parametrize(
    ("rdtype", "value", "why"),
    [
        ("CNAME", "ns1.provider.net.", "alias"),
        ("TXT", '"no address"', "no address"),
        ("A", "10.1.2.3", "10.1.2.3"),
        ("A", "169.254.169.254", "169.254.169.254"),
        ("AAAA", "::ffff:10.1.2.3", "10.1.2.3"),
    ],
    ids=["alias", "no-address", "private", "metadata-service", "mapped"],
)
def test_name_server_that_must_not_be_asked(dns_tree: DnsTree, rdtype: str, value: str, why: str) -> None:
    parent = dns_tree.parent()
    host = f"chat.{parent}"
    bad = dns_tree.name_server(f"bad-{parent.replace('.', '-')}.net", rdtype, value)
    dns_tree.records(parent, "NS", "ns1.provider.net.", "ns2.provider.net.", f"{bad}.")
    dns_tree.delegate_parent(parent, ["ns1.provider.net", "ns2.provider.net", bad])
    dns_tree.host_zone(host)
    dns_tree.delegate(host, SET_A)
    report = check(dns_tree, host)
    assert report.verdict is Verdict.VERIFIED
    evidence = [asked for asked in report.asked if asked.server == bad]
    assert any(why in asked.note for asked in evidence)
    assert not any(asked.dig for asked in evidence)


def test_no_packet_goes_to_an_address_that_is_not_allowed(dns_tree: DnsTree) -> None:
    host, parent = stub_parent(dns_tree, lambda honest: honest)
    report = check(dns_tree, host, dns=dns_tree.network_dns(allow=False))
    assert report.verdict is Verdict.PARENT_UNREACHABLE
    assert not dns_tree.stub.packets(parent)
    assert not [asked for asked in report.asked if asked.role != "resolver" and asked.dig]


# Resolvers


def test_a_recursive_answer_is_not_believed(dns_tree: DnsTree) -> None:
    """The parent lists one of ours beside a dead server; the resolver answers with our own four names."""
    parent = dns_tree.parent()
    host = f"chat.{parent}"
    dns_tree.host_zone(host)
    dns_tree.delegate(host, (SET_A[0], "ns.dead.example"))
    answer = dns_tree.resolvers[0].ask(host, "NS")
    assert answer is not None
    recursive = {rdata.to_text().rstrip(".") for rdata in answer.answer[0]}
    assert recursive == set(SET_A)
    report = check(dns_tree, host)
    assert report.verdict is Verdict.DELEGATION_MIXED
    assert set(report.found) == {SET_A[0], "ns.dead.example"}


def test_a_resolver_that_remembers_yes_does_not_outvote_the_parent(dns_tree: DnsTree) -> None:
    parent = dns_tree.parent()
    host = f"chat.{parent}"
    dns_tree.host_zone(host)
    dns_tree.delegate(host, SET_A)
    assert check(dns_tree, host).verdict is Verdict.VERIFIED
    dns_tree.delegate(host, ())
    answer = dns_tree.resolvers[0].ask(host, "NS")
    assert answer is not None
    assert answer.answer
    assert check(dns_tree, host).verdict is Verdict.NOT_DELEGATED


def test_a_resolver_that_remembers_no_does_not_delay_the_proof(dns_tree: DnsTree) -> None:
    parent = dns_tree.parent()
    host = f"chat.{parent}"
    dns_tree.host_zone(host)
    for resolver in dns_tree.resolvers:
        answer = resolver.ask(host, "NS")
        assert answer is not None
        assert answer.rcode() == dns.rcode.NXDOMAIN
    dns_tree.delegate(host, SET_A)
    report = check(dns_tree, host)
    assert report.verdict is Verdict.VERIFIED
    assert hints(report) == {Verdict.PROPAGATING}


def test_the_machines_own_resolver_is_never_asked(dns_tree: DnsTree, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("resolv.conf was read")

    monkeypatch.setattr(dns.resolver.BaseResolver, "read_resolv_conf", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    monkeypatch.setenv("LOCALDOMAIN", "elsewhere.org")
    monkeypatch.setenv("RES_OPTIONS", "ndots:5")
    parent = dns_tree.parent()
    host = f"chat.{parent}"
    dns_tree.host_zone(host)
    dns_tree.delegate(host, SET_A)
    assert check(dns_tree, host).verdict is Verdict.VERIFIED


def test_bogus_dnssec_at_the_parent(dns_tree: DnsTree) -> None:
    host = f"chat.{dns_tree.parent(bogus=True)}"
    dns_tree.host_zone(host)
    dns_tree.delegate(host, SET_A)
    report = check(dns_tree, host)
    assert report.verdict is Verdict.PARENT_UNREACHABLE
    assert "DNSSEC" in said(report)


def test_silent_resolvers_are_our_fault(dns_tree: DnsTree) -> None:
    host, _ = stub_parent(dns_tree, lambda honest: honest)
    dead = [dns_tree.address("root").rsplit(".", 1)[0] + ".250"]
    hasty = Limits(resolver_try_seconds=0.3)
    report = check(dns_tree, host, dns=dns_tree.network_dns(resolvers=dead, limits=hasty))
    assert report.verdict is Verdict.PARENT_UNREACHABLE
    assert report.who_acts == "we"
    assert report.transient


# A resolver that lies


def lying(tree: DnsTree, parent: str, host: str, forged: dict[str, str]) -> tuple[str, ...]:
    """A resolver at s1 that forges addresses, at which servers list ours for the host; the resolvers to set."""
    honest = act.forward(tree.resolver_addresses[0])
    lie = stub_zone(parent, *delegation(host))

    def behaviour(question: Question) -> list[bytes]:
        if not question.query.flags & dns.flags.RD:
            return lie(question)
        if question.type == "A" and question.name in forged:
            return act.zone(question.name, f"{question.name} 300 A {forged[question.name]}")(question)
        return honest(question)

    tree.behave(".", behaviour)
    return tree.address("s1"), tree.resolver_addresses[1]


@pytest.fixture
def liar(dns_tree: DnsTree) -> Iterator[DnsTree]:
    yield dns_tree
    dns_tree.behave(".", act.silent)


@pytest.mark.parametrize(
    ("order", "verdict"),
    [
        ((0, 1), Verdict.NOT_DELEGATED),
        ((1, 0), Verdict.NOT_DELEGATED),
        ((0,), Verdict.PARENT_UNREACHABLE),
    ],
    ids=["liar-first", "liar-second", "liar-alone"],
)
def test_two_forged_addresses_verify_nothing(liar: DnsTree, order: tuple[int, ...], verdict: Verdict) -> None:
    parent = liar.parent()
    host = f"chat.{parent}"
    liar.host_zone(host)
    forged = {PARENTS["p1"]: liar.address("s1"), PARENTS["p2"]: liar.address("s2")}
    resolvers = lying(liar, parent, host, forged)
    report = check(liar, host, dns=liar.network_dns(resolvers=[resolvers[number] for number in order]))
    assert report.verdict is verdict
    assert report.reason == ("addresses-differ" if verdict is Verdict.PARENT_UNREACHABLE else "")
    asked = {one.address for one in report.asked if one.role == "parent" and one.dig}
    assert not asked & {liar.address("s1"), liar.address("s2")}


def test_a_forged_address_of_the_registry_verifies_nothing(liar: DnsTree) -> None:
    parent = liar.parent()
    host = f"chat.{parent}"
    liar.host_zone(host)
    resolvers = lying(liar, parent, host, {"a.servers": liar.address("s1")})
    report = check(liar, host, dns=liar.network_dns(resolvers=resolvers))
    assert (report.verdict, report.reason) == (Verdict.PARENT_UNREACHABLE, "addresses-differ")


def test_a_resolver_that_denies_the_name_blocks_a_new_proof_alone(liar: DnsTree) -> None:
    parent = liar.parent()
    host = f"chat.{parent}"
    liar.host_zone(host)
    liar.delegate(host, SET_A)
    resolvers = lying(liar, parent, host, {})
    liar.behave(host, stub_zone(parent))
    new = check(liar, host, dns=liar.network_dns(resolvers=resolvers))
    assert (new.verdict, new.reason) == (Verdict.PARENT_UNREACHABLE, "resolver-denies")
    known = check(liar, host, dns=liar.network_dns(resolvers=resolvers), proved=True)
    assert known.verdict is Verdict.VERIFIED


def test_a_silent_address_of_many_checks_is_not_flooded(dns_tree: DnsTree) -> None:
    """A hundred names below parents that all list one silent address."""
    parent = dns_tree.parent(at=("s1", "s2"))
    dns_tree.behave(parent, act.silent)
    network = dns_tree.network_dns(limits=Limits(server_try_seconds=0.2, tries=1))
    # What is not answered is forgotten in time, of which a busy machine needs much: here none passes.
    network._unanswered = Unanswered(lambda: 0.0)

    async def ask_all() -> list[Outcome]:
        budget = Budget(1000)
        address = dns_tree.address("s1")
        hosts = [f"chat{number}.{parent}" for number in range(2 * UNANSWERED_AT_ONCE)]
        answers = await asyncio.gather(
            *(network.ask(address, host, "NS", budget=budget, tcp=True) for host in hosts)
        )
        return [answer.outcome for answer in answers]

    outcomes = Counter(asyncio.run(ask_all()))
    assert outcomes[Outcome.NOT_ASKED] == UNANSWERED_AT_ONCE
    assert len(dns_tree.stub.packets(parent)) <= UNANSWERED_AT_ONCE


# Caps


def test_a_thousand_name_servers_at_the_host(dns_tree: DnsTree) -> None:
    names = tuple(f"ns{number}.many.org" for number in range(1000))
    host, parent = stub_parent(dns_tree, lambda honest: honest, names)
    report = check(dns_tree, host)
    assert report.verdict is Verdict.DELEGATED_ELSEWHERE
    assert 0 < len(dns_tree.stub.packets(parent)) <= PACKETS
    assert len(report.message) < 1000
    assert not [asked for asked in report.asked if "many.org" in asked.question]


def test_a_thousand_name_servers_at_the_parent(dns_tree: DnsTree) -> None:
    origin = dns_tree.parent(at=("s1", "s2"))
    host = f"chat.{origin}"
    many = [f"{origin} 300 NS ns{number}.many-{origin}." for number in range(1000)]
    zone = act.zone(origin, f"{origin} 300 SOA a. b. 1 1 1 1 900", *many)
    dns_tree.behave(origin, zone)
    dns_tree.behave(f"many-{origin}", zone)
    for resolver in dns_tree.resolvers:  # each takes its time to learn so many from a stub that is busy
        eventually(lambda r=resolver: knows(r, origin), "a resolver never learnt the thousand")  # type: ignore[misc]
    report = check(dns_tree, host)
    # None of the thousand is there, but the two that the zone above hands out are, and know of no delegation.
    assert report.verdict is Verdict.NOT_DELEGATED
    assert any(asked.note.startswith("Of 1002 name servers") for asked in report.asked)
    assert len([asked for asked in report.asked if asked.dig]) <= PACKETS
    assert len(dns_tree.stub.packets(origin)) <= PACKETS


def knows(resolver: Unbound, zone: str) -> bool:
    answer = resolver.ask(zone, "NS")
    return answer is not None and answer.rcode() == dns.rcode.NOERROR


def test_a_parent_zone_that_goes_to_another_provider(dns_tree: DnsTree) -> None:
    """Our resolvers keep the former servers; visitors who come anew are sent to the new ones at once."""
    parent = dns_tree.parent(at=("p1", "p2"))
    host = f"chat.{parent}"
    dns_tree.host_zone(host)
    for resolver in dns_tree.resolvers:
        assert resolver.ask(parent, "NS") is not None
    dns_tree.behave(parent, stub_zone(parent, *delegation(host)))
    dns_tree.delegate_parent(parent, [PARENTS["s1"], PARENTS["s2"]])
    moving = check(dns_tree, host)
    assert (moving.verdict, moving.transient) == (Verdict.PARENT_INCONSISTENT, True)
    asked = {one.server for one in moving.asked if one.role == "parent" and one.question == f"{host} NS"}
    assert asked == set(PARENTS.values())
    dns_tree.refuse(parent, "p1", "p2")
    assert check(dns_tree, host).verdict is Verdict.VERIFIED


def test_a_chain_of_seventeen_aliases(dns_tree: DnsTree) -> None:
    parent = dns_tree.parent(at=("s1", "s2"))
    host = f"chat.{parent}"
    links = [host, *(f"c{number}.{parent}" for number in range(17))]
    chain = [f"{alias} 300 CNAME {target}." for alias, target in pairwise(links)]
    dns_tree.behave(parent, stub_zone(parent, *chain))
    report = check(dns_tree, host)
    assert report.verdict is Verdict.RECORD_IN_THE_WAY
    assert 0 < len(dns_tree.stub.packets(parent)) <= PACKETS


def test_an_alias_that_points_to_itself(dns_tree: DnsTree) -> None:
    parent = dns_tree.parent(at=("s1", "s2"))
    host = f"chat.{parent}"
    dns_tree.behave(parent, stub_zone(parent, f"{host} 300 CNAME {host}."))
    report = check(dns_tree, host)
    assert report.verdict is Verdict.RECORD_IN_THE_WAY
    assert 0 < len(dns_tree.stub.packets(parent)) <= PACKETS


def test_servers_that_refer_to_themselves_for_ever(dns_tree: DnsTree) -> None:
    parent = dns_tree.parent(at=("s1", "s2"))
    host = f"chat.{parent}"
    dns_tree.behave(parent, stub_zone(parent))
    upward = act.zone(".", f"{parent} 300 NS ns1.stub.net.", f"{parent} 300 NS ns2.stub.net.")
    dns_tree.behave(host, upward)
    report = check(dns_tree, host)
    assert report.verdict is Verdict.PARENT_UNREACHABLE
    assert 0 < len(dns_tree.stub.packets(parent)) <= PACKETS


def test_servers_that_always_refer_one_label_further_down(dns_tree: DnsTree) -> None:
    """Each answer moves the zone cut one label down, at the same two servers."""
    parent = dns_tree.parent(at=("s1", "s2"))
    host = ".".join(["a"] * 40) + f".{parent}"
    dns_tree.behave(parent, stub_zone(parent))

    steps: Counter[str] = Counter()

    def downward(question: Question) -> list[bytes]:
        if question.source != VERIFIER:
            return stub_zone(parent)(question)
        steps[question.server] += 1
        cut = "a." * min(steps[question.server], 39) + parent
        return act.zone(".", f"{cut} 300 NS ns1.stub.net.", f"{cut} 300 NS ns2.stub.net.")(question)

    dns_tree.behave(f"a.{parent}", downward)
    report = check(dns_tree, host)
    assert report.verdict is Verdict.PARENT_UNREACHABLE
    assert report.transient
    assert steps.total() > 4
    assert len(dns_tree.stub.packets(parent)) <= PACKETS
    assert len([asked for asked in report.asked if asked.dig]) <= PACKETS
