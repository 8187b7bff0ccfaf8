"""Webhooks: endpoints, deliveries, and their attempts."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from webapp.api.schemas.base import Answer, Line, Model, Time, one_of
from webapp.api.schemas.paging import Page, PageQuery
from webapp.models import DeliveryState, EndpointState, OffReason
from webapp.webhooks.outcomes import Outcome
from webapp.webhooks.types import CHOICES, WebhookType

_ASKED = WithJsonSchema({"type": "string", "enum": [one.value for one in CHOICES]})


def _can_be_chosen(kind: WebhookType) -> WebhookType:
    if kind not in CHOICES:
        raise ValueError("no endpoint can ask for it")
    return kind


TypeChoice = Annotated[WebhookType, AfterValidator(_can_be_chosen), _ASKED]
MessageType = Annotated[str, one_of(*(one.value for one in WebhookType))]
_URL = "Messages are sent there by POST, over TLS. No redirect is followed."


class NewWebhook(Model):
    """An endpoint to add."""

    url: str = Field(min_length=1, max_length=2000, description=_URL, examples=["https://hooks.acme.com/in"])
    description: Line = Field(
        "", max_length=200, description="What takes the messages, for people.", examples=["Billing"]
    )
    types: list[TypeChoice] | None = Field(
        None, min_length=1, max_length=50, description="Without it all but check.finished."
    )


class WebhookChange(Model):
    """What is left out stays as it is."""

    url: str | None = Field(None, min_length=1, max_length=2000, description=_URL)
    description: Line | None = Field(
        None, max_length=200, description="What takes the messages, for people.", examples=["Billing"]
    )
    types: list[TypeChoice] | None = Field(
        None,
        min_length=1,
        max_length=50,
        description="What it is told.",
        examples=[["domain.verified", "domain.failing"]],
    )
    state: Literal["on", "off"] | None = Field(
        None, description="What waits for an endpoint is dropped when it is switched off."
    )


class Webhook(Answer):
    """An endpoint."""

    id: int = Field(description="Its id.")
    account: str | None = Field(description="Null for the platform's own, which hear of all accounts.")
    url: str = Field(description="Where messages are sent.")
    description: str = Field(description="What takes the messages, as its maker wrote it.")
    types: list[MessageType] = Field(description="What it is told.")
    payload_version: str = Field(description="The form of the bodies, by its date.")
    state: Annotated[str, one_of(*(one.value for one in EndpointState))]
    off_reason: Annotated[str, one_of(*(one.value for one in OffReason))] | None = Field(
        description="Why it is off; null while it is on."
    )
    created_at: Time = Field(description="When it was added.")
    former_secret_until: Time | None = Field(
        description="Until when the secret from before the last rotation signs as well."
    )
    failing_since: Time | None = Field(description="Since when every attempt has failed.")
    last_attempt_at: Time | None = Field(description="When a message was sent last.")
    last_delivered_at: Time | None = Field(description="When a message was taken last.")


class WebhookWithSecret(Webhook):
    """An endpoint whose secret was just made."""

    secret: str = Field(description="Shown in this answer alone.")


class WebhookList(Page[Webhook]):
    """Endpoints, the newest first."""


class WebhooksQuery(PageQuery):
    """Endpoints in pieces."""


class WebhookDelivery(Answer):
    """One message on its way to one endpoint."""

    id: int = Field(description="Its id.")
    message_id: str = Field(description="The header webhook-id, the same on each attempt.")
    type: MessageType
    state: Annotated[str, one_of(*(one.value for one in DeliveryState))]
    attempts: int = Field(description="How often it was sent.")
    created_at: Time = Field(description="When the message was written.")
    next_attempt_at: Time | None = Field(description="When it is sent next.")
    delivered_at: Time | None = Field(description="When it was taken.")


class WebhookAttempt(Answer):
    """One attempt, and what came back."""

    at: Time = Field(description="When it was sent.")
    code: Annotated[str, one_of(*(one.value for one in Outcome))]
    sentence: str = Field(description="What came of it, for people.")
    status: int | None = Field(description="The status of the answer; null where none came.")
    answer: str | None = Field(description="The first bytes of the answer, as text.")
    address: str | None = Field(description="The address that it was sent to.")
    milliseconds: int = Field(description="How long it took.")


class WholeWebhookDelivery(WebhookDelivery):
    """A delivery with what was sent and what came back."""

    body: dict[str, Any] = Field(description="What is sent.")
    log: list[WebhookAttempt] = Field(description="The oldest attempt first.")


class WebhookDeliveryList(Page[WebhookDelivery]):
    """Deliveries, the newest first."""


class WebhookDeliveriesQuery(PageQuery):
    state: Literal["waiting", "delivered", "failed", "dropped"] | None = Field(
        None, description="Only deliveries in this state."
    )
