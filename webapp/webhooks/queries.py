"""Endpoints and their deliveries, read for pages and the API."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from webapp.extensions import db
from webapp.models import Account, DeliveryState, WebhookDelivery, WebhookEndpoint


def endpoints_of(account: Account | None) -> Sequence[WebhookEndpoint]:
    """None: the platform's own."""
    mine = WebhookEndpoint.account_id == (account.id if account else None)
    return db.session.scalars(select(WebhookEndpoint).where(mine).order_by(WebhookEndpoint.id)).all()


def endpoint(account: Account | None, endpoint_id: int) -> WebhookEndpoint | None:
    """None for another's, too."""
    found = db.session.get(WebhookEndpoint, endpoint_id)
    return found if found is not None and found.account_id == (account.id if account else None) else None


def deliveries_of(
    of: WebhookEndpoint, *, before: int | None, limit: int, state: DeliveryState | None = None
) -> Sequence[WebhookDelivery]:
    """The newest first, below this id."""
    delivery = WebhookDelivery
    query = select(delivery).where(delivery.endpoint_id == of.id)
    if before is not None:
        query = query.where(delivery.id < before)
    if state is not None:
        query = query.where(delivery.state == state)
    parts = joinedload(delivery.message), selectinload(delivery.log)
    return db.session.scalars(query.options(*parts).order_by(delivery.id.desc()).limit(limit)).all()


def delivery(of: WebhookEndpoint, delivery_id: int) -> WebhookDelivery | None:
    found = db.session.get(WebhookDelivery, delivery_id)
    return found if found is not None and found.endpoint_id == of.id else None
