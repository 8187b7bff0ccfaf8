"""Checks that met a fault of ours: recorded as what could not be asked, and shown to staff until one goes well.

Left alone, such a check would be taken again as soon as its lease is over, every minute for ever, and never tell
anybody anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from webapp.dns.delegation import DelegationReport, Expectation, Verdict
from webapp.models import Message
from webapp.zones import findings
from webapp.zones.findings import FindingKind

_REASON = "our-fault"


def report_of(expectation: Expectation, now: datetime) -> DelegationReport:
    """Changes no state. The next check comes when it does after any that could not be asked, later every time."""
    host = expectation.host
    return DelegationReport(
        verdict=Verdict.PARENT_UNREACHABLE,
        host=host,
        parent_zone=None,
        relative_name=None,
        expected=expectation.name_servers,
        found=(),
        missing=expectation.name_servers,
        unexpected=(),
        asked=(),
        message=f"The problem is on our side: the check of {host} broke off, so we learnt nothing new, and your "
        "status is unchanged. Our staff see it.",
        next_step="Nothing is needed from you; we check again by ourselves.",
        who_acts="we",
        transient=True,
        hints=(),
        old_answers_until=None,
        checked_at=now,
        duration_ms=0,
        reason=_REASON,
    )


def met(report: DelegationReport) -> bool:
    return report.reason == _REASON


def note(done: Sequence[tuple[int, DelegationReport]], now: datetime) -> None:
    """A finding for each of these checks that met a fault, and an end to those of the others. By domain ids."""
    faulty = {domain_id: report.host for domain_id, report in done if met(report)}
    for domain_id, host in faulty.items():
        told = Message("finding.check-fault", {"name": host})
        findings.report(FindingKind.CHECK_FAULT, told, now, domain_id=domain_id)
    findings.resolve_domains(FindingKind.CHECK_FAULT, {domain_id for domain_id, _ in done} - set(faulty), now)
