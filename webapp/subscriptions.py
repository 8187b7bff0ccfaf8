"""Who wants to know of a domain's transitions and events. Every subscriber works in the same transaction."""

from __future__ import annotations

from webapp.audit.log import event_recorded
from webapp.certificates import lifecycle as certificates
from webapp.checks import request as checks
from webapp.domains.lifecycle import domain_transitioned
from webapp.notifications import event_rules
from webapp.notifications import rules as notifications
from webapp.removal import deletion_queue
from webapp.zones import intent, records

OF_TRANSITIONS = (
    intent.on_transition,
    deletion_queue.on_transition,
    certificates.on_transition,
    records.on_transition,
    checks.on_transition,
    notifications.on_transition,
)


def init_subscriptions() -> None:
    """Connect all of them; connecting one twice changes nothing."""
    for subscriber in OF_TRANSITIONS:
        domain_transitioned.connect(subscriber)
    event_recorded.connect(event_rules.on_event)
