"""The intent for a new hosted zone."""

from __future__ import annotations

import secrets
from datetime import datetime

from webapp.domains import queries
from webapp.extensions import db
from webapp.models import (
    HostedZone,
    LLMClientCustomDomain,
)


def want_zone(domain: LLMClientCustomDomain, now: datetime) -> HostedZone:
    """The intent for a new zone. Its CallerReference is random, so that a database that starts anew beside an
    old AWS account can never adopt a zone of its predecessor.
    """
    former = queries.current_zone(domain)
    zone = HostedZone(
        custom_domain_id=domain.id,
        domain_name=domain.domain_name,
        generation=former.generation + 1 if former else 1,
        caller_reference=f"nameplate-{domain.id}-{secrets.token_hex(12)}",
        next_attempt_at=now,
    )
    db.session.add(zone)
    db.session.flush()
    return zone
