"""What people are told of a suspension: the same facts and words on pages, in e-mails, commands and exports."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.config.settings import Settings
from webapp.dns import names
from webapp.messages.formatting import clock
from webapp.models import Event, EventKind, LLMClientCustomDomain


@dataclass(frozen=True)
class Suspension:
    """`contact`: the address that people can write to."""

    since: datetime
    reason: str
    contact: str

    @property
    def sentence(self) -> str:
        # Staff write a reason with a full stop or without.
        return f"Suspended by staff on {clock(self.since)}: {self.reason.rstrip('.')}."

    @property
    def next_step(self) -> str:
        return f"Contact {self.contact}."

    def document(self) -> dict[str, Any]:
        return {"since": self.since.isoformat(), "reason": self.reason, "contact": self.contact}


def suspension_of(domain: LLMClientCustomDomain, contact: str) -> Suspension | None:
    """The domain's suspension. None for a domain that is removed or being removed: its page tells of the removal."""
    if domain.held_at is None or domain.state.is_gone:
        return None
    return Suspension(domain.held_at, domain.hold_reason or "", contact)


def suspension_document(domain: LLMClientCustomDomain, settings: Settings) -> dict[str, Any] | None:
    suspension = suspension_of(domain, settings.contact)
    return suspension.document() if suspension else None


def refusal(name: names.HostName, settings: Settings, *, mine: bool) -> names.Refusal:
    """Why nobody can have a suspended name. `mine`: it is suspended in the account that asks."""
    contact = settings.contact
    if mine:
        sentence = (
            f"{name.shown} is suspended in this account. Contact {contact} before you register it again."
        )
    else:
        sentence = f"{name.shown} is suspended, so that no account can have it. Contact {contact}."
    return names.Refusal(names.RefusalCode.ON_HOLD, "on-hold", sentence)


def last_suspension(history: Iterable[Event], since: datetime) -> tuple[datetime, datetime] | None:
    """Begin and end of the latest suspension that ended after `since`. `history` is newest first."""
    ended: datetime | None = None
    for event in history:
        if event.kind is EventKind.RELEASED and ended is None and event.created_at > since:
            ended = event.created_at
        elif event.kind is EventKind.HELD and ended is not None:
            return event.created_at, ended
    return None
