"""The records that a customer has to add, and where: what a check expects, in the order in which people type."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.dns import names
from webapp.dns.delegation import Mark, as_typed
from webapp.dns.judgement.report import Report
from webapp.models import HostedZone, LLMClientCustomDomain, ZoneState
from webapp.proofs.delegation.expectation import expectation_of


@dataclass(frozen=True)
class Value:
    value: str
    mark: Mark | None


@dataclass(frozen=True)
class Group:
    """The records of one name and type, as e-mails list them."""

    relative_name: str
    name: str
    type: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Line:
    """One name server. `mark`: whether the last check found it; None before the first check of this set."""

    name_server: str
    mark: Mark | None


@dataclass(frozen=True)
class Instructions:
    """The record set to add. `relative_name` is what most DNS providers expect in their field for the name.
    `to_edit`: the unexpected values that were meant to be one of ours.
    """

    host: str
    parent_zone: str
    relative_name: str
    lines: tuple[Line, ...]
    to_edit: tuple[str, ...] = ()
    type: str = "NS"

    @property
    def name_servers(self) -> tuple[str, ...]:
        return tuple(line.name_server for line in self.lines if line.mark != "unexpected")

    @property
    def unexpected(self) -> tuple[str, ...]:
        return tuple(as_typed(line.name_server) for line in self.lines if line.mark == "unexpected")

    @property
    def to_remove(self) -> tuple[str, ...]:
        return tuple(name for name in self.unexpected if name not in self.to_edit)

    @property
    def count(self) -> int:
        return len(self.name_servers)

    @property
    def groups(self) -> tuple[Group, ...]:
        values = (Value(line.name_server, line.mark) for line in self.lines if line.mark != "unexpected")
        return (Group(self.relative_name, self.host, self.type, tuple(values)),)

    @property
    def found_count(self) -> int:
        return sum(line.mark == "found" for line in self.lines)


def instructions(
    domain: LLMClientCustomDomain, zone: HostedZone | None, report: Report | None
) -> Instructions | None:
    """The records to add. None before the zone is ready: its name servers may still change and must not be typed."""
    if zone is None or zone.state is not ZoneState.READY:
        return None
    parent = parent_zone(domain, zone, report)
    expected = expectation_of(domain).name_servers
    known = report if report is not None and set(report.expected) == set(expected) else None
    return Instructions(
        host=domain.domain_name,
        parent_zone=parent,
        relative_name=names.relative(domain.domain_name, parent),
        lines=_marked(expected, known),
        to_edit=tuple(as_typed(seen) for seen, _ in known.mistyped) if known is not None else (),
    )


def parent_zone(domain: LLMClientCustomDomain, zone: HostedZone | None, report: Report | None) -> str:
    """The zone that takes the records: from the last check, else from the baseline, else a guess."""
    known = (report.parent_zone if report else None) or (
        zone.baseline.get("parent_zone") if zone and zone.baseline else None
    )
    above = domain.domain_name.partition(".")[2]
    parent = known or (
        domain.registrable_domain if domain.registrable_domain != domain.domain_name else above
    )
    return parent if names.at_or_below(domain.domain_name, parent) else above


def _marked(expected: tuple[str, ...], report: Report | None) -> tuple[Line, ...]:
    if report is None:
        return tuple(Line(name_server, None) for name_server in expected)
    return tuple(Line(name_server, mark) for name_server, mark in report.marks)
