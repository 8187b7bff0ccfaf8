"""Webhooks: who is told (endpoints), what (messages), and how that went (deliveries and their attempts)."""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship

from webapp.models.base import Base, RowId, Timestamped, UtcDateTime, enum_type
from webapp.models.base.message import Message


class EndpointState(StrEnum):
    ON = "on"
    OFF = "off"


class OffReason(StrEnum):
    """Why nothing is sent to an endpoint."""

    #: Its people switched it off.
    ASKED = "asked"
    #: It answered 410.
    GONE = "gone"
    #: It failed for days.
    FAILING = "failing"


class DeliveryState(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    #: Every retry failed.
    FAILED = "failed"
    #: The endpoint was switched off meanwhile.
    DROPPED = "dropped"


def new_message_code() -> str:
    return f"msg_{secrets.token_hex(16)}"


class WebhookEndpoint(Timestamped, Base):
    """One URL that is told. `account` is None for the platform's own, which hear of all accounts."""

    __tablename__ = "webhook_endpoint"
    __table_args__ = (Index("ix_webhook_endpoint_account_id_state", "account_id", "state"),)

    id: Mapped[RowId]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    url: Mapped[str] = mapped_column(String(2000))
    description: Mapped[str] = mapped_column(String(200), default="")
    #: The types that it hears of.
    types: Mapped[list[str]] = mapped_column(JSON)
    #: The date that names the form of the bodies.
    payload_version: Mapped[str] = mapped_column(String(10))
    state: Mapped[EndpointState] = mapped_column(enum_type(EndpointState), default=EndpointState.ON)
    off_reason: Mapped[OffReason | None] = mapped_column(enum_type(OffReason))
    #: What signs, encrypted; the former secret signs as well until `former_until`.
    secret: Mapped[str] = mapped_column(Text)
    former_secret: Mapped[str | None] = mapped_column(Text)
    former_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Since when every attempt has failed.
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Until when nothing is sent, because it asked for that by Retry-After.
    rests_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Since when its people know that it fails.
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When an e-mail of this kind is due, which is also the lease of the worker that writes it.
    mail_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    mail_kind: Mapped[str | None] = mapped_column(String(40))

    account: Mapped[Any] = relationship("Account")


class WebhookMessage(Timestamped, Base):
    """What is told, the same for every endpoint and every attempt. `body` is fixed when the row is written."""

    __tablename__ = "webhook_message"

    id: Mapped[RowId]
    #: The header `webhook-id`.
    code: Mapped[str] = mapped_column(String(40), unique=True, default=new_message_code)
    type: Mapped[str] = mapped_column(String(40))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    custom_domain_id: Mapped[int | None] = mapped_column(ForeignKey("llm_client_custom_domain.id"))
    body: Mapped[str] = mapped_column(Text)


class WebhookDelivery(Timestamped, Base):
    """One message on its way to one endpoint."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("endpoint_id", "message_id"),
        Index("ix_webhook_delivery_endpoint_id_next_attempt_at", "endpoint_id", "next_attempt_at"),
        Index("ix_webhook_delivery_endpoint_id_id", "endpoint_id", "id"),
        Index("ix_webhook_delivery_message_id", "message_id"),
        Index("ix_webhook_delivery_next_attempt_at", "next_attempt_at"),
    )

    id: Mapped[RowId]
    endpoint_id: Mapped[int] = mapped_column(ForeignKey("webhook_endpoint.id", ondelete="CASCADE"))
    message_id: Mapped[int] = mapped_column(ForeignKey("webhook_message.id", ondelete="CASCADE"))
    state: Mapped[DeliveryState] = mapped_column(enum_type(DeliveryState), default=DeliveryState.WAITING)
    #: Attempts since it was last begun.
    attempts: Mapped[int] = mapped_column(default=0)
    #: Also the lease of the worker that sends. None unless it waits.
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    endpoint: Mapped[WebhookEndpoint] = relationship()
    message: Mapped[WebhookMessage] = relationship()
    log: Mapped[list[WebhookAttempt]] = relationship(order_by="WebhookAttempt.id", passive_deletes=True)


class WebhookAttempt(Timestamped, Base):
    """One attempt of a delivery. Texts are a stranger's: bounded, and escaped wherever they are shown."""

    __tablename__ = "webhook_attempt"

    id: Mapped[RowId]
    delivery_id: Mapped[int] = mapped_column(
        ForeignKey("webhook_delivery.id", ondelete="CASCADE"), index=True
    )
    outcome_code: Mapped[str] = mapped_column(String(40))
    outcome_params: Mapped[dict[str, Any]] = mapped_column(JSON)
    outcome: Mapped[Message] = composite("outcome_code", "outcome_params")
    #: The status and the first bytes of the answer; None without one.
    status: Mapped[int | None]
    answer: Mapped[str | None] = mapped_column(Text)
    #: Where it was sent.
    address: Mapped[str | None] = mapped_column(String(45))
    milliseconds: Mapped[int] = mapped_column(default=0)
