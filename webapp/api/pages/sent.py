"""The part of the document about webhooks: what Nameplate sends by itself, type by type (OpenAPI 3.1)."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import models_json_schema

from webapp.api.bodies import JSON
from webapp.api.webhooks.messages import DomainMessage, TestMessage, message_model
from webapp.webhooks.types import WebhookType

_REFERENCE = "#/components/schemas/{model}"
_HEADERS = {
    "webhook-id": "The same on each attempt, so that a receiver can tell what it has had.",
    "webhook-timestamp": "When this attempt was signed, in seconds since 1970.",
    "webhook-signature": "Signatures of id, timestamp and body, one for each valid secret (Standard Webhooks).",
}
_ANSWERS = {
    "2XX": "The message is taken.",
    "410": "The endpoint is switched off, and gets no more messages.",
    "default": "The message is sent again later, over several days.",
}


def webhooks() -> dict[str, Any]:
    """By their types, in the order in which pages show them."""
    return {kind.value: {"post": _post(kind)} for kind in WebhookType}


def schemas() -> dict[str, Any]:
    """Those of the bodies."""
    models = [(model, "validation") for model in (DomainMessage, TestMessage)]
    _, made = models_json_schema(models, ref_template=_REFERENCE)  # type: ignore[arg-type]
    found: dict[str, Any] = made["$defs"]
    return found


def _post(kind: WebhookType) -> dict[str, Any]:
    body = {"$ref": _REFERENCE.format(model=message_model(kind).__name__)}
    only = {"properties": {"type": {"const": kind.value}}}
    return {
        "operationId": f"sent_{kind.value.replace('.', '_')}",
        "tags": ["webhooks"],
        "summary": kind.says,
        "security": [],
        "parameters": [
            {
                "name": name,
                "in": "header",
                "required": True,
                "description": said,
                "schema": {"type": "string"},
            }
            for name, said in _HEADERS.items()
        ],
        "requestBody": {"required": True, "content": {JSON: {"schema": {"allOf": [body, only]}}}},
        "responses": {status: {"description": said} for status, said in _ANSWERS.items()},
    }
