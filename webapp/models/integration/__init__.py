"""What programs and outsiders have of an account: keys, webhooks, links, imports."""

from webapp.models.integration.answers import IdempotentAnswer
from webapp.models.integration.handover import HandoverLink
from webapp.models.integration.imports import DomainImport, ImportLine, ImportState, LineState
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
    "DomainImport",
    "DomainTransfer",
    "EndpointState",
    "HandoverLink",
    "IdempotentAnswer",
    "ImportLine",
    "ImportState",
    "LineState",
    "OffReason",
    "TransferState",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookMessage",
]
