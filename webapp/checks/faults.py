"""Faults of ours that checks meet: a check that broke off, and resolvers of ours that stay silent.

A check that broke off is recorded as “could not ask”, and shown to staff until a check succeeds. Unrecorded, it
would be taken again whenever its lease is over, every minute for ever, and nobody would learn of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from webapp.dns.delegation import OUR_FAULT
from webapp.dns.judgement.report import Report
from webapp.health.status import Fails, Works
from webapp.models import Message
from webapp.zones import findings
from webapp.zones.findings import FindingKind


def is_fault(report: Report) -> bool:
    return report.reason == OUR_FAULT


def note(done: Sequence[tuple[int, Report]], now: datetime) -> None:
    """Open a finding for each check that ended with a fault, and resolve those of the others.

    `done`: the id of the domain and the report of its check.
    """
    faulty = {domain_id: report.host for domain_id, report in done if is_fault(report)}
    for domain_id, host in faulty.items():
        told = Message("finding.check-fault", {"name": host})
        findings.report(FindingKind.CHECK_FAULT, told, now, domain_id=domain_id)
    findings.resolve_domains(
        [FindingKind.CHECK_FAULT], {domain_id for domain_id, _ in done} - set(faulty), now
    )


def resolver_health(reports: Sequence[Report | None]) -> Works | Fails | None:
    """None when no check of the batch asked a resolver. An answer in one check shows that the resolvers work."""
    silent = [report for report in reports if report and _silent(report)]
    if any(_heard(report) for report in reports if report and report not in silent):
        return Works()
    if not silent:
        return None
    resolvers = sorted({asked.address for asked in silent[0].asked if asked.role == "resolver"})
    return Fails(Message("resolver.unheard", {"resolvers": resolvers, "outcomes": _outcomes(silent[0])}))


def _silent(report: Report) -> bool:
    return report.who_acts == "we" and report.reason == "resolver-silent"


def _heard(report: Report) -> bool:
    silence = {"TIMEOUT", "UNREACHABLE", "NOT_ASKED"}
    return any(asked.role == "resolver" and asked.outcome not in silence for asked in report.asked)


def _outcomes(report: Report) -> list[str]:
    return sorted({asked.outcome for asked in report.asked if asked.role == "resolver"})
