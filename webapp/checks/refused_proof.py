"""A claim that was proved and may not be served: what its people read, and what waits for staff.

One whose very name another account holds contests it, see `webapp.moves`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select

from webapp.audit.log import note
from webapp.checks import request
from webapp.dns.judgement.report import Report
from webapp.dns.names import RefusalCode
from webapp.domains.contests import InTheWay
from webapp.domains.lifecycle import Transition, TransitionKind
from webapp.domains.locks import lock_names
from webapp.domains.registration import in_the_way_of
from webapp.domains.rules.transitions import Periods
from webapp.extensions import db, settings
from webapp.jobs import together
from webapp.models import CheckOrigin, Event, EventKind, LLMClientCustomDomain, Message
from webapp.moves import contest
from webapp.moves.rule import Step
from webapp.zones import findings
from webapp.zones.findings import FindingKind


def refuse(domain: LLMClientCustomDomain, report: Report, now: datetime, *, moving: bool = True) -> bool:
    """Whether the claim may not be served, although it is proved. It is then recorded, for its people and for staff.

    If another account's claim gives way to it, that one is not served any more, unless `moving` is False. The names
    stay locked until the commit.
    """
    lock_names([domain.domain_name])
    found = in_the_way_of(domain, settings())
    if found is None:
        return False
    if found.contested and found.other is not None:
        settle(domain, now)
        return not _gives_way(domain, found.other, report, now, moving=moving)
    contest.end(domain, now)
    _note(domain, found)
    _report(domain, found, now)
    return True


def _gives_way(
    domain: LLMClientCustomDomain,
    other: LLMClientCustomDomain,
    report: Report,
    now: datetime,
    *,
    moving: bool,
) -> bool:
    """Whether the name has moved. Else the claim that holds it is checked as well, if it was not a while ago."""
    confirmation = Periods.of(settings()).confirmation
    settled = contest.settle(domain, other, report, now, confirmation, moving=moving)
    if settled.step is Step.MOVE:
        return moving
    rest = settled.rest(confirmation)
    if rest is not None:
        _ask(other, now, rest)
    return False


def _ask(other: LLMClientCustomDomain, now: datetime, rest: timedelta) -> None:
    """Have it checked, but not sooner than `rest` after its last check: who presses Verify for one claim must not
    have the other checked each time.
    """
    asked = min(other.last_checked_at or now - rest, now)
    if now - asked >= rest:
        request.wake_for(request.open_new_check(other, CheckOrigin.SCHEDULE, now))
    else:
        other.next_check_at = min(other.next_check_at or asked + rest, asked + rest)


def on_transition(domain: LLMClientCustomDomain, *, transition: Transition) -> None:
    """Close the findings when the claim is served, suspended, removed, or given up."""
    if transition.kind in {TransitionKind.STATE, TransitionKind.SUSPENDED}:
        together.send(_close_all, domain.id, (domain.id, transition.now))


def settle(domain: LLMClientCustomDomain, now: datetime) -> None:
    """Close the finding: the claim is proved no longer, or not refused any more."""
    together.send(_close, domain.id, (domain.id, now))


def _close(rows: Sequence[tuple[int, datetime]], *others: FindingKind) -> None:
    now = max(now for _, now in rows)
    findings.resolve_domains([FindingKind.CLAIM_REFUSED, *others], [domain_id for domain_id, _ in rows], now)


def _close_all(rows: Sequence[tuple[int, datetime]]) -> None:
    """That of a contest as well: the claim may have been taken out of it before this is called."""
    _close(rows, FindingKind.CONTEST)


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
    said = {"name": domain.domain_name, "contact": settings().contact}
    if found.refusal.code is RefusalCode.NAME_IN_USE:
        return EventKind.CLAIM_LOST, Message("claim.overlaps", said)
    code = "claim.suspended" if found.refusal.code is RefusalCode.ON_HOLD else "claim.refused"
    return EventKind.CLAIM_REFUSED, Message(code, said)


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
