"""Who wants to know of what happens to a domain. Every subscriber works in the transaction of what happened."""

from __future__ import annotations

from datetime import datetime

from webapp.certificates import lifecycle as certificates
from webapp.certificates.record import certificate_troubled
from webapp.checks import request as checks
from webapp.domains.lifecycle import domain_transitioned
from webapp.models import LLMClientCustomDomain
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
    certificate_troubled.connect(_tell_of_certificate)


def _tell_of_certificate(domain: LLMClientCustomDomain, *, words: str, now: datetime) -> None:
    notifications.certificate_trouble(domain, words, now)
