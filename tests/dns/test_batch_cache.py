"""What the checks of one batch share, and what they must not share."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

import pytest

from tests.dns.delegation.cases import HOST, NOW, OTHERS, OURS, PARENTS, expectation, world
from tests.twins.dns import Fault, MemoryDns
from tests.twins.dns_zone import Response
from webapp.dns.delegation import BatchCache, DelegationReport, Verdict, verify

RESOLVER = "192.0.2.53:53"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def check(dns: MemoryDns, cache: BatchCache, host: str = HOST) -> DelegationReport:
    return asyncio.run(verify(replace(expectation(), host=host), dns, NOW, cache))


def asked(dns: MemoryDns, cache: BatchCache, host: str = HOST) -> set[tuple[str, str, str]]:
    """What one check asks."""
    dns.questions.clear()
    check(dns, cache, host)
    return questions(dns)


def questions(dns: MemoryDns) -> set[tuple[str, str, str]]:
    """What was asked, with one name for all that were drawn at random."""
    return {(at, re.sub(r"^[0-9a-f]{16}\.", "random.", name), rdtype) for at, name, rdtype in dns.questions}


def test_the_second_check_of_a_batch_finds_the_servers_without_asking() -> None:
    dns, _ = world()
    cache = BatchCache()
    first, second = asked(dns, cache), asked(dns, cache)
    saved = first - second
    assert saved == {
        (RESOLVER, "acme.com", "SOA"),
        (RESOLVER, "acme.com", "NS"),
        (RESOLVER, "com", "NS"),
        (RESOLVER, "a.nic.com", "A"),
        (dns.server("a.nic.com").address, "acme.com", "NS"),
        *((RESOLVER, server, "A") for server in (*PARENTS, *OURS)),
    }
    assert second - first == set()


def test_what_decides_is_asked_afresh() -> None:
    dns, acme = world()
    cache = BatchCache()
    assert check(dns, cache).verdict is Verdict.VERIFIED
    acme.put(HOST, "NS", *OURS[:3])
    assert check(dns, cache).verdict is Verdict.DELEGATION_PARTIAL
    acme.put(HOST, "NS", *OTHERS)
    assert check(dns, cache).verdict is Verdict.DELEGATED_ELSEWHERE
    acme.put(HOST, "NS", *OURS)
    assert check(dns, cache).verdict is Verdict.VERIFIED
    dns.server(OURS[0]).fault = Fault.REFUSED
    assert check(dns, cache).verdict is Verdict.ZONE_NOT_SERVED
    dns.server(OURS[0]).fault = None
    for server in PARENTS:
        dns.server(server).fault = Fault.SILENT
    assert check(dns, cache).verdict is Verdict.PARENT_UNREACHABLE


def test_what_resolvers_say_about_the_host_is_asked_afresh_even_if_the_host_is_anothers_parent() -> None:
    dns, acme = world()
    cache = BatchCache()
    check(dns, cache, f"deeper.{HOST}")
    assert (RESOLVER, HOST, "NS") in asked(dns, cache)
    dns.recursive[0].says[HOST, "NS"] = Response("NXDOMAIN", authority=(acme.soa,))
    assert [hint.verdict for hint in check(dns, cache).hints] == [Verdict.PROPAGATING]


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.SERVFAIL])
def test_what_could_not_be_asked_is_asked_again(fault: Fault) -> None:
    dns, _ = world()
    cache = BatchCache()
    dns.recursive[0].fault = fault
    assert check(dns, cache).verdict is Verdict.PARENT_UNREACHABLE
    dns.recursive[0].fault = None
    assert check(dns, cache).verdict is Verdict.VERIFIED


def test_a_bogus_zone_is_never_remembered_as_good_nor_as_bad() -> None:
    dns, _ = world()
    cache = BatchCache()
    dns.recursive[0].bogus.add("acme.com")
    assert check(dns, cache).reason == "parent-bogus"
    dns.recursive[0].bogus.clear()
    assert check(dns, cache).verdict is Verdict.VERIFIED


def test_nothing_is_remembered_for_longer_than_seconds() -> None:
    dns, _ = world()
    clock = Clock()
    cache = BatchCache(clock)
    first = asked(dns, cache)
    clock.now = 4.9
    assert asked(dns, cache) < first
    clock.now = 5.1
    assert asked(dns, cache) == first


def test_the_evidence_says_what_was_not_asked_for_this_name() -> None:
    dns, _ = world()
    cache = BatchCache()
    check(dns, cache)
    lines = {line.question: line for line in check(dns, cache).asked if line.role == "resolver"}
    assert (
        lines["acme.com SOA"].note == "Our resolver had said so within the last 5 seconds, for another name."
    )
    assert lines["acme.com SOA"].outcome == "NOERROR"
    above = next(line for line in check(dns, cache).asked if line.role == "above")
    assert above.note == "It had said so within the last 5 seconds, for another name."
    assert not lines[f"{HOST} NS"].note


def test_without_a_cache_every_check_asks_everything() -> None:
    dns, _ = world()
    asyncio.run(verify(expectation(), dns, NOW))
    first = questions(dns)
    dns.questions.clear()
    asyncio.run(verify(expectation(), dns, NOW))
    assert questions(dns) == first
