"""The one way from state to state, and the signal by which the other rooms learn of it.

Nobody else assigns `domain.state`. Whoever has to do something about a transition subscribes to `domain_transitioned`
(`webapp.subscriptions` lists them all) and works in the same transaction.
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
from webapp.models import ALLOWED_TRANSITIONS, DomainState, EventKind, LLMClientCustomDomain, Message, utcnow

domain_transitioned = Namespace().signal("domain-transitioned")


class TransitionKind(StrEnum):
    """What changed about a domain: its state, whether staff suspend it, or how long it is still served."""

    REGISTERED = "registered"
    STATE = "state"
    SUSPENDED = "suspended"
    RELEASED = "released"
    GRACE_EXTENDED = "grace-extended"


@dataclass(frozen=True)
class Transition:
    """What `domain_transitioned` tells; its sender is the domain, as it is afterwards.

    `before` is the state that the domain came from, None for one that was just registered.
    """

    kind: TransitionKind
    before: DomainState | None
    actor: Actor
    now: datetime
    reason: str | None = None


def publish(domain: LLMClientCustomDomain, transition: Transition) -> None:
    """Tell every subscriber, in no order that anybody may rely on. What one of them raises ends the transaction."""
    domain_transitioned.send(domain, transition=transition)


def remove(
    domain: LLMClientCustomDomain, *, actor: Actor, reason: str | None = None, now: datetime | None = None
) -> None:
    """Stop serving at once. The zone stays, so that nobody else can obtain the name while it is still delegated."""
    now = now or utcnow()
    lock_domain(domain)
    if domain.state.is_gone:
        return
    llm_client = domain.llm_client
    if llm_client is not None:
        detach(llm_client, actor=actor)
    # The LLM client that it led to, for whoever restores the domain.
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
    said: Message | str,
    *,
    reason: str | None = None,
    evidence: dict[str, object] | None = None,
) -> None:
    """Set the state, record the event and publish the transition.

    Raises `ValueError` for a way that `ALLOWED_TRANSITIONS` does not have, which is a fault of ours.
    """
    if state is domain.state:
        return
    if state not in ALLOWED_TRANSITIONS[domain.state]:
        raise ValueError(f"{domain.domain_name} cannot go from {domain.state} to {state}")
    before, domain.state, domain.state_changed_at = domain.state, state, now
    domain.overdue_since, domain.extra_grace_days = None, 0
    if state is DomainState.VERIFIED:
        domain.verified_at = domain.verified_at or now
    note(
        domain,
        EventKind.STATE_CHANGED,
        said,
        actor,
        reason=reason,
        evidence={"from": before.value, "to": state.value, **(evidence or {})},
    )
    publish(domain, Transition(TransitionKind.STATE, before, actor, now, reason))
