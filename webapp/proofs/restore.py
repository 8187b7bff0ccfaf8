"""Taking a removal back: the same records as before, which DNS has to prove again.

The rows decide, under the locks that whoever records a look takes, too: either the worker has ended what the claim
had, or the removal is taken back, and never both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from webapp.audit import history
from webapp.audit.log import Actor
from webapp.config.settings import Settings
from webapp.dns import names
from webapp.domains import queries, registration
from webapp.domains.assignment import attach
from webapp.domains.lifecycle import change_state
from webapp.domains.limits import seconds_to_wait, take_turn, too_many_waiting, why_suspended
from webapp.domains.locks import lock_account, lock_domain
from webapp.domains.rules import transitions
from webapp.extensions import db
from webapp.jobs import clock as job_clock
from webapp.messages.formatting import clock, shown
from webapp.models import (
    DomainState,
    Event,
    EventKind,
    LLMClient,
    LLMClientCustomDomain,
    Message,
)
from webapp.proofs.registry import method_of

#: How often in 24 hours the removal of a domain can be taken back by its people: each time leaves events for ever.
MOST_KEPT_A_DAY = 5
_TAKEN_BACK = "removal.taken-back"


@dataclass(frozen=True)
class Kept:
    """The domain is pending again. `busy`: its check follows as soon as a worker lets go of what it had."""

    busy: bool


@dataclass(frozen=True)
class NotKept:
    """Nothing was changed. `seconds`: after how many it can be tried again, if nothing else is in the way."""

    sentence: str
    code: str = "not-restorable"
    seconds: int | None = None


def keep(
    domain: LLMClientCustomDomain,
    *,
    actor: Actor,
    settings: Settings,
    reason: str | None = None,
    now: datetime | None = None,
) -> Kept | NotKept:
    """Bring a domain that is being removed back to *pending*; no look at DNS, however fresh, verifies it again."""
    lock_account(domain.account)
    if not lock_domain(domain):
        return NotKept(f"{shown(domain.domain_name)} has moved to another account.", "domain-gone")
    now = now or job_clock.now()
    # What is known of our side may be older than the locks.
    db.session.expire_all()
    refusal = (
        _refusal(domain, settings, now)
        or _in_the_way(domain, settings)
        or _waits_with_too_many(domain, settings)
    )
    if refusal is not None:
        return NotKept(refusal, "suspended" if domain.held_at is not None else NotKept.code)
    if actor.is_limited and (too_often := _too_often(domain, settings, now)) is not None:
        return too_often
    name = shown(domain.domain_name)
    try:
        with db.session.begin_nested():
            client_id = _client_before(domain)
            busy = method_of(domain).take_back(domain, now)
            _start_over(domain, now)
            told = Message(_TAKEN_BACK, {"name": domain.domain_name})
            change_state(domain, DomainState.PENDING, now, actor, told, reason=reason)
            db.session.flush()
    except IntegrityError as err:
        if domain.conflict(err) is err:
            raise
        db.session.refresh(domain)
        return NotKept(f"{name} was registered again in this account meanwhile. That registration goes on.")
    _lead_back(domain, client_id, actor)
    return Kept(busy)


def offered_until(domain: LLMClientCustomDomain, settings: Settings, now: datetime) -> datetime | None:
    """Until when the button for it stands on the page; None where there is none. It may be over earlier."""
    if domain.state is not DomainState.REMOVING or _refusal(domain, settings, now) is not None:
        return None
    if _in_the_way(domain, settings) is not None:
        return None
    until, ends = method_of(domain).keepable(domain, now).until, _ends(domain, settings)
    return min(ends, until) if until is not None else ends


def _ends(domain: LLMClientCustomDomain, settings: Settings) -> datetime:
    return domain.state_changed_at + timedelta(days=settings.removal_undo_days)


def _refusal(domain: LLMClientCustomDomain, settings: Settings, now: datetime) -> str | None:
    """Why it cannot be taken back, as far as the domain's own rows tell."""
    name, method = shown(domain.domain_name), method_of(domain)
    if domain.state is DomainState.REMOVED:
        return f"{name} was removed, and {method.words.over}. {method.words.register_again}"
    if domain.state is not DomainState.REMOVING:
        return f"{name} is not being removed, so there is nothing to take back."
    if domain.account.deleted_at is not None:
        return f"{name} goes with its account, which is being deleted."
    if domain.held_at is not None:
        return why_suspended(domain)
    if now > _ends(domain, settings):
        ends = clock(_ends(domain, settings))
        return f"The removal of {name} could be taken back until {ends}. {method.words.register_again}"
    return method.keepable(domain, now).refusal


def _in_the_way(domain: LLMClientCustomDomain, settings: Settings) -> str | None:
    """As at a registration: what another account holds moves to whose claim DNS proves."""
    found = registration.in_the_way_of(domain, settings)
    if found is None or found.contested:
        return None
    if found.refusal.code is not names.RefusalCode.NAME_IN_USE:
        return found.refusal.sentence
    return (
        f"A name above or below {shown(domain.domain_name)} was connected to another account meanwhile. "
        f"If you control it, contact {settings.contact}."
    )


def _too_often(domain: LLMClientCustomDomain, settings: Settings, now: datetime) -> NotKept | None:
    """A check follows, so that the rest between two checks holds here, too: else removing a domain and taking that
    back again would pass it.
    """
    name = shown(domain.domain_name)
    if history.count_of(domain, _TAKEN_BACK, since=now - timedelta(days=1)) >= MOST_KEPT_A_DAY:
        return NotKept(
            f"The removal of {name} was taken back {MOST_KEPT_A_DAY} times in 24 hours, which is the limit. "
            f"Try again tomorrow, or contact {settings.contact}."
        )
    if not take_turn(domain, settings.check_button_interval_seconds, now):
        seconds = seconds_to_wait(domain, settings, now)
        sentence = f"The removal of {name} can be taken back in {seconds} s, because a check of DNS follows."
        return NotKept(sentence, "too-soon", seconds)
    return None


def _waits_with_too_many(domain: LLMClientCustomDomain, settings: Settings) -> str | None:
    """As at registration, for a name that was never verified: it would be one more that waits for its proof."""
    if domain.verified_at is not None:
        return None
    refusal = too_many_waiting(queries.unproved_of(domain.account), settings)
    return refusal.sentence if refusal is not None else None


def _start_over(domain: LLMClientCustomDomain, now: datetime) -> None:
    """Nothing that was found before the removal tells of now."""
    domain.verdict = domain.contrary_since = domain.grace_until = domain.inconsistent_since = None
    domain.unsettled = domain.check_history = None
    domain.check_attempt, domain.next_check_at = 0, now + transitions.pending_pause(0)


def _client_before(domain: LLMClientCustomDomain) -> int | None:
    """The LLM client that the domain led to until it was removed. Its id may be a later one's, if it was deleted."""
    removal = db.session.scalar(
        select(Event)
        .where(Event.custom_domain_id == domain.id, Event.kind == EventKind.STATE_CHANGED)
        .order_by(Event.id.desc())
        .limit(1)
    )
    client_id = (removal.evidence or {}).get("llm_client") if removal is not None else None
    if removal is None or client_id is None:
        return None
    same = LLMClient.id == client_id, LLMClient.created_at <= removal.created_at
    return db.session.scalar(select(LLMClient.id).where(*same))


def _lead_back(domain: LLMClientCustomDomain, client_id: int | None, actor: Actor) -> None:
    """To the LLM client of before, if it is still there and has no other domain meanwhile."""
    if client_id is None:
        return
    client = db.session.get(LLMClient, client_id, populate_existing=True, with_for_update=True)
    if client is not None and client.custom_domain_id is None:
        attach(client, domain, actor=actor)
