"""What else happens in the transaction in which a domain changes its state; one line a concern."""

from __future__ import annotations

from datetime import datetime

from webapp.domains import certificates, notices, quarantine, records
from webapp.models import DomainState, LLMClientCustomDomain


def follow(domain: LLMClientCustomDomain, before: DomainState, now: datetime) -> None:
    """`domain` was in `before` and is now in `domain.state`. Only `services.change_state` calls this."""
    notices.follow(domain, before, now)
    if domain.state is DomainState.REMOVING:
        quarantine.enter(domain, now)
    certificates.follow(domain, now)
    records.plan(domain, now)
