"""The body of a message. It has the keys and values with which the API tells of a domain, and no more of them than
say what changed: whoever wants all asks the API.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import inspect

from webapp.audit.documents import event_document, projected
from webapp.documents import domain as documents
from webapp.extensions import settings
from webapp.models import DomainState, Event, LLMClientCustomDomain
from webapp.webhooks.types import WebhookType

#: The day on which the form of bodies last changed so that a receiver had to change as well. An endpoint keeps the
#: version that it was made with.
VERSION = "2026-11-27"
MOST_BYTES = 20_000

#: What is told of a domain, of all that the API tells.
CHANGING = (
    "state",
    "is_verified",
    "verdict",
    "method",
    "next_method",
    "llm_client",
    "state_changed_at",
    "verified_at",
    "grace_until",
    "alarm_since",
    "suspension",
)
_SAME = ("id", "domain_name", "account")
_EVENT = ("kind", "code", "params", "sentence", "reason", "actor_kind", "request_id")


def data_of(kind: WebhookType, event: Event, domain: LLMClientCustomDomain) -> dict[str, Any]:
    """`before` has the former values of what the message is about: of `state`, `is_verified`, `verdict`
    and `suspension` those that have changed. `sequence` is added with the row, see `webapp.webhooks.outbox`.
    """
    document = documents.summary(domain, settings())
    after = {key: _written(document[key]) for key in CHANGING}
    before: dict[str, Any] = {}
    match kind:
        case WebhookType.CHECK_FINISHED:
            # The event is recorded before the domain has its new verdict.
            before = {"verdict": after["verdict"]}
            after["verdict"] = (event.evidence or {}).get("verdict")
        case WebhookType.SUSPENDED | WebhookType.RELEASED:
            before = _before_suspension(domain, after, released=kind is WebhookType.RELEASED)
        case WebhookType.REGISTERED:
            before = dict.fromkeys(CHANGING)
        case _ if event.evidence and "from" in event.evidence:
            before = _before_transition(DomainState(event.evidence["from"]), domain, after)
    return {
        **projected(document, {key: key for key in _SAME}),
        "state": after["state"],
        "before": before,
        "after": after,
        "event": projected(event_document(event), {key: key for key in _EVENT}),
    }


def _before_transition(
    state: DomainState, domain: LLMClientCustomDomain, after: Mapping[str, Any]
) -> dict[str, Any]:
    former = {"state": state.value, "is_verified": state.is_verified and domain.held_at is None}
    return {key: value for key, value in former.items() if after[key] != value}


def _before_suspension(
    domain: LLMClientCustomDomain, after: Mapping[str, Any], *, released: bool
) -> dict[str, Any]:
    served = domain.state.is_verified and not released
    former = {"is_verified": served, "suspension": _former_suspension(domain) if released else None}
    return {key: value for key, value in former.items() if after[key] != value}


def _former_suspension(domain: LLMClientCustomDomain) -> dict[str, Any] | None:
    """Since when it was suspended, and why: what the row had before the change that is about to be written."""
    attributes = inspect(domain).attrs
    since, reason = (attributes[key].history.deleted for key in ("held_at", "hold_reason"))
    return {"since": _time(since[0]), "reason": (reason or [""])[0]} if since and since[0] else None


def _written(value: Any) -> Any:
    """Times as the API writes them."""
    if isinstance(value, datetime):
        return _time(value)
    if isinstance(value, dict) and isinstance(value.get("since"), str):
        return {**value, "since": _time(datetime.fromisoformat(value["since"]))}
    return value


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def body_of(kind: WebhookType, at: datetime, data: Mapping[str, Any]) -> str:
    """The JSON text, of `MOST_BYTES` at most."""
    text = _json(kind, at, data)
    if len(text.encode()) > MOST_BYTES and "event" in data:
        event = {**data["event"], "params": None, "sentence": data["event"]["sentence"][:1000]}
        text = _json(kind, at, {**data, "event": event})
    return text


def _json(kind: WebhookType, at: datetime, data: Mapping[str, Any]) -> str:
    return json.dumps({"type": kind.value, "timestamp": _time(at), "data": data}, ensure_ascii=False)
