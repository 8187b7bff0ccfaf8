"""Which source decides what servers the parent zone has: a resolver's cache, or the zone above."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.dns.delegation.cases import HOST, NOW, OTHERS, OURS, check, expectation
from tests.twins.dns import Fault, MemoryDns
from tests.twins.dns_zone import MemoryZone, Response
from webapp.dns.delegation import BatchCache, Observation, Verdict, look_up, verify
from webapp.dns.limits import Limits
from webapp.dns.lookup.observation import NameServerSet
from webapp.dns.records import RecordSet

OLD = ("ns1.old.net", "ns2.old.net")
NEW = ("ns1.new.net", "ns2.new.net")


class Move:
    """acme.com went from one provider to another; the resolver still knows the former one's servers."""

    def __init__(self, *, before: tuple[str, ...] = (), after: tuple[str, ...] = OURS) -> None:
        self.dns = MemoryDns()
        self.old = self._at(OLD, before)
        self.new = self._at(NEW, after)
        self.dns.zone(HOST, *OURS, delegate=False)
        self.dns.zone("old.net", "a.old.net")
        self.dns.zone("new.net", "a.new.net")
        self.knows(*OLD)

    def _at(self, servers: tuple[str, ...], delegated: tuple[str, ...]) -> MemoryZone:
        zone = self.dns.zone("acme.com", *servers)
        zone.put(HOST, "NS", *delegated)
        return zone

    def knows(self, *servers: str) -> None:
        found = RecordSet("acme.com", "NS", 172800, servers)
        self.dns.recursive[0].says["acme.com", "NS"] = Response(answer=(found,))

    def silence(self, *servers: str) -> None:
        for server in servers:
            self.dns.server(server).fault = Fault.SILENT

    def seen(self) -> Observation:
        return asyncio.run(look_up(expectation(), self.dns))


def test_healthy_sets_agree() -> None:
    dns = MemoryDns()
    dns.zone("acme.com", *NEW).put(HOST, "NS", *OURS)
    dns.zone(HOST, *OURS, delegate=False)
    seen = asyncio.run(look_up(expectation(), dns))
    assert (seen.parent_set, seen.parent_named_above) == (NameServerSet.AGREED, frozenset(NEW))


def test_both_sets_are_asked() -> None:
    move = Move()
    seen = move.seen()
    assert seen.parent_set is NameServerSet.DIFFERENT
    assert [answer.server for answer in seen.parent_answers] == [*NEW, *OLD]


def test_the_former_provider_does_not_decide_against_a_name() -> None:
    """For as long as the resolver keeps the former servers: it would have been NOT_DELEGATED, and firm."""
    report = check(Move().dns)
    assert (report.verdict, report.transient) == (Verdict.PARENT_INCONSISTENT, True)


def test_nor_for_it() -> None:
    report = check(Move(before=OURS, after=()).dns)
    assert (report.verdict, report.transient) == (Verdict.PARENT_INCONSISTENT, True)


def test_a_proof_needs_the_servers_that_the_zone_above_names() -> None:
    move = Move(before=OURS)
    assert check(move.dns).verdict is Verdict.VERIFIED
    move.silence(NEW[0])
    report = check(move.dns)
    assert (report.verdict, report.reason) == (Verdict.PARENT_UNREACHABLE, "parent-moving")
    assert "ns1.new.net and ns2.new.net" in report.details
    assert report.transient


def test_evidence_against_a_name_needs_them_too() -> None:
    move = Move(before=OTHERS, after=OTHERS)
    assert check(move.dns).verdict is Verdict.DELEGATED_ELSEWHERE
    move.silence(*NEW)
    assert check(move.dns).verdict is Verdict.PARENT_UNREACHABLE


def test_the_new_providers_word_is_enough_once_the_former_one_is_gone() -> None:
    move = Move()
    move.silence(*OLD)
    assert check(move.dns).verdict is Verdict.VERIFIED
    move.new.put(HOST, "NS")
    assert check(move.dns).verdict is Verdict.NOT_DELEGATED


def test_a_move_is_not_held_against_the_provider_after_a_day() -> None:
    move = Move()
    early, late = NOW - timedelta(days=6), NOW - timedelta(days=7)
    assert check(move.dns, inconsistent_since=early).transient
    assert not check(move.dns, inconsistent_since=late).transient


def test_one_server_that_names_itself_alone_does_not_decide() -> None:
    dns = MemoryDns()
    dns.zone("acme.com", *NEW)
    dns.copy_at(NEW[0], "acme.com").put(HOST, "NS", *OURS)
    dns.zone(HOST, *OURS, delegate=False)
    hijacked = RecordSet("acme.com", "NS", 172800, (NEW[0],))
    dns.recursive[0].says["acme.com", "NS"] = Response(answer=(hijacked,))
    assert check(dns).verdict is Verdict.PARENT_INCONSISTENT
    dns.server(NEW[1]).fault = Fault.SILENT
    assert check(dns).verdict is Verdict.PARENT_UNREACHABLE


def test_a_server_is_asked_where_the_zone_above_says_it_is_too() -> None:
    """A name server below the zone itself has kept its name and moved to another address."""
    dns = MemoryDns()
    dns.zone("acme.com", "ns1.acme.com", "ns2.acme.com").put(HOST, "NS", *OURS)
    dns.zone(HOST, *OURS, delegate=False)
    former = dns.server("former.example")
    former.zones["acme.com"] = MemoryZone("acme.com")
    stale = RecordSet("ns1.acme.com", "A", 172800, (former.address,))
    dns.recursive[0].says["ns1.acme.com", "A"] = Response(answer=(stale,))
    seen = asyncio.run(look_up(expectation(), dns))
    asked = {answer.address for answer in seen.parent_answers if answer.server == "ns1.acme.com"}
    assert asked == {former.address, dns.server("ns1.acme.com").address}
    assert check(dns).verdict is Verdict.PARENT_INCONSISTENT


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.REFUSED, Fault.SERVFAIL, Fault.NOT_AUTHORITATIVE])
def test_where_nobody_above_can_be_asked_the_resolvers_word_stands_and_it_is_told(fault: Fault) -> None:
    dns = MemoryDns()
    dns.zone("acme.com", *NEW).put(HOST, "NS", *OURS)
    dns.zone(HOST, *OURS, delegate=False)
    resolver = dns.recursive[0]
    for name in ("acme.com", *(f"{letter}.nic.com" for letter in "ab"), *NEW, *OURS):
        for rdtype in ("SOA", "NS", "A"):
            resolver.says[name, rdtype] = dns._recurse(name, rdtype)
    for server in ("a.nic.com", "b.nic.com"):
        dns.server(server).fault = fault
    resolver.says["com", "NS"] = Response(answer=(RecordSet("com", "NS", 1, ("a.nic.com", "b.nic.com")),))
    report = check(dns)
    assert report.verdict is Verdict.VERIFIED
    note = (
        "The servers of com could not be asked for those of acme.com, so our resolver’s word for them stands."
    )
    assert any(line.role == "above" and line.note == note for line in report.asked)
    assert asyncio.run(look_up(expectation(), dns)).parent_set is NameServerSet.UNKNOWN


def test_a_parent_zone_that_is_not_delegated_any_more_proves_nothing() -> None:
    move = Move(before=OURS)
    move.dns._apexes["com"].put("acme.com", "NS")
    found = Response(answer=(MemoryZone("acme.com").soa,))
    move.dns.recursive[0].says["acme.com", "SOA"] = found
    assert move.seen().parent_set is NameServerSet.DENIED
    report = check(move.dns)
    assert (report.verdict, report.reason, report.transient) == (
        Verdict.PARENT_UNREACHABLE,
        "parent-moving",
        True,
    )


def test_the_way_down_goes_through_every_zone_above() -> None:
    """The zone above the parent changed its provider as well: its former servers must not name the parent's."""
    dns = MemoryDns()
    host = "chat.eu.acme.com"
    dns.zone("acme.com", *OLD)
    dns.zone("eu.acme.com", "ns1.eu.old.net", "ns2.eu.old.net")
    dns.zone("acme.com", *NEW)
    dns.zone("eu.acme.com", "ns1.eu.new.net", "ns2.eu.new.net").put(host, "NS", *OURS)
    dns.zone(host, *OURS, delegate=False)
    for zone, servers in (("acme.com", OLD), ("eu.acme.com", ("ns1.eu.old.net", "ns2.eu.old.net"))):
        stale = RecordSet(zone, "NS", 172800, servers)
        dns.recursive[0].says[zone, "NS"] = Response(answer=(stale,))
    seen = asyncio.run(look_up(replace(expectation(), host=host), dns))
    assert seen.parent_named_above == {"ns1.eu.new.net", "ns2.eu.new.net"}


def test_a_zone_that_a_registry_runs_has_nothing_above_it_to_ask() -> None:
    dns = MemoryDns()
    dns.zone("com", "a.nic.com", "b.nic.com")
    seen = asyncio.run(look_up(expectation(), dns))
    assert (seen.parent_zone, seen.parent_set) == ("com", NameServerSet.AGREED)
    assert not any(line.role == "above" for line in seen.asked)


def test_it_costs_three_questions_alone_and_none_in_a_batch() -> None:
    dns = MemoryDns()
    dns.zone("acme.com", *NEW).put(HOST, "NS", *OURS)
    dns.zone(HOST, *OURS, delegate=False)
    cache = BatchCache()
    registry = dns.server("a.nic.com").address
    asyncio.run(verify(expectation(), dns, NOW, cache))
    above = [asked for asked in dns.questions if asked[0] == registry or asked[1] in {"com", "a.nic.com"}]
    assert len(above) == 3
    dns.questions.clear()
    asyncio.run(verify(expectation(), dns, NOW, cache))
    assert registry not in {address for address, *_ in dns.questions}


@pytest.mark.parametrize("queries", range(0, 60, 7))
def test_a_check_of_a_moving_parent_that_runs_out_of_queries_is_never_firm(queries: int) -> None:
    move = Move()
    move.dns.limits = Limits(queries=queries)
    assert check(move.dns).transient
