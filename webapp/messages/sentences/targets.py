"""Sentences about the targets of the records method, by code.

They have a parameter `said` as well: what the server answered, with its address, for staff alone.
"""

from __future__ import annotations

SENTENCES: dict[str, str] = {
    "target.silent": "The name servers of {zone} did not take our update. We try again in a few minutes.",
    "target.refused": "The name servers of {zone} refuse our update. Our staff has to correct that.",
    "target.no-edge": "Our edge has no address at the moment. Our staff has to correct that.",
}
