"""Zones at AWS against our rows, a bounded slice at a time; a run that is cut off goes on from its row.

What it costs, with N zones in the AWS account: 11 calls for every hundred zones (the list, and tags by tens), one
call for each zone that the list should have had and has not (usually none), and one for each zone whose records are
read: every zone once a day, but no more than `MOST_INSPECTED` an hour. For 12,000 zones that is about 1,820 calls an
hour, half a call a second, all with `Priority.RECONCILE`, which leaves people their share.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.exc import IntegrityError

from webapp.aws.route53.port import Quota, ZonePage
from webapp.extensions import db
from webapp.jobs.clock import SKEW
from webapp.jobs.leases import BackOff, Job, Trouble
from webapp.models import Finding, HostedZone, Message, Reconciliation, ReconciliationPhase, ZoneState
from webapp.zones import findings
from webapp.zones.findings import FindingKind
from webapp.zones.reconcile import compare
from webapp.zones.reconcile.compare import AtAws
from webapp.zones.reconcile.fetch import (
    AskedFor,
    Inspected,
    Listed,
    Outcome,
    Slice,
    StartAgain,
    advance,
)

__all__ = ["advance", "claim", "due", "last_run", "quota_trouble", "record", "start"]

_BACK_OFF = BackOff(first=15, most=600)
JOB = Job(
    Reconciliation.id,
    Reconciliation.next_attempt_at,
    lease=timedelta(minutes=5),
    longest=lambda: timedelta(seconds=_BACK_OFF.most),
    none_is_due=True,
)
#: Zones asked for one by one in a slice.
SLICE = 20
MOST_INSPECTED = 500
#: A handful of zones may be missing by accident. When it is also most of them, it is we who look in the wrong place.
FEW_MISSING = 10

#: The states in which a zone must be at AWS.
THERE = (ZoneState.CREATED, ZoneState.READY, ZoneState.LEAVING)


def start(now: datetime) -> int:
    """The run under way, else a new one."""
    run = _unfinished()
    if run is None:
        run = Reconciliation(started_at=now)
        db.session.add(run)
        db.session.flush()
    return run.id


def due(now: datetime, minutes: float) -> int | None:
    """The run that a worker should go on with now, opened if it is time. Of two workers one opens it."""
    run = _unfinished()
    if run is not None:
        return run.id if JOB.due_ids(now, 1, Reconciliation.id == run.id) else None
    # A run of the future is that of a clock that was ahead.
    last = db.session.scalar(
        select(func.max(Reconciliation.started_at)).where(Reconciliation.started_at <= now + SKEW)
    )
    if last is not None and last > now - timedelta(minutes=minutes):
        return None
    run = Reconciliation(started_at=now, hour=int(now.timestamp() // (60 * minutes)))
    try:
        with db.session.begin_nested():
            db.session.add(run)
    except IntegrityError:
        return None
    return run.id


def _unfinished() -> Reconciliation | None:
    return db.session.scalar(
        select(Reconciliation)
        .where(Reconciliation.phase != ReconciliationPhase.DONE)
        .order_by(Reconciliation.id)
        .limit(1)
    )


def claim(run_id: int, now: datetime) -> Slice | None:
    """Take the run for the job's lease, unless it is done, not due or another worker's."""
    lease = JOB.claim(run_id, now, Reconciliation.phase != ReconciliationPhase.DONE)
    if lease is None:
        return None
    run = db.session.get_one(Reconciliation, run_id, populate_existing=True)
    zones = {
        ReconciliationPhase.MISSING: _missing,
        ReconciliationPhase.INSPECTING: _sample,
    }.get(run.phase, lambda _run: ())(run)
    return Slice(run.id, lease, run.phase, run.marker, tuple(AtAws.of(zone) for zone in zones))


def _missing(run: Reconciliation) -> list[HostedZone]:
    """Rows that the list should have had, from the marker on."""
    return list(
        db.session.scalars(
            select(HostedZone)
            .where(_unlisted(run), HostedZone.id > int(run.marker or 0))
            .order_by(HostedZone.id)
            .limit(SLICE)
        )
    )


def _unlisted(run: Reconciliation) -> ColumnElement[bool]:
    unseen = or_(HostedZone.seen_at.is_(None), HostedZone.seen_at < run.started_at)
    known = HostedZone.aws_hosted_zone_id.is_not(None) & (HostedZone.created_at < run.started_at)
    return cast("ColumnElement[bool]", HostedZone.state.in_(THERE) & known & unseen)


def _sample(run: Reconciliation) -> list[HostedZone]:
    """Those with open findings first, then those whose records were read the longest time ago."""
    total = _count(HostedZone.state.in_(THERE))
    left = min(MOST_INSPECTED, max(SLICE, math.ceil(total / 24))) - run.zones_inspected
    waits = select(Finding.id).where(
        Finding.resolved_at.is_(None), Finding.aws_hosted_zone_id == HostedZone.aws_hosted_zone_id
    )
    unread = or_(HostedZone.inspected_at.is_(None), HostedZone.inspected_at < run.started_at)
    return list(
        db.session.scalars(
            select(HostedZone)
            .where(HostedZone.state.in_(THERE), HostedZone.aws_hosted_zone_id.is_not(None), unread)
            .order_by(
                ~waits.exists(),
                HostedZone.inspected_at.is_not(None),
                HostedZone.inspected_at,
                HostedZone.id,
            )
            .limit(max(0, min(SLICE, left)))
        )
    )


def _count(condition: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count()).select_from(HostedZone).where(condition)) or 0


def record(piece: Slice, outcome: Outcome, now: datetime) -> bool:
    """Let the rows follow, if the lease is still ours. True when the next slice can be taken at once."""
    held = db.session.execute(
        update(Reconciliation)
        .where(Reconciliation.id == piece.run_id, Reconciliation.next_attempt_at == piece.lease)
        .values(updated_at=now)
    )
    if not held.rowcount:  # type: ignore[attr-defined]
        return False
    run = db.session.get_one(Reconciliation, piece.run_id, populate_existing=True)
    trouble: Trouble | None = None
    match outcome:
        case Listed():
            _listed(run, outcome.page, now)
        case AskedFor():
            trouble = outcome.trouble
            _asked_for(run, piece, outcome, now)
        case Inspected():
            trouble = outcome.trouble
            _inspected(run, piece, outcome, now)
        case StartAgain():
            run.marker, run.zones_seen = None, 0
        case Trouble():
            trouble = outcome
    _schedule(run, trouble, now)
    db.session.flush()
    return trouble is None and run.phase is not ReconciliationPhase.DONE


def _schedule(run: Reconciliation, trouble: Trouble | None, now: datetime) -> None:
    if trouble is None:
        run.next_attempt_at, run.attempts, run.problem = None, 0, None
        return
    run.attempts += 1
    run.problem = trouble.message
    run.next_attempt_at = now + trouble.pause(run.attempts, _BACK_OFF)


def _listed(run: Reconciliation, page: ZonePage, now: datetime) -> None:
    compare.compare_list(page.zones, run.started_at, now)
    run.zones_seen += len(page.zones)
    run.marker = page.marker
    if page.marker is not None:
        return
    missing, total = _count(_unlisted(run)), _count(HostedZone.state.in_(THERE))
    if missing > FEW_MISSING and 2 * missing > total:
        told = Message("finding.other-account", {"missing": missing, "total": total})
        findings.report(FindingKind.OTHER_ACCOUNT, told, now)
        _finish(run, now, [FindingKind.ORPHAN, FindingKind.DUPLICATE])
        return
    run.phase = ReconciliationPhase.MISSING


def _asked_for(run: Reconciliation, piece: Slice, outcome: AskedFor, now: datetime) -> None:
    for row_id, fate in outcome.fates:
        compare.follow_fate(
            db.session.get_one(HostedZone, row_id), fate, run.started_at, now, sure=run.zones_seen > 0
        )
        run.marker = str(row_id)
    if len(piece.zones) < SLICE and outcome.trouble is None:
        run.phase, run.marker = ReconciliationPhase.INSPECTING, None


def _inspected(run: Reconciliation, piece: Slice, outcome: Inspected, now: datetime) -> None:
    for row_id, found in outcome.records:
        zone = db.session.get_one(HostedZone, row_id, populate_existing=True, with_for_update=True)
        zone.inspected_at = now
        run.zones_inspected += 1
        if found is not None:
            compare.compare_records(zone, found, now)
    if not piece.zones:
        of_this_run = (FindingKind.ORPHAN, FindingKind.DUPLICATE, FindingKind.UNMARKED, FindingKind.VANISHED)
        _finish(run, now, [*of_this_run, FindingKind.OTHER_ACCOUNT])


def _finish(run: Reconciliation, now: datetime, looked_for: list[FindingKind]) -> None:
    findings.resolve(looked_for, now, unseen_since=run.started_at)
    run.phase, run.finished_at, run.marker = ReconciliationPhase.DONE, now, None


def quota_trouble(quota: Quota, percent: float) -> Message | None:
    """What staff should know of the account's room for zones; None while there is enough."""
    if not quota.nearly_full(percent):
        return None
    return Message("route53.zone-quota", {"used": quota.used, "limit": quota.limit})


def last_run() -> Reconciliation | None:
    return db.session.scalar(select(Reconciliation).order_by(Reconciliation.id.desc()).limit(1))
