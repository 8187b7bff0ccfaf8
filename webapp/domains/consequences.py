"""What else happens in the transaction in which a domain changes its state; one line a concern."""

from __future__ import annotations

from datetime import datetime

from webapp.certificates import lifecycle
from webapp.models import DomainState, LLMClientCustomDomain
from webapp.notifications import rules
from webapp.removal import deletion_queue
from webapp.zones import records


def follow(domain: LLMClientCustomDomain, before: DomainState, now: datetime) -> None:
    """`domain` was in `before` and is now in `domain.state`. Only `services.change_state` calls this."""
    rules.follow(domain, before, now)
    if domain.state is DomainState.REMOVING:
        deletion_queue.enter(domain, now)
    lifecycle.follow(domain, now)
    records.plan(domain, now)
