"""Checks as JSON values."""

from __future__ import annotations

from typing import Any

from webapp.checks import queries as check_queries
from webapp.dns.judgement.report import Report
from webapp.domains.listing import iso
from webapp.models import Check, LLMClientCustomDomain
from webapp.reports.rows import began, ended, report_of


def check_document(check: Check) -> dict[str, Any]:
    return {
        "id": check.id,
        "status": check.status.value,
        "origin": check.origin.value,
        "created_at": iso(check.created_at),
        "started_at": iso(began(check)),
        "finished_at": iso(ended(check)),
        "verdict": check.verdict,
    }


def latest_report(domain: LLMClientCustomDomain) -> Report | None:
    return report_of(check_queries.latest_check(domain))
