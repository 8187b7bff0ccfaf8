"""Which names are looked at, and how many of them were seen how. Queries read and never write."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from webapp.extensions import db, settings
from webapp.jobs.leases import Job
from webapp.models import LLMClientCustomDomain, Probe, ProbeOutcome

#: The longest pause between two probes of a name.
LONGEST = timedelta(hours=27)
#: Longer than the looks at all names that are claimed together.
JOB = Job(Probe.id, Probe.next_probe_at, lease=timedelta(minutes=3), longest=lambda: LONGEST)


def is_looked_at(domain: LLMClientCustomDomain) -> bool:
    """Whether visitors are to reach something at this name."""
    client = domain.llm_client
    return settings().probes_names and domain.is_verified and client is not None and client.deployed


def counts() -> dict[ProbeOutcome | None, int]:
    """How many names that are looked at ended how; None: they were not seen yet."""
    query = select(Probe.outcome_code, func.count()).where(Probe.next_probe_at.is_not(None))
    found: dict[ProbeOutcome | None, int] = {}
    for code, count in db.session.execute(query.group_by(Probe.outcome_code)):
        outcome = ProbeOutcome(code) if code in set(ProbeOutcome) else None
        found[outcome] = found.get(outcome, 0) + count
    return found
