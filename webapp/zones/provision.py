"""Making a domain's hosted zone, one resumable step at a time.

`claim` and `record` (in `provision_record`) touch the database, `advance` asks DNS and AWS; the task commits between
them, so whatever is killed in the middle is taken up again from the row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select

from webapp.audit.log import note
from webapp.aws.route53.port import Route53Api, Zone
from webapp.aws.shared.errors import AwsError, Gone
from webapp.dns.delegation import Baseline, take_baseline, zone_answers
from webapp.dns.resolver import Dns
from webapp.extensions import db
from webapp.jobs.clock import has_come
from webapp.jobs.leases import PARKED_PAUSE, Job
from webapp.models import EventKind, HostedZone, Message, ZoneState
from webapp.models.hosted_zone import UNFINISHED_STATES
from webapp.zones import findings
from webapp.zones.findings import FindingKind
from webapp.zones.trouble import ZoneTrouble

#: The longest time until the next attempt: for a zone whose parent goes on saying nothing.
LONGEST_PAUSE = timedelta(hours=2)
#: After so many attempts in vain a zone may rest for longer than `PARKED_PAUSE`.
MANY_ATTEMPTS = 10


class _Making(Job):
    """A customer waits for a new zone, so that a lease from a clock that was an hour ahead must not hold for that
    hour: only a zone that was tried often, or that rests for today, is believed to have a pause of hours.
    """

    def is_due(self, now: datetime) -> ColumnElement[bool]:
        rests = or_(HostedZone.state == ZoneState.PARKED, HostedZone.attempts >= MANY_ATTEMPTS)
        return or_(super().is_due(now), and_(~rests, has_come(self.due, now, PARKED_PAUSE)))


#: The lease is longer than the AWS client's own patience.
JOB = _Making(
    HostedZone.id,
    HostedZone.next_attempt_at,
    lease=timedelta(minutes=3),
    longest=lambda: LONGEST_PAUSE,
    none_is_due=True,
)

#: So many sets a day are drawn for a domain and given back, because its parent listed them already.
MOST_DISCARDS = 3

#: What people are told of a zone that rests because each set that we drew was at the parent before.
ALL_LISTED = "zone.all-listed"


@dataclass(frozen=True)
class Step:
    """A zone as it stood when this worker took it."""

    zone_id: int
    lease: datetime
    state: ZoneState
    host: str
    claim_id: str
    caller_reference: str
    baseline: Baseline | None
    aws_id: str | None
    change_id: str | None
    name_servers: tuple[str, ...]
    request_id: str | None = None


@dataclass(frozen=True)
class NotYet:
    """Ask again after a pause. `problem` says what we wait for, when it is not only time."""

    problem: Message | None = None


@dataclass(frozen=True)
class Ready:
    """In sync, and all four name servers answer."""


@dataclass(frozen=True)
class Deleted:
    """A discarded zone is gone from AWS."""


Outcome = Baseline | Zone | Ready | Deleted | NotYet | ZoneTrouble


def claim(zone_id: int, now: datetime) -> Step | None:
    """Take the zone for the job's lease, unless it is finished or another worker's."""
    lease = JOB.claim(zone_id, now, HostedZone.state.in_(UNFINISHED_STATES))
    if lease is None:
        return None
    zone = db.session.get_one(HostedZone, zone_id, populate_existing=True)
    if zone.state in {ZoneState.WANTED, ZoneState.PARKED} and _drawn_in_vain(zone, now) >= MOST_DISCARDS:
        _rest(zone, now)
        return None
    return Step(
        zone_id=zone.id,
        lease=lease,
        state=zone.state,
        host=zone.domain_name,
        claim_id=zone.claim_id,
        caller_reference=zone.caller_reference,
        baseline=Baseline.from_dict(zone.baseline) if zone.baseline else None,
        aws_id=zone.aws_hosted_zone_id,
        change_id=zone.change_id,
        name_servers=tuple(zone.name_servers),
        request_id=zone.request_id,
    )


def _drawn_in_vain(zone: HostedZone, now: datetime) -> int:
    """How many zones of the domain were made within a day and never shown to anybody."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(HostedZone)
            .where(
                HostedZone.custom_domain_id == zone.custom_domain_id,
                HostedZone.id != zone.id,
                HostedZone.state.in_([ZoneState.DISCARDED, ZoneState.RETIRED]),
                HostedZone.aws_hosted_zone_id.is_not(None),
                HostedZone.ready_at.is_(None),
                HostedZone.created_at > now - timedelta(days=1),
            )
        )
        or 0
    )


def _rest(zone: HostedZone, now: datetime) -> None:
    """Draw no more today. A parent that lists every name server there is would have us draw for ever."""
    problem = Message(ALL_LISTED, {"name": zone.domain_name})
    if zone.problem != problem:
        note(zone.custom_domain, EventKind.ZONE_TROUBLE, problem)
    zone.state, zone.problem, zone.next_attempt_at = ZoneState.PARKED, problem, now + LONGEST_PAUSE
    told = Message("finding.all-listed", {"sets": MOST_DISCARDS, "name": zone.domain_name})
    findings.report(FindingKind.ALL_LISTED, told, now, domain_id=zone.custom_domain_id)
    db.session.flush()


async def advance(step: Step, dns: Dns, route53: Route53Api) -> Outcome:
    """Take the one step that `step.state` calls for. The baseline comes first: without it, a set that somebody
    delegated beforehand could not be told from one that appeared because we allotted it.
    """
    try:
        if step.state is ZoneState.DISCARDED:
            route53.delete_zone(step.aws_id or "", step.host, step.claim_id)
            return Deleted()
        if step.state is ZoneState.CREATED:
            return await _confirm(step, dns, route53)
        if step.baseline is None:
            return await _take_baseline(step, dns)
        return route53.create_zone(step.host, step.caller_reference, step.claim_id)
    except AwsError as err:
        return ZoneTrouble.of(err)


async def _take_baseline(step: Step, dns: Dns) -> Outcome:
    baseline = await take_baseline(step.host, dns)
    if baseline.reachable:
        return baseline
    return NotYet(Message("zone.parent-silent", {"name": step.host}))


async def _confirm(step: Step, dns: Dns, route53: Route53Api) -> Outcome:
    if step.change_id and not _in_sync(step.change_id, route53):
        return NotYet()
    answers = await zone_answers(step.host, step.name_servers, dns)
    return Ready() if all(answers.get(server) for server in step.name_servers) else NotYet()


def _in_sync(change_id: str, route53: Route53Api) -> bool:
    """AWS forgets a change after a while, which may be over before a worker asks. It was in sync long before."""
    try:
        return route53.change_in_sync(change_id)
    except Gone:
        return True
