"""Which zones, and which records in them, are due for a step. They read and never write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_

from webapp.models import DomainState, HostedZone, LLMClientCustomDomain, ZoneState
from webapp.models.hosted_zone import UNFINISHED_STATES
from webapp.zones import provision, records_sync


def zones_due(now: datetime, limit: int) -> Sequence[int]:
    """The ids of zones in the making, by turns between accounts. Those that were tried the fewest times come first,
    so that silent parents keep no new domain waiting.

    Nothing is made for a name that nobody waits for any more.
    """
    given_up = and_(
        HostedZone.state.in_([ZoneState.WANTED, ZoneState.PARKED]),
        HostedZone.custom_domain.has(LLMClientCustomDomain.state == DomainState.EXPIRED),
    )
    unfinished = HostedZone.state.in_(UNFINISHED_STATES)
    return provision.JOB.due_in_turns(
        now, limit, HostedZone.custom_domain_id, unfinished, ~given_up, tried=HostedZone.attempts
    )


def records_due(now: datetime, limit: int) -> Sequence[int]:
    """The ids of domains whose zones are to be compared with their rows, by turns between accounts."""
    return records_sync.JOB.due_in_turns(now, limit, LLMClientCustomDomain.id)
