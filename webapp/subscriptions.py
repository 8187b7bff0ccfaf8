"""Who wants to know of a domain's transitions. Every subscriber works in the transaction of the transition."""

from __future__ import annotations

from webapp.certificates import lifecycle as certificates
from webapp.checks import request as checks
from webapp.domains.lifecycle import domain_transitioned
from webapp.notifications import rules as notifications
from webapp.removal import deletion_queue
from webapp.zones import intent, records

SUBSCRIBERS = (
    intent.on_transition,
    deletion_queue.on_transition,
    certificates.on_transition,
    records.on_transition,
    checks.on_transition,
    notifications.on_transition,
)


def init_subscriptions() -> None:
    """Connect all of them; connecting one twice changes nothing."""
    for subscriber in SUBSCRIBERS:
        domain_transitioned.connect(subscriber)
