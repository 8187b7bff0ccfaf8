"""Which deliveries are due, which worker sends them, and what is written down of it.

`claim` and `record` touch the database and `post` the network; the task commits between them. A worker that is killed
leaves a lease that ends, and the message is sent again with the same id, which receivers know it by.

Deliveries are found endpoint by endpoint, each by its part of an index: neither an endpoint for which thousands wait,
nor one that is silent, makes another wait for it.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import joinedload

from webapp.audit.log import SYSTEM
from webapp.config.settings import Settings
from webapp.extensions import db
from webapp.jobs.clock import SKEW, has_come
from webapp.jobs.leases import Job
from webapp.models import (
    DeliveryState,
    EndpointState,
    Message,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
)
from webapp.webhooks import endpoints, secret
from webapp.webhooks.delivery import rule
from webapp.webhooks.delivery.post import Parcel, Sent
from webapp.webhooks.delivery.rule import Consequence, Spread

#: Longer than any pause of `rule`.
_LONGEST = timedelta(hours=27)
#: The lease is longer than one message takes, recording included.
JOB = Job(
    WebhookDelivery.id, WebhookDelivery.next_attempt_at, lease=timedelta(seconds=60), longest=lambda: _LONGEST
)
#: So many messages are under way to one endpoint at the same time, and to one that fails.
AT_ONE, AT_FAILING = 5, 1
#: Mail kinds: the endpoint fails, or it was switched off.
FAILS, SWITCHED_OFF = "fails", "off"


@dataclass(frozen=True)
class Turn:
    """An endpoint for which something is due. `most`: so many messages to it may be under way."""

    endpoint_id: int
    failing: bool

    @property
    def most(self) -> int:
        return AT_FAILING if self.failing else AT_ONE


def is_anything_due(now: datetime) -> bool:
    """Also what an endpoint that rests would get. One look at an index."""
    due = WebhookDelivery.next_attempt_at
    firsts = (
        select(WebhookDelivery.id).where(come).order_by(due).limit(1).scalar_subquery()
        for come in (_come(now), _written_ahead(now))
    )
    return any(one is not None for one in db.session.execute(select(*firsts)).one())


def drop_what_nobody_gets(now: datetime) -> None:
    """What a transaction wrote that had read its endpoint before this was switched off."""
    off = select(WebhookEndpoint.id).where(WebhookEndpoint.state == EndpointState.OFF)
    db.session.execute(
        update(WebhookDelivery)
        .where(_come(now), WebhookDelivery.endpoint_id.in_(off))
        .values(state=DeliveryState.DROPPED, next_attempt_at=None)
        .execution_options(synchronize_session=False)
    )


def turns(now: datetime, busy: Collection[int], limit: int, *, failing: bool) -> Sequence[Turn]:
    """Endpoints that something is due for, those first that were served longest ago. `busy`: endpoints to leave out.
    `failing`: whether those that fail are asked for, or the others.
    """
    endpoint = WebhookEndpoint
    mine = select(WebhookDelivery.id).where(WebhookDelivery.endpoint_id == endpoint.id)
    # Two ranges of an index, and not one condition that has neither.
    waits = or_(mine.where(_come(now)).exists(), mine.where(_written_ahead(now)).exists())
    rested = endpoint.rests_until.is_(None) | has_come(endpoint.rests_until, now, rule.LONGEST_REST)
    fails = endpoint.failing_since.is_not(None) if failing else endpoint.failing_since.is_(None)
    query = select(endpoint.id).where(
        endpoint.state == EndpointState.ON, fails, rested, endpoint.id.not_in(busy), waits
    )
    found = db.session.scalars(
        query.order_by(endpoint.last_attempt_at.nulls_first(), endpoint.id).limit(limit)
    )
    return [Turn(endpoint_id, failing) for endpoint_id in found]


def due_of(endpoint_id: int, now: datetime, limit: int) -> Sequence[int]:
    """The ids of deliveries to this endpoint that are due, the most overdue first."""
    delivery = WebhookDelivery
    for come in (_come(now), _written_ahead(now)):
        query = select(delivery.id).where(delivery.endpoint_id == endpoint_id, come)
        if ids := db.session.scalars(query.order_by(delivery.next_attempt_at).limit(limit)).all():
            return ids
    return []


def _come(now: datetime) -> ColumnElement[bool]:
    return WebhookDelivery.next_attempt_at <= now


def _written_ahead(now: datetime) -> ColumnElement[bool]:
    """See `webapp.jobs.clock`."""
    return WebhookDelivery.next_attempt_at > now + _LONGEST + SKEW


def claim(delivery_ids: Sequence[int], now: datetime, settings: Settings) -> list[Parcel]:
    """Those that this worker has got."""
    taken = JOB.claim_all(delivery_ids, now, JOB.is_due(now))
    rows = db.session.scalars(
        select(WebhookDelivery)
        .where(WebhookDelivery.id.in_(taken))
        .options(joinedload(WebhookDelivery.message), joinedload(WebhookDelivery.endpoint))
        .order_by(WebhookDelivery.id)
        .execution_options(populate_existing=True)
    ).all()
    return [
        Parcel(
            delivery_id=row.id,
            endpoint_id=row.endpoint_id,
            lease=now + JOB.lease,
            url=row.endpoint.url,
            code=row.message.code,
            body=row.message.body,
            secrets=secret.signing(row.endpoint, now, settings.secret_keys),
        )
        for row in rows
    ]


def record(parcel: Parcel, sent: Sent, now: datetime, spread: Spread = random.uniform) -> bool:
    """Write down how it went. False when the lease was lost: another worker has the delivery, or nobody is to."""
    # The endpoint is locked first, as by everything that switches it.
    locked: dict[str, Any] = {"populate_existing": True, "with_for_update": endpoints.LOCK}
    endpoint = db.session.get(WebhookEndpoint, parcel.endpoint_id, **locked)
    delivery = db.session.get(WebhookDelivery, parcel.delivery_id, **locked)
    if endpoint is None or delivery is None:
        return False
    db.session.add(
        WebhookAttempt(
            delivery_id=delivery.id,
            outcome=Message(sent.outcome.value, sent.params),
            status=sent.status,
            answer=sent.answer,
            address=sent.address,
            milliseconds=sent.milliseconds,
            created_at=now,
        )
    )
    endpoint.last_attempt_at = now
    if delivery.next_attempt_at != parcel.lease:
        db.session.flush()
        return False
    standing = rule.Standing(delivery.attempts, endpoint.failing_since, endpoint.told_at)
    follows = rule.follow(sent.outcome, sent.retry_after, standing, now, spread)
    delivery.state, delivery.attempts = follows.state, follows.attempts
    delivery.next_attempt_at = follows.next_attempt_at
    if follows.state is DeliveryState.DELIVERED:
        delivery.delivered_at = endpoint.last_delivered_at = now
        endpoint.told_at = endpoint.rests_until = None
    _settle(endpoint, follows, now)
    db.session.flush()
    return True


def _settle(endpoint: WebhookEndpoint, follows: Consequence, now: datetime) -> None:
    endpoint.failing_since = follows.failing_since
    endpoint.rests_until = follows.rests_until or endpoint.rests_until
    if follows.off is not None:
        endpoints.switch_off(endpoint, actor=SYSTEM, now=now, why=follows.off)
        endpoint.mail_kind, endpoint.mail_due_at = SWITCHED_OFF, now
    elif follows.tell:
        endpoint.told_at = now
        endpoint.mail_kind, endpoint.mail_due_at = FAILS, now
