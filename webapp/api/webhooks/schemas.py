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
    url: str = Field(min_length=1, max_length=2000, description=_URL, examples=["https://hooks.acme.com/in"])
    description: Line = Field("", max_length=200)
    types: list[TypeChoice] | None = Field(
        None, min_length=1, max_length=50, description="Without it all but check.finished."
    )


class WebhookChange(Model):
    """What is left out stays as it is."""

    url: str | None = Field(None, min_length=1, max_length=2000, description=_URL)
    description: Line | None = Field(None, max_length=200)
    types: list[TypeChoice] | None = Field(None, min_length=1, max_length=50)
    state: Literal["on", "off"] | None = Field(
        None, description="What waits for an endpoint is dropped when it is switched off."
    )


class Webhook(Answer):
    """An endpoint."""

    id: int
    account: str | None = Field(description="Null for the platform's own, which hear of all accounts.")
    url: str
    description: str
    types: list[MessageType]
    payload_version: str = Field(description="The form of the bodies, by its date.")
    state: Annotated[str, one_of(*(one.value for one in EndpointState))]
    off_reason: Annotated[str, one_of(*(one.value for one in OffReason))] | None
    created_at: Time
    former_secret_until: Time | None = Field(
        description="Until when the secret from before the last rotation signs as well."
    )
    failing_since: Time | None = Field(description="Since when every attempt has failed.")
    last_attempt_at: Time | None
    last_delivered_at: Time | None


class WebhookWithSecret(Webhook):
    secret: str = Field(description="Shown in this answer alone.")


class WebhookList(Page[Webhook]):
    """Endpoints, the newest first."""


class WebhooksQuery(PageQuery):
    """Endpoints in pieces."""


class WebhookDelivery(Answer):
    """One message on its way to one endpoint."""

    id: int
    message_id: str = Field(description="The header webhook-id, the same on each attempt.")
    type: MessageType
    state: Annotated[str, one_of(*(one.value for one in DeliveryState))]
    attempts: int
    created_at: Time
    next_attempt_at: Time | None
    delivered_at: Time | None


class WebhookAttempt(Answer):
    """One attempt, and what came back."""

    at: Time
    code: Annotated[str, one_of(*(one.value for one in Outcome))]
    sentence: str
    status: int | None
    answer: str | None = Field(description="The first bytes of the answer, as text.")
    address: str | None
    milliseconds: int


class WholeWebhookDelivery(WebhookDelivery):
    body: dict[str, Any] = Field(description="What is sent.")
    log: list[WebhookAttempt] = Field(description="The oldest attempt first.")


class WebhookDeliveryList(Page[WebhookDelivery]):
    """Deliveries, the newest first."""


class WebhookDeliveriesQuery(PageQuery):
    state: Literal["waiting", "delivered", "failed", "dropped"] | None = Field(
        None, description="Only deliveries in this state."
    )
