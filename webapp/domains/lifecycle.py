"""The only code that changes a domain's state, and the signal that tells the other folders of a change.

No other module assigns `domain.state`. Code that has to act on a transition subscribes to `domain_transitioned`
(`webapp.subscriptions` lists all subscribers) and runs in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from blinker import Namespace

from webapp.audit.log import Actor, note
from webapp.domains.assignment import detach
from webapp.domains.locks import lock_domain
from webapp.extensions import db
from webapp.jobs import clock
from webapp.models import ALLOWED_TRANSITIONS, DomainState, EventKind, LLMClientCustomDomain, Message

domain_transitioned = Namespace().signal("domain-transitioned")


class TransitionKind(StrEnum):
    """What changed: the domain's state, its suspension, or the length of its grace period."""

    REGISTERED = "registered"
    STATE = "state"
    SUSPENDED = "suspended"
    RELEASED = "released"
    GRACE_EXTENDED = "grace-extended"


@dataclass(frozen=True)
class Transition:
    """What `domain_transitioned` carries. The sender of the signal is the domain after the transition.

    `before` is the domain's former state; None for a domain that was just registered. `code` is that of the event of
    a change of state.
    """

    kind: TransitionKind
    before: DomainState | None
    actor: Actor
    now: datetime
    reason: str | None = None
    code: str = ""


def publish(domain: LLMClientCustomDomain, transition: Transition) -> None:
    """Tell every subscriber, in no particular order. An exception of one of them ends the transaction."""
    domain_transitioned.send(domain, transition=transition)


def remove(
    domain: LLMClientCustomDomain, *, actor: Actor, reason: str | None = None, now: datetime | None = None
) -> None:
    """Stop serving the domain at once.

    The zone stays for now. While the parent delegates to it, somebody else could obtain one of its name servers.
    """
    if not lock_domain(domain) or domain.state.is_gone:
        return
    now = now or clock.now()
    llm_client = domain.llm_client
    if llm_client is not None:
        detach(llm_client, actor=actor)
    # The event keeps the LLM client, so that restoring the domain can give it back.
    evidence: dict[str, object] = {"llm_client": llm_client.id} if llm_client is not None else {}
    removing = Message("domain.removing", {"name": domain.domain_name})
    change_state(domain, DomainState.REMOVING, now, actor, removing, reason=reason, evidence=evidence)
    domain.next_check_at = None
    db.session.flush()


def change_state(
    domain: LLMClientCustomDomain,
    state: DomainState,
    now: datetime,
    actor: Actor,
    said: Message,
    *,
    reason: str | None = None,
    evidence: dict[str, object] | None = None,
) -> None:
    """Set the state, record the event and publish the transition.

    Raises `ValueError` for a transition that is not in `ALLOWED_TRANSITIONS`, which is a fault of ours.
    """
    if state is domain.state:
        return
    if state not in ALLOWED_TRANSITIONS[domain.state]:
        raise ValueError(f"{domain.domain_name} cannot go from {domain.state} to {state}")
    before, domain.state, domain.state_changed_at = domain.state, state, now
    domain.overdue_since, domain.extra_grace_days = None, 0
    if not state.is_checked:
        # No check would see that the alarm is over.
        domain.alarm_since = domain.alarm = None
    if state is DomainState.VERIFIED:
        domain.verified_at = domain.verified_at or now
        domain.find_registrable_domain()
    note(
        domain,
        EventKind.STATE_CHANGED,
        said,
        actor,
        reason=reason,
        evidence={"from": before.value, "to": state.value, **(evidence or {})},
    )
    publish(domain, Transition(TransitionKind.STATE, before, actor, now, reason, said.code))
