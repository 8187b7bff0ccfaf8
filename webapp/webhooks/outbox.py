"""The outbox: messages and deliveries, written in the transaction of what they tell. Sending is no part of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, or_, select, update

from webapp.extensions import db
from webapp.jobs import together
from webapp.models import (
    EndpointState,
    Event,
    LLMClientCustomDomain,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookMessage,
    utcnow,
)
from webapp.webhooks import types
from webapp.webhooks.payload import body_of, data_of
from webapp.webhooks.types import WebhookType


@dataclass(frozen=True)
class Told:
    """What happened, and the endpoints that hear of it."""

    kind: WebhookType
    at: datetime
    account_id: int | None
    domain_id: int | None
    data: dict[str, Any]
    endpoint_ids: Sequence[int]


def on_event(event: Event) -> None:
    """Write the message that follows from an event, for those who want to hear of it.

    Nothing else is flushed for it: the event is recorded amidst the change that it tells of.
    """
    kind = types.of_event(event)
    if kind is None or event.custom_domain_id is None:
        return
    with db.session.no_autoflush:
        endpoint_ids = _listeners(event.account_id, kind)
        if not endpoint_ids:
            return
        domain = db.session.get_one(LLMClientCustomDomain, event.custom_domain_id)
        data = data_of(kind, event, domain)
        told = Told(kind, utcnow(), event.account_id, domain.id, data, endpoint_ids)
        together.send(_write, domain.id, told)


def _listeners(account_id: int | None, kind: WebhookType) -> list[int]:
    found = together.once((_switched_on, account_id), lambda: _switched_on(account_id))
    return [endpoint_id for endpoint_id, wanted in found if kind in wanted]


def _switched_on(account_id: int | None) -> Sequence[Row[int, list[str]]]:
    endpoint = WebhookEndpoint
    query = select(endpoint.id, endpoint.types).where(
        or_(endpoint.account_id == account_id, endpoint.account_id.is_(None)),
        endpoint.state == EndpointState.ON,
    )
    return db.session.execute(query.order_by(endpoint.id)).all()


def write_test(endpoint: WebhookEndpoint, now: datetime) -> int:
    """A message for this endpoint alone, whatever it asked for. Returns the id of its delivery."""
    data = {"id": None, "account": endpoint.account.number if endpoint.account else None}
    [delivery_id] = _write([Told(WebhookType.TEST, now, endpoint.account_id, None, data, [endpoint.id])])
    return delivery_id


def _write(told: Sequence[Told]) -> list[int]:
    """`sequence` is the id of the row. Whoever changes a domain has locked it, so that of two messages about one
    domain the later one has the larger number.
    """
    new = insert(WebhookMessage).returning(WebhookMessage.id, sort_by_parameter_order=True)
    with db.session.no_autoflush:
        living = _living({endpoint_id for one in told for endpoint_id in one.endpoint_ids})
        ids = db.session.scalars(
            new,
            [
                {
                    "type": one.kind.value,
                    "account_id": one.account_id,
                    "custom_domain_id": one.domain_id,
                    "body": "",
                }
                for one in told
            ],
        ).all()
        bodies = [
            {"id": number, "body": body_of(one.kind, one.at, {"sequence": number, **one.data})}
            for number, one in zip(ids, told, strict=True)
        ]
        db.session.execute(update(WebhookMessage), bodies)
        waiting = [
            {"endpoint_id": endpoint_id, "message_id": number, "next_attempt_at": one.at}
            for number, one in zip(ids, told, strict=True)
            for endpoint_id in one.endpoint_ids
            if endpoint_id in living
        ]
        if not waiting:
            return []
        put = insert(WebhookDelivery).returning(WebhookDelivery.id, sort_by_parameter_order=True)
        return list(db.session.scalars(put, waiting))


def _living(endpoint_ids: Collection[int]) -> set[int]:
    """Those that were not deleted since they were read, locked against it: a change of a domain must not fail for it.
    Whoever changes an endpoint, without deleting it, neither waits for this nor holds it up.
    """
    endpoint = WebhookEndpoint.id
    query = select(endpoint).where(endpoint.in_(endpoint_ids)).order_by(endpoint)
    return set(db.session.scalars(query.with_for_update(read=True, key_share=True)))
