"""Which notification follows which transition, and which reminders follow while the domain stays in its state.

The decisions are pure. `on_transition` stores them as rows in the transaction of the transition. Notifications that
follow from other events are in `event_rules`. E-mails are written from the rows later, see `outbox`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from webapp.config.settings import Settings
from webapp.domains.lifecycle import Transition, TransitionKind
from webapp.extensions import settings
from webapp.live.queries import is_looked_at
from webapp.models import (
    CHECKED_STATES,
    GONE_STATES,
    DomainState,
    LLMClientCustomDomain,
    Message,
    Method,
    NotificationKind,
)
from webapp.moves.evidence import MOVED_AWAY
from webapp.notifications.rules.untold import News, cancel, release, tell

#: A transition makes unsent reminders untrue, so it cancels them. Other notifications are still sent after one.
REMINDERS = (
    NotificationKind.ACTION_NEEDED,
    NotificationKind.FAILING_HALFWAY,
    NotificationKind.FAILING_LAST_DAY,
)


@dataclass(frozen=True)
class Facts:
    """The facts of a domain that notifications name. `name`: A-labels. `since`: when it came into its state.
    `moved_away`: it has just lost its name to another account's proof.
    """

    name: str
    state: DomainState
    since: datetime
    contrary_since: datetime | None = None
    grace_until: datetime | None = None
    method: Method = Method.DELEGATION
    moved_away: bool = False


@dataclass(frozen=True)
class Periods:
    """`patience`: how long a wrong answer must last before people are told, so that none is told while typing."""

    pending: timedelta = timedelta(days=30)
    pending_reminder: timedelta = timedelta(days=3)
    last_warning: timedelta = timedelta(hours=24)
    patience: timedelta = timedelta(minutes=15)

    @classmethod
    def of(cls, settings: Settings) -> Periods:
        return cls(
            pending=timedelta(days=settings.pending_days),
            pending_reminder=timedelta(days=settings.pending_reminder_days),
            last_warning=timedelta(hours=settings.last_warning_hours),
            patience=timedelta(minutes=settings.wrong_answer_mail_minutes),
        )


_AFTER: dict[tuple[DomainState, DomainState], NotificationKind] = {
    (DomainState.PENDING, DomainState.VERIFIED): NotificationKind.VERIFIED,
    (DomainState.EXPIRED, DomainState.VERIFIED): NotificationKind.VERIFIED,
    (DomainState.FAILING, DomainState.VERIFIED): NotificationKind.RECOVERED,
    (DomainState.LAPSED, DomainState.VERIFIED): NotificationKind.RECOVERED,
    (DomainState.VERIFIED, DomainState.FAILING): NotificationKind.FAILING,
    (DomainState.FAILING, DomainState.LAPSED): NotificationKind.LAPSED,
    (DomainState.VERIFIED, DomainState.LAPSED): NotificationKind.MOVED_AWAY,
    (DomainState.PENDING, DomainState.EXPIRED): NotificationKind.EXPIRED,
    (DomainState.REMOVING, DomainState.REMOVED): NotificationKind.REMOVED,
    (DomainState.REMOVING, DomainState.PENDING): NotificationKind.KEPT,
}

#: The states of the domain in which what a notification tells is still true.
STANDS: dict[NotificationKind, frozenset[DomainState]] = {
    NotificationKind.VERIFIED: frozenset({DomainState.VERIFIED}),
    NotificationKind.RECOVERED: frozenset({DomainState.VERIFIED}),
    NotificationKind.ACTION_NEEDED: frozenset({DomainState.PENDING}),
    NotificationKind.FAILING: frozenset({DomainState.FAILING}),
    NotificationKind.FAILING_HALFWAY: frozenset({DomainState.FAILING}),
    NotificationKind.FAILING_LAST_DAY: frozenset({DomainState.FAILING}),
    NotificationKind.LAPSED: frozenset({DomainState.LAPSED}),
    NotificationKind.CONTESTED: frozenset({DomainState.VERIFIED, DomainState.FAILING}),
    NotificationKind.MOVED_AWAY: frozenset({DomainState.LAPSED}),
    NotificationKind.EXPIRED: frozenset({DomainState.EXPIRED}),
    NotificationKind.REMOVED: frozenset({DomainState.REMOVED}),
    NotificationKind.KEPT: frozenset({DomainState.PENDING}),
    NotificationKind.CERTIFICATE_TROUBLE: frozenset({DomainState.VERIFIED, DomainState.FAILING}),
    NotificationKind.ON_HOLD: frozenset(DomainState) - set(GONE_STATES),
    NotificationKind.RELEASED: frozenset(DomainState) - set(GONE_STATES),
    NotificationKind.WHOLE_DOMAIN: frozenset(CHECKED_STATES),
    NotificationKind.WHOLE_DOMAIN_OVER: frozenset(DomainState) - set(GONE_STATES),
    NotificationKind.NOT_LIVE: frozenset({DomainState.VERIFIED}),
    NotificationKind.LIVE_AGAIN: frozenset({DomainState.VERIFIED}),
    NotificationKind.CERTIFICATE_ENDS: frozenset({DomainState.VERIFIED, DomainState.FAILING}),
    NotificationKind.HANDED_OVER: frozenset({DomainState.VERIFIED}),
}

#: The parameters of each kind's message: facts of the domain at the time of the transition.
_NAMED: dict[NotificationKind, tuple[str, ...]] = {
    NotificationKind.VERIFIED: ("name", "since", "method"),
    NotificationKind.FAILING: ("name", "contrary_since", "grace_until"),
    NotificationKind.FAILING_HALFWAY: ("name", "grace_until"),
    NotificationKind.FAILING_LAST_DAY: ("name", "grace_until", "warning_hours"),
    NotificationKind.LAPSED: ("name",),
    NotificationKind.MOVED_AWAY: ("name",),
    NotificationKind.RECOVERED: ("name", "contrary_since"),
    NotificationKind.EXPIRED: ("name", "since"),
    NotificationKind.REMOVED: ("name", "method"),
    NotificationKind.KEPT: ("name",),
    NotificationKind.ACTION_NEEDED: ("name", "pending_until"),
    NotificationKind.ON_HOLD: ("name", "reason"),
    NotificationKind.RELEASED: ("name", "reason", "served"),
}


def of_transition(facts: Facts, before: DomainState, periods: Periods) -> News | None:
    """The notification of the transition from `before` to the state in `facts`; None when people are not told."""
    kind = NotificationKind.MOVED_AWAY if facts.moved_away else _AFTER.get((before, facts.state))
    return make(kind, facts.since, facts, periods) if kind else None


def reminders(facts: Facts, periods: Periods) -> list[News]:
    """All reminders while the domain stays in its state, in the order of time.

    A reminder that would be due with or after the last warning is left out; that happens when a period is short.
    """
    if facts.state is DomainState.PENDING:
        moments = _moments(facts.since, facts.since + periods.pending, periods.pending_reminder, periods)
        return [make(NotificationKind.ACTION_NEEDED, moment, facts, periods) for moment in moments]
    if facts.state is not DomainState.FAILING or facts.grace_until is None:
        return []
    half = (facts.grace_until - facts.since) / 2
    moments = _moments(facts.since, facts.grace_until, half, periods)
    kinds = [NotificationKind.FAILING_HALFWAY, NotificationKind.FAILING_LAST_DAY]
    last = facts.grace_until - periods.last_warning
    return [make(kinds[moment == last], moment, facts, periods) for moment in moments]


def _moments(start: datetime, end: datetime, after: timedelta, periods: Periods) -> list[datetime]:
    last = end - periods.last_warning
    if last <= start:
        return [start + after] if start + after < end else []
    return [start + after, last] if start + after < last else [last]


def until(facts: Facts, periods: Periods) -> datetime | None:
    """When the state ends by itself; None when it does not."""
    return facts.since + periods.pending if facts.state is DomainState.PENDING else facts.grace_until


def make(
    kind: NotificationKind, occasion: datetime, facts: Facts, periods: Periods, reason: str = ""
) -> News:
    """A notification of this kind about the domain in `facts`. `reason`: the reason that staff give for their act."""
    known = {
        "name": facts.name,
        "since": facts.since.isoformat(),
        "contrary_since": (facts.contrary_since or facts.since).isoformat(),
        "grace_until": (facts.grace_until or facts.since).isoformat(),
        "pending_until": (facts.since + periods.pending).isoformat(),
        "warning_hours": periods.last_warning / timedelta(hours=1),
        "reason": reason,
        "served": facts.state.is_verified,
        "method": facts.method.value,
    }
    params = {name: known[name] for name in _NAMED[kind]}
    return News(kind, occasion, Message(f"notification.{kind.value}", params))


def facts_of(domain: LLMClientCustomDomain) -> Facts:
    return Facts(
        name=domain.domain_name,
        state=domain.state,
        since=domain.state_changed_at,
        contrary_since=domain.contrary_since,
        grace_until=domain.grace_until,
        method=domain.method,
    )


def on_transition(domain: LLMClientCustomDomain, *, transition: Transition) -> None:
    """Add the notification of this transition, and cancel unsent ones that are no longer true."""
    _ON_TRANSITION[transition.kind](domain, transition)


def _registered(_domain: LLMClientCustomDomain, _transition: Transition) -> None:
    """No notification: who registered the domain sees its page."""


def _changed_state(domain: LLMClientCustomDomain, transition: Transition) -> None:
    assert transition.before is not None  # noqa: S101 - only a registration comes from no state
    now = transition.now
    facts = replace(facts_of(domain), moved_away=transition.code == MOVED_AWAY)
    news = of_transition(facts, transition.before, Periods.of(settings()))
    # A transition without a notification is an act of the domain's people (they remove it, or have it checked
    # again), so that they need not be told what came before.
    cancel(domain, REMINDERS if news else tuple(NotificationKind), now)
    if news:
        # They share one e-mail.
        release(domain, NotificationKind.KEPT, now)
        tell(domain, news, now + _patience(domain, news))
    domain.next_reminder_at = now


def _suspended(domain: LLMClientCustomDomain, transition: Transition) -> None:
    """Cancel the reminders: their dates do not count while the domain is suspended."""
    cancel(domain, REMINDERS, transition.now)
    _tell_of_staff(domain, NotificationKind.ON_HOLD, transition)


def _released(domain: LLMClientCustomDomain, transition: Transition) -> None:
    if not domain.state.is_gone:
        domain.next_reminder_at = transition.now
        _tell_of_staff(domain, NotificationKind.RELEASED, transition)


def _grace_extended(domain: LLMClientCustomDomain, transition: Transition) -> None:
    """Cancel the reminders, which name dates that have moved, and make new ones."""
    cancel(domain, REMINDERS, transition.now)
    domain.next_reminder_at = transition.now


_ON_TRANSITION: dict[TransitionKind, Callable[[LLMClientCustomDomain, Transition], None]] = {
    TransitionKind.REGISTERED: _registered,
    TransitionKind.STATE: _changed_state,
    TransitionKind.SUSPENDED: _suspended,
    TransitionKind.RELEASED: _released,
    TransitionKind.GRACE_EXTENDED: _grace_extended,
}


def _patience(domain: LLMClientCustomDomain, news: News) -> timedelta:
    """How long to wait with the notification. A restored domain is usually verified within a minute, and a verified
    one seen to be live, and then the e-mail can begin with that.
    """
    waits = news.kind is NotificationKind.KEPT
    waits |= news.kind is NotificationKind.VERIFIED and is_looked_at(domain)
    return Periods.of(settings()).patience if waits else timedelta(0)


def _tell_of_staff(domain: LLMClientCustomDomain, kind: NotificationKind, transition: Transition) -> None:
    now, reason = transition.now, transition.reason or ""
    tell(domain, make(kind, now, facts_of(domain), Periods.of(settings()), reason), now)
