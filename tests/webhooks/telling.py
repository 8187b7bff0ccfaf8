"""What tests of webhooks share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from webapp.api.webhooks.messages import message_model
from webapp.audit.log import SYSTEM
from webapp.extensions import db, settings
from webapp.models import Account, WebhookDelivery, WebhookEndpoint, WebhookMessage
from webapp.webhooks import endpoints
from webapp.webhooks.targets import Refusal
from webapp.webhooks.types import DEFAULT, WebhookType

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
LOOPBACK = "127.0.0.0/8,::1/128"


def added(
    account: Account | None,
    url: str = "https://hooks.acme.test/in",
    kinds: Sequence[WebhookType] = DEFAULT,
) -> tuple[WebhookEndpoint, str]:
    """An endpoint and its secret."""
    made = endpoints.add(account, url, "", kinds, actor=SYSTEM, settings=settings())
    assert not isinstance(made, Refusal), made
    db.session.commit()
    return made


def endpoint_of(account: Account | None, **more: Any) -> WebhookEndpoint:
    return added(account, **more)[0]


def messages() -> list[dict[str, Any]]:
    """The bodies in the outbox, in the order in which they were written. Each is as the API's document says: its
    model reads it, and has a field for all that it says.
    """
    found = []
    for text in db.session.scalars(select(WebhookMessage.body).order_by(WebhookMessage.id)):
        body = json.loads(text)
        read = message_model(WebhookType(body["type"])).model_validate_json(text)
        assert read.model_dump(mode="json", exclude_unset=True) == body
        found.append(body)
    return found


def told() -> list[str]:
    return [one["type"] for one in messages()]


def deliveries(endpoint: WebhookEndpoint | None = None) -> Sequence[WebhookDelivery]:
    query = select(WebhookDelivery).order_by(WebhookDelivery.id)
    if endpoint is not None:
        query = query.where(WebhookDelivery.endpoint_id == endpoint.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()
