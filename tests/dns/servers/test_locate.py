"""Whose word counts for the address of a name server: that of all resolvers, or that of the zones themselves."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from tests.dns.delegation.cases import HOST, NOW, OURS, check, expectation
from tests.twins.dns import Fault, MemoryDns
from tests.twins.dns_zone import MemoryZone, Response
from webapp.dns.answers import Answer
from webapp.dns.batch_cache import BatchCache
from webapp.dns.delegation import DelegationReport, Verdict, look_up, verify
from webapp.dns.limits import Limits
from webapp.dns.records import RecordSet

SERVERS = ("ns1.provider.net", "ns2.provider.net")
LIARS = ("198.51.77.1", "198.51.77.2")
IPV6 = ("2600:9000::1", "2600:9000::2")


class Tree:
    """acme.com at a provider in another zone. It does not delegate the host; a liar's servers say that it does."""

    def __init__(
        self, resolvers: int = 2, *, delegated: bool = False, ipv6: bool = False, glue: bool = False
    ) -> None:
        self.dns = MemoryDns(resolvers=resolvers)
        for server, address in zip(SERVERS, IPV6, strict=True):
            self.dns.server(server, address if ipv6 else None)
        self.dns.zone("provider.net", *(SERVERS if glue else ("a.provider.net",)))
        self.acme = self.dns.zone("acme.com", *SERVERS)
        self.dns.zone(HOST, *OURS, delegate=False)
        lie = self.lie = MemoryZone("acme.com")
        lie.put("acme.com", "NS", *SERVERS)
        lie.put(HOST, "NS", *OURS)
        if delegated:
            self.acme.put(HOST, "NS", *OURS)

    def liar_at(self, *addresses: str) -> None:
        for address in addresses:
            self.dns.server(f"liar-{address.replace(':', '-').replace('.', '-')}.org", address).zones[
                "acme.com"
            ] = self.lie

    def forge(self, path: int, addresses: tuple[str, ...] = LIARS, names: tuple[str, ...] = SERVERS) -> None:
        """Lets one resolver give these addresses for the servers."""
        self.liar_at(*addresses)
        for name, address in zip(names, addresses, strict=True):
            self.says(path, name, "AAAA" if ":" in address else "A", address)

    def says(self, path: int, name: str, rdtype: str, *values: str) -> None:
        answer = (RecordSet(name, rdtype, 3600, values),) if values else ()
        authority = () if values else (self.acme.soa,)
        self.dns.recursive[path].says[name, rdtype] = Response(answer=answer, authority=authority)

    def break_zones(self) -> None:
        """No zone can be asked on the way to the servers' addresses: only resolvers are left to confirm them."""
        for server in ("a.nic.net", "b.nic.net"):
            self.dns.server(server).fault = Fault.REFUSED

    def resolves_by_cache(self) -> None:
        """What resolvers know already they go on knowing, whatever is broken from now on."""
        names = [
            *SERVERS,
            *OURS,
            "acme.com",
            "com",
            "net",
            "a.nic.com",
            "b.nic.com",
            "a.nic.net",
            "b.nic.net",
        ]
        for resolver in self.dns.recursive:
            for name in names:
                for rdtype in ("A", "AAAA", "NS", "SOA"):
                    resolver.says.setdefault((name, rdtype), self.dns._recurse(name, rdtype))


def assert_undecided(report: DelegationReport) -> None:
    assert (report.verdict, report.reason) == (Verdict.PARENT_UNREACHABLE, "addresses-differ")
    assert (report.transient, report.who_acts) == (True, "we")
    assert "disagree about" in report.message
    assert report.next_step


def asked_at(tree: Tree, addresses: tuple[str, ...]) -> int:
    return sum(address in addresses for address, *_ in tree.dns.questions)


@pytest.mark.parametrize("path", [0, 1])
def test_forged_addresses_of_the_parents_servers_verify_nothing(path: int) -> None:
    """The finding: two forged A records in one resolver, and another that is honest. The zone tells who is."""
    tree = Tree()
    tree.forge(path)
    assert check(tree.dns).verdict is Verdict.NOT_DELEGATED
    assert not asked_at(tree, LIARS)


@pytest.mark.parametrize("path", [0, 1])
@pytest.mark.parametrize("delegated", [False, True])
def test_nothing_is_decided_where_resolvers_differ_and_no_zone_can_tell(path: int, delegated: bool) -> None:
    tree = Tree(delegated=delegated)
    tree.resolves_by_cache()
    tree.break_zones()
    tree.forge(path)
    report = check(tree.dns)
    assert_undecided(report)
    assert f"{tree.dns.resolvers[path]} says {LIARS[0]}" in report.details
    assert not asked_at(tree, LIARS)


def test_one_resolver_alone_is_held_to_the_zones() -> None:
    tree = Tree(resolvers=1)
    tree.forge(0)
    report = check(tree.dns)
    assert_undecided(report)
    assert "its zone says" in report.details
    assert not asked_at(tree, LIARS)


def test_two_resolvers_of_which_one_is_silent_are_one_resolver() -> None:
    tree = Tree()
    tree.forge(0)
    tree.dns.recursive[1].fault = Fault.SILENT
    assert_undecided(check(tree.dns))


@pytest.mark.parametrize("resolvers", [1, 2])
def test_forged_addresses_of_ipv6(resolvers: int) -> None:
    tree = Tree(resolvers, ipv6=True)
    tree.forge(0, ("2600:9000:77::1", "2600:9000:77::2"))
    assert not check(tree.dns).verified
    honest = Tree(resolvers, ipv6=True, delegated=True)
    assert check(honest.dns).verdict is Verdict.VERIFIED


@pytest.mark.parametrize("resolvers", [1, 2])
def test_an_address_of_the_other_family_is_no_way_round(resolvers: int) -> None:
    """Servers with IPv6 alone, for which one resolver makes up IPv4 addresses; and the other way round."""
    tree = Tree(resolvers, ipv6=True)
    tree.forge(0)
    assert not check(tree.dns).verified
    hidden = Tree(resolvers)
    for server in SERVERS:
        hidden.says(0, server, "A")
    hidden.forge(0, IPV6)
    assert not check(hidden.dns).verified
    assert not asked_at(hidden, IPV6)


@pytest.mark.parametrize("resolvers", [1, 2])
def test_a_forged_address_beside_the_true_one_is_not_asked(resolvers: int) -> None:
    tree = Tree(resolvers)
    tree.forge(0)
    for server, forged in zip(SERVERS, LIARS, strict=True):
        tree.says(0, server, "A", forged, tree.dns.server(server).address)
    assert check(tree.dns).verdict is Verdict.NOT_DELEGATED
    assert not asked_at(tree, LIARS)


@pytest.mark.parametrize("kind", ["A", "CNAME"])
def test_a_server_that_one_resolver_hides_is_still_needed(kind: str) -> None:
    """Of two servers, one is forged and the other hidden: one alone would be enough for a parent with one server."""
    tree = Tree()
    tree.resolves_by_cache()
    tree.break_zones()
    tree.forge(0, LIARS[:1], SERVERS[:1])
    hidden = (RecordSet(SERVERS[1], "CNAME", 60, ("x.example",)),) if kind == "CNAME" else ()
    tree.dns.recursive[0].says[SERVERS[1], "A"] = Response(answer=hidden)
    assert_undecided(check(tree.dns))


def test_forged_addresses_of_the_registrys_servers_verify_nothing() -> None:
    """A registry of the liar's own hands out the liar's servers."""
    tree = Tree()
    registry = MemoryZone("com")
    registry.put("acme.com", "NS", "ns1.evil.org", "ns2.evil.org")
    for name, address in zip(("ns1.evil.org", "ns2.evil.org"), LIARS, strict=True):
        tree.dns.server(name, address).zones["acme.com"] = tree.lie
    tree.dns.server("registry.evil.org").zones["com"] = registry
    forged = tree.dns.server("registry.evil.org").address
    for server in ("a.nic.com", "b.nic.com"):
        tree.says(0, server, "A", forged)
    tree.says(0, "acme.com", "NS", "ns1.evil.org", "ns2.evil.org")
    assert_undecided(check(tree.dns))
    assert not asked_at(tree, (forged,))


def test_forged_names_of_the_registrys_servers_verify_nothing() -> None:
    tree = Tree()
    tree.says(0, "com", "NS", "registry.evil.org")
    tree.says(0, "acme.com", "NS", "ns1.evil.org", "ns2.evil.org")
    for name, address in zip(("ns1.evil.org", "ns2.evil.org"), LIARS, strict=True):
        tree.dns.server(name, address).zones["acme.com"] = tree.lie
    assert_undecided(check(tree.dns))


def test_forged_servers_of_a_parent_that_a_registry_runs() -> None:
    dns = MemoryDns(resolvers=2)
    com = dns.zone("com", "a.nic.com", "b.nic.com")
    forged = RecordSet("com", "NS", 60, ("a.evil.org", "b.evil.org"))
    dns.recursive[0].says["com", "NS"] = Response(answer=(forged,))
    assert_undecided(check(dns))
    com.put("acme.com", "NS", *OURS)
    dns.zone("acme.com", *OURS, delegate=False)
    dns.recursive[0].says.clear()
    report = asyncio.run(verify(expectation(host="acme.com"), dns, NOW))
    assert report.verdict is Verdict.VERIFIED


def without_the_zone_above() -> Tree:
    tree = Tree(delegated=True)
    tree.resolves_by_cache()
    for server in ("a.nic.com", "b.nic.com"):
        tree.dns.server(server).fault = Fault.REFUSED
    return tree


def test_without_the_zone_above_all_resolvers_must_name_the_same_servers() -> None:
    tree = without_the_zone_above()
    assert check(tree.dns).verdict is Verdict.VERIFIED
    tree.says(1, "acme.com", "NS", "ns1.evil.org")
    report = check(tree.dns)
    assert_undecided(report)
    assert f"{tree.dns.resolvers[1]} says ns1.evil.org" in report.details


def test_without_the_zone_above_all_resolvers_must_know_the_zone() -> None:
    tree = without_the_zone_above()
    above = tree.dns._apexes["com"].soa
    tree.dns.recursive[1].says["acme.com", "SOA"] = Response("NXDOMAIN", authority=(above,))
    report = check(tree.dns)
    assert_undecided(report)
    assert f"{tree.dns.resolvers[1]} says that there is none" in report.details


def test_two_caches_need_not_have_the_same_serial_number() -> None:
    tree = without_the_zone_above()
    for path, serial in enumerate((7, 8)):
        tree.says(path, "acme.com", "SOA", f"ns.example. host.example. {serial} 7200 900 1209600 900")
    assert check(tree.dns).verdict is Verdict.VERIFIED


def test_an_address_that_a_validating_resolver_calls_bogus_is_not_believed() -> None:
    tree = Tree()
    tree.resolves_by_cache()
    tree.break_zones()
    tree.forge(0)
    tree.forge(1)
    tree.dns.recursive[1].bogus.add("provider.net")
    assert not check(tree.dns).verified
    assert not asked_at(tree, LIARS)


# What is legitimate


@pytest.mark.parametrize("resolvers", [1, 2, 3])
def test_a_provider_in_another_zone_is_verified(resolvers: int) -> None:
    assert check(Tree(resolvers, delegated=True).dns).verdict is Verdict.VERIFIED


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.REFUSED, Fault.SERVFAIL, Fault.UNREACHABLE])
@pytest.mark.parametrize("path", [0, 1])
def test_a_resolver_that_cannot_be_asked_is_no_dissent(fault: Fault, path: int) -> None:
    tree = Tree(delegated=True)
    tree.dns.recursive[path].fault = fault
    assert check(tree.dns).verdict is Verdict.VERIFIED


@pytest.mark.parametrize("path", [0, 1])
def test_one_answer_that_is_lost_is_no_dissent(path: int) -> None:
    tree = Tree(delegated=True)
    tree.dns.recursive[path].says[SERVERS[0], "A"] = Response("SERVFAIL")
    assert check(tree.dns).verdict is Verdict.VERIFIED


@pytest.mark.parametrize("path", [0, 1])
def test_a_cache_that_still_has_a_former_address_yields_to_the_zone(path: int) -> None:
    tree = Tree(delegated=True)
    tree.says(path, SERVERS[0], "A", "198.51.66.1")
    assert check(tree.dns).verdict is Verdict.VERIFIED


def test_round_robin_gives_each_resolver_another_part() -> None:
    tree = Tree(delegated=True)
    true = tree.dns.server(SERVERS[0]).address
    tree.dns.server(SERVERS[0]).published = {"A": ("198.51.66.1", true)}
    tree.says(0, SERVERS[0], "A", "198.51.66.1")
    tree.says(1, SERVERS[0], "A", true)
    assert check(tree.dns).verdict is Verdict.VERIFIED


def test_an_address_by_region_is_undecided_and_told() -> None:
    tree = Tree(delegated=True)
    for path in (0, 1):
        for server in SERVERS:
            tree.says(path, server, "A", f"198.51.6{path}.1")
    assert_undecided(check(tree.dns))


def test_glue_at_the_registry_that_is_out_of_date_is_no_dissent() -> None:
    """The registry still has the former address of a provider's server; the provider's own zone has the new one."""
    tree = Tree(resolvers=1, delegated=True)
    server = tree.dns.server(SERVERS[0])
    good = server.address
    provider = tree.dns._apexes["net"]
    provider.put("provider.net", "NS", "a.provider.net", SERVERS[0])
    server.published = {"A": ("198.51.66.1",)}
    tree.says(0, SERVERS[0], "A", good)
    real_with_glue = tree.dns._with_address

    def own_zone_knows(response: Response, name: str, rdtype: str) -> Response:
        found = real_with_glue(response, name, rdtype)
        if response.authoritative and name == SERVERS[0] and found.answer:
            return Response(authoritative=True, answer=(RecordSet(name, rdtype, 60, (good,)),))
        return found

    tree.dns._with_address = own_zone_knows  # type: ignore[method-assign]
    assert check(tree.dns).verdict is Verdict.VERIFIED


def test_two_servers_that_are_sure_are_enough_beside_one_that_is_not() -> None:
    tree = Tree(delegated=True)
    third = "ns3.other.org"
    tree.dns.zone("acme.com", *SERVERS, third).put(HOST, "NS", *OURS)
    for path in (0, 1):
        tree.says(path, third, "A", f"198.51.6{path}.1")
    report = check(tree.dns)
    assert report.verdict is Verdict.VERIFIED
    assert any("disagree about ns3.other.org" in asked.note for asked in report.asked)


def test_a_forged_address_makes_no_fault_of_servers_that_agree() -> None:
    """A server below the zone itself is asked at both addresses; for however long they differ, nobody is blamed."""
    dns = MemoryDns()
    dns.zone("acme.com", "ns1.acme.com", "ns2.acme.com").put(HOST, "NS", *OURS)
    dns.zone(HOST, *OURS, delegate=False)
    dns.server("liar.example", LIARS[0]).zones["acme.com"] = MemoryZone("acme.com")
    stale = RecordSet("ns1.acme.com", "A", 172800, LIARS[:1])
    dns.recursive[0].says["ns1.acme.com", "A"] = Response(answer=(stale,))
    report = check(dns, inconsistent_since=NOW.replace(year=2025))
    assert (report.verdict, report.transient) == (Verdict.PARENT_INCONSISTENT, True)


def test_a_forged_address_that_alone_answers_does_not_decide() -> None:
    dns = MemoryDns()
    dns.zone("acme.com", "ns1.acme.com", "ns2.acme.com")
    dns.zone(HOST, *OURS, delegate=False)
    lie = MemoryZone("acme.com")
    lie.put(HOST, "NS", *OURS)
    for rdtype in ("SOA", "NS"):
        dns.recursive[0].says["acme.com", rdtype] = dns._recurse("acme.com", rdtype)
    for server, address in zip(("ns1.acme.com", "ns2.acme.com"), LIARS, strict=True):
        dns.server(server).fault = Fault.SILENT
        dns.server(f"liar{address[-1]}.example", address).zones["acme.com"] = lie
        forged = RecordSet(server, "A", 60, (address,))
        dns.recursive[0].says[server, "A"] = Response(answer=(forged,))
    assert_undecided(check(dns))


@pytest.mark.parametrize("rcode", ["NXDOMAIN", "NOERROR", "SERVFAIL"])
@pytest.mark.parametrize("family", ["A", "AAAA"])
@pytest.mark.parametrize("resolvers", [1, 2])
def test_servers_of_which_only_the_zone_above_has_an_address(
    resolvers: int, family: str, rcode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The zone itself forgot the addresses of its own name servers. Resolvers reach it by the glue all the same."""
    dns = MemoryDns(resolvers=resolvers)
    servers = ("ns1.acme.com", "ns2.acme.com")
    for server, address in zip(servers, IPV6, strict=True):
        dns.server(server, address if family == "AAAA" else None)
    acme = dns.zone("acme.com", *servers)
    acme.put(HOST, "NS", *OURS)
    dns.zone(HOST, *OURS, delegate=False)
    monkeypatch.setattr(dns, "_with_address", lambda response, _name, _rdtype: response)
    for resolver in dns.recursive:
        for server in servers:
            for rdtype in ("A", "AAAA"):
                authority = () if rcode == "SERVFAIL" else (acme.soa,)
                resolver.says[server, rdtype] = Response(rcode, authority=authority)
    assert check(dns).verdict is Verdict.VERIFIED
    seen = asyncio.run(look_up(expectation(), dns))
    assert seen.parent_unlocated == (servers if rcode == "SERVFAIL" else ())
    acme.put(HOST, "NS")
    assert check(dns).verdict is Verdict.NOT_DELEGATED


# A resolver that denies the name


def denied(dns: MemoryDns, path: int) -> None:
    """Lets a resolver say, of the host and of whatever is below it, that there is nothing."""
    nothing = Response("NXDOMAIN", authority=(dns._apexes["acme.com"].soa,))
    said_at_and_below(dns, path, nothing, nothing)


def said_at_and_below(dns: MemoryDns, path: int, at_host: Response, below: Response) -> None:
    class Saying(dict[tuple[str, str], Response]):
        def get(self, key: tuple[str, str], default: Response | None = None) -> Response | None:  # type: ignore[override]
            if key[0] == HOST:
                return at_host
            return below if key[0].endswith(f".{HOST}") else super().get(key, default)

    dns.recursive[path].says = Saying(dns.recursive[path].says)


def alias_elsewhere(tree: Tree, *, with_soa: bool) -> Response:
    alias = RecordSet(HOST, "CNAME", 300, ("cdn.example",))
    return Response(answer=(alias,), authority=(tree.acme.soa,) if with_soa else ())


@pytest.mark.parametrize("with_soa", [False, True])
@pytest.mark.parametrize("path", [0, 1, 2])
def test_one_resolver_that_knows_the_name_as_an_alias_blocks_a_new_proof(path: int, with_soa: bool) -> None:
    tree = Tree(3, delegated=True)
    nothing = Response("NXDOMAIN", authority=(tree.acme.soa,))
    said_at_and_below(tree.dns, path, alias_elsewhere(tree, with_soa=with_soa), nothing)
    report = check(tree.dns)
    assert (report.verdict, report.reason) == (Verdict.PARENT_UNREACHABLE, "resolver-denies")
    assert report.old_answers_until == NOW + timedelta(seconds=300)


@pytest.mark.parametrize("with_soa", [False, True])
def test_an_alias_out_of_a_cache_blocks_nothing(with_soa: bool) -> None:
    tree = Tree(delegated=True)
    for resolver in tree.dns.recursive:
        resolver.says[HOST, "NS"] = alias_elsewhere(tree, with_soa=with_soa)
    report = check(tree.dns)
    assert report.verdict is Verdict.VERIFIED
    assert [hint.verdict for hint in report.hints] == [Verdict.PROPAGATING]


@pytest.mark.parametrize("rcode", ["SERVFAIL", "REFUSED"])
@pytest.mark.parametrize("kind", ["alias", "nothing"])
def test_a_resolver_that_cannot_be_asked_afresh_is_not_said_to_deny(kind: str, rcode: str) -> None:
    tree = Tree(delegated=True)
    nothing = Response("NXDOMAIN", authority=(tree.acme.soa,))
    at_host = alias_elsewhere(tree, with_soa=False) if kind == "alias" else nothing
    said_at_and_below(tree.dns, 1, at_host, Response(rcode))
    report = check(tree.dns)
    assert (report.verdict, report.reason) == (Verdict.PARENT_UNREACHABLE, "resolver-unsettled")
    assert report.transient
    assert tree.dns.resolvers[1] in report.message
    assert check(tree.dns, proved=True).verdict is Verdict.VERIFIED


@pytest.mark.parametrize("queries", range(20, 60))
def test_a_denial_is_not_lost_with_the_last_query(queries: int) -> None:
    """Whoever can make a check spend its queries must not get rid of the resolver that denies the name."""
    tree = Tree(delegated=True)
    denied(tree.dns, 1)
    tree.dns.limits = Limits(queries=queries)
    report = check(tree.dns)
    assert not report.verified
    assert report.transient


def test_a_resolver_that_is_not_heard_in_time_denies_nothing_and_confirms_nothing() -> None:
    tree = Tree(delegated=True)
    tree.dns.limits = Limits(seconds=2)
    resolve = tree.dns.resolve

    async def slow(name: str, rdtype: str, **options: Any) -> Answer:
        if name.endswith(HOST) and options["path"] == 1:
            await asyncio.sleep(3600)
        return await resolve(name, rdtype, **options)

    tree.dns.resolve = slow  # type: ignore[method-assign]
    report = check(tree.dns)
    assert (report.verdict, report.reason) == (Verdict.PARENT_UNREACHABLE, "resolver-unsettled")


@pytest.mark.parametrize("path", [0, 1, 2])
def test_one_resolver_that_denies_the_name_blocks_a_new_proof(path: int) -> None:
    tree = Tree(3, delegated=True)
    denied(tree.dns, path)
    report = check(tree.dns)
    assert (report.verdict, report.reason) == (Verdict.PARENT_UNREACHABLE, "resolver-denies")
    assert report.transient
    assert report.found == OURS
    assert tree.dns.resolvers[path] in report.message
    assert "expires by" in report.message


def test_a_resolver_that_denies_the_name_takes_nothing_from_one_that_is_verified() -> None:
    tree = Tree(1, delegated=True)
    denied(tree.dns, 0)
    report = check(tree.dns, proved=True)
    assert report.verdict is Verdict.VERIFIED
    assert [hint.verdict for hint in report.hints] == [Verdict.PROPAGATING]


def test_a_denial_out_of_a_cache_blocks_nothing() -> None:
    tree = Tree(delegated=True)
    for resolver in tree.dns.recursive:
        resolver.says[HOST, "NS"] = Response("NXDOMAIN", authority=(tree.acme.soa,))
    report = check(tree.dns)
    assert report.verdict is Verdict.VERIFIED
    assert [hint.verdict for hint in report.hints] == [Verdict.PROPAGATING]


# What it costs


@pytest.mark.parametrize(
    ("resolvers", "glue", "questions"), [(1, True, 27), (1, False, 29), (2, True, 34), (3, True, 44)]
)
def test_questions_of_a_check_alone(resolvers: int, glue: bool, questions: int) -> None:
    """It was 24, 26 and 28: a question to each further resolver for each name; or to the zones, with one resolver."""
    tree = Tree(resolvers, delegated=True, glue=glue)
    assert check(tree.dns, proved=True).verified
    assert len(tree.dns.questions) == questions


def test_only_the_first_proof_asks_for_a_name_beside_the_host() -> None:
    """To as many servers as have to agree. It tells a wildcard from records of the host's own, and goes out beside
    the questions for DS records."""
    tree = Tree(2, delegated=True, glue=True)
    assert check(tree.dns).verified
    assert len(tree.dns.questions) == 34 + 2


@pytest.mark.parametrize("resolvers", [1, 2, 3])
def test_in_a_batch_it_costs_nothing(resolvers: int) -> None:
    tree, cache = Tree(resolvers, delegated=True), BatchCache()
    asyncio.run(verify(expectation(proved=True), tree.dns, NOW, cache))
    tree.dns.questions.clear()
    asyncio.run(verify(expectation(proved=True), tree.dns, NOW, cache))
    assert len(tree.dns.questions) == 12 + resolvers


@pytest.mark.parametrize("resolvers", [1, 2, 3])
@pytest.mark.parametrize("count", [4, 6, 13])
@pytest.mark.parametrize("domains", [1, 13])
def test_many_servers_in_other_zones_are_verified_within_the_questions(
    resolvers: int, count: int, domains: int
) -> None:
    dns = MemoryDns(resolvers=resolvers)
    names = [f"ns{number}.provider{number % domains}.net" for number in range(count)]
    dns.zone("acme.com", *names).put(HOST, "NS", *OURS)
    dns.zone(HOST, *OURS, delegate=False)
    seen = asyncio.run(look_up(expectation(), dns))
    assert len(dns.questions) <= 60
    assert not any(asked.note == "The check had used up its queries." for asked in seen.asked)
    assert check(dns).verdict is Verdict.VERIFIED


def test_a_silent_resolver_is_met_with_patience_once() -> None:
    tree = Tree(3, delegated=True)
    tree.dns.recursive[1].fault = Fault.SILENT
    assert check(tree.dns).verified
    asked = Counter(rdtype for address, _, rdtype in tree.dns.questions if address == tree.dns.resolvers[1])
    assert sum(asked.values()) <= 2


@pytest.mark.parametrize("queries", range(0, 60, 7))
def test_a_check_with_a_liar_that_runs_out_of_queries_is_never_firm(queries: int) -> None:
    tree = Tree()
    tree.forge(0)
    tree.dns.limits = Limits(queries=queries)
    report = check(tree.dns)
    assert report.transient or report.verdict is Verdict.NOT_DELEGATED
    assert not report.verified
