"""What an observer of a check knows of each server, and how that is handed on."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from functools import partial

import pytest

from tests.dns.records_method.cases import HOST, TARGET, TOKEN
from tests.twins.dns import Fault, MemoryDns
from webapp.checks.watch.progress import MOST_LINES, Line, Progress, Watching
from webapp.dns import methods
from webapp.dns.answers import Outcome
from webapp.dns.delegation import Asked, Expectation
from webapp.dns.methods import AnyExpectation
from webapp.dns.records_method import RecordsExpectation

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
OURS = ("ns-1.awsdns-00.com", "ns-2.awsdns-00.net")


def watch(dns: MemoryDns, expectation: AnyExpectation) -> list[Progress]:
    """All that was told of one check, in order."""
    told = list[Progress]()
    watching = Watching(7, partial(methods.compare, expectation), lambda: told.append(watching.progress(NOW)))
    asyncio.run(methods.verify(expectation, dns, NOW, None, watching))
    return told


@pytest.fixture
def dns() -> MemoryDns:
    dns = MemoryDns()
    acme = dns.zone("acme.com", "ns1.acme.com", "ns2.acme.com")
    dns.zone(HOST, *OURS)
    acme.put(HOST, "NS", *OURS)
    return dns


def line_of(progress: Progress, server: str) -> Line:
    return next(line for line in progress.of("parent") if line.server == server)


def test_servers_are_asked_first_and_then_have_what_they_have(dns: MemoryDns) -> None:
    told = watch(dns, Expectation(HOST, OURS))
    mine = [line for one in told for line in one.of("parent") if line.server == "ns1.acme.com"]
    assert mine[0] == Line("parent", "ns1.acme.com", asking=True)
    assert (mine[-1].found, mine[-1].wanted, mine[-1].asking) == (2, 2, False)
    assert mine[-1].answered
    assert {line.server for line in told[-1].of("ours")} == set(OURS)
    assert all(line.answered for line in told[-1].of("ours"))


def test_server_without_the_records_is_told_from_one_that_is_silent(dns: MemoryDns) -> None:
    dns.server("ns2.acme.com").fault = Fault.SILENT
    last = watch(dns, Expectation(HOST, (*OURS, "ns-3.awsdns-00.org")))[-1]
    assert (line_of(last, "ns1.acme.com").found, line_of(last, "ns1.acme.com").wanted) == (2, 3)
    silent = line_of(last, "ns2.acme.com")
    assert (silent.silent, silent.wanted, silent.asking) == (True, 0, False)


def test_question_that_was_not_put_is_not_on_its_way() -> None:
    """A server rests, or the check has no questions left."""
    watching = Watching(7, lambda _: None, lambda: None)
    watching.asked("parent", "ns1.acme.com", "192.0.2.1")
    watching.answered(an_answer("192.0.2.1", Outcome.NOT_ASKED))
    assert watching.progress(NOW).lines == (Line("parent", "ns1.acme.com"),)
    watching.asked("parent", "ns1.acme.com", "192.0.2.1")
    # Its other address may not be asked.
    watching.answered(an_answer("2001:db8::1", Outcome.NOT_ASKED))
    assert watching.progress(NOW).lines == (Line("parent", "ns1.acme.com", asking=True),)


def test_server_that_is_not_asked_at_all_has_no_line() -> None:
    watching = Watching(7, lambda _: None, lambda: None)
    watching.answered(an_answer("192.0.2.1", Outcome.NOT_ASKED))
    assert watching.progress(NOW).lines == ()


def test_server_is_asking_until_all_its_questions_are_answered() -> None:
    watching = Watching(7, lambda _: None, lambda: None)
    for _ in range(2):
        watching.asked("parent", "ns1.acme.com", "192.0.2.1")
    watching.answered(an_answer("192.0.2.1", Outcome.NOERROR))
    assert [line.asking for line in watching.progress(NOW).lines] == [True]
    watching.answered(an_answer("192.0.2.1", Outcome.TIMEOUT))
    (line,) = watching.progress(NOW).lines
    # That a later question was lost takes nothing back.
    assert (line.asking, line.outcome) == (False, "NOERROR")


def an_answer(address: str, outcome: Outcome) -> Asked:
    return Asked(
        "ns1.acme.com", address, "acme.com SOA", "udp", outcome.value, True, (), None, 4, "parent", ""
    )


def test_records_of_the_other_method_are_counted_as_each_is_asked_for() -> None:
    dns = MemoryDns()
    acme = dns.zone("acme.com", "ns1.acme.com", "ns2.acme.com")
    acme.put(f"_nameplate-challenge.{HOST}", "TXT", f'"{TOKEN}"')
    acme.put(HOST, "CNAME", TARGET)
    told = watch(dns, RecordsExpectation(HOST, TOKEN, TARGET))
    counts = {(line.found, line.wanted) for one in told for line in one.of("parent")}
    assert (2, 2) in counts
    assert line_of(told[-1], "ns1.acme.com").found == 2
    # Each server has nothing wrong on the way to that.
    assert {found for found, wanted in counts if wanted == 1} == {1}


def test_no_verdict_depends_on_who_watches(dns: MemoryDns) -> None:
    class Faulty:
        def asked(self, *_given: object) -> None:
            raise ZeroDivisionError

        answered = asked

    expected = Expectation(HOST, OURS)
    alone = asyncio.run(methods.verify(expected, dns, NOW))
    watched = asyncio.run(methods.verify(expected, dns, NOW, None, Faulty()))
    assert alone.verified
    assert (watched.verdict, watched.found, len(watched.asked)) == (
        alone.verdict,
        alone.found,
        len(alone.asked),
    )


def test_what_is_handed_on_comes_back(dns: MemoryDns) -> None:
    last = watch(dns, Expectation(HOST, OURS))[-1]
    assert Progress.from_data(json.loads(json.dumps(last.to_data()))) == last


GOOD = Progress(7, NOW, (Line("parent", "ns1.acme.com"),)).to_data()


@pytest.mark.parametrize(
    "data",
    [
        None,
        7,
        "x",
        [],
        {},
        GOOD | {"at": "noon"},
        GOOD | {"lines": 1},
        GOOD | {"lines": [{"role": "parent"}]},
        GOOD | {"lines": [{"role": "stranger", "server": "x"}]},
        GOOD | {"lines": [{"role": "parent", "server": "x", "outcome": "WELL"}]},
        GOOD | {"lines": [{"role": "parent", "server": "x", "colour": "red"}]},
    ],
)
def test_what_another_release_left_is_nothing(data: object) -> None:
    assert Progress.from_data(GOOD) is not None
    assert Progress.from_data(data) is None


def test_there_are_never_more_lines_than_questions() -> None:
    watching = Watching(7, lambda _: None, lambda: None)
    for number in range(MOST_LINES + 5):
        watching.asked("above", f"ns{number}.example", "192.0.2.1")
    assert len(watching.progress(NOW).lines) == MOST_LINES
