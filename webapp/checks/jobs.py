"""The two things that workers claim for checks: a domain whose check is due, and a check to be carried out."""

from __future__ import annotations

from datetime import timedelta

from webapp.domains import transitions
from webapp.extensions import settings
from webapp.jobs.leases import Job
from webapp.models import Check, LLMClientCustomDomain

#: How long a queued check may wait for a worker before the sweep queues it again.
QUEUE_LEASE = timedelta(seconds=30)
#: Longer than any check may take, so that a lease that is over means a worker that is gone.
_WORK_LEASE = timedelta(seconds=60)

#: A check without a lease is nobody's, and due. A waiting one may be taken before its lease for the queue is over.
WORK = Job(
    Check.id,
    Check.lease_until,
    lease=_WORK_LEASE,
    longest=lambda: _WORK_LEASE,
    none_is_due=True,
)
#: Opening a check claims its domain until the check must have been recorded, which sets the real time of the next.
SCHEDULE = Job(
    LLMClientCustomDomain.id,
    LLMClientCustomDomain.next_check_at,
    lease=_WORK_LEASE + QUEUE_LEASE,
    longest=lambda: transitions.longest_pause(settings()),
)
