"""The records that prove a name in the customer's own zone and lead it to us, each with its mark."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from webapp.dns import names
from webapp.dns.delegation import Mark
from webapp.dns.judgement.report import Report
from webapp.dns.providers import OwnRecord
from webapp.dns.records_method import RecordsExpectation
from webapp.domain_page.records.instructions import Group, Value
from webapp.models import LLMClientCustomDomain


class Part(StrEnum):
    """What a record is for, in the order in which people type."""

    #: The token: with it the name is reserved.
    RESERVE = "reserve"
    #: What leads the name to us.
    SWITCH = "switch"
    #: What the certificate authority asks for.
    CERTIFICATE = "certificate"


@dataclass(frozen=True)
class RecordLine:
    """One record. `mark`: whether the last check found it; None before the first check of these records."""

    part: Part
    name: str
    relative_name: str
    type: str
    value: str
    mark: Mark | None

    @property
    def typed(self) -> OwnRecord:
        return OwnRecord(self.relative_name, self.type, self.value)

    @property
    def told(self) -> str:
        return f"{self.name} {self.type} {self.value}"


@dataclass(frozen=True)
class RecordsToType:
    """`target`: where an ALIAS record leads in the place of the addresses, at an apex. `there`: what answers at the
    name, or stands in the place of the token; each “type value” with the name before it. `to_edit` and `to_remove`:
    those of them that the steps change and delete; the others can stay. `served`: the name led to us before, so that
    all of the records have to be there now.
    """

    host: str
    parent_zone: str
    relative_name: str
    lines: tuple[RecordLine, ...]
    apex: bool
    target: str
    there: tuple[RecordLine, ...] = ()
    served: bool = False
    to_edit: tuple[str, ...] = ()
    to_remove: tuple[str, ...] = ()

    def of(self, part: Part) -> tuple[RecordLine, ...]:
        return tuple(line for line in self.lines if line.part is part)

    def in_place(self, part: Part) -> bool:
        lines = self.of(part)
        return bool(lines) and all(line.mark == "found" for line in lines)

    def gives_way(self, part: Part) -> tuple[RecordLine, ...]:
        return tuple(line for line in self.there if line.part is part)

    @property
    def count(self) -> int:
        return len(self.lines)

    @property
    def found_count(self) -> int:
        return sum(line.mark == "found" for line in self.lines)

    @property
    def unexpected(self) -> tuple[str, ...]:
        return tuple(line.told for line in self.there)

    @property
    def groups(self) -> tuple[Group, ...]:
        found: dict[tuple[str, str], Group] = {}
        for line in self.lines:
            group = found.setdefault(
                (line.name, line.type), Group(line.relative_name, line.name, line.type, ())
            )
            values = (*group.values, Value(line.value, line.mark))
            found[line.name, line.type] = Group(group.relative_name, group.name, group.type, values)
        return tuple(found.values())


def to_type(
    domain: LLMClientCustomDomain, expectation: RecordsExpectation, report: Report | None
) -> RecordsToType:
    """What a check expects, with the marks of the last check of the same records."""
    known = report if report is not None and _is_of(report, expectation) else None
    zone = _zone(domain, known)
    apex = expectation.apex or zone == expectation.host
    if known is not None:
        apex = not any(record.startswith(f"{expectation.host} CNAME ") for record in known.expected)
    marks = dict(known.marks) if known is not None else {}
    validation = expectation.validation.name if expectation.validation else None
    lines = tuple(
        _line(record, zone, expectation, validation, marks.get(record))
        for record in expectation.records(apex=apex)
    )
    there = known.unexpected if known is not None else ()
    return RecordsToType(
        host=expectation.host,
        parent_zone=zone,
        relative_name=names.relative(expectation.host, zone),
        lines=lines,
        apex=apex,
        target=expectation.target,
        there=tuple(_line(record, zone, expectation, validation, "unexpected") for record in there),
        served=expectation.served,
    )


def _is_of(report: Report, expectation: RecordsExpectation) -> bool:
    """Whether the report is of this token. One of an earlier one says nothing of the records to type now."""
    return expectation.records(apex=False)[0] in report.expected


def _zone(domain: LLMClientCustomDomain, report: Report | None) -> str:
    """The zone that takes the records: from the last check, else a guess."""
    known = report.parent_zone if report is not None else None
    zone = known or domain.registrable_domain or domain.domain_name
    return zone if names.at_or_below(domain.domain_name, zone) else domain.domain_name


def _line(
    record: str, zone: str, expectation: RecordsExpectation, validation: str | None, mark: Mark | None
) -> RecordLine:
    name, rdtype, value = record.split(" ", 2)
    part = {expectation.label_name: Part.RESERVE, validation: Part.CERTIFICATE}.get(name, Part.SWITCH)
    relative = names.relative(name, zone) if names.at_or_below(name, zone) else name
    return RecordLine(part, name, relative, rdtype, value, mark)
