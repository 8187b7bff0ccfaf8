"""Who does something, and the event that says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from blinker import Namespace

from webapp.extensions import db
from webapp.models import Account, ActorKind, Event, EventKind, LLMClientCustomDomain, Message, User

#: Sent after the row is added; the sender is the `Event`. Subscribers work in its transaction.
event_recorded = Namespace().signal("event-recorded")


@dataclass(frozen=True)
class Actor:
    kind: ActorKind
    name: str
    user_id: int | None = None

    @classmethod
    def person(cls, user: User, *, as_staff: bool = False) -> Actor:
        return cls(ActorKind.STAFF if as_staff else ActorKind.CUSTOMER, user.email, user.id)


SYSTEM = Actor(ActorKind.SYSTEM, "Nameplate")
COMMAND = Actor(ActorKind.COMMAND, "Command line")


def note(
    domain: LLMClientCustomDomain,
    kind: EventKind,
    said: Message | str,
    actor: Actor = SYSTEM,
    *,
    reason: str | None = None,
    evidence: dict[str, Any] | None = None,
) -> Event:
    """Add an event to the domain's history; flushed with whatever it tells of."""
    event = Event(
        account_id=domain.account_id,
        custom_domain_id=domain.id,
        kind=kind,
        actor_kind=actor.kind,
        actor_user_id=actor.user_id,
        actor_name=actor.name,
        **_said(said),
        reason=reason,
        evidence=evidence,
    )
    db.session.add(event)
    event_recorded.send(event)
    return event


def note_account(
    account: Account,
    kind: EventKind,
    said: Message | str,
    actor: Actor = SYSTEM,
    *,
    reason: str | None = None,
) -> Event:
    """Add an event that is about the account itself and none of its domains."""
    event = Event(
        account=account,
        kind=kind,
        actor_kind=actor.kind,
        actor_user_id=actor.user_id,
        actor_name=actor.name,
        **_said(said),
        reason=reason,
    )
    db.session.add(event)
    event_recorded.send(event)
    return event


def note_alone(kind: EventKind, said: Message | str, actor: Actor, *, reason: str | None = None) -> Event:
    """Add an event that is about no account, which staff alone read."""
    event = Event(
        kind=kind,
        actor_kind=actor.kind,
        actor_user_id=actor.user_id,
        actor_name=actor.name,
        **_said(said),
        reason=reason,
    )
    db.session.add(event)
    event_recorded.send(event)
    return event


def _said(said: Message | str) -> dict[str, Any]:
    return {"message": said} if isinstance(said, Message) else {"legacy_sentence": said}
