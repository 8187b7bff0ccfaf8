"""Scenes to draw: every set-up of both methods, in every state in which a name has a page with a picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from tests.dns.judgement import set_ups
from tests.dns.records_method.rules import table
from webapp.dns.judgement.report import Report
from webapp.dns.records_method import RecordsReport
from webapp.domain_page.picture.nodes import Kind
from webapp.domain_page.picture.scene import Scene
from webapp.domain_page.records.instructions import Value
from webapp.domain_page.status.statement import standing_report
from webapp.models import DomainState, LLMClientCustomDomain, Method

STATES = [state for state in DomainState if not state.is_gone]


@dataclass(frozen=True)
class Case:
    id: str
    scene: Scene


def scene(report: Report | None, state: DomainState = DomainState.PENDING, **changes: Any) -> Scene:
    """The scene of a page whose only check made this report."""
    own = isinstance(report, RecordsReport)
    given: dict[str, Any] = {
        "host": report.host if report else "chat.acme.com",
        "zone": (report.parent_zone if report else None) or "acme.com",
        "state": state,
        "method": Method.RECORDS if own else Method.DELEGATION,
        "report": standing_report(_claim(state), report, report if report and not report.transient else None),
        "latest": report,
        "alarm": report is not None and report.alarm is not None,
        "once_verified": state not in {DomainState.PENDING, DomainState.EXPIRED},
        "client": "Sales assistant",
        "anchors": frozenset({"records", "saw-facts"}),
    }
    return Scene(**given | _values(report) | changes)


def _claim(state: DomainState) -> LLMClientCustomDomain:
    return LLMClientCustomDomain(domain_name="chat.acme.com", state=state)


def _values(report: Report | None) -> dict[str, Any]:
    if report is None:
        return {"values": {}, "there": {}}
    marks = dict(report.marks)
    if not isinstance(report, RecordsReport):
        servers = tuple(Value(name, marks[name]) for name in report.expected)
        return {"values": {Kind.NAME_SERVERS: servers}, "there": {Kind.NAME_SERVERS: report.unexpected}}
    token, *others = report.expected
    at_host = [one for one in others if one.startswith(f"{report.host} ")]
    values = {
        Kind.TOKEN: (Value(_value(token), marks[token]),),
        Kind.TARGET: tuple(Value(_value(one), marks[one]) for one in at_host),
    }
    there = {
        kind: tuple(_value(one) for one in report.unexpected if one.startswith(f"{report.host} ") is led)
        for kind, led in ((Kind.TOKEN, False), (Kind.TARGET, True))
    }
    return {"values": values, "there": there, "apex": " CNAME " not in at_host[0]}


def _value(record: str) -> str:
    return record.split(" ", 2)[2]


def _reports() -> Iterator[tuple[str, Report]]:
    cases: list[set_ups.Case | table.Case] = [*set_ups.CASES, *table.CASES]
    for number, case in enumerate(cases):
        report, reason = case.report(), f"-{case.reason}" if case.reason else ""
        yield f"{report.method}-{case.verdict.value}{reason}-{number}", report


REPORTS = list(_reports())
CASES = [
    Case(f"{name}-{state.value}", scene(report, state)) for (name, report), state in product(REPORTS, STATES)
]
