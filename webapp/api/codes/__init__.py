"""The codes of all problems of the API, each with its help page `/help/problems/<code>`.

A code is stable: programs branch on it. The sentences may be reworded.
"""

from __future__ import annotations

from webapp.api.codes import domains, handover, imports, keys, requests, webhooks
from webapp.api.codes.kind import Kind

__all__ = ["KINDS", "Kind"]

KINDS: dict[str, Kind] = {
    **requests.CODES,
    **domains.CODES,
    **handover.CODES,
    **keys.CODES,
    **imports.CODES,
    **webhooks.CODES,
}
