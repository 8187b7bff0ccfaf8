"""Waking workers for what a claim waits for on our side, whatever its method is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from webapp.jobs import clock
from webapp.models import LLMClientCustomDomain
from webapp.proofs.base.method import Wake
from webapp.proofs.registry import METHODS
from webapp.runtime.queue import queue


def wake_for(domain: LLMClientCustomDomain, now: datetime | None = None) -> None:
    """After a commit that registered, removed or kept the claim, or changed its method. Sweeps find it as well."""
    at = now or clock.now()
    wake(one for method in METHODS.values() for one in method.waiting(domain, at))


def wake(wakes: Iterable[Wake]) -> None:
    for one in wakes:
        queue(one.task, one.row_id)
