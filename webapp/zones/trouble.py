"""What a step for a zone meets at AWS, and what of it staff must know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from webapp.aws.shared.errors import AwsError, NotOurs, UnexpectedDelegationSet
from webapp.jobs.leases import Trouble
from webapp.models import HostedZone
from webapp.zones import findings
from webapp.zones.findings import FindingKind

_FINDINGS: Mapping[type[AwsError], FindingKind] = {
    UnexpectedDelegationSet: FindingKind.DELEGATION_SET,
    NotOurs: FindingKind.UNMARKED,
}


@dataclass(frozen=True)
class ZoneTrouble(Trouble):
    """A step for one zone that AWS did not take. `finding`: staff must know of this zone."""

    finding: FindingKind | None = None

    @classmethod
    def of(cls, error: AwsError) -> Self:
        trouble, finding = super().of(error), _FINDINGS.get(type(error))
        return replace(trouble, finding=finding, parked=trouble.parked or finding is not None)


def tell_staff(zone: HostedZone, trouble: ZoneTrouble, now: datetime) -> None:
    """Report the trouble as a finding if it is one."""
    if trouble.finding is None:
        return
    findings.report(
        trouble.finding,
        trouble.message,
        now,
        aws_zone_id=zone.aws_hosted_zone_id,
        domain_id=zone.custom_domain_id,
    )
