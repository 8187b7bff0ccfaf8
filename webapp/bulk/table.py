"""The list of an account's domains as CSV, in columns that an import reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from webapp.audit.history import csv_text
from webapp.domains import listing
from webapp.domains.listing import Show
from webapp.domains.listing.orders import ends_at
from webapp.domains.rules.standing import told_situation
from webapp.models import Account, LLMClientCustomDomain

COLUMNS = (
    "id",
    "domain_name",
    "llm_client",
    "method",
    "state",
    "headline",
    "is_verified",
    "aws_hosted_zone_id",
    "certificate_ends",
    "ends",
    "last_checked",
    "created",
)


def as_csv(account: Account, text: str, show: Show) -> Iterator[str]:
    """Newest first, read while it is written. Times are in UTC."""
    return csv_text(COLUMNS, (_row(one) for some in listing.all_listed(account, text, show) for one in some))


def _row(domain: LLMClientCustomDomain) -> Sequence[str | None]:
    zone = domain.zones[0] if domain.zones else None
    certificate = domain.certificates[0] if domain.certificates else None
    return (
        str(domain.id),
        domain.domain_name,
        domain.llm_client.label if domain.llm_client else None,
        domain.method.value,
        domain.state.value,
        told_situation(domain, zone, certificate).words,
        str(domain.is_verified),
        domain.aws_hosted_zone_id,
        _time(listing.certificate_ends_at(domain)),
        _time(ends_at(domain)),
        _time(domain.last_checked_at),
        _time(domain.created_at),
    )


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
