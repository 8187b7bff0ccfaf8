"""The health of our own resolvers, by the reports of checks. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from webapp.dns.delegation import DelegationReport
from webapp.health.status import Fails, Works
from webapp.models import Message


def health_of(reports: Sequence[DelegationReport | None]) -> Works | Fails | None:
    """None when no check of the batch asked a resolver. An answer in one check shows that the resolvers work."""
    silent = [report for report in reports if report and _silent(report)]
    if any(_heard(report) for report in reports if report and report not in silent):
        return Works()
    if not silent:
        return None
    resolvers = sorted({asked.address for asked in silent[0].asked if asked.role == "resolver"})
    return Fails(Message("resolver.unheard", {"resolvers": resolvers, "outcomes": _outcomes(silent[0])}))


def _silent(report: DelegationReport) -> bool:
    return report.who_acts == "we" and report.reason == "resolver-silent"


def _heard(report: DelegationReport) -> bool:
    silence = {"TIMEOUT", "UNREACHABLE", "NOT_ASKED"}
    return any(asked.role == "resolver" and asked.outcome not in silence for asked in report.asked)


def _outcomes(report: DelegationReport) -> list[str]:
    return sorted({asked.outcome for asked in report.asked if asked.role == "resolver"})
