from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from typing import Any

import pytest

from tests.dns.delegation.cases import (
    NOW,
    OURS,
    PARENTS,
    delegates,
    expectation,
    fails,
    healthy,
    listing,
    world,
)
from tests.dns.judgement.table import TABLE
from webapp.dns.delegation import (
    BatchCache,
    DelegationReport,
    Expectation,
    Observation,
    Verdict,
    judge,
    verify,
)
from webapp.dns.judgement.report_data import message_of


def marks(observation: Observation) -> list[str]:
    return [mark for _, mark in judge(expectation(), observation, NOW).marks]


def test_every_name_server_has_a_mark() -> None:
    assert marks(listing([OURS[0], "ns1.other.net"])) == [
        "found",
        "missing",
        "missing",
        "missing",
        "unexpected",
    ]


def test_what_could_not_be_asked_is_not_marked_missing() -> None:
    assert marks(healthy(parent_answers=tuple(map(fails, PARENTS)))) == ["unknown"] * 4
    assert marks(healthy(parent_answers=(delegates(PARENTS[0]), fails(PARENTS[1])))) == ["found"] * 4


@pytest.mark.parametrize(("observation", "verified"), [(healthy(), True), (listing(OURS[:3]), False)])
def test_verified_is_the_verdict(observation: Observation, verified: bool) -> None:
    assert judge(expectation(), observation, NOW).verified is verified


#: As a release stored it that kept sentences.
OLD: dict[str, Any] = {
    "verdict": "DELEGATION_PARTIAL",
    "host": "chat.acme.com",
    "parent_zone": "acme.com",
    "relative_name": "chat",
    "expected": list(OURS),
    "found": list(OURS[:3]),
    "missing": list(OURS[3:]),
    "unexpected": [],
    "asked": [
        {
            "server": "192.0.2.53:53",
            "address": "192.0.2.53:53",
            "question": "acme.com SOA",
            "transport": "udp",
            "outcome": "NOERROR",
            "authoritative": False,
            "name_servers": [],
            "ttl": 3600,
            "ms": 0,
            "role": "resolver",
            "dig": "dig @192.0.2.53 acme.com SOA",
            "note": "As it was said then.",
        }
    ],
    "message": "One is missing, as it was said then.",
    "next_step": "Add it, as it was said then.",
    "who_acts": "you",
    "transient": False,
    "hints": [{"verdict": "STALE_DS", "message": "There is a DS record, as it was said then."}],
    "old_answers_until": None,
    "checked_at": "2026-11-23T12:00:00+00:00",
    "duration_ms": 12,
    "reason": "",
}


def test_report_of_an_earlier_release_keeps_its_sentences() -> None:
    report = DelegationReport.from_dict(OLD)
    assert (report.message, report.next_step) == (OLD["message"], OLD["next_step"])
    assert [(hint.verdict, hint.message) for hint in report.hints] == [
        (Verdict.STALE_DS, OLD["hints"][0]["message"])
    ]
    assert [asked.note for asked in report.asked] == ["As it was said then."]
    assert report.checked_at == NOW
    document = report.to_dict()
    assert (document["message"], document["next_step"]) == (OLD["message"], OLD["next_step"])
    assert [hint["message"] for hint in document["hints"]] == [OLD["hints"][0]["message"]]


def test_report_of_an_earlier_release_is_stored_anew_without_loss() -> None:
    report = DelegationReport.from_dict(OLD)
    assert DelegationReport.from_dict(report.to_data()) == report


def test_report_older_than_reasons_is_read() -> None:
    report = DelegationReport.from_dict({key: value for key, value in OLD.items() if key != "reason"})
    assert report.reason == ""


def texts(value: Any) -> Iterator[str]:
    """Every string of a JSON value, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from chain.from_iterable(map(texts, value.values()))
    elif isinstance(value, list):
        yield from chain.from_iterable(map(texts, value))


@pytest.mark.parametrize(("_verdict", "expected", "observation", "_words"), TABLE)
def test_stored_report_holds_no_sentence(
    _verdict: Verdict, expected: Expectation, observation: Observation, _words: str
) -> None:
    report = judge(expected, observation, NOW)
    data = report.to_data()
    assert not {"message", "next_step"} & data.keys()
    assert not any("message" in hint for hint in data["hints"])
    assert [text for text in texts(data) if text.count(" ") > 2 and not text.startswith("12345 13 2")] == []


@pytest.mark.parametrize(("_verdict", "expected", "observation", "_words"), TABLE)
def test_statement_says_what_the_report_said_whenever_it_was(
    _verdict: Verdict, expected: Expectation, observation: Observation, _words: str
) -> None:
    report, later = (judge(expected, observation, now) for now in (NOW, NOW + timedelta(minutes=7)))
    statement = json.loads(json.dumps(report.to_statement()))
    assert message_of(statement) == report.message
    assert later.to_statement() == statement


def test_stored_check_of_a_batch_holds_no_sentence_and_is_smaller_than_its_document() -> None:
    dns, _ = world()
    cache = BatchCache()
    for _ in range(2):
        report = asyncio.run(verify(expectation(), dns, NOW, cache))
    data = report.to_data()
    assert report.verified
    assert any(asked.note for asked in report.asked)
    answered = {value for asked in report.asked for value in asked.values}
    long = [text for text in texts(data) if text.count(" ") > 2 and not text.startswith("dig ")]
    assert [text for text in long if text not in answered] == []
    assert len(json.dumps(data)) < len(json.dumps(report.to_dict())) - 1000
