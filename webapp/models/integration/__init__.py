"""What programs and outsiders have of an account: keys, webhooks, links, imports."""

from webapp.models.integration.answers import IdempotentAnswer
from webapp.models.integration.handover import HandoverLink
from webapp.models.integration.keys import ApiKey
from webapp.models.integration.transfers import DomainTransfer, TransferState
from webapp.models.integration.webhooks import (
    DeliveryState,
    EndpointState,
    OffReason,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookMessage,
)

__all__ = [
    "ApiKey",
    "DeliveryState",
    "DomainTransfer",
    "EndpointState",
    "HandoverLink",
    "IdempotentAnswer",
    "OffReason",
    "TransferState",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookMessage",
]
