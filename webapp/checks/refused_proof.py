"""A claim that was proved and may not be served: what its people read, and what waits for staff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from webapp.audit.log import note
from webapp.dns.names import RefusalCode
from webapp.domains.lifecycle import Transition, TransitionKind
from webapp.domains.locks import lock_names
from webapp.domains.registration import InTheWay, in_the_way_of
from webapp.domains.suspension_notice import contact_address
from webapp.extensions import db, settings
from webapp.jobs import together
from webapp.models import Event, EventKind, LLMClientCustomDomain, Message
from webapp.zones import findings
from webapp.zones.findings import FindingKind


def refuse(domain: LLMClientCustomDomain, now: datetime) -> bool:
    """Whether the claim may not be served, although it is proved. It is then recorded, for its people and for staff.

    The names stay locked until the commit.
    """
    lock_names([domain.domain_name])
    found = in_the_way_of(domain, settings())
    if found is not None:
        _note(domain, found)
        _report(domain, found, now)
    return found is not None


def on_transition(domain: LLMClientCustomDomain, *, transition: Transition) -> None:
    """Close the finding when the claim is served, suspended, removed, or given up."""
    if transition.kind in {TransitionKind.STATE, TransitionKind.SUSPENDED}:
        settle(domain, transition.now)


def settle(domain: LLMClientCustomDomain, now: datetime) -> None:
    """Close the finding: the claim is proved no longer, or not refused any more."""
    together.send(_close, domain.id, (domain.id, now))


def _close(rows: Sequence[tuple[int, datetime]]) -> None:
    now = max(now for _, now in rows)
    findings.resolve_domains(FindingKind.CLAIM_REFUSED, [domain_id for domain_id, _ in rows], now)


def _note(domain: LLMClientCustomDomain, found: InTheWay) -> None:
    """Record the event once for each state of the domain, and for each claim that came into its way meanwhile.

    The event does not tell whose the other claim is.
    """
    kind, said = _said(domain, found)
    told = select(Event.id).where(
        Event.custom_domain_id == domain.id, Event.kind == kind, Event.message_code == said.code
    )
    since = _since(domain, found)
    if since is not None:
        told = told.where(Event.created_at >= since)
    if db.session.scalar(told.limit(1)) is None:
        note(domain, kind, said)


def _said(domain: LLMClientCustomDomain, found: InTheWay) -> tuple[EventKind, Message]:
    name = {"name": domain.domain_name}
    if found.refusal.code is RefusalCode.NAME_IN_USE and found.other is not None:
        same = found.other.domain_name == domain.domain_name
        return EventKind.CLAIM_LOST, Message("claim.lost" if same else "claim.overlaps", name)
    code = "claim.suspended" if found.refusal.code is RefusalCode.ON_HOLD else "claim.refused"
    return EventKind.CLAIM_REFUSED, Message(code, {**name, "contact": contact_address(settings())})


def _since(domain: LLMClientCustomDomain, found: InTheWay) -> datetime | None:
    if found.other is None:
        return domain.state_changed_at
    return found.other.verified_at if found.refusal.code is RefusalCode.NAME_IN_USE else found.other.held_at


def _report(domain: LLMClientCustomDomain, found: InTheWay, now: datetime) -> None:
    other = found.other
    params = {
        "name": domain.domain_name,
        "account": domain.account.number,
        "why": found.refusal.reason,
        "other": other.domain_name if other else None,
        "other_account": other.account.number if other else None,
        "suspended": other is not None and other.held_at is not None,
    }
    told = Message("finding.claim-refused", params)
    findings.report(FindingKind.CLAIM_REFUSED, told, now, domain_id=domain.id)
