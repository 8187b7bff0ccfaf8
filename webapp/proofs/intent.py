"""What a claim needs on our side follows from its state and its method."""

from __future__ import annotations

from webapp.domains.lifecycle import Transition, TransitionKind
from webapp.models import DomainState, LLMClientCustomDomain
from webapp.proofs.registry import METHODS, method_of


def on_transition(domain: LLMClientCustomDomain, *, transition: Transition) -> None:
    """A claim that was just registered is prepared, and one that is being removed gives everything back."""
    if transition.kind is TransitionKind.REGISTERED:
        method_of(domain).prepare(domain, transition.now)
    elif transition.kind is TransitionKind.STATE and domain.state is DomainState.REMOVING:
        domain.next_method = domain.next_report = domain.former_until = domain.contests_since = None
        for method in METHODS.values():
            method.let_go(domain, transition.now)
