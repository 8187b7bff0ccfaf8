"""The methods of proof as far as DNS goes: how each is asked and judged, and how its reports are read back and told.

What belongs to a claim in the database is in `webapp.proofs`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.dns import delegation, records_method
from webapp.dns.answers import Outcome
from webapp.dns.batch_cache import BatchCache
from webapp.dns.delegation import OUR_FAULT, Asked, DelegationReport, Expectation, Finding, Observer
from webapp.dns.judgement import report_data
from webapp.dns.judgement.report import Report
from webapp.dns.judgement.verdict import Verdict
from webapp.dns.records_method import RecordsExpectation, RecordsReport
from webapp.dns.records_method.lookup.texts import text_of
from webapp.dns.resolver import Dns

AnyExpectation = Expectation | RecordsExpectation


@dataclass(frozen=True)
class Compared:
    """The expected values that one question was for, and those of them that its answer shows."""

    wanted: frozenset[str]
    found: frozenset[str]


@dataclass(frozen=True)
class DnsMethod:
    """One method. `expected`: the expected values, as its reports list them. `compare`: those of them that a
    question was for, and that its answer shows; None where it was for none.
    """

    id: str
    expectation: type[Any]
    report: type[Report]
    verify: Callable[[Any, Dns, datetime, BatchCache | None, Observer | None], Awaitable[Report]]
    message_of: Callable[[Mapping[str, Any]], str]
    expected: Callable[[Any], tuple[str, ...]]
    compare: Callable[[Any, Asked], Compared | None]


def _name_servers(expectation: Expectation) -> tuple[str, ...]:
    return expectation.name_servers


def _compare_name_servers(expectation: Expectation, asked: Asked) -> Compared | None:
    if asked.question != f"{expectation.host} NS":
        return None
    wanted = frozenset(expectation.name_servers)
    return Compared(wanted, wanted.intersection(asked.name_servers))


def _records(expectation: RecordsExpectation) -> tuple[str, ...]:
    return expectation.records(apex=expectation.apex)


def _compare_records(expectation: RecordsExpectation, asked: Asked) -> Compared | None:
    """Not an ALIAS record: where that leads is told by more than one answer."""
    name, _, rdtype = asked.question.rpartition(" ")
    types = {rdtype, "CNAME"} if rdtype in {"A", "AAAA"} else {rdtype}
    here = tuple(f"{name} {one} " for one in types)
    wanted = frozenset(one for one in _records(expectation) if one.startswith(here))
    records = (
        value if value.startswith("CNAME ") else f"{rdtype} {text_of(value)}" for value in asked.values
    )
    return Compared(wanted, wanted.intersection(f"{name} {one}" for one in records)) if wanted else None


DELEGATION = DnsMethod(
    DelegationReport.method,
    Expectation,
    DelegationReport,
    delegation.verify,
    report_data.message_of,
    _name_servers,
    _compare_name_servers,
)
RECORDS = DnsMethod(
    RecordsReport.method,
    RecordsExpectation,
    RecordsReport,
    records_method.verify,
    records_method.message_of,
    _records,
    _compare_records,
)
ALL = (DELEGATION, RECORDS)
_BY_ID = {one.id: one for one in ALL}


def _of(expectation: AnyExpectation) -> DnsMethod:
    return next(one for one in ALL if isinstance(expectation, one.expectation))


def _told_by(data: Mapping[str, Any]) -> DnsMethod:
    """What earlier releases stored names no method: there was one."""
    return _BY_ID[data.get("method", DELEGATION.id)]


async def verify(
    expectation: AnyExpectation,
    dns: Dns,
    now: datetime,
    cache: BatchCache | None = None,
    observer: Observer | None = None,
) -> Report:
    """One check, from the questions to the report. Checks of one batch share `cache`."""
    return await _of(expectation).verify(expectation, dns, now, cache, observer)


def compare(expectation: AnyExpectation, asked: Asked) -> Compared | None:
    """What an answer tells of the expected values; None where it is no answer about any."""
    answered = Outcome(asked.outcome).answered
    return _of(expectation).compare(expectation, asked) if answered else None


def read(data: Mapping[str, Any]) -> Report:
    """The report whose `to_data` was stored. Raises KeyError, TypeError and ValueError for what is none."""
    return _told_by(data).report.from_dict(data)


def message_of(statement: Mapping[str, Any]) -> str:
    """The message of the report whose `to_statement` was kept."""
    return _told_by(statement).message_of(statement)


def broken_off(expectation: AnyExpectation, now: datetime) -> Report:
    """The report of a check that ended with a fault of ours: nothing could be asked."""
    fault, method = Finding(Verdict.PARENT_UNREACHABLE, OUR_FAULT), _of(expectation)
    expected = method.expected(expectation)
    return method.report(
        verdict=fault.verdict,
        host=expectation.host,
        parent_zone=None,
        relative_name=None,
        expected=expected,
        found=(),
        missing=expected,
        unexpected=(),
        asked=(),
        who_acts=fault.who_acts,
        transient=fault.transient,
        further=(),
        old_answers_until=None,
        checked_at=now,
        duration_ms=0,
        reason=fault.reason,
    )
