"""Taking a leaving zone to its end, one resumable step at a time.

As in `webapp.zones.provision`: `claim` and `record` (in `deletion_record`) touch the database, `look` asks DNS and
`delete` tells AWS; the task commits between them. A step looks first and deletes in the same breath if the look
allows it, so that no deletion rests on an old look; whatever is killed in the middle looks again. Right before it
deletes, `begin_deletion` makes sure that nobody has taken the removal back (`webapp.proofs.restore`), and from then
on nobody can.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from webapp.aws.route53.port import Route53Api, Zone
from webapp.aws.shared.budget import Priority, priority
from webapp.aws.shared.errors import AwsError, Gone
from webapp.dns.delegation import Expectation, look_up
from webapp.dns.resolver import Dns
from webapp.domains import locks
from webapp.extensions import db
from webapp.models import HostedZone, Message, ZoneState
from webapp.removal import deletion_queue
from webapp.removal.deletion_policy import Watch, look_of, thorough
from webapp.zones.findings import FindingKind
from webapp.zones.trouble import ZoneTrouble

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Step:
    """A leaving zone as it stood when this worker took it."""

    zone_id: int
    lease: datetime
    host: str
    claim_id: str
    caller_reference: str
    aws_id: str | None
    name_servers: tuple[str, ...]
    watch: Watch


@dataclass(frozen=True)
class NeverMade:
    """AWS has no zone with our reference."""


@dataclass(frozen=True)
class Looked:
    """`watch` with the new look in it. `trouble`: AWS could not be told to empty or to delete the zone."""

    watch: Watch
    trouble: ZoneTrouble | None = None

    @property
    def allows_deletion(self) -> bool:
        return self.trouble is None and self.watch.over


@dataclass(frozen=True)
class Deleted:
    """The zone is not at AWS any more. No `watch`: it was gone before we looked."""

    watch: Watch | None = None


Outcome = Zone | NeverMade | Looked | Deleted | ZoneTrouble


def claim(zone_id: int, now: datetime) -> Step | None:
    """Take the zone for the job's lease, unless it is not leaving, not due or another worker's."""
    lease = deletion_queue.JOB.claim(zone_id, now, HostedZone.state == ZoneState.LEAVING)
    if lease is None:
        return None
    zone = db.session.get_one(HostedZone, zone_id, populate_existing=True)
    return Step(
        zone_id=zone.id,
        lease=lease,
        host=zone.domain_name,
        claim_id=zone.claim_id,
        caller_reference=zone.caller_reference,
        aws_id=zone.aws_hosted_zone_id,
        name_servers=tuple(zone.name_servers),
        watch=deletion_queue.watch_of(zone),
    )


async def look(step: Step, dns: Dns, route53: Route53Api, now: datetime) -> Outcome:
    """Find out which zone it is if that is not known, else empty it and look at its parent."""
    with priority(Priority.CLEANUP):
        try:
            if step.aws_id is None:
                return route53.find_zone(step.host, step.caller_reference) or NeverMade()
            if not step.name_servers:
                return route53.get_zone(step.aws_id)
        except Gone:
            return Deleted()
        except AwsError as err:
            return ZoneTrouble.of(err)
        return await _look_at_parent(step, step.aws_id, dns, route53, now)


async def _look_at_parent(
    step: Step, aws_id: str, dns: Dns, route53: Route53Api, now: datetime
) -> Looked | Deleted:
    """People wait for the look, so that it is taken even while AWS does not let itself be told anything."""
    trouble = None
    try:
        route53.empty_zone(aws_id, step.host, step.claim_id)
    except Gone:
        return Deleted()
    except AwsError as err:
        trouble = ZoneTrouble.of(err)
    expectation = Expectation(step.host, step.name_servers)
    try:
        seen = await look_up(expectation, dns, limits=thorough(dns.limits))
    except Exception:
        # A fault of ours: without this the zone would be looked at again as soon as the lease is over, for ever.
        log.exception("look.fault", zone_id=step.zone_id, host=step.host)
        fault = Message("zone.look-fault", {"name": step.host})
        return Looked(step.watch, ZoneTrouble(fault, finding=FindingKind.CHECK_FAULT))
    return Looked(step.watch.after(look_of(seen, step.name_servers, now)), trouble)


def begin_deletion(step: Step, now: datetime) -> bool:
    """Mark the zone as one that may be gone from now on. False when it is not ours to delete any more.

    To be committed before `delete`: a mark that nobody else can see would keep nobody from restoring the domain.
    """
    locks.lock_zones(db.session.get_one(HostedZone, step.zone_id).custom_domain_id)
    zone = db.session.get_one(HostedZone, step.zone_id, populate_existing=True)
    if zone.next_attempt_at != step.lease or zone.state is not ZoneState.LEAVING:
        return False
    zone.watch = replace(step.watch, deleting_since=now).to_dict()
    db.session.flush()
    return True


def delete(step: Step, looked: Looked, route53: Route53Api, now: datetime) -> Looked | Deleted:
    """Delete the zone, whose deletion has begun, after a look that allows it."""
    watch = replace(looked.watch, deleting_since=now)
    with priority(Priority.CLEANUP):
        try:
            route53.delete_zone(step.aws_id or "", step.host, step.claim_id)
        except AwsError as err:
            return Looked(watch, ZoneTrouble.of(err))
    return Deleted(watch)
