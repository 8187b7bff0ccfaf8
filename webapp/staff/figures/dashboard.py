"""Everything that staff's overview plots, read together. What would take a database long is kept for a minute."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from webapp.domains.queries import ZoneQuota
from webapp.staff.figures.charts import Plot, lines, stacks
from webapp.staff.figures.checks import Checks, Kind, Span, checks
from webapp.staff.figures.faults import Faults, faults, is_nearly_full, quota
from webapp.staff.figures.registrations import Registrations, registrations
from webapp.staff.queries.kept import kept

KEPT_SECONDS = 60
_KEY = "staff-dashboard-1"


@dataclass(frozen=True)
class Figures:
    """`at`: when they were read."""

    at: datetime
    checks: Checks
    registrations: Registrations
    faults: Faults
    quota: ZoneQuota | None
    quota_is_low: bool

    @property
    def verdicts(self) -> Plot:
        return stacks([[one.counts[kind] for kind in Kind] for one in self.checks.buckets])

    @property
    def times(self) -> Plot:
        return lines([[one.p50 for one in self.checks.buckets], [one.p95 for one in self.checks.buckets]])

    @property
    def registered(self) -> Plot:
        return stacks([[one.count] for one in self.registrations.days])


def figures(span: Span, now: datetime) -> Figures:
    return kept(f"{_KEY}-{span.value}", KEPT_SECONDS, lambda: fresh_figures(span, now))


def fresh_figures(span: Span, now: datetime) -> Figures:
    room = quota()
    return Figures(
        at=now,
        checks=checks(span, now),
        registrations=registrations(now),
        faults=faults(now),
        quota=room,
        quota_is_low=room is not None and is_nearly_full(room),
    )
