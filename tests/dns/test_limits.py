"""How often one address is asked: within a check, and over all checks of a process."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from tests.dns.delegation.cases import HOST, NOW, OURS, expectation
from tests.twins.dns import Fault, MemoryDns
from webapp.dns import limits
from webapp.dns.answers import Answer, Outcome
from webapp.dns.delegation import DelegationReport, Verdict, verify
from webapp.dns.limits import (
    ANSWERED_LATELY,
    RESTS,
    UNANSWERED_AT_ONCE,
    UNANSWERED_PER_SECOND,
    Limits,
    Targets,
    Unanswered,
)
from webapp.dns.notes import Note


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
    """A busy server has answered once, and owes many checks the rest. It gives one answer every few seconds."""
    clock = Clock()
    unanswered = Unanswered(clock)
    assert unanswered.take("198.51.0.1")
    for _ in range(10):
        unanswered.give_back("::ffff:198.51.0.1")
        clock.now += ANSWERED_LATELY
        assert all(unanswered.take("198.51.0.1") for _ in range(6 * UNANSWERED_AT_ONCE))


def test_an_address_that_stops_answering_is_refused_soon() -> None:
    clock = Clock()
    unanswered = Unanswered(clock)
    unanswered.take("198.51.0.1")
    unanswered.give_back("198.51.0.1")
    assert all(unanswered.take("198.51.0.1") for _ in range(6 * UNANSWERED_AT_ONCE))
    clock.now = ANSWERED_LATELY + 0.1
    granted = sum(unanswered.take("198.51.0.1") for _ in range(6 * UNANSWERED_AT_ONCE))
    assert granted <= UNANSWERED_PER_SECOND * (ANSWERED_LATELY + 1)
    clock.now = UNANSWERED_AT_ONCE
    assert unanswered.take("198.51.0.1")


def test_as_many_checks_as_may_run_can_begin_at_one_server() -> None:
    unanswered = Unanswered(Clock(), at_once=2 * 80)
    assert all(unanswered.take("198.51.0.1") for _ in range(2 * 80))
    assert not unanswered.take("198.51.0.1")


def test_what_is_remembered_of_addresses_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_MOST_ADDRESSES", 10)
    unanswered = Unanswered(Clock())
    for number in range(100):
        unanswered.take(f"198.51.1.{number}")
        unanswered.give_back(f"198.51.2.{number}")
    assert len(unanswered._taken) <= 10
    assert len(unanswered._answered) <= 10


@pytest.mark.parametrize(
    ("name", "rdtype", "value", "verdict"),
    [
        (HOST, "NS", OURS[0], Verdict.DELEGATION_PARTIAL),
        (HOST, "A", "203.0.113.9", Verdict.RECORD_IN_THE_WAY),
        (HOST, "CNAME", "cdn.example", Verdict.RECORD_IN_THE_WAY),
        ("*.acme.com", "A", "203.0.113.9", Verdict.NOT_DELEGATED),
        ("*.acme.com", "CNAME", "cdn.example", Verdict.NOT_DELEGATED),
        ("acme.com", "TXT", "nothing", Verdict.NOT_DELEGATED),
    ],
)
def test_a_question_that_is_put_off_has_no_answer(
    name: str, rdtype: str, value: str, verdict: Verdict
) -> None:
    """Whatever question it is that the limit of all checks puts off, nothing wrong follows."""
    put_off = 0
    for number in range(1, 50):
        dns = MemoryDns()
        dns.zone("acme.com", "ns0.acme.com", "ns1.acme.com").put(name, rdtype, value)
        dns.zone(HOST, *OURS, delegate=False)
        resting = Resting(dns, number)
        report = check(resting)  # type: ignore[arg-type]
        assert report.transient or report.verdict is verdict, number
        put_off += report.reason == "put-off"
        if resting.asked < number:
            break
    else:
        pytest.fail("a check asks less than that")
    assert put_off or verdict is Verdict.DELEGATION_PARTIAL


@pytest.mark.parametrize("outcome", [Outcome.TIMEOUT, Outcome.SERVFAIL, Outcome.REFUSED])
@pytest.mark.parametrize("rdtype", ["A", "CNAME"])
def test_a_question_without_an_answer_makes_no_record_of_a_wildcard(rdtype: str, outcome: Outcome) -> None:
    for number in range(1, 50):
        dns = MemoryDns()
        value = {"A": "203.0.113.9", "CNAME": "cdn.example"}[rdtype]
        dns.zone("acme.com", "ns0.acme.com", "ns1.acme.com").put("*.acme.com", rdtype, value)
        dns.zone(HOST, *OURS, delegate=False)
        resting = Resting(dns, number, outcome)
        report = check(resting)  # type: ignore[arg-type]
        assert report.transient or report.verdict is Verdict.NOT_DELEGATED, number
        if resting.asked < number:
            break
    else:
        pytest.fail("a check asks less than that")


class Resting:
    """The same servers, of which one is not asked the question of that number because of the other checks, or does
    not answer it as it should."""

    def __init__(self, dns: MemoryDns, number: int, outcome: Outcome = Outcome.NOT_ASKED) -> None:
        self._dns, self._number, self._outcome, self.asked = dns, number, outcome, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._dns, name)

    async def ask(self, address: str, name: str, rdtype: str, **options: Any) -> Answer:
        self.asked += 1
        if self.asked != self._number:
            return await self._dns.ask(address, name, rdtype, **options)
        note = Note(RESTS, {"address": address}) if self._outcome is Outcome.NOT_ASKED else None
        return Answer(name, rdtype, self._outcome, address, note=note)


def test_answers_give_back_what_was_under_way() -> None:
    clock = Clock()
    unanswered = Unanswered(clock)
    for _ in range(UNANSWERED_AT_ONCE):
        unanswered.take("198.51.0.1")
    for _ in range(20):
        unanswered.give_back("198.51.0.1")
    clock.now = ANSWERED_LATELY + 0.1
    forgotten = int(UNANSWERED_PER_SECOND * clock.now)
    granted = [unanswered.take("198.51.0.1") for _ in range(UNANSWERED_AT_ONCE)]
    assert granted.count(True) == 20 + forgotten
