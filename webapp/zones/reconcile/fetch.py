"""The part of reconciliation that asks AWS. It only reads, and knows no database.

A `Trouble` says that AWS did not answer everything; the run goes on later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from webapp.aws.route53.port import Quota, Route53Api, ZonePage
from webapp.aws.shared.budget import Priority, priority
from webapp.aws.shared.errors import AwsError, Gone, InputRefused
from webapp.dns.records import RecordSet
from webapp.jobs.leases import Trouble
from webapp.models import ReconciliationPhase
from webapp.zones.reconcile.compare import AtAws, Fate


@dataclass(frozen=True)
class Slice:
    """What one step of a run asks AWS about: the next page from `marker`, or these zones."""

    run_id: int
    lease: datetime
    phase: ReconciliationPhase
    marker: str | None
    zones: tuple[AtAws, ...] = ()


@dataclass(frozen=True)
class StartAgain:
    """The place where the list was to go on is not there any more."""


@dataclass(frozen=True)
class Listed:
    """`quota` comes with the first page."""

    page: ZonePage
    quota: Quota | None = None


@dataclass(frozen=True)
class AskedFor:
    """What became of zones that were not listed, by the ids of their rows, as far as AWS answered."""

    fates: tuple[tuple[int, Fate], ...]
    trouble: Trouble | None = None


@dataclass(frozen=True)
class Inspected:
    """The records of zones by the ids of their rows, as far as AWS answered; None for a zone that is gone."""

    records: tuple[tuple[int, tuple[RecordSet, ...] | None], ...]
    trouble: Trouble | None = None


Outcome = Listed | AskedFor | Inspected | StartAgain | Trouble


def advance(piece: Slice, route53: Route53Api) -> Outcome:
    """Ask AWS what the slice is about. It only reads."""
    with priority(Priority.RECONCILE):
        if piece.phase is ReconciliationPhase.MISSING:
            return _ask_for(piece, route53)
        if piece.phase is ReconciliationPhase.INSPECTING:
            return _inspect(piece, route53)
        try:
            quota = route53.zone_quota() if piece.marker is None else None
            return Listed(route53.zone_page(piece.marker), quota)
        except (Gone, InputRefused) as err:
            return StartAgain() if piece.marker else Trouble.of(err)
        except AwsError as err:
            return Trouble.of(err)


def _ask_for(piece: Slice, route53: Route53Api) -> AskedFor:
    fates: list[tuple[int, Fate]] = []
    try:
        for zone in piece.zones:
            fates.append((zone.row_id, _fate(zone, route53)))  # noqa: PERF401 - what is known is kept
    except AwsError as err:
        return AskedFor(tuple(fates), Trouble.of(err))
    return AskedFor(tuple(fates))


def _fate(zone: AtAws, route53: Route53Api) -> Fate:
    try:
        route53.get_zone(zone.aws_id)
    except Gone:
        return Fate.VANISHED
    return Fate.THERE if route53.zone_is_ours(zone.aws_id, zone.host, zone.claim_id) else Fate.UNMARKED


def _inspect(piece: Slice, route53: Route53Api) -> Inspected:
    records: list[tuple[int, tuple[RecordSet, ...] | None]] = []
    try:
        for zone in piece.zones:
            try:
                records.append((zone.row_id, tuple(route53.record_sets(zone.aws_id))))
            except Gone:
                records.append((zone.row_id, None))
    except AwsError as err:
        return Inspected(tuple(records), Trouble.of(err))
    return Inspected(tuple(records))
