"""The audit log: who acts (`Actor`), and the one function that records events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from blinker import Namespace

from webapp.extensions import db
from webapp.models import (
    Account,
    ActorKind,
    ApiKey,
    Event,
    EventKind,
    LLMClientCustomDomain,
    Message,
    User,
    utcnow,
)
from webapp.models.base import current_request_id

#: Sent for every event. The sender is the row, added to the session and not flushed yet.
event_recorded = Namespace().signal("event-recorded")


@dataclass(frozen=True)
class Actor:
    kind: ActorKind
    name: str
    user_id: int | None = None

    @classmethod
    def person(cls, user: User, *, as_staff: bool = False) -> Actor:
        return cls(ActorKind.STAFF if as_staff else ActorKind.CUSTOMER, user.email, user.id)

    @classmethod
    def key(cls, api_key: ApiKey) -> Actor:
        """A program. Its name is unique by the prefix; the secret is no part of it."""
        return cls(ActorKind.KEY, f"{api_key.name} ({api_key.prefix})")

    @property
    def is_limited(self) -> bool:
        """Whether the limits of customers hold for it. A program has a customer's, whoever made its key."""
        return self.kind in {ActorKind.CUSTOMER, ActorKind.KEY}


SYSTEM = Actor(ActorKind.SYSTEM, "Nameplate")
COMMAND = Actor(ActorKind.COMMAND, "Command line")


def note(
    domain: LLMClientCustomDomain,
    kind: EventKind,
    said: Message,
    actor: Actor = SYSTEM,
    *,
    reason: str | None = None,
    evidence: dict[str, Any] | None = None,
) -> Event:
    """Record an event of the domain's history. The caller flushes it together with the change that it tells of."""
    of = {"account_id": domain.account_id, "custom_domain_id": domain.id}
    return _record(kind, said, actor, reason=reason, evidence=evidence, **of)


def note_account(
    account: Account,
    kind: EventKind,
    said: Message,
    actor: Actor = SYSTEM,
    *,
    reason: str | None = None,
) -> Event:
    """Record an event about the account itself, not about one of its domains."""
    return _record(kind, said, actor, reason=reason, account=account)


def note_alone(kind: EventKind, said: Message, actor: Actor, *, reason: str | None = None) -> Event:
    """Record an event about no account. Only staff read it."""
    return _record(kind, said, actor, reason=reason)


def _record(kind: EventKind, said: Message, actor: Actor, **columns: Any) -> Event:
    """The only place that creates events, so that subscribers of `event_recorded` miss none.

    The request id is that of now. Events of several requests may be flushed together, later.
    """
    event = Event(
        kind=kind,
        actor_kind=actor.kind,
        actor_user_id=actor.user_id,
        actor_name=actor.name,
        message=said,
        request_id=current_request_id(),
        created_at=utcnow(),
        **columns,
    )
    db.session.add(event)
    event_recorded.send(event)
    return event
