"""Rows as answers of the API."""

from __future__ import annotations

from typing import Any

from webapp.api.schemas.domains.checks import Check as CheckTold
from webapp.api.schemas.domains.checks import CheckWhole
from webapp.api.schemas.domains.domains import Domain, DomainSummary
from webapp.checks.watch import board
from webapp.documents import domain as documents
from webapp.documents.checks import check_document
from webapp.domain_page.reading import domain_page
from webapp.extensions import settings
from webapp.models import Check, CheckStatus, LLMClientCustomDomain, utcnow
from webapp.reports.rows import report_of


def domain_answer(domain: LLMClientCustomDomain) -> Domain:
    return Domain.model_validate(documents.told(domain_page(domain, settings(), utcnow()), settings()))


def domain_summary(domain: LLMClientCustomDomain) -> DomainSummary:
    return DomainSummary.model_validate(documents.summary(domain, settings()))


def check_answer(check: Check) -> CheckTold:
    return CheckTold.model_validate({**check_document(check), "domain_id": check.custom_domain_id})


def check_whole(check: Check) -> CheckWhole:
    report = report_of(check)
    told = {"domain_id": check.custom_domain_id, "report": report.to_dict() if report else None}
    told["progress"] = _progress(check)
    return CheckWhole.model_validate({**check_document(check), **told})


def _progress(check: Check) -> dict[str, Any] | None:
    progress = board.read(check.id) if check.status is CheckStatus.RUNNING else None
    if progress is None:
        return None
    return {
        "at": progress.at,
        "servers": [{**vars(line), "outcome": line.outcome or None} for line in progress.lines],
    }
