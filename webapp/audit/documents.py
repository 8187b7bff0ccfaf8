"""An event as a document: the one serialiser. Every export and command takes its keys from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from webapp.messages.catalogue import event_sentence
from webapp.models import ActorKind, Event

#: Who of the platform's staff has acted, their customers are not told.
STAFF = "Nameplate’s staff"


def event_document(event: Event) -> dict[str, Any]:
    """The event as JSON values. `code` and `params` are None in rows of releases that stored sentences."""
    evidence = event.evidence or {}
    return {
        "at": event.created_at.isoformat(),
        "kind": event.kind.value,
        "code": event.message.code if event.message else None,
        "params": dict(event.message.params) if event.message else None,
        "sentence": event_sentence(event),
        "account": event.account.number if event.account else None,
        "domain": event.custom_domain.domain_name if event.custom_domain else None,
        "actor": event.actor_name,
        "actor_kind": event.actor_kind.value,
        "reason": event.reason,
        "from": evidence.get("from"),
        "to": evidence.get("to"),
        "request_id": event.request_id,
    }


def for_customers(event: Event) -> dict[str, Any]:
    """The same for a file that customers take with them. The API and webhooks tell programs who of staff it was."""
    hidden = {"actor": STAFF} if event.actor_kind is ActorKind.STAFF else {}
    return event_document(event) | hidden


def projected(document: Mapping[str, Any], keys: Mapping[str, str]) -> dict[str, Any]:
    """Part of a document under other keys. `keys`: the key in the result -> the key in `document`."""
    return {theirs: document[ours] for theirs, ours in keys.items()}


def to_the_second(at: str) -> str:
    return datetime.fromisoformat(at).isoformat(timespec="seconds")
