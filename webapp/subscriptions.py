"""Who wants to know of a domain's transitions and events. Every subscriber works in the same transaction.

The models, which know no other room, get here what a row that is saved has to be asked, and how a report is read.
"""

from __future__ import annotations

from webapp.audit.log import event_recorded
from webapp.certificates import lifecycle as certificates
from webapp.checks import refused_proof
from webapp.checks import request as checks
from webapp.dns.names import RefusalCode
from webapp.domains import registration
from webapp.domains.lifecycle import domain_transitioned
from webapp.extensions import settings
from webapp.handover import lifecycle as handover
from webapp.models import Check, LLMClientCustomDomain, ValidationError
from webapp.models.custom_domain_indexes import VERIFIED_ELSEWHERE
from webapp.moves import contest
from webapp.notifications.rules import event_rules, transition_rules
from webapp.probes import lifecycle as probes
from webapp.proofs import intent as proofs
from webapp.reports import rows as reports
from webapp.staff import lookalikes
from webapp.transfers import lifecycle as transfers
from webapp.webhooks import outbox
from webapp.zones import records

OF_TRANSITIONS = (
    proofs.on_transition,
    certificates.on_transition,
    records.on_transition,
    checks.on_transition,
    refused_proof.on_transition,
    contest.on_transition,
    lookalikes.on_transition,
    transition_rules.on_transition,
    probes.on_transition,
    handover.on_transition,
    transfers.on_transition,
)


def init_subscriptions() -> None:
    """Connect all of them; connecting one twice changes nothing."""
    for subscriber in OF_TRANSITIONS:
        domain_transitioned.connect(subscriber)
    event_recorded.connect(certificates.on_event)
    event_recorded.connect(event_rules.on_event)
    event_recorded.connect(probes.on_event)
    event_recorded.connect(outbox.on_event)
    LLMClientCustomDomain.refusal = _refusal_to_save
    Check.reader = reports.read


def _refusal_to_save(domain: LLMClientCustomDomain) -> ValidationError | None:
    refusal = registration.refusal_to_save(domain, settings())
    if refusal is None:
        return None
    code = VERIFIED_ELSEWHERE if refusal.code is RefusalCode.NAME_IN_USE else ""
    return ValidationError("domain_name", refusal.sentence, code)
