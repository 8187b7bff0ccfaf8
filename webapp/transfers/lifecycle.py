"""An offer ends when its domain is removed or suspended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from webapp.domains.lifecycle import Transition, TransitionKind
from webapp.jobs import together
from webapp.models import LLMClientCustomDomain
from webapp.transfers.offers import end_open


def on_transition(domain: LLMClientCustomDomain, *, transition: Transition) -> None:
    if transition.kind is TransitionKind.SUSPENDED or domain.state.is_gone:
        together.send(_end, domain.id, (domain.id, transition.now))


def _end(rows: Sequence[tuple[int, datetime]]) -> None:
    end_open([domain_id for domain_id, _ in rows], max(now for _, now in rows))
