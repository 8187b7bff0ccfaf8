"""The pages about webhooks: of an account and of the platform."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from tests.webhooks.telling import endpoint_of
from webapp.audit.log import SYSTEM
from webapp.extensions import db
from webapp.models import Account, DeliveryState, WebhookAttempt, WebhookDelivery, WebhookEndpoint, utcnow
from webapp.webhooks import endpoints, outbox

_URL = "https://hooks.acme.example/nameplate/with/a/long/path/that/does/not/end/soon?shard=7"
_EMPTY = {"url": "", "description": ""}
_FULL = {"url": "https://other.acme.example/in", "description": "Billing", "types": "domain.verified"}


def of_webhooks(account: Account) -> dict[str, int]:
    """Ids by what they show."""
    works, fails, off, new, platform = (
        endpoint_of(owner, url=url)
        for owner, url in (
            (account, "https://hooks.acme.example/nameplate"),
            (account, _URL),
            (account, "https://gone.acme.example/"),
            (account, "https://new.acme.example/"),
            (None, "https://platform.example/hooks"),
        )
    )
    works.last_delivered_at = platform.last_delivered_at = utcnow() - timedelta(minutes=4)
    fails.failing_since, fails.rests_until = utcnow() - timedelta(hours=30), utcnow() + timedelta(minutes=9)
    _sent(works, DeliveryState.DELIVERED, "delivered", 200, "thanks")
    failed = _sent(fails, DeliveryState.WAITING, "answered", 500, "<script>alert(1)</script> " + "x" * 900)
    _sent(fails, DeliveryState.FAILED, "answered", 503, "")
    endpoints.switch_off(off, actor=SYSTEM, now=utcnow())
    sent = _sent(platform, DeliveryState.DELIVERED, "delivered", 204, "")
    db.session.flush()
    return {
        "webhook": fails.id,
        "webhook-works": works.id,
        "webhook-off": off.id,
        "webhook-new": new.id,
        "webhook-delivery": failed,
        "platform-webhook": platform.id,
        "platform-webhook-delivery": sent,
    }


def _sent(endpoint: WebhookEndpoint, state: DeliveryState, code: str, status: int, answer: str) -> int:
    delivery_id = outbox.write_test(endpoint, utcnow())
    delivery = db.session.get_one(WebhookDelivery, delivery_id)
    delivery.state, delivery.attempts = state, 3
    delivery.next_attempt_at = utcnow() + timedelta(hours=2) if state is DeliveryState.WAITING else None
    delivery.delivered_at = utcnow() if state is DeliveryState.DELIVERED else None
    db.session.add(
        WebhookAttempt(
            delivery_id=delivery_id,
            outcome_code=code,
            outcome_params={"status": status},
            status=status,
            answer=answer,
            address="203.0.113.80",
            milliseconds=120,
        )
    )
    return delivery_id


def webhook_visits(shown: dict[str, int]) -> Iterator[tuple[str, str, str, int, dict[str, str] | None]]:
    """Of each: who, name, path, status and form."""
    mine, theirs = "/account/webhooks", "/staff/webhooks"
    for name in ("webhook-works", "webhook-off", "webhook-new"):
        yield "customer", name, f"{mine}/{shown[name]}", 200, None
    for who, place, one, sent in (
        ("customer", mine, shown["webhook"], shown["webhook-delivery"]),
        ("staff", theirs, shown["platform-webhook"], shown["platform-webhook-delivery"]),
    ):
        yield who, "webhooks", place, 200, None
        yield who, "webhook-form", f"{place}/new", 200, None
        yield who, "webhook-form-empty", f"{place}/new", 422, _EMPTY
        yield who, "webhook-made", f"{place}/new", 200, _FULL
        yield who, "webhook", f"{place}/{one}", 200, None
        yield who, "webhook-edit", f"{place}/{one}/edit", 200, None
        yield who, "webhook-rotate", f"{place}/{one}/secret", 200, None
        yield who, "webhook-delete", f"{place}/{one}/delete", 200, None
        yield who, "webhook-delivery", f"{place}/{one}/deliveries/{sent}", 200, None
