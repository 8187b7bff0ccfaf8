"""A check that somebody asks for: a customer's press of Verify, staff, or a command."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy.exc import IntegrityError

from webapp.audit.log import Actor, note
from webapp.certificates import lifecycle
from webapp.checks import queries as check_queries
from webapp.config.settings import Settings
from webapp.domains.lifecycle import Transition, TransitionKind, change_state
from webapp.domains.limits import NotReady, TooSoon, seconds_to_wait, take_turn, why_suspended
from webapp.domains.locks import lock_domain
from webapp.extensions import db
from webapp.jobs import clock
from webapp.messages.formatting import shown
from webapp.models import (
    ActorKind,
    Check,
    CheckOrigin,
    DomainState,
    EventKind,
    LLMClientCustomDomain,
    Message,
)
from webapp.proofs.base.method import Wake
from webapp.proofs.registry import METHODS, method_of


@dataclass(frozen=True)
class CheckRequested:
    """`new` is false when a check of this domain was already under way."""

    check: Check
    new: bool


@dataclass(frozen=True)
class ParentCheckRequested:
    """For a domain that is being removed: a check whether its records are gone. `wakes` is empty while one is under
    way.
    """

    wakes: tuple[Wake, ...]


def request_check(
    domain: LLMClientCustomDomain,
    *,
    origin: CheckOrigin,
    actor: Actor,
    settings: Settings,
    reason: str | None = None,
    now: datetime | None = None,
) -> CheckRequested | ParentCheckRequested | TooSoon | NotReady:
    """Open a check for a worker to take. The database limits how often a customer may press, over all processes.

    Staff are not limited and give a `reason`, which stands in the domain's history. For a domain that is being
    removed the check is another one: whether its records are gone.
    """
    lock_domain(domain)  # a worker may record something of it at the same moment
    now = now or clock.now()
    if domain.state.is_gone:
        return _request_parent_check(
            domain, origin=origin, actor=actor, settings=settings, reason=reason, now=now
        )
    if domain.held_at is not None:
        return NotReady(why_suspended(domain), "suspended")
    method = method_of(domain)
    if not method.checkable(domain):
        if _may_ask(domain, origin, settings, now):
            _resume(domain, actor, now)
            method.hasten(domain, now)
            db.session.flush()
        return NotReady(method.preparing)
    running = check_queries.open_check(domain)
    if running is not None:
        return CheckRequested(running, new=False)
    if not _may_ask(domain, origin, settings, now):
        return TooSoon(seconds_to_wait(domain, settings, now))
    _resume(domain, actor, now)
    lifecycle.check_again(domain, now)
    domain.check_attempt = 0
    note(domain, EventKind.CHECK_REQUESTED, Message("check.requested"), actor, reason=reason)
    return open_new_check(domain, origin, now)


def _may_ask(domain: LLMClientCustomDomain, origin: CheckOrigin, settings: Settings, now: datetime) -> bool:
    """Customers rest between two presses, whatever the press leads to."""
    return origin is not CheckOrigin.CUSTOMER or take_turn(
        domain, settings.check_button_interval_seconds, now
    )


def _resume(domain: LLMClientCustomDomain, actor: Actor, now: datetime) -> None:
    """Somebody came back to a name that was given up."""
    if domain.state is DomainState.EXPIRED:
        change_state(domain, DomainState.PENDING, now, actor, Message("domain.resumed"))


def _request_parent_check(
    domain: LLMClientCustomDomain,
    *,
    origin: CheckOrigin,
    actor: Actor,
    settings: Settings,
    reason: str | None,
    now: datetime,
) -> ParentCheckRequested | TooSoon | NotReady:
    if domain.state is DomainState.REMOVED:
        return NotReady(f"{shown(domain.domain_name)} was removed, so there is nothing to check.")
    if not _may_ask(domain, origin, settings, now):
        return TooSoon(seconds_to_wait(domain, settings, now))
    note(domain, EventKind.CHECK_REQUESTED, Message("check.removal-requested"), actor, reason=reason)
    return ParentCheckRequested(tuple(wake for one in METHODS.values() for wake in one.look_now(domain, now)))


#: In the session, the ids of checks that were opened for other domains while one was recorded.
_TO_WAKE = "checks_to_wake"


def wake_for(opened: CheckRequested) -> None:
    """Let whoever commits this transaction wake a worker for the check."""
    if opened.new:
        db.session.info.setdefault(_TO_WAKE, []).append(opened.check.id)


def to_wake() -> Sequence[int]:
    """The ids of the checks for which a worker is to be woken now, after the commit. Each is given once."""
    return cast("list[int]", db.session.info.pop(_TO_WAKE, []))


def open_new_check(domain: LLMClientCustomDomain, origin: CheckOrigin, now: datetime) -> CheckRequested:
    """Open a check, or give the one that another process opened first."""
    check = Check(custom_domain_id=domain.id, origin=origin, lease_until=now + check_queries.QUEUE_LEASE)
    try:
        with db.session.begin_nested():
            db.session.add(check)
    except IntegrityError:
        running = check_queries.open_check(domain)
        if running is None:
            raise
        return CheckRequested(running, new=False)
    return CheckRequested(check, new=True)


def on_transition(domain: LLMClientCustomDomain, *, transition: Transition) -> None:
    """Open a check for a restored domain as soon as its zone is in use again."""
    if transition.kind is not TransitionKind.STATE or transition.before is not DomainState.REMOVING:
        return
    if domain.state is DomainState.PENDING and method_of(domain).preparation(domain).ready:
        open_new_check(domain, _ORIGINS[transition.actor.kind], transition.now)


_ORIGINS = {
    ActorKind.CUSTOMER: CheckOrigin.CUSTOMER,
    ActorKind.KEY: CheckOrigin.CUSTOMER,
    ActorKind.STAFF: CheckOrigin.STAFF,
    ActorKind.COMMAND: CheckOrigin.COMMAND,
    ActorKind.SYSTEM: CheckOrigin.SCHEDULE,
}
