"""Suspension by staff, release from it, and more grace time. Each takes a reason, which the domain's people read.

A suspended domain keeps its state and its zone. It is not served and not checked, and none of its periods runs. A
check that was under way is still recorded, and changes nothing but the time of the last check.

The name is suspended with the domain: no other account is verified with it until staff release it, and removing the
domain does not release it. Another account that is verified with it already stays so: a claim that contests its name
is stopped alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from webapp.audit.log import Actor, note
from webapp.dns.names import HostName, RefusalCode
from webapp.domains import deny_list
from webapp.domains.contests import InTheWay
from webapp.domains.lifecycle import Transition, TransitionKind, publish
from webapp.domains.locks import lock_claims, lock_domain, lock_names, lock_zones
from webapp.domains.registration import in_the_way_of
from webapp.extensions import db, settings
from webapp.jobs import clock as job_clock
from webapp.messages.formatting import clock, shown
from webapp.models import DomainState, EventKind, LLMClientCustomDomain, Message


def suspend(
    domain: LLMClientCustomDomain,
    *,
    actor: Actor,
    reason: str,
    now: datetime | None = None,
    deny: bool = False,
) -> str | None:
    """Suspend the domain at once. With `deny`, the name goes on the deny list as well. A refusal is a sentence.

    A contest for the name ends with it, whichever side is suspended, so that all claims on it are locked. The clock
    is read behind the locks: another account's claim that was proved while this waited was verified before it.
    """
    lock_zones(domain.id)
    lock_claims([domain.domain_name], [domain.id])
    lock_domain(domain)
    now = now or job_clock.now()
    name = shown(domain.domain_name)
    if domain.held_at is not None:
        return f"{name} is suspended already, since {clock(domain.held_at)}."
    if domain.state.is_gone:
        return f"{name} is being removed, so there is nothing left to suspend."
    lock_names([domain.domain_name])
    served = domain.is_verified
    domain.held_at, domain.hold_reason = now, reason
    domain.next_check_at = domain.next_reminder_at = None
    # The sentence names a contact, because the exported history stands without the page around it.
    contact = settings().contact
    said = Message("domain.suspended", {"name": domain.domain_name, "served": served, "contact": contact})
    note(domain, EventKind.HELD, said, actor, reason=reason)
    _publish(domain, TransitionKind.SUSPENDED, actor, reason, now)
    if deny:
        # A name that the list refuses already needs no second entry.
        deny_list.deny(HostName(domain.domain_name), below=False, reason=reason, actor=actor, now=now)
    db.session.flush()
    return None


def release(
    domain: LLMClientCustomDomain, *, actor: Actor, reason: str, now: datetime | None = None
) -> str | None:
    """End the suspension. The domain is back in its state, with the time that was left. A refusal is a sentence."""
    lock_domain(domain)
    now = now or job_clock.now()
    name, since = shown(domain.domain_name), domain.held_at
    if since is None:
        return f"{name} is not suspended."
    refusal = _refusal_to_release(domain)
    if refusal is not None:
        return refusal
    domain.held_at = domain.hold_reason = None
    _give_back(domain, now - since)
    if domain.state.is_checked:
        domain.next_check_at = now
    said = Message("domain.released", {"name": domain.domain_name, "served": domain.is_verified})
    note(domain, EventKind.RELEASED, said, actor, reason=reason)
    _publish(domain, TransitionKind.RELEASED, actor, reason, now)
    db.session.flush()
    return None


def _refusal_to_release(domain: LLMClientCustomDomain) -> str | None:
    """None for a domain that is removed: nothing of it is served, and its name is free for whoever proves it."""
    if domain.state.is_gone:
        return None
    if domain.state.is_verified:
        return _refusal_to_serve(domain)
    return _denied(domain)


def _refusal_to_serve(domain: LLMClientCustomDomain) -> str | None:
    """Why the domain may not be served, in a sentence for staff."""
    lock_names([domain.domain_name])
    found = in_the_way_of(domain, settings())
    if found is None:
        return None
    return _denied(domain) or _not_served_here(domain, found)


def _denied(domain: LLMClientCustomDomain) -> str | None:
    denied = deny_list.covering(domain.domain_name)
    if denied is None:
        return None
    return f"The deny list refuses {deny_list.what(denied)} to every account. Take it off the list first."


def _not_served_here(domain: LLMClientCustomDomain, found: InTheWay) -> str:
    if found.other is None:
        return found.refusal.sentence
    if found.refusal.code is RefusalCode.ON_HOLD:
        return f"{_whose(found.other)} is suspended as well. Release that one first."
    return (
        f"{_whose(found.other)} was verified for another account meanwhile, so {shown(domain.domain_name)} cannot be "
        "served here. Have one of the two removed first."
    )


def _whose(domain: LLMClientCustomDomain) -> str:
    return f"{shown(domain.domain_name)} of account {domain.account.number}"


def _give_back(domain: LLMClientCustomDomain, suspended_for: timedelta) -> None:
    if domain.grace_until is not None:
        domain.grace_until += suspended_for
    domain.overdue_since = domain.inconsistent_since = domain.check_history = None
    if domain.state in {DomainState.PENDING, DomainState.EXPIRED}:
        domain.state_changed_at += suspended_for
    if domain.state is DomainState.VERIFIED:
        # A contradiction seen before the suspension no longer counts: it must be confirmed by two checks again.
        domain.contrary_since = None


def extend_grace(
    domain: LLMClientCustomDomain, days: int, *, actor: Actor, reason: str, now: datetime | None = None
) -> str | None:
    """Extend the grace period of a failing domain by `days`, from now if it is over. A refusal is a sentence."""
    lock_domain(domain)
    now = now or job_clock.now()
    name = shown(domain.domain_name)
    if domain.held_at is not None:
        return f"{name} is suspended, and its time does not run. Release it first."
    if domain.state is not DomainState.FAILING or domain.grace_until is None:
        return f"{name} is {domain.state}, not failing, so there is no date to move."
    refusal = _refusal_to_serve(domain)
    if refusal is not None:
        return refusal
    domain.grace_until = max(domain.grace_until, now) + timedelta(days=days)
    domain.extra_grace_days += days
    domain.overdue_since = None
    until = domain.grace_until.isoformat()
    said = Message("domain.grace-extended", {"name": domain.domain_name, "until": until})
    note(domain, EventKind.GRACE_EXTENDED, said, actor, reason=reason)
    _publish(domain, TransitionKind.GRACE_EXTENDED, actor, reason, now)
    db.session.flush()
    return None


def _publish(
    domain: LLMClientCustomDomain, kind: TransitionKind, actor: Actor, reason: str, now: datetime
) -> None:
    publish(domain, Transition(kind, domain.state, actor, now, reason))
