"""A report as JSON: the data that are stored, the document that people and programs read, and both read back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from webapp.dns.judgement import messages
from webapp.dns.judgement.finding import Finding
from webapp.dns.judgement.messages import LEGACY
from webapp.dns.judgement.subject import Subject
from webapp.dns.judgement.verdict import Verdict
from webapp.dns.servers.evidence import Asked

if TYPE_CHECKING:
    from webapp.dns.judgement.report import Report

_NAMES = ("expected", "found", "missing", "unexpected")
#: What the message of a report is made of, and what the parent lists.
_STATED = ("verdict", "reason", "params", "host", "parent_zone", *_NAMES)
_PLAIN = ("host", "parent_zone", "relative_name", "who_acts", "transient", "duration_ms")


def data_of(report: Report, of_the_method: Mapping[str, Any]) -> dict[str, Any]:
    """The report as JSON values. Every check makes them; `dataclasses.asdict` would take most of a judgement."""
    until = report.old_answers_until
    return {
        "verdict": report.verdict.value,
        "reason": report.reason,
        "params": dict(report.params),
        "host": report.host,
        "parent_zone": report.parent_zone,
        "relative_name": report.relative_name,
        "expected": list(report.expected),
        "found": list(report.found),
        "missing": list(report.missing),
        "unexpected": list(report.unexpected),
        "asked": [asked.to_data() for asked in report.asked],
        "who_acts": report.who_acts,
        "transient": report.transient,
        "hints": [finding.to_data() for finding in report.further],
        "delegations": {zone: list(names) for zone, names in report.delegations.items()},
        "old_answers_until": until.isoformat() if until else None,
        "checked_at": report.checked_at.isoformat(),
        "duration_ms": report.duration_ms,
        **of_the_method,
    }


def document_of(report: Report) -> dict[str, Any]:
    return {
        "method": report.method,
        **report.to_data(),
        "asked": [asked.to_dict() for asked in report.asked],
        "message": report.message,
        "next_step": report.next_step,
        "details": report.details,
        "hints": [{**hint.finding.to_data(), "message": hint.message} for hint in report.hints],
    }


def statement_of(report: Report) -> dict[str, Any]:
    data = report.to_data()
    return {name: data[name] for name in (*_STATED, "method") if name in data}


def message_of(statement: Mapping[str, Any]) -> str:
    """The message of the report that `statement_of` was given."""
    host, parent_zone, params = statement["host"], statement["parent_zone"], statement["params"]
    expected, missing = tuple(statement["expected"]), tuple(statement["missing"])
    about = Subject(host, params.get("asked_in", parent_zone), parent_zone, expected, missing, None)
    return messages.words(about, _finding(statement)).message


def fields_from(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a `Report`. Earlier releases stored sentences and no `params`; they become LEGACY."""
    until = data["old_answers_until"]
    return {
        **{name: data[name] for name in _PLAIN},
        **{name: tuple(data[name]) for name in _NAMES},
        "verdict": Verdict(data["verdict"]),
        "reason": data.get("reason", ""),
        "params": _params(data),
        "asked": tuple(map(Asked.from_dict, data["asked"])),
        "delegations": {zone: tuple(names) for zone, names in data.get("delegations", {}).items()},
        "further": tuple(map(_finding, data["hints"])),
        "old_answers_until": datetime.fromisoformat(until) if until else None,
        "checked_at": datetime.fromisoformat(data["checked_at"]),
    }


def _finding(data: Mapping[str, Any]) -> Finding:
    return Finding(Verdict(data["verdict"]), data.get("reason", ""), _params(data))


def _params(data: Mapping[str, Any]) -> Mapping[str, Any]:
    if "params" in data:
        return dict(data["params"])
    return {LEGACY: {"message": data["message"], "next_step": data.get("next_step", "")}}
