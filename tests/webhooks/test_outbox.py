"""Messages are written with what they tell, in the words of the one document of a domain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete

from tests.factories import make_account, make_domain
from tests.webhooks.telling import NOW, added, deliveries, endpoint_of, messages, told
from webapp.api.schemas.domains.domains import DomainSummary
from webapp.audit.log import SYSTEM, note
from webapp.documents.domain import summary
from webapp.domains import lifecycle, registration, suspension
from webapp.domains.lifecycle import change_state
from webapp.extensions import db, settings
from webapp.jobs.together import together
from webapp.models import (
    ALLOWED_TRANSITIONS,
    DeliveryState,
    DomainState,
    EventKind,
    LLMClientCustomDomain,
    Message,
    WebhookEndpoint,
)
from webapp.webhooks import endpoints, outbox
from webapp.webhooks.payload import CHANGING, MOST_BYTES
from webapp.webhooks.types import OF_TRANSITION, WebhookType


def by_api(domain: LLMClientCustomDomain) -> dict[str, Any]:
    """As the API tells of the domain."""
    return DomainSummary.model_validate(summary(domain, settings())).model_dump(mode="json")


_TRANSITIONS = sorted((before, after) for before, afters in ALLOWED_TRANSITIONS.items() for after in afters)


@pytest.mark.parametrize(("before", "after"), _TRANSITIONS)
def test_every_transition_says_what_the_domains_document_says(
    domain: LLMClientCustomDomain, endpoint: WebhookEndpoint, before: DomainState, after: DomainState
) -> None:
    other = make_domain(domain.account, "other.acme.test", before)
    db.session.commit()
    change_state(other, after, NOW, SYSTEM, Message("domain.resumed"))
    db.session.commit()
    [body] = messages()
    document = by_api(other)
    assert body["type"] == OF_TRANSITION[before, after].value
    data = body["data"]
    assert {key: data[key] for key in ("id", "domain_name", "account", "state")} == {
        key: document[key] for key in ("id", "domain_name", "account", "state")
    }
    assert data["after"] == {key: document[key] for key in CHANGING}
    assert data["before"]["state"] == before.value
    assert data["before"].get("is_verified", data["after"]["is_verified"]) == before.is_verified
    assert data["event"]["code"] == "domain.resumed"
    assert data["event"]["sentence"]
    [delivery] = deliveries()
    assert delivery.state is DeliveryState.WAITING
    assert data["sequence"] == delivery.message_id


def test_registration_is_told(domain: LLMClientCustomDomain, endpoint: WebhookEndpoint) -> None:
    found = registration.register(domain.account, "new.acme.test", settings=settings(), actor=SYSTEM, now=NOW)
    assert isinstance(found, registration.Registered)
    db.session.commit()
    [body] = messages()
    assert body["type"] == "domain.registered"
    assert body["data"]["domain_name"] == "new.acme.test"
    assert body["data"]["id"] == found.domain.id
    assert body["data"]["before"] == dict.fromkeys(CHANGING)


def test_suspension_and_release_say_since_when_and_why(
    domain: LLMClientCustomDomain, endpoint: WebhookEndpoint
) -> None:
    change_state(domain, DomainState.VERIFIED, NOW, SYSTEM, Message("domain.resumed"))
    db.session.commit()
    suspension.suspend(domain, actor=SYSTEM, reason="Abuse", now=NOW)
    db.session.commit()
    body = messages()[-1]
    assert body["type"] == "domain.suspended"
    assert body["data"]["before"] == {"is_verified": True, "suspension": None}
    assert body["data"]["after"]["suspension"] == by_api(domain)["suspension"]
    assert body["data"]["after"]["is_verified"] is False
    suspension.release(domain, actor=SYSTEM, reason="Solved", now=NOW)
    db.session.commit()
    body = messages()[-1]
    assert body["type"] == "domain.released"
    assert body["data"]["before"]["suspension"] == {"since": "2026-11-27T12:00:00Z", "reason": "Abuse"}
    assert body["data"]["before"]["is_verified"] is False
    assert body["data"]["after"]["is_verified"] is True
    assert body["data"]["event"]["reason"] == "Solved"


def test_a_finished_check_tells_the_new_verdict_and_only_to_who_asks(
    domain: LLMClientCustomDomain, endpoint: WebhookEndpoint
) -> None:
    curious = endpoint_of(domain.account, kinds=[WebhookType.CHECK_FINISHED])
    domain.verdict = "NOT_DELEGATED"
    note(
        domain,
        EventKind.VERDICT_CHANGED,
        Message("check.requested"),
        evidence={"verdict": "MISPLACED"},
    )
    db.session.commit()
    [body] = messages()
    assert body["type"] == "check.finished"
    assert body["data"]["before"] == {"verdict": "NOT_DELEGATED"}
    assert body["data"]["after"]["verdict"] == "MISPLACED"
    assert [one.endpoint_id for one in deliveries()] == [curious.id]


def test_who_hears_of_what(domain: LLMClientCustomDomain) -> None:
    rival = make_account("Rival")
    mine, theirs = endpoint_of(domain.account), endpoint_of(rival)
    platform = endpoint_of(None)
    removed = endpoint_of(domain.account, kinds=[WebhookType.REMOVED])
    off = endpoint_of(domain.account)
    endpoints.switch_off(off, actor=SYSTEM, now=NOW)
    db.session.commit()
    lifecycle.remove(domain, actor=SYSTEM, now=NOW)
    db.session.commit()
    assert told() == ["domain.removing"]
    assert sorted(one.endpoint_id for one in deliveries()) == sorted([mine.id, platform.id])
    assert not deliveries(theirs)
    assert not deliveries(removed)


def test_nothing_is_written_where_nobody_listens(domain: LLMClientCustomDomain) -> None:
    lifecycle.remove(domain, actor=SYSTEM, now=NOW)
    db.session.commit()
    assert messages() == []


def test_nothing_is_told_of_what_is_not_committed(
    domain: LLMClientCustomDomain, endpoint: WebhookEndpoint
) -> None:
    lifecycle.remove(domain, actor=SYSTEM, now=NOW)
    db.session.rollback()
    assert (messages(), list(deliveries())) == ([], [])
    savepoint = db.session.begin_nested()
    change_state(domain, DomainState.VERIFIED, NOW, SYSTEM, Message("domain.resumed"))
    savepoint.rollback()
    db.session.commit()
    assert messages() == []


def test_nothing_is_told_without_a_change(domain: LLMClientCustomDomain, endpoint: WebhookEndpoint) -> None:
    change_state(domain, domain.state, NOW, SYSTEM, Message("domain.resumed"))
    db.session.commit()
    assert messages() == []


def test_many_changes_at_once_are_written_together(
    domain: LLMClientCustomDomain, endpoint: WebhookEndpoint
) -> None:
    others = [make_domain(domain.account, f"n{number}.acme.test") for number in range(4)]
    db.session.commit()
    for one in others:
        assert one.account.number
    with together():
        for one in others:
            change_state(one, DomainState.VERIFIED, NOW, SYSTEM, Message("domain.resumed"))
        assert not db.session.new.intersection(deliveries())
    db.session.commit()
    bodies = messages()
    assert [one["data"]["domain_name"] for one in bodies] == [one.domain_name for one in others]
    assert [one["data"]["sequence"] for one in bodies] == sorted(one["data"]["sequence"] for one in bodies)
    assert len(deliveries(endpoint)) == 4


def test_a_body_is_small_whatever_a_check_saw(
    domain: LLMClientCustomDomain, endpoint: WebhookEndpoint
) -> None:
    said = Message("domain.resumed", {"much": "ü" * 30_000})
    change_state(domain, DomainState.VERIFIED, NOW, SYSTEM, said)
    db.session.commit()
    [delivery] = deliveries()
    assert len(delivery.message.body.encode()) < MOST_BYTES
    assert messages()[0]["data"]["event"]["params"] is None


def test_a_test_goes_to_one_endpoint_whatever_it_hears_of(domain: LLMClientCustomDomain) -> None:
    endpoint, _ = added(domain.account, kinds=[WebhookType.REMOVED])
    endpoint_of(domain.account)
    delivery_id = outbox.write_test(endpoint, NOW)
    db.session.commit()
    [delivery] = deliveries()
    assert (delivery.id, delivery.endpoint_id) == (delivery_id, endpoint.id)
    assert told() == ["webhook.test"]
    assert messages()[0]["timestamp"] == "2026-11-27T12:00:00Z"


@pytest.mark.parametrize(
    "act",
    [
        lambda domain: note(domain, EventKind.ATTACHED, Message("check.requested")),
        lambda domain: note(domain, EventKind.GRACE_EXTENDED, Message("check.requested")),
    ],
)
def test_other_events_make_no_message(
    domain: LLMClientCustomDomain, endpoint: WebhookEndpoint, act: Callable[[LLMClientCustomDomain], object]
) -> None:
    act(domain)
    db.session.commit()
    assert messages() == []


def test_an_endpoint_that_is_deleted_meanwhile_ends_no_change_of_a_domain(
    domain: LLMClientCustomDomain, endpoint: WebhookEndpoint
) -> None:
    """It is deleted after the change has read who listens, and before it writes the messages."""
    other = endpoint_of(domain.account)
    with together():
        note(domain, EventKind.REGISTERED, Message("domain.registered", {"name": "x"}), SYSTEM)
        db.session.execute(delete(WebhookEndpoint).where(WebhookEndpoint.id == endpoint.id))
    db.session.commit()
    assert [one.endpoint_id for one in deliveries()] == [other.id]
