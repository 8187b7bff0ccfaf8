"""Zones that are leaving, as rows: how they get there, which are due, and what a press does to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, update

from webapp.audit.log import Actor, note
from webapp.dns.delegation import Asked, Verdict
from webapp.domains import locks
from webapp.extensions import db, settings
from webapp.jobs.leases import Job
from webapp.models import (
    Check,
    CheckStatus,
    DomainState,
    EventKind,
    HostedZone,
    LLMClientCustomDomain,
    Message,
    RecordsProof,
    ZoneState,
)
from webapp.models.hosted_zone import OVER_STATES
from webapp.removal.deletion_policy import LONGEST_TTL, Watch
from webapp.reports.rows import report_of

#: The longest pause after a step that came to nothing.
LONGEST_TROUBLE = timedelta(hours=1)

#: The lease is longer than a look and the AWS client's own patience.
JOB = Job(
    HostedZone.id,
    HostedZone.next_attempt_at,
    lease=timedelta(minutes=3),
    longest=lambda: max(timedelta(hours=settings().removal_check_hours), LONGEST_TROUBLE),
    none_is_due=True,
)

#: Of a delegation whose report cannot be read: resolvers may know it for as long as anything is kept.
_LONGEST_TTL = int(LONGEST_TTL.total_seconds())
_LISTING = [verdict for verdict in Verdict if verdict.facts.lists_ours]


def enter(domain: LLMClientCustomDomain, now: datetime) -> None:
    """Put every zone of the domain on its way out.

    One that is in the making keeps its time: until then a worker may be busy with it, and what AWS answers to
    that worker is still recorded.
    """
    for zone in _to_leave(domain):
        in_the_making = zone.state in {ZoneState.WANTED, ZoneState.CREATED, ZoneState.PARKED}
        busy = in_the_making and zone.next_attempt_at is not None and zone.next_attempt_at > now
        if not busy:
            zone.next_attempt_at = now
        zone.state, zone.attempts, zone.problem = ZoneState.LEAVING, 0, None
        zone.watch = _what_is_known(domain, zone).to_dict()


def _to_leave(domain: LLMClientCustomDomain) -> Sequence[HostedZone]:
    """A zone that is given back is on its way already; one that AWS refused is there only if it has an id."""
    settled = (ZoneState.LEAVING, ZoneState.DISCARDED, ZoneState.RETIRED)
    refused = (HostedZone.state == ZoneState.REFUSED) & HostedZone.aws_hosted_zone_id.is_(None)
    return db.session.scalars(
        select(HostedZone)
        .where(HostedZone.custom_domain_id == domain.id, HostedZone.state.not_in(settled), ~refused)
        .with_for_update()
    ).all()


def _what_is_known(domain: LLMClientCustomDomain, zone: HostedZone) -> Watch:
    """The delegation as a check last saw it, before any look of our own."""
    baseline = zone.baseline or {}
    check = _last_check_that_listed_ours(domain)
    report = report_of(check)
    ttls = [asked.ttl for asked in (report.asked if report else ()) if _lists(asked, zone) and asked.ttl]
    return Watch(
        shown=zone.ready_at is not None,
        ttl=_LONGEST_TTL if check and report is None else max(ttls, default=None),
        parent_zone=(report.parent_zone if report and ttls else None) or baseline.get("parent_zone"),
    )


def _lists(asked: Asked, zone: HostedZone) -> bool:
    return asked.role == "parent" and not set(asked.name_servers).isdisjoint(zone.name_servers)


def _last_check_that_listed_ours(domain: LLMClientCustomDomain) -> Check | None:
    return db.session.scalar(
        select(Check)
        .where(
            Check.custom_domain_id == domain.id,
            Check.status == CheckStatus.DONE,
            Check.verdict.in_(_LISTING),
        )
        .order_by(Check.id.desc())
        .limit(1)
    )


def watch_of(zone: HostedZone) -> Watch:
    """What is known of a leaving zone; of one that came here by another way, only whether it was shown."""
    return Watch.from_dict(zone.watch) if zone.watch else Watch(zone.ready_at is not None)


def look_now(domain: LLMClientCustomDomain, now: datetime) -> tuple[int, ...]:
    """Bring the next look at the parent forward; the ids of the zones. One that is under way is left alone."""
    brought = db.session.scalars(
        update(HostedZone)
        .where(
            HostedZone.custom_domain_id == domain.id,
            HostedZone.state == ZoneState.LEAVING,
            or_(HostedZone.next_attempt_at.is_(None), HostedZone.next_attempt_at > now + JOB.lease),
        )
        .values(next_attempt_at=now)
        .returning(HostedZone.id)
    ).all()
    return tuple(sorted(brought))


def due(now: datetime, limit: int) -> Sequence[int]:
    """The ids of leaving zones whose time has come, by turns between accounts."""
    leaving = HostedZone.state == ZoneState.LEAVING
    return JOB.due_in_turns(now, limit, HostedZone.custom_domain_id, leaving)


def leaving_zone(domain: LLMClientCustomDomain) -> HostedZone | None:
    """The zone whose name servers the customer still has to take out: the newest that was shown, else the newest."""
    return db.session.scalar(
        select(HostedZone)
        .where(HostedZone.custom_domain_id == domain.id, HostedZone.state == ZoneState.LEAVING)
        .order_by(HostedZone.ready_at.is_(None), HostedZone.generation.desc())
        .limit(1)
    )


def without_zones(limit: int) -> Sequence[LLMClientCustomDomain]:
    """Domains being removed that have no zone left to wait for, and no target."""
    return db.session.scalars(
        select(LLMClientCustomDomain)
        .where(LLMClientCustomDomain.state == DomainState.REMOVING, ~_something_left())
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def _something_left() -> ColumnElement[bool]:
    """Whether the removal has to wait: for a zone, or for a target of the records method. Some claims had both."""
    zones = LLMClientCustomDomain.zones.any(HostedZone.state.not_in(OVER_STATES))
    return or_(zones, LLMClientCustomDomain.records_proofs.any(RecordsProof.keeps_from_ending()))


def nothing_left(domain: LLMClientCustomDomain) -> bool:
    """Whether the removal of this domain waits for nothing any more."""
    row = LLMClientCustomDomain
    left = select(row.id).where(row.id == domain.id, _something_left())
    return db.session.scalar(left) is None


def left_behind(limit: int) -> Sequence[LLMClientCustomDomain]:
    """Domains being removed with a zone that was never told so: by a release that knew no leaving."""
    told = (*OVER_STATES, ZoneState.LEAVING, ZoneState.DISCARDED)
    return db.session.scalars(
        select(LLMClientCustomDomain)
        .where(
            LLMClientCustomDomain.state == DomainState.REMOVING,
            LLMClientCustomDomain.zones.any(HostedZone.state.not_in(told)),
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


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
    look = watch_of(zone).look
    told = Message("zone.given-up", {"name": zone.domain_name})
    evidence = {"zone": zone.aws_hosted_zone_id, "still listed": list(look.listed) if look else None}
    note(zone.custom_domain, EventKind.ZONE_DISCARDED, told, actor, reason=reason, evidence=evidence)
    db.session.flush()
    return None
