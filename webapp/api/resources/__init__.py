"""The operations, one module a resource. Each is written in the pattern of `webapp.api.document.operation`."""

from __future__ import annotations

from webapp.api.domains import acts, checks, domains, suspension
from webapp.api.resources import (
    accounts,
    events,
    handover_links,
    imports,
    keys,
    llm_clients,
    transfers,
)
from webapp.api.webhooks import operations as webhooks

#: The blueprints of all resources.
RESOURCES = (
    *(domains.api, checks.api, acts.api, suspension.api),
    *(accounts.api, events.api, keys.api, llm_clients.api),
    *(handover_links.api, transfers.api, imports.api, webhooks.api),
)
