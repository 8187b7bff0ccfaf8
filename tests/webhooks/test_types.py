"""Which event makes which message."""

from __future__ import annotations

import pytest

from webapp.models import ALLOWED_TRANSITIONS, DomainState, Event, EventKind, Message
from webapp.moves.evidence import MOVED_AWAY
from webapp.webhooks import types
from webapp.webhooks.types import CHOICES, DEFAULT, OF_TRANSITION, WebhookType

#: Events that make no message, on purpose: what they tell changes nothing of what a domain is or does, or another
#: event tells it as well.
SILENT = {
    EventKind.ZONE_READY, EventKind.ZONE_TROUBLE, EventKind.ZONE_UNDELEGATED, EventKind.ZONE_DELETED,
    EventKind.ZONE_DISCARDED, EventKind.ZONE_LOST, EventKind.ZONE_ADOPTED,
    EventKind.CHECK_REQUESTED, EventKind.ACKNOWLEDGED, EventKind.ATTACHED, EventKind.DETACHED,
    EventKind.CLAIM_LOST, EventKind.CLAIM_REFUSED, EventKind.CLAIM_CONTESTED, EventKind.CLAIM_MOVED,
    EventKind.CERTIFICATE_REQUESTED, EventKind.CERTIFICATE_TROUBLE, EventKind.CERTIFICATE_DELETED,
    EventKind.CERTIFICATE_RETRIED, EventKind.ROUTING_WRITTEN, EventKind.ROUTING_REMOVED,
    EventKind.RECORDS_TROUBLE, EventKind.GRACE_EXTENDED, EventKind.ALARM_BEGUN, EventKind.ALARM_ENDED,
    EventKind.METHOD_CHANGED, EventKind.HANDOVER_MADE, EventKind.HANDOVER_REVOKED,
    EventKind.TRANSFER_OFFERED, EventKind.TRANSFER_REFUSED, EventKind.TRANSFER_WITHDRAWN,
    EventKind.NAME_DENIED, EventKind.NAME_ALLOWED,
}  # fmt: skip
#: Of accounts, people and LLM clients, not of domains.
OTHERS = (
    "account.", "person.", "invitation.", "address.", "user.", "key.", "llm_client.", "webhook.", "import.",
)  # fmt: skip


def test_every_transition_has_exactly_one_type() -> None:
    allowed = {(before, after) for before, afters in ALLOWED_TRANSITIONS.items() for after in afters}
    assert set(OF_TRANSITION) == allowed


@pytest.mark.parametrize("kind", EventKind)
def test_every_event_of_a_domain_has_one_type_or_none_on_purpose(kind: EventKind) -> None:
    event = Event(
        kind=kind,
        message=Message("domain.verified"),
        evidence={"from": "pending", "to": "verified"} if kind is EventKind.STATE_CHANGED else {},
    )
    silent = kind in SILENT or kind.value.startswith(OTHERS)
    assert (types.of_event(event) is None) == silent


def test_a_name_that_another_account_took_is_told_apart() -> None:
    for before in (DomainState.VERIFIED, DomainState.FAILING):
        assert types.of_transition(before, DomainState.LAPSED, MOVED_AWAY) is WebhookType.MOVED
        assert types.of_transition(before, DomainState.LAPSED, "domain.lapsed") is WebhookType.LAPSED


def test_checks_are_told_to_those_alone_who_ask_for_them() -> None:
    assert set(CHOICES) - set(DEFAULT) == {WebhookType.CHECK_FINISHED}
    assert WebhookType.TEST not in CHOICES
    assert all(one.says for one in WebhookType)
