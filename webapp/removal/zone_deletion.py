"""Taking a leaving zone to its end, one resumable step at a time.

As in `zones`: `claim` and `record` touch the database, `advance` asks DNS and AWS, the task commits between them.
A step looks first and deletes in the same breath if the look allows it, so that no deletion rests on an old look;
whatever is killed in the middle looks again. Right before it deletes, `begin_deletion` makes sure that nobody has
taken the removal back (`webapp.removal.restore`), and from then on nobody can.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, update

from webapp.audit.log import SYSTEM, Actor, note
from webapp.aws.route53.port import Route53Api, Zone
from webapp.aws.shared.budget import Priority, priority
from webapp.aws.shared.errors import AwsError, Gone
from webapp.dns.delegation import Expectation, look_up
from webapp.dns.resolver import Dns
from webapp.domains import locks
from webapp.domains.lifecycle import change_state, remove
from webapp.domains.locks import lock_domain
from webapp.extensions import db, settings
from webapp.jobs import double_check
from webapp.models import (
    DomainState,
    EventKind,
    HostedZone,
    LLMClientCustomDomain,
    LLMClientCustomDomainDNS,
    ZoneState,
)
from webapp.models.hosted_zone import OVER_STATES
from webapp.removal import deletion_queue
from webapp.removal.deletion_policy import Watch, look_of, thorough
from webapp.removal.deletion_queue import LEASE, LONGEST_TROUBLE
from webapp.zones import findings
from webapp.zones.findings import FindingKind
from webapp.zones.intent import want_zone
from webapp.zones.pauses import growing
from webapp.zones.provision import Trouble

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
    trouble: Trouble | None = None


@dataclass(frozen=True)
class Deleted:
    """The zone is not at AWS any more. No `watch`: it was gone before we looked."""

    watch: Watch | None = None


Outcome = Zone | NeverMade | Looked | Deleted | Trouble


def claim(zone_id: int, now: datetime) -> Step | None:
    """Take the zone for `LEASE`, unless it is not leaving, not due or another worker's."""
    lease = now + LEASE
    taken = db.session.execute(
        update(HostedZone)
        .where(HostedZone.id == zone_id, HostedZone.state == ZoneState.LEAVING, deletion_queue.is_free(now))
        .values(next_attempt_at=lease)
    )
    if not taken.rowcount:  # type: ignore[attr-defined]
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


def begin_deletion(step: Step, now: datetime) -> bool:
    """Mark the zone as one that may be gone from now on. False when it is not ours to delete any more."""
    locks.lock_zones(db.session.get_one(HostedZone, step.zone_id).custom_domain_id)
    zone = db.session.get_one(HostedZone, step.zone_id, populate_existing=True)
    if zone.next_attempt_at != step.lease or zone.state is not ZoneState.LEAVING:
        return False
    zone.watch = replace(step.watch, deleting_since=now).to_dict()
    db.session.flush()
    return True


async def advance(
    step: Step, dns: Dns, route53: Route53Api, now: datetime, may_delete: Callable[[], bool]
) -> Outcome:
    """Find out which zone it is if that is not known, else empty it, look, and delete it if the look allows.

    `may_delete` is asked after such a look: `begin_deletion`, committed.
    """
    with priority(Priority.CLEANUP):
        try:
            if step.aws_id is None:
                return route53.find_zone(step.host, step.caller_reference) or NeverMade()
            if not step.name_servers:
                return route53.get_zone(step.aws_id)
        except Gone:
            return Deleted()
        except AwsError as err:
            return Trouble.of(err)
        looked = await _look(step, step.aws_id, dns, route53, now)
        over = isinstance(looked, Looked) and looked.trouble is None and looked.watch.over
        if not isinstance(looked, Looked) or not over or not may_delete():
            return looked
        return _delete(step, step.aws_id, replace(looked.watch, deleting_since=now), route53)


async def _look(step: Step, aws_id: str, dns: Dns, route53: Route53Api, now: datetime) -> Looked | Deleted:
    """People wait for the look, so that it is taken even while AWS does not let itself be told anything."""
    trouble = None
    try:
        route53.empty_zone(aws_id, step.host, step.claim_id)
    except Gone:
        return Deleted()
    except AwsError as err:
        trouble = Trouble.of(err)
    expectation = Expectation(step.host, step.name_servers)
    try:
        seen = await look_up(expectation, dns, limits=thorough(dns.limits))
    except Exception:
        # A fault of ours: without this the zone would be looked at again as soon as the lease is over, for ever.
        log.exception("look.fault", zone_id=step.zone_id, host=step.host)
        sentence = f"A look at the parent of {step.host} met a fault of ours; the log has it as look.fault."
        return Looked(step.watch, Trouble(sentence, finding=FindingKind.CHECK_FAULT))
    return Looked(step.watch.after(look_of(seen, step.name_servers, now)), trouble)


def _delete(step: Step, aws_id: str, watch: Watch, route53: Route53Api) -> Looked | Deleted:
    try:
        route53.delete_zone(aws_id, step.host, step.claim_id)
    except AwsError as err:
        return Looked(watch, Trouble.of(err))
    return Deleted(watch)


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
            zone.next_attempt_at, zone.attempts, zone.error = None, 0, None
        case NeverMade():
            _retire(zone, now)
        case Deleted():
            _keep(zone, outcome.watch)
            _retire(zone, now)
        case Looked():
            _looked(zone, outcome, now)
        case Trouble():
            _troubled(zone, outcome, now, most=LONGEST_TROUBLE)
    db.session.flush()
    return isinstance(outcome, Zone)


def _kept_meanwhile(zone: HostedZone, outcome: Outcome, now: datetime) -> None:
    """Somebody took the removal back while we looked. Nothing is under way any more, so the zone is in use again."""
    domain = zone.custom_domain
    if isinstance(outcome, Deleted):
        # It was gone before we looked; nobody has told AWS to delete it since the removal was taken back.
        zone.state, zone.next_attempt_at = ZoneState.RETIRED, None
        sentence = f"The zone of {zone.domain_name} was gone at AWS, so we asked for another."
        note(domain, EventKind.ZONE_TROUBLE, sentence)
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
    zone.next_attempt_at, zone.attempts, zone.error = now + pause, 0, None


def _keep(zone: HostedZone, watch: Watch | None) -> None:
    if watch is not None:
        zone.watch, zone.undelegated_since = watch.to_dict(), watch.undelegated_since


def _note_gone(zone: HostedZone, watch: Watch) -> None:
    where = watch.parent_zone or "The parent zone"
    evidence = {"servers": [said.server for said in watch.look.servers]} if watch.look else None
    sentence = f"{where} does not list our name servers for {zone.domain_name} any more."
    note(zone.custom_domain, EventKind.ZONE_UNDELEGATED, sentence, evidence=evidence)


def _troubled(zone: HostedZone, trouble: Trouble, now: datetime, *, most: timedelta) -> None:
    zone.attempts += 1
    zone.error = trouble.sentence
    if trouble.finding is not None:
        findings.report(
            trouble.finding,
            trouble.sentence,
            now,
            aws_zone_id=zone.aws_hosted_zone_id,
            domain_id=zone.custom_domain_id,
        )
    wait = timedelta(minutes=5) if trouble.parked else growing(zone.attempts, first=5, most=3600)
    zone.next_attempt_at = now + min(wait, most)


def _retire(zone: HostedZone, now: datetime) -> None:
    """The zone is gone; its row and its set stay, to be recognised years later."""
    zone.state, zone.next_attempt_at, zone.attempts, zone.error = ZoneState.RETIRED, None, 0, None
    if zone.aws_hosted_zone_id is not None:
        note(zone.custom_domain, EventKind.ZONE_DELETED, f"The zone of {zone.domain_name} was deleted.")
        findings.resolve(list(FindingKind), now, aws_zone_id=zone.aws_hosted_zone_id)
    db.session.flush()
    finish(zone.custom_domain, now)


def finish(domain: LLMClientCustomDomain, now: datetime) -> None:
    """The end of a removal, once none of the domain's zones is left."""
    lock_domain(domain)
    unfinished = db.session.query(HostedZone).filter(
        HostedZone.custom_domain_id == domain.id, HostedZone.state.not_in(OVER_STATES)
    )
    if domain.state is not DomainState.REMOVING or unfinished.count():
        return
    db.session.execute(
        delete(LLMClientCustomDomainDNS).where(LLMClientCustomDomainDNS.custom_domain_id == domain.id)
    )
    change_state(domain, DomainState.REMOVED, now, SYSTEM, f"{domain.domain_name} was removed.")
    db.session.flush()


def catch_up(now: datetime, limit: int = 100) -> None:
    """Let zones leave that were left behind, and finish the removals that have no zone to wait for: there never was
    one, or staff gave it up.
    """
    for domain in deletion_queue.left_behind(limit):
        lock_domain(domain)
        deletion_queue.enter(domain, now)
    for domain in deletion_queue.without_zones(limit):
        finish(domain, now)


def remove_long_expired(now: datetime, days: float, limit: int = 100) -> None:
    """Let go of names that nobody came back to, by two sweeps that agree about the time."""
    for domain in double_check.found_twice(DomainState.EXPIRED, now - timedelta(days=days), now, limit):
        remove(domain, actor=SYSTEM, reason=f"It had been expired for {days:g} days.", now=now)


def discard(zone: HostedZone, *, actor: Actor, reason: str, now: datetime) -> str | None:
    """Staff's hard stop: delete a leaving zone although its parent still lists it. A refusal is a sentence.

    Whoever makes Route 53 allot them one of its name servers can then answer for the name.
    """
    locks.lock_zones(zone.custom_domain_id)
    db.session.refresh(zone)
    if zone.state is not ZoneState.LEAVING or zone.aws_hosted_zone_id is None:
        return (
            f"Zone {zone.aws_hosted_zone_id} of {zone.domain_name} is {zone.state}, not leaving. "
            "Remove its domain first."
        )
    zone.state, zone.next_attempt_at, zone.attempts = ZoneState.DISCARDED, now, 0
    look = deletion_queue.watch_of(zone).look
    sentence = f"Staff gave up the zone of {zone.domain_name} before its records were gone."
    evidence = {"zone": zone.aws_hosted_zone_id, "still listed": list(look.listed) if look else None}
    note(zone.custom_domain, EventKind.ZONE_DISCARDED, sentence, actor, reason=reason, evidence=evidence)
    db.session.flush()
    return None
