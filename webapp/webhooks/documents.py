"""Endpoints and deliveries as documents: the one serialiser. No document has a secret."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from webapp.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from webapp.webhooks.outcomes import sentence_of


def endpoint_document(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {
        "id": endpoint.id,
        "account": endpoint.account.number if endpoint.account else None,
        "url": endpoint.url,
        "description": endpoint.description,
        "types": list(endpoint.types),
        "payload_version": endpoint.payload_version,
        "state": endpoint.state.value,
        "off_reason": endpoint.off_reason.value if endpoint.off_reason else None,
        "created_at": endpoint.created_at.isoformat(),
        "former_secret_until": _iso(endpoint.former_until),
        "failing_since": _iso(endpoint.failing_since),
        "last_attempt_at": _iso(endpoint.last_attempt_at),
        "last_delivered_at": _iso(endpoint.last_delivered_at),
    }


def delivery_document(delivery: WebhookDelivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "message_id": delivery.message.code,
        "type": delivery.message.type,
        "state": delivery.state.value,
        "attempts": delivery.attempts,
        "created_at": delivery.created_at.isoformat(),
        "next_attempt_at": _iso(delivery.next_attempt_at),
        "delivered_at": _iso(delivery.delivered_at),
    }


def whole_delivery_document(delivery: WebhookDelivery) -> dict[str, Any]:
    """With what was sent, and what came back."""
    return {
        **delivery_document(delivery),
        "body": json.loads(delivery.message.body),
        "log": [_attempt_document(attempt) for attempt in delivery.log],
    }


def _attempt_document(attempt: WebhookAttempt) -> dict[str, Any]:
    return {
        "at": attempt.created_at.isoformat(),
        "code": attempt.outcome.code,
        "sentence": sentence_of(attempt.outcome),
        "status": attempt.status,
        "answer": attempt.answer,
        "address": attempt.address,
        "milliseconds": attempt.milliseconds,
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
