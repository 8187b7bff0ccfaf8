from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from typing import Any

import pytest

from tests.dns.records_method.cases import (
    HOST,
    LABEL,
    NOW,
    SERVERS,
    TARGET,
    TOKEN,
    check,
    expectation,
    seen,
    world,
)
from tests.dns.records_method.rules.table import CASES, IDS, Case, beyond, leading_out
from tests.twins.dns import Fault
from webapp.dns.delegation import DelegationReport
from webapp.dns.records_method import RecordsReport, judge, message_of

each_case = pytest.mark.parametrize("case", CASES, ids=IDS)


def texts(value: Any) -> Iterator[str]:
    """Every string of a JSON value, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from chain.from_iterable(map(texts, value.values()))
    elif isinstance(value, list):
        yield from chain.from_iterable(map(texts, value))


@each_case
def test_stored_report_holds_no_sentence_and_is_read_back_unchanged(case: Case) -> None:
    report = case.report()
    data = json.loads(json.dumps(report.to_data()))
    assert not {"message", "next_step"} & data.keys()
    strangers = [shown for record in report.unexpected for shown in texts([record, record.split(" ", 2)[2]])]
    assert [one for one in texts(data) if one.count(" ") > 2 and one not in strangers] == []
    for form in (data, json.loads(json.dumps(report.to_dict()))):
        again = RecordsReport.from_dict(form)
        assert again == report
        assert (again.message, again.next_step, again.details) == (
            report.message,
            report.next_step,
            report.details,
        )


def test_document_has_what_that_of_a_delegation_has() -> None:
    dns, _ = world()
    document = check(dns).to_dict()
    missing = {"expected", "found", "missing", "unexpected", "asked", "verdict", "message", "next_step"}
    assert {*missing, "who_acts", "transient", "hints", "reason", "details"} <= document.keys()
    of_delegation = DelegationReport.from_dict(document).to_data()
    assert document.keys() - of_delegation.keys() >= {"stage", "message"}
    assert document["stage"] == "verified"
    assert document["expected"] == [f"{LABEL} TXT {TOKEN}", f"{HOST} CNAME {TARGET}"]


@each_case
def test_statement_is_the_same_whenever_it_was(case: Case) -> None:
    first, later = (judge(case.expected, case.observation, NOW + timedelta(minutes=one)) for one in (0, 7))
    assert first.to_statement() == later.to_statement()
    assert message_of(json.loads(json.dumps(first.to_statement()))) == first.message


def test_every_record_has_a_mark() -> None:
    report = judge(expectation(), seen(names=("old.example",)), NOW)
    assert report.marks == (
        (f"{LABEL} TXT {TOKEN}", "found"),
        (f"{HOST} CNAME {TARGET}", "missing"),
        (f"{HOST} CNAME old.example", "unexpected"),
    )


def test_what_could_not_be_asked_is_not_marked_missing() -> None:
    marks = dict(judge(expectation(), leading_out(beyond(told=False)), NOW).marks)
    assert marks == {f"{LABEL} TXT {TOKEN}": "found", f"{HOST} CNAME {TARGET}": "unknown"}
    dns, _ = world()
    for server in SERVERS:
        dns.server(server).fault = Fault.SILENT
    assert {mark for _, mark in check(dns).marks} == {"unknown"}
