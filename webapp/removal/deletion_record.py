"""What a step of a leaving zone came to, written to its row, and what it ends; see `webapp.removal.zone_deletion`."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete

from webapp.audit.log import SYSTEM, note
from webapp.aws.route53.port import Zone
from webapp.domains import locks
from webapp.domains.lifecycle import change_state, remove
from webapp.domains.locks import lock_domain
from webapp.extensions import db, settings
from webapp.jobs import double_check
from webapp.jobs.leases import BackOff
from webapp.models import (
    DomainState,
    EventKind,
    HostedZone,
    LLMClientCustomDomain,
    LLMClientCustomDomainDNS,
    Message,
    ZoneState,
)
from webapp.removal import deletion_queue
from webapp.removal.deletion_policy import Watch
from webapp.removal.zone_deletion import Deleted, Looked, NeverMade, Outcome, Step
from webapp.zones import findings
from webapp.zones.findings import FindingKind
from webapp.zones.intent import want_zone
from webapp.zones.trouble import ZoneTrouble, tell_staff

_BACK_OFF = BackOff(first=5, most=deletion_queue.LONGEST_TROUBLE.total_seconds())


def record(step: Step, outcome: Outcome, now: datetime) -> bool:
    """Store the outcome if the lease is still ours. True when the next step can be taken at once."""
    locks.lock_zones(db.session.get_one(HostedZone, step.zone_id).custom_domain_id)
    zone = db.session.get_one(HostedZone, step.zone_id, populate_existing=True)
    if zone.next_attempt_at != step.lease:
        return False
    if zone.state is ZoneState.CREATED:
        _kept_meanwhile(zone, outcome, now)
        return False
    if zone.state is not ZoneState.LEAVING:
        return False
    match outcome:
        case Zone():
            zone.aws_hosted_zone_id, zone.name_servers = outcome.id, list(outcome.name_servers)
            zone.next_attempt_at, zone.attempts, zone.problem = None, 0, None
        case NeverMade():
            _retire(zone, now)
        case Deleted():
            _keep(zone, outcome.watch)
            _retire(zone, now)
        case Looked():
            _looked(zone, outcome, now)
        case ZoneTrouble():
            _troubled(zone, outcome, now, most=deletion_queue.LONGEST_TROUBLE)
    db.session.flush()
    return isinstance(outcome, Zone)


def _kept_meanwhile(zone: HostedZone, outcome: Outcome, now: datetime) -> None:
    """Somebody took the removal back while we looked. Nothing is under way any more, so the zone is in use again."""
    domain = zone.custom_domain
    if isinstance(outcome, Deleted):
        # It was gone before we looked; nobody has told AWS to delete it since the removal was taken back.
        zone.state, zone.next_attempt_at = ZoneState.RETIRED, None
        note(domain, EventKind.ZONE_TROUBLE, Message("zone.gone-replaced", {"name": zone.domain_name}))
        want_zone(domain, now)
    else:
        zone.state, zone.next_attempt_at = ZoneState.READY, None
        domain.next_check_at = now
    db.session.flush()


def _looked(zone: HostedZone, looked: Looked, now: datetime) -> None:
    newly_gone = looked.watch.undelegated_since is not None and zone.undelegated_since is None
    _keep(zone, looked.watch)
    if newly_gone and looked.watch.shown:
        _note_gone(zone, looked.watch)
    pause = looked.watch.next_look(timedelta(hours=settings().removal_check_hours))
    if looked.trouble is not None:
        _troubled(zone, looked.trouble, now, most=pause)
        return
    findings.resolve([FindingKind.CHECK_FAULT], now, aws_zone_id=zone.aws_hosted_zone_id)
    zone.next_attempt_at, zone.attempts, zone.problem = now + pause, 0, None


def _keep(zone: HostedZone, watch: Watch | None) -> None:
    if watch is not None:
        zone.watch, zone.undelegated_since = watch.to_dict(), watch.undelegated_since


def _note_gone(zone: HostedZone, watch: Watch) -> None:
    evidence = {"servers": [said.server for said in watch.look.servers]} if watch.look else None
    told = Message("zone.undelegated", {"name": zone.domain_name, "parent": watch.parent_zone})
    note(zone.custom_domain, EventKind.ZONE_UNDELEGATED, told, evidence=evidence)


def _troubled(zone: HostedZone, trouble: ZoneTrouble, now: datetime, *, most: timedelta) -> None:
    zone.attempts += 1
    zone.problem = trouble.message
    tell_staff(zone, trouble, now)
    zone.next_attempt_at = now + min(trouble.pause(zone.attempts, _BACK_OFF), most)


def _retire(zone: HostedZone, now: datetime) -> None:
    """The zone is gone; its row and its set stay, to be recognised years later."""
    zone.state, zone.next_attempt_at, zone.attempts, zone.problem = ZoneState.RETIRED, None, 0, None
    if zone.aws_hosted_zone_id is not None:
        note(zone.custom_domain, EventKind.ZONE_DELETED, Message("zone.deleted", {"name": zone.domain_name}))
        findings.resolve(list(FindingKind), now, aws_zone_id=zone.aws_hosted_zone_id)
    db.session.flush()
    finish(zone.custom_domain, now)


def finish(domain: LLMClientCustomDomain, now: datetime) -> None:
    """The end of a removal, once nothing of the domain is left on our side, whatever its methods were."""
    lock_domain(domain)
    if domain.state is not DomainState.REMOVING or not deletion_queue.nothing_left(domain):
        return
    db.session.execute(
        delete(LLMClientCustomDomainDNS).where(LLMClientCustomDomainDNS.custom_domain_id == domain.id)
    )
    told = Message("removal.finished", {"name": domain.domain_name})
    change_state(domain, DomainState.REMOVED, now, SYSTEM, told)
    db.session.flush()


def catch_up(now: datetime, limit: int = 100) -> None:
    """Let zones leave that were left behind, and finish the removals that have nothing to wait for: there never was
    a zone or a target, or staff gave the zone up.
    """
    for domain in deletion_queue.left_behind(limit):
        lock_domain(domain)
        deletion_queue.enter(domain, now)
    for domain in deletion_queue.without_zones(limit):
        finish(domain, now)


def remove_long_expired(now: datetime, days: float, limit: int = 100) -> None:
    """Let go of names that nobody came back to, by two sweeps that agree about the time."""
    for domain in double_check.found_twice(DomainState.EXPIRED, now - timedelta(days=days), now, limit):
        remove(domain, actor=SYSTEM, reason=f"It had been expired for {days:g} days.")
