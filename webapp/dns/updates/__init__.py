"""Dynamic updates (RFC 2136) of a zone of ours at the platform's own name servers."""

from webapp.dns.updates.zone import (
    DynamicZone,
    UpdateError,
    UpdateKey,
    UpdateRefusedError,
    UpdateRetryError,
)

__all__ = ["DynamicZone", "UpdateError", "UpdateKey", "UpdateRefusedError", "UpdateRetryError"]
