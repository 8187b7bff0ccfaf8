"""What programs and outsiders have of an account: keys, webhooks, links, imports."""

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
    "DeliveryState",
    "EndpointState",
    "OffReason",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookMessage",
]
