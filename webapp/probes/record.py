"""Claiming names to look at, and what follows from what was seen: the next time, and what people are told.

It never changes the state of a domain: that a name is verified follows from DNS alone.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from webapp.audit.log import note
from webapp.extensions import db
from webapp.jobs.leases import BackOff
from webapp.jobs.writing import begin_writing
from webapp.live.queries import JOB, is_looked_at
from webapp.models import EventKind, LLMClientCustomDomain, Message, Probe, ProbeOutcome
from webapp.probes.judge import Judgement
from webapp.probes.queries import due_and_wanted, wanted
from webapp.probes.visits.look import Name

#: People are told that a live name stopped working when it was seen so twice, so far apart.
CONFIRMATION = timedelta(minutes=10)
#: Pauses until a name works: then each hour for a day, then each day.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 30))
_HOURLY, _DAILY = timedelta(hours=1), timedelta(hours=24)
_UNASKED = BackOff(60, 3600, factor=2)
Spread = Callable[[float, float], float]


@dataclass(frozen=True)
class Step:
    """A name as this worker claimed it."""

    probe_id: int
    lease: datetime
    name: Name


def claim(probe_ids: Sequence[int], now: datetime) -> Sequence[Step]:
    """Lease those that are due and that nobody else has. Names that no visitor is to reach wait for a change, and
    whether they failed is forgotten.
    """
    db.session.execute(
        update(Probe)
        .where(Probe.id.in_(probe_ids), JOB.is_due(now), ~wanted())
        .values(next_probe_at=None, failing_since=None, told_at=None)
        .execution_options(synchronize_session=False)
    )
    claimed = JOB.claim_all(probe_ids, now, due_and_wanted(now))
    domain = LLMClientCustomDomain
    query = select(Probe.id, domain.id, domain.domain_name, domain.method)
    query = query.join(domain, domain.id == Probe.custom_domain_id)
    rows = db.session.execute(query.where(Probe.id.in_(claimed)).order_by(Probe.id))
    return [Step(row[0], now + JOB.lease, Name(row[1], row[2], row[3].has_zone)) for row in rows]


def record(step: Step, found: Judgement, now: datetime, spread: Spread = random.uniform) -> bool:
    """Store what was seen. False when something has changed meanwhile, so that it says nothing any more."""
    begin_writing()
    # The domain is locked first, as by everything that changes its state: another order could deadlock.
    locked: dict[str, Any] = {"populate_existing": True, "with_for_update": True}
    domain = db.session.get(LLMClientCustomDomain, step.name.domain_id, **locked)
    probe = db.session.get(Probe, step.probe_id, **locked)
    if domain is None or probe is None or probe.next_probe_at != step.lease:
        return False
    if not is_looked_at(domain):
        _rest(probe)
        return False
    if found.outcome is ProbeOutcome.NOT_ASKED:
        _could_not_ask(probe, found, now)
    elif found.outcome.works:
        _store(probe, found, now)
        _works(domain, probe, found, now)
        probe.next_probe_at = now + _DAILY * spread(0.9, 1.1)
    else:
        _store(probe, found, now)
        _fails(domain, probe, found, now)
        probe.next_probe_at = now + _pause(probe, now, spread)
    db.session.flush()
    return True


def _rest(probe: Probe) -> None:
    """Until a change makes it due. What failed followed from that nobody is to reach it."""
    probe.next_probe_at = probe.failing_since = probe.told_at = None
    db.session.flush()


def _could_not_ask(probe: Probe, found: Judgement, now: datetime) -> None:
    """What was seen before still counts, and nobody is told of anything."""
    probe.attempts += 1
    if probe.seen is None or probe.outcome is ProbeOutcome.NOT_ASKED:
        probe.seen, probe.seen_at = _message(found), now
    probe.next_probe_at = now + _UNASKED.pause(probe.attempts)


def _message(found: Judgement) -> Message:
    return Message(found.outcome.value, found.params)


def _store(probe: Probe, found: Judgement, now: datetime) -> None:
    visit = found.visit
    shown = visit.certificate if visit else None
    probe.seen, probe.seen_at = _message(found), now
    probe.address = visit.address if visit else None
    probe.issuer = shown.issuer if shown else None
    probe.certificate_ends_at = shown.ends_at if shown else None
    probe.milliseconds = visit.milliseconds if visit else None


def _works(domain: LLMClientCustomDomain, probe: Probe, found: Judgement, now: datetime) -> None:
    name = {"name": domain.domain_name}
    if probe.first_live_at is None:
        probe.first_live_at = now
        note(domain, EventKind.LIVE, Message("domain.live", name))
    elif probe.told_at is not None:
        since = (probe.failing_since or probe.told_at).isoformat()
        note(domain, EventKind.LIVE_AGAIN, Message("domain.live-again", {**name, "since": since}))
    probe.failing_since, probe.told_at, probe.attempts = None, None, 0
    if found.warning is not None:
        _warn(domain, probe, found.warning)


def _warn(domain: LLMClientCustomDomain, probe: Probe, days: int) -> None:
    """Once for each of the days before the end of one certificate."""
    ends, told = probe.certificate_ends_at, probe.warned_of
    if ends is None or (told == ends and probe.warned_days is not None and probe.warned_days <= days):
        return
    probe.warned_of, probe.warned_days = ends, days
    said = {"name": domain.domain_name, "issuer": probe.issuer or "", "ends": ends.isoformat(), "days": days}
    note(domain, EventKind.CERTIFICATE_ENDS, Message("domain.certificate-ends", said))


def _fails(domain: LLMClientCustomDomain, probe: Probe, found: Judgement, now: datetime) -> None:
    """A time in the future was written by a clock that was ahead, and counts as now."""
    since = probe.failing_since
    if probe.first_live_at is not None and (since is None or since > now):
        since = probe.failing_since = now
        probe.attempts = 0
    probe.attempts += 1
    if since is not None and probe.told_at is None and now - since >= CONFIRMATION:
        probe.told_at = now
        said = {"name": domain.domain_name, "since": since.isoformat(), "seen": _message(found).as_param()}
        note(domain, EventKind.NOT_LIVE, Message("domain.not-live", said))


def _pause(probe: Probe, now: datetime, spread: Spread) -> timedelta:
    if probe.failing_since is not None and probe.told_at is None:
        left = CONFIRMATION - (now - probe.failing_since)
        return left + timedelta(seconds=spread(5, 60))
    if probe.attempts <= len(PAUSES):
        return PAUSES[probe.attempts - 1]
    return _HOURLY if probe.attempts <= len(PAUSES) + 24 else _DAILY
