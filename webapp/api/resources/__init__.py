"""The operations, one module a resource. Each is written in the pattern of `webapp.api.document.operation`."""

from __future__ import annotations

from webapp.api.resources import accounts, domains, keys

#: The blueprints of all resources.
RESOURCES = (domains.api, accounts.api, keys.api)
