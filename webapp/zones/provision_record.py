"""What a step of making a zone came to, written to its row; see `webapp.zones.provision`."""

from __future__ import annotations

from datetime import datetime

from webapp.audit.log import note
from webapp.aws.route53.port import Zone
from webapp.dns.delegation import Baseline, fresh_set_overlaps
from webapp.domains.locks import lock_zones
from webapp.domains.rules import transitions
from webapp.extensions import db
from webapp.health.status import Fails, Works
from webapp.jobs.leases import BackOff
from webapp.models import EventKind, HostedZone, Message, ZoneState
from webapp.zones import findings, records
from webapp.zones.findings import FindingKind
from webapp.zones.intent import want_zone
from webapp.zones.provision import LONGEST_PAUSE, Deleted, NotYet, Outcome, Ready, Step
from webapp.zones.trouble import ZoneTrouble, tell_staff

_IN_TROUBLE = BackOff(first=5, most=300)
_NOT_IN_SYNC = BackOff(first=2, most=60)
#: Without a baseline nothing can be made, and nobody waits at a parent that is silent for hours.
_PARENT_IS_SILENT = BackOff(first=2, most=LONGEST_PAUSE.total_seconds())

#: How often AWS may say that a CallerReference is used and then list no zone that has it. Its list lags behind for
#: seconds, so after so many attempts the zone was made and deleted again, and its reference is spent for ever.
MOST_LOST_ANSWERS = 10


def record(step: Step, outcome: Outcome, now: datetime) -> bool:
    """Store the outcome if the lease is still ours. True when the next step can be taken at once."""
    lock_zones(db.session.get_one(HostedZone, step.zone_id).custom_domain_id)
    zone = db.session.get_one(HostedZone, step.zone_id, populate_existing=True)
    if zone.next_attempt_at != step.lease:
        return False
    if zone.state is ZoneState.LEAVING:
        _left_meanwhile(zone, outcome, now)
        return False
    at_once = _store(zone, outcome, now)
    if at_once:
        zone.next_attempt_at, zone.attempts, zone.problem = None, 0, None
    db.session.flush()
    return at_once


def _left_meanwhile(zone: HostedZone, outcome: Outcome, now: datetime) -> None:
    """The domain was removed while AWS was busy. What it made must not be forgotten."""
    if isinstance(outcome, Zone):
        zone.aws_hosted_zone_id, zone.change_id = outcome.id, outcome.change_id
        zone.name_servers = list(outcome.name_servers)
    zone.next_attempt_at = now
    db.session.flush()


def _store(zone: HostedZone, outcome: Outcome, now: datetime) -> bool:
    match outcome:
        case Baseline():
            zone.baseline = outcome.to_dict()
            return True
        case Zone():
            _created(zone, outcome, now)
            return True
        case Ready():
            _ready(zone, now)
        case Deleted():
            zone.state, zone.next_attempt_at = ZoneState.RETIRED, None
        case NotYet():
            zone.attempts += 1
            zone.problem = outcome.problem
            waiting = _PARENT_IS_SILENT if zone.baseline is None else _NOT_IN_SYNC
            zone.next_attempt_at = now + waiting.pause(zone.attempts)
        case ZoneTrouble():
            _troubled(zone, outcome, now)
    return False


def _created(zone: HostedZone, made: Zone, now: datetime) -> None:
    """A set that the parent listed before it was allotted proves nothing, so that zone is given back unused."""
    zone.aws_hosted_zone_id, zone.change_id = made.id, made.change_id
    zone.name_servers = list(made.name_servers)
    findings.resolve([FindingKind.DELEGATION_SET], now, domain_id=zone.custom_domain_id)
    overlap = fresh_set_overlaps(Baseline.from_dict(zone.baseline or {}), made.name_servers)
    if overlap:
        zone.state = ZoneState.DISCARDED
        note(
            zone.custom_domain,
            EventKind.ZONE_TROUBLE,
            Message("zone.set-known", {"servers": sorted(overlap)}),
        )
        want_zone(zone.custom_domain, now)
        return
    findings.resolve([FindingKind.ALL_LISTED], now, domain_id=zone.custom_domain_id)
    zone.state = ZoneState.CREATED
    if zone.custom_domain.method.has_zone:
        zone.custom_domain.aws_hosted_zone_id = made.id


def _ready(zone: HostedZone, now: datetime) -> None:
    zone.state, zone.next_attempt_at, zone.problem, zone.attempts = ZoneState.READY, None, None, 0
    zone.ready_at = zone.ready_at or now
    records.rewrite(zone.custom_domain, now)
    held = zone.custom_domain.held_at is not None
    zone.custom_domain.next_check_at = None if held else now + transitions.pending_pause(0)
    note(zone.custom_domain, EventKind.ZONE_READY, Message("zone.ready", {"name": zone.domain_name}))


def _troubled(zone: HostedZone, trouble: ZoneTrouble, now: datetime) -> None:
    zone.attempts += 1
    if zone.problem != trouble.message:
        told = Message("zone.not-prepared", {"problem": trouble.message.as_param()})
        note(zone.custom_domain, EventKind.ZONE_TROUBLE, told)
    zone.problem = trouble.message
    tell_staff(zone, trouble, now)
    if trouble.code == "HostedZoneAlreadyExists" and zone.attempts >= MOST_LOST_ANSWERS:
        _start_anew(zone, trouble, now)
        return
    if trouble.final:
        zone.state, zone.next_attempt_at = ZoneState.REFUSED, None
        return
    if zone.state in {ZoneState.WANTED, ZoneState.PARKED}:
        zone.state = ZoneState.PARKED if trouble.parked else ZoneState.WANTED
    zone.next_attempt_at = now + trouble.pause(zone.attempts, _IN_TROUBLE)


def _start_anew(zone: HostedZone, trouble: ZoneTrouble, now: datetime) -> None:
    """Another generation, with another reference. Should the zone turn up after all, reconciliation knows its
    reference and lets it leave.
    """
    zone.state, zone.next_attempt_at = ZoneState.RETIRED, None
    told = Message("zone.reference-spent", {"problem": trouble.message.as_param()})
    note(zone.custom_domain, EventKind.ZONE_TROUBLE, told)
    want_zone(zone.custom_domain, now)


#: What AWS answers about one zone alone, which does not mean that it refuses others.
_ABOUT_ONE_ZONE = frozenset({"HostedZoneAlreadyExists", "PriorRequestNotComplete", "HostedZoneNotEmpty"})


def health_of(outcome: Outcome) -> Works | Fails | None:
    """What the outcome tells of Route 53; None when it was not asked, or failed for a reason of this zone alone."""
    if isinstance(outcome, Zone | Ready | Deleted):
        return Works()
    if not isinstance(outcome, ZoneTrouble) or outcome.finding is not None or outcome.code in _ABOUT_ONE_ZONE:
        return None
    return Works() if outcome.final else Fails(outcome.message)
