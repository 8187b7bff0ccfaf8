"""Checks that met a fault of ours: recorded as what could not be asked, and shown to staff until one goes well.

Left alone, such a check would be taken again as soon as its lease is over, every minute for ever, and never tell
anybody anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from webapp.dns.delegation import OUR_FAULT, DelegationReport, Expectation, Finding, Verdict
from webapp.models import Message
from webapp.zones import findings
from webapp.zones.findings import FindingKind


def report_of(expectation: Expectation, now: datetime) -> DelegationReport:
    """Changes no state. The next check comes when it does after any that could not be asked, later every time."""
    fault = Finding(Verdict.PARENT_UNREACHABLE, OUR_FAULT)
    return DelegationReport(
        verdict=fault.verdict,
        host=expectation.host,
        parent_zone=None,
        relative_name=None,
        expected=expectation.name_servers,
        found=(),
        missing=expectation.name_servers,
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


def met(report: DelegationReport) -> bool:
    return report.reason == OUR_FAULT


def note(done: Sequence[tuple[int, DelegationReport]], now: datetime) -> None:
    """A finding for each of these checks that met a fault, and an end to those of the others. By domain ids."""
    faulty = {domain_id: report.host for domain_id, report in done if met(report)}
    for domain_id, host in faulty.items():
        told = Message("finding.check-fault", {"name": host})
        findings.report(FindingKind.CHECK_FAULT, told, now, domain_id=domain_id)
    findings.resolve_domains(FindingKind.CHECK_FAULT, {domain_id for domain_id, _ in done} - set(faulty), now)
