"""Probes without a network: a name is claimed, something was seen of it, and that is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from webapp.extensions import db
from webapp.models import Event, EventKind, LLMClientCustomDomain, Probe, ProbeOutcome, utcnow
from webapp.probes import lifecycle, record
from webapp.probes.judge import Judgement
from webapp.probes.visits.facts import CertificateSeen, Reached, Trust, Visit

NOW = utcnow()
EDGE = "203.0.113.80"
KINDS = (EventKind.LIVE, EventKind.NOT_LIVE, EventKind.LIVE_AGAIN, EventKind.CERTIFICATE_ENDS)


def found(
    outcome: ProbeOutcome, *, ends: datetime | None = None, warning: int | None = None, edge: bool = False
) -> Judgement:
    """What is judged of a visit. `edge`: at an address of our edge."""
    ends = ends or NOW + timedelta(days=60)
    shown = CertificateSeen("An Authority, A1", ("chat.acme.test",), ends - timedelta(days=90), ends)
    address = EDGE if edge else "198.51.100.7"
    visit = Visit(address, Reached.CONNECTED, Trust.TRUSTED, shown, milliseconds=12)
    params: dict[str, object] = {"name": "chat.acme.test", "address": address, "edge": edge}
    more: dict[ProbeOutcome, dict[str, object]] = {
        ProbeOutcome.POINTS_ELSEWHERE: {"status": 404, "server": "Apache"},
        ProbeOutcome.CERTIFICATE_SOON: {"ends": ends.isoformat()},
    }
    if outcome is ProbeOutcome.NOT_ASKED:
        return Judgement(outcome, {"name": "chat.acme.test"})
    return Judgement(outcome, {**params, **more.get(outcome, {})}, visit, warning)


def row(domain: LLMClientCustomDomain) -> Probe:
    query = select(Probe).where(Probe.custom_domain_id == domain.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def see(domain: LLMClientCustomDomain, now: datetime, judgement: Judgement) -> Probe:
    """The name is looked at when it is due, by `now` at the latest."""
    if db.session.scalar(select(Probe.id).where(Probe.custom_domain_id == domain.id)) is None:
        lifecycle.look_soon(domain, now - lifecycle.SOON)
    [step] = record.claim([row(domain).id], now)
    db.session.commit()
    assert record.record(step, judgement, now, lambda low, high: (low + high) / 2)
    db.session.commit()
    return row(domain)


def told(domain: LLMClientCustomDomain) -> Sequence[str]:
    """The events of what was seen from outside, in their order."""
    query = select(Event.kind).where(Event.custom_domain_id == domain.id, Event.kind.in_(KINDS))
    return [kind.value for kind in db.session.scalars(query.order_by(Event.id))]
