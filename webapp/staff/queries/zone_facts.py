"""The findings of reconciliation about the zones at AWS, for staff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.health.probes import route53_is_used
from webapp.health.status import Component, statuses
from webapp.messages.catalogue import sentence
from webapp.models import Finding, Reconciliation
from webapp.zones import findings
from webapp.zones.reconcile import run


@dataclass(frozen=True)
class ZoneFacts:
    """`used`: whether there may be zones of ours at AWS. `findings` wait for staff. `repaired` ones were repaired by
    reconciliation in the last week.
    """

    used: bool
    last_run: Reconciliation | None
    quota_trouble: str | None
    findings: Sequence[Finding]
    repaired: Sequence[Finding]


def zone_facts(now: datetime) -> ZoneFacts:
    quota = next((row for row in statuses() if row.component == Component.ZONE_QUOTA), None)
    return ZoneFacts(
        used=route53_is_used(),
        last_run=run.last_run(),
        quota_trouble=sentence(quota.problem) if quota and quota.problem else None,
        findings=findings.waiting(),
        repaired=findings.repaired_since(now - timedelta(days=7)),
    )
