"""Notifications that are due by time: half of a grace period is over, a name still waits for its records."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update

from webapp.extensions import db, settings
from webapp.jobs.clock import has_come, most_overdue
from webapp.models import DomainState, LLMClientCustomDomain
from webapp.notifications.rules import transition_rules, untold
from webapp.proofs.registry import method_of

#: The most days by which staff extend a grace period at once.
MOST_EXTRA = timedelta(days=90)


def remind(now: datetime, limit: int = 500) -> int:
    """Add the reminders that are due, at most one for each domain. Returns the number of domains that were due.

    A reminder's occasion is computed from the domain's dates. So a second worker cannot send it twice, and it is due
    again after staff have moved a date.
    """
    longest = timedelta(days=max(settings().pending_days, settings().grace_days)) + MOST_EXTRA
    due = db.session.scalars(
        select(LLMClientCustomDomain)
        .where(has_come(LLMClientCustomDomain.next_reminder_at, now, longest))
        .order_by(most_overdue(LLMClientCustomDomain.next_reminder_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    periods = transition_rules.Periods.of(settings())
    for domain in due:
        _remind(domain, now, periods)
    return len(due)


def _remind(domain: LLMClientCustomDomain, now: datetime, periods: transition_rules.Periods) -> None:
    facts = transition_rules.facts_of(domain)
    end = transition_rules.until(facts, periods)
    coming = [news for news in transition_rules.reminders(facts, periods) if news.occasion > now]
    past = [news for news in transition_rules.reminders(facts, periods) if news.occasion <= now]
    if past and end is not None and now < end and _has_something_to_type(domain):
        untold.tell(domain, past[-1], now)
    following = coming[0].occasion if coming else end
    # The row's version is not raised: this change must not fail another transaction that has read the domain.
    db.session.execute(
        update(LLMClientCustomDomain)
        .where(
            LLMClientCustomDomain.id == domain.id,
            LLMClientCustomDomain.next_reminder_at == domain.next_reminder_at,
        )
        .values(next_reminder_at=following if following and following > now else None)
        .execution_options(synchronize_session=False)
    )


def _has_something_to_type(domain: LLMClientCustomDomain) -> bool:
    """Whether the domain waits for its people. Before the records are known, it waits for us."""
    return domain.state is not DomainState.PENDING or method_of(domain).preparation(domain).ready
