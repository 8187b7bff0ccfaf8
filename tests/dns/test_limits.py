"""How often one address is asked: within a check, and over all checks of a process."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from tests.dns.delegation.cases import HOST, NOW, OURS, expectation
from tests.twins.dns import Fault, MemoryDns
from webapp.dns.delegation import DelegationReport, Verdict, verify
from webapp.dns.limits import UNANSWERED_AT_ONCE, UNANSWERED_PER_SECOND, Limits, Targets, Unanswered


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def listed(count: int, addresses_each: int, fault: Fault | None) -> tuple[MemoryDns, list[str]]:
    """acme.com with so many servers at so many addresses each; all of them behave alike."""
    dns = MemoryDns()
    names = [f"ns{number}.acme.com" for number in range(count)]
    dns.zone("acme.com", *names).put(HOST, "NS", *OURS)
    dns.zone(HOST, *OURS, delegate=False)
    addresses: list[str] = []
    for number, name in enumerate(names):
        own = [f"198.51.{110 + which}.{number + 1}" for which in range(addresses_each)]
        for address in own:
            other = dns.server(f"at-{address.replace('.', '-')}.org", address)
            other.zones, other.fault = dns.server(name).zones, fault
        dns.server(name).published = {"A": tuple(own)}
        addresses += own
    for rdtype in ("SOA", "NS"):
        dns.recursive[0].says["acme.com", rdtype] = dns._apexes["acme.com"].answer("acme.com", rdtype)
    return dns, addresses


def check(dns: MemoryDns, host: str = HOST) -> DelegationReport:
    return asyncio.run(verify(replace(expectation(), host=host), dns, NOW))


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.UNREACHABLE])
def test_26_silent_addresses_are_not_all_tried(fault: Fault) -> None:
    dns, addresses = listed(13, 2, fault)
    assert check(dns).verdict is Verdict.PARENT_UNREACHABLE
    asked = Counter(address for address, *_ in dns.questions if address in addresses)
    assert len(asked) <= 13
    # Over TCP; and two of them once more over UDP, to tell whether only TCP is blocked.
    assert sum(asked.values()) <= 15
    assert max(asked.values()) <= 2


def test_a_silent_address_is_asked_once_over_each_transport() -> None:
    dns, addresses = listed(1, 1, Fault.SILENT)
    assert check(dns).verdict is Verdict.PARENT_UNREACHABLE
    assert sum(address in addresses for address, *_ in dns.questions) == 2


def test_a_silent_server_of_ours_is_asked_once() -> None:
    dns, _ = listed(2, 1, None)
    dns.server(OURS[0]).fault = Fault.SILENT
    assert check(dns).verdict is Verdict.ZONE_NOT_SERVED
    assert sum(address == dns.server(OURS[0]).address for address, *_ in dns.questions) == 1


def test_servers_that_answer_are_all_asked() -> None:
    dns, addresses = listed(13, 1, None)
    assert check(dns).verdict is Verdict.VERIFIED
    assert {address for address, *_ in dns.questions} >= set(addresses)


def test_an_address_that_answers_has_a_budget_too() -> None:
    dns, addresses = listed(1, 1, None)
    host = ".".join("abcdefghijklmnopqrstuvwxyz") + ".acme.com"
    dns.zone("acme.com", "ns0.acme.com").put("*.acme.com", "TXT", "wild")
    dns.limits = Limits(queries=400, address_questions=10)
    report = check(dns, host)
    assert sum(address in addresses for address, *_ in dns.questions) == 10
    assert any("gets no more" in asked.note for asked in report.asked)


def test_another_way_of_writing_an_address_has_no_budget_of_its_own() -> None:
    targets = Targets(Limits(address_questions=2))
    assert targets.refusal("8.8.8.8", tcp=True) is None
    assert targets.refusal("::ffff:8.8.8.8", tcp=True) is None
    assert targets.refusal("64:ff9b::808:808", tcp=True) is not None
    assert targets.refusal("8.8.4.4", tcp=True) is None


def test_silence_over_all_checks_uses_up_what_an_address_may_be_sent() -> None:
    clock = Clock()
    unanswered = Unanswered(clock)
    taken = [unanswered.take("198.51.0.1") for _ in range(UNANSWERED_AT_ONCE + 5)]
    assert taken == [True] * UNANSWERED_AT_ONCE + [False] * 5
    assert not unanswered.take("::ffff:198.51.0.1")
    assert unanswered.take("198.51.0.2")
    clock.now = 1.0
    again = [unanswered.take("198.51.0.1") for _ in range(5)]
    assert again.count(True) == round(UNANSWERED_PER_SECOND)


def test_an_address_that_answers_is_never_refused() -> None:
    unanswered = Unanswered(Clock())
    for _ in range(10 * UNANSWERED_AT_ONCE):
        assert unanswered.take("198.51.0.1")
        unanswered.give_back("198.51.0.1")


def test_answers_give_back_what_was_under_way() -> None:
    unanswered = Unanswered(Clock())
    for _ in range(UNANSWERED_AT_ONCE):
        unanswered.take("198.51.0.1")
    unanswered.give_back("198.51.0.1")
    assert unanswered.take("198.51.0.1")
    assert not unanswered.take("198.51.0.1")
