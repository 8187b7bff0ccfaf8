"""A domain as a document: the one serialiser, for commands and exports alike."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from webapp.dns import names
from webapp.domains.suspension_notice import suspension_document
from webapp.extensions import settings
from webapp.models import LLMClientCustomDomain


def domain_document(domain: LLMClientCustomDomain) -> dict[str, Any]:
    """The domain as JSON values. Scripts rely on the keys: keys may be added, and never renamed or removed."""
    return {
        "domain_name": domain.domain_name,
        "shown": names.HostName(domain.domain_name).shown,
        "account": domain.account.number,
        "llm_client": domain.llm_client.label if domain.llm_client else None,
        "state": domain.state.value,
        "is_verified": domain.is_verified,
        "verdict": domain.verdict,
        "aws_hosted_zone_id": domain.aws_hosted_zone_id,
        "created_at": iso(domain.created_at),
        "state_changed_at": iso(domain.state_changed_at),
        "verified_at": iso(domain.verified_at),
        "last_checked_at": iso(domain.last_checked_at),
        "next_check_at": iso(domain.next_check_at),
        "grace_until": iso(domain.grace_until),
        "hold": suspension_document(domain, settings()),
    }


def iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
