"""What people and keys do with endpoints."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.webhooks.telling import NOW, added, deliveries, endpoint_of
from webapp.audit.log import COMMAND, SYSTEM
from webapp.extensions import db, settings
from webapp.messages.catalogue import event_sentence
from webapp.models import (
    Account,
    DeliveryState,
    EndpointState,
    Event,
    EventKind,
    LLMClientCustomDomain,
    OffReason,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from webapp.webhooks import endpoints, outbox, queries, secret
from webapp.webhooks.documents import endpoint_document
from webapp.webhooks.targets import Refusal
from webapp.webhooks.types import DEFAULT, WebhookType


def said() -> list[str]:
    query = select(Event).where(
        Event.kind.in_([one for one in EventKind if one.value.startswith("webhook.")])
    )
    return [event_sentence(one) for one in db.session.scalars(query.order_by(Event.id))]


def test_every_act_is_in_the_history_and_no_token_of_the_url(domain: LLMClientCustomDomain) -> None:
    endpoint, made = added(domain.account, "https://hooks.acme.test/in?token=s3cret")
    assert made not in repr(endpoint_document(endpoint))
    changed = endpoints.change(
        endpoint,
        url="https://hooks.acme.test/other",
        description="CRM",
        kinds=DEFAULT,
        actor=COMMAND,
        settings=settings(),
    )
    assert changed is None
    other = endpoints.rotate(endpoint, actor=COMMAND, now=NOW, settings=settings())
    endpoints.switch_off(endpoint, actor=COMMAND, now=NOW)
    endpoints.switch_on(endpoint, actor=COMMAND)
    db.session.commit()
    assert secret.signing(endpoint, NOW, settings().secret_keys) == [other, made]
    endpoints.delete(endpoint, actor=COMMAND)
    db.session.commit()
    assert [one.partition("https:")[0] + one.rpartition(" was ")[2] for one in said()] == [
        "The webhook endpoint added.",
        "The webhook endpoint changed.",
        "The webhook endpoint given another secret.",
        "The webhook endpoint switched off.",
        "The webhook endpoint switched on.",
        "The webhook endpoint deleted.",
    ]
    assert "s3cret" not in " ".join(said())
    assert db.session.scalars(select(WebhookEndpoint)).all() == []


def test_the_platforms_acts_are_for_staff_alone(domain: LLMClientCustomDomain) -> None:
    endpoint = endpoint_of(None)
    event = db.session.scalars(select(Event).where(Event.kind == EventKind.WEBHOOK_ADDED)).one()
    assert event.account_id is None
    assert queries.endpoints_of(None) == [endpoint]
    assert queries.endpoints_of(domain.account) == []
    assert queries.endpoint(domain.account, endpoint.id) is None


@pytest.mark.parametrize(
    ("url", "description", "kinds", "code"),
    [
        ("https://10.0.0.1/", "", DEFAULT, "url-not-public"),
        ("https://hooks.acme.test/", "x" * 201, DEFAULT, "description-invalid"),
        ("https://hooks.acme.test/", "a\u202eb", DEFAULT, "description-invalid"),
        ("https://hooks.acme.test/", "", [], "types-missing"),
        ("https://hooks.acme.test/", "", [WebhookType.TEST], None),
    ],
)
def test_what_is_refused(
    domain: LLMClientCustomDomain, url: str, description: str, kinds: list[WebhookType], code: str | None
) -> None:
    found = endpoints.add(domain.account, url, description, kinds, actor=SYSTEM, settings=settings())
    assert (found.code if isinstance(found, Refusal) else None) == code


def test_an_account_has_so_many_and_no_more(domain: LLMClientCustomDomain) -> None:
    for _ in range(endpoints.MOST):
        endpoint_of(domain.account)
    found = endpoints.add(
        domain.account, "https://hooks.acme.test/", "", DEFAULT, actor=SYSTEM, settings=settings()
    )
    assert isinstance(found, Refusal)
    assert found.code == "too-many"
    endpoint_of(None)


def test_switching_off_drops_what_waits_and_it_does_not_come_back(
    domain: LLMClientCustomDomain, endpoint: WebhookEndpoint
) -> None:
    other = endpoint_of(domain.account)
    outbox.write_test(endpoint, NOW)
    outbox.write_test(other, NOW)
    endpoints.switch_off(endpoint, actor=SYSTEM, now=NOW)
    endpoints.switch_on(endpoint, actor=SYSTEM)
    db.session.commit()
    assert [one.state for one in deliveries(endpoint)] == [DeliveryState.DROPPED]
    assert [one.state for one in deliveries(other)] == [DeliveryState.WAITING]


def test_nothing_is_sent_by_hand_while_it_is_off(
    domain: LLMClientCustomDomain, endpoint: WebhookEndpoint
) -> None:
    outbox.write_test(endpoint, NOW)
    endpoints.switch_off(endpoint, actor=SYSTEM, now=NOW)
    db.session.commit()
    assert isinstance(endpoints.send_test(endpoint, NOW), Refusal)
    [delivery] = deliveries(endpoint)
    assert isinstance(endpoints.send_again(delivery, NOW), Refusal)


def test_send_again_begins_anew_with_the_same_message(
    domain: LLMClientCustomDomain, endpoint: WebhookEndpoint
) -> None:
    assert isinstance(endpoints.send_test(endpoint, NOW), int)
    [delivery] = deliveries(endpoint)
    delivery.state, delivery.attempts, delivery.next_attempt_at = DeliveryState.FAILED, 10, None
    db.session.commit()
    code, later = delivery.message.code, NOW + timedelta(days=1)
    assert endpoints.send_again(delivery, later) is None
    db.session.commit()
    [delivery] = deliveries(endpoint)
    assert (delivery.state, delivery.attempts) == (DeliveryState.WAITING, 0)
    assert (delivery.next_attempt_at, delivery.message.code) == (later, code)


def test_another_url_is_not_blamed_for_the_former_one(
    domain: LLMClientCustomDomain, endpoint: WebhookEndpoint
) -> None:
    endpoint.failing_since = endpoint.told_at = NOW
    db.session.commit()
    told: dict[str, object] = {"description": "", "kinds": DEFAULT, "actor": SYSTEM, "settings": settings()}
    assert endpoints.change(endpoint, url=endpoint.url, **{**told, "description": "x"}) is None  # type: ignore[arg-type]
    assert endpoint.failing_since == NOW
    assert endpoints.change(endpoint, url="https://new.acme.test/", **told) is None  # type: ignore[arg-type]
    db.session.refresh(endpoint)
    assert endpoint.told_at is None


def test_deleting_takes_the_log_along(domain: LLMClientCustomDomain, endpoint: WebhookEndpoint) -> None:
    outbox.write_test(endpoint, NOW)
    [delivery] = deliveries(endpoint)
    db.session.add(
        WebhookAttempt(delivery_id=delivery.id, outcome_code="silent", outcome_params={"seconds": 15})
    )
    db.session.commit()
    endpoints.delete(endpoint, actor=SYSTEM)
    db.session.commit()
    assert db.session.scalars(select(WebhookDelivery.id)).all() == []
    assert db.session.scalars(select(WebhookAttempt.id)).all() == []


def test_reason_of_an_end_is_said(domain: LLMClientCustomDomain, endpoint: WebhookEndpoint) -> None:
    endpoint.failing_since = NOW
    endpoints.switch_off(endpoint, actor=SYSTEM, now=NOW, why=OffReason.FAILING)
    db.session.commit()
    assert endpoint.state is EndpointState.OFF
    assert endpoint_document(endpoint)["off_reason"] == "failing"
    assert "has failed since 27 November 2026" in said()[-1]
    assert isinstance(endpoint.account, Account)


def test_secrets_outlive_a_key_of_ours(domain: LLMClientCustomDomain) -> None:
    endpoint, made = added(domain.account)
    lost = endpoint_of(domain.account)
    lost.secret = secret.encrypted(made, ["another-key-0123456789"])
    new = settings().model_copy(
        update={"secret_key": "a-new-key-0123456789", "secret_key_fallbacks": settings().secret_keys}
    )
    assert endpoints.renew_secrets(new) == (1, 1)
    db.session.commit()
    assert secret.signing(endpoint, NOW, ["a-new-key-0123456789"]) == [made]
