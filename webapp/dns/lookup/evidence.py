"""The evidence of one check: each question, whom it was put to, and what came back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["above", "parent", "ours", "resolver"]


@dataclass(frozen=True)
class Asked:
    """One question that was put to one server, or why it was not.

    `question` reads "chat.acme.com NS"; `outcome` is a `webapp.dns.answers.Outcome`; `ttl` is that of the
    name servers seen, or the negative TTL; `dig` is the line that asks the same again, empty when nothing
    was asked; `note` is a sentence or empty.
    """

    server: str
    address: str
    question: str
    transport: str
    outcome: str
    authoritative: bool
    name_servers: tuple[str, ...]
    ttl: int | None
    ms: int
    role: Role
    dig: str
    note: str = ""
