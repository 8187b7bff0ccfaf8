"""Which notification follows which transition, and when people are reminded: tables, and the rows they lead to."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from tests.factories import make_domain, make_zone, said
from webapp.audit.log import SYSTEM
from webapp.domains.lifecycle import Transition, TransitionKind, change_state
from webapp.extensions import db
from webapp.messages.catalogue import sentence
from webapp.models import (
    ALLOWED_TRANSITIONS,
    Account,
    DomainState,
    LLMClientCustomDomain,
    Message,
    Notification,
    NotificationKind,
    ZoneState,
)
from webapp.notifications.rules import reminders, transition_rules
from webapp.notifications.rules.transition_rules import Facts, Periods

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PERIODS = Periods()
S, K = DomainState, NotificationKind

TOLD = {
    (S.PENDING, S.VERIFIED): K.VERIFIED,
    (S.EXPIRED, S.VERIFIED): K.VERIFIED,
    (S.VERIFIED, S.FAILING): K.FAILING,
    (S.FAILING, S.VERIFIED): K.RECOVERED,
    (S.FAILING, S.LAPSED): K.LAPSED,
    (S.VERIFIED, S.LAPSED): K.MOVED_AWAY,
    (S.LAPSED, S.VERIFIED): K.RECOVERED,
    (S.PENDING, S.EXPIRED): K.EXPIRED,
    (S.REMOVING, S.REMOVED): K.REMOVED,
    (S.REMOVING, S.PENDING): K.KEPT,
}
WAYS = [(before, after) for before, afters in ALLOWED_TRANSITIONS.items() for after in sorted(afters)]
SILENT = {(state, S.REMOVING) for state in S} | {(S.EXPIRED, S.PENDING)}


@pytest.mark.parametrize(("before", "after"), list(itertools.product(S, S)))
def test_news_of_every_pair_of_states(before: DomainState, after: DomainState) -> None:
    facts = Facts("chat.acme.com", after, NOW, NOW - timedelta(minutes=10), NOW + timedelta(days=7))
    found = transition_rules.of_transition(facts, before, PERIODS)
    assert (found.kind if found else None) == TOLD.get((before, after))
    if found:
        assert found.occasion == NOW
        assert sentence(found.message).startswith(
            ("chat.acme.com ", "We stopped checking the records of chat.acme.com")
        )


def test_name_that_moved_away_while_it_failed_is_not_told_as_one_that_was_given_up() -> None:
    facts = Facts("chat.acme.com", S.LAPSED, NOW, moved_away=True)
    found = transition_rules.of_transition(facts, S.FAILING, PERIODS)
    assert found is not None
    assert found.kind is K.MOVED_AWAY


def test_every_way_that_is_allowed_is_news_or_silent_on_purpose() -> None:
    assert set(TOLD) <= set(WAYS)
    assert set(WAYS) <= set(TOLD) | SILENT


def test_failing_names_the_date_of_the_cut_off() -> None:
    facts = Facts("chat.acme.com", S.FAILING, NOW, NOW - timedelta(minutes=10), NOW + timedelta(days=7))
    found = transition_rules.of_transition(facts, S.VERIFIED, PERIODS)
    assert found is not None
    assert found.message.params == {
        "name": "chat.acme.com",
        "contrary_since": "2026-11-23T11:50:00+00:00",
        "grace_until": "2026-11-30T12:00:00+00:00",
    }
    assert sentence(found.message) == (
        "chat.acme.com has not passed our checks since 23 November 2026, 11:50 UTC. It is switched off on "
        "30 November 2026, 12:00 UTC unless the records return."
    )


OF_EVENTS = {K.CERTIFICATE_TROUBLE, K.CONTESTED, K.WHOLE_DOMAIN, K.WHOLE_DOMAIN_OVER}
OF_EVENTS |= {K.NOT_LIVE, K.LIVE_AGAIN, K.CERTIFICATE_ENDS, K.HANDED_OVER}


@pytest.mark.parametrize("kind", [kind for kind in K if kind not in OF_EVENTS])
def test_every_kind_is_told_with_what_its_sentence_names(kind: NotificationKind) -> None:
    facts = Facts("xn--strae-oqa.de", S.VERIFIED, NOW, NOW, NOW + timedelta(days=7))
    made = transition_rules.make(kind, NOW, facts, PERIODS, "It was a mistake.")
    said = sentence(Message(made.message.code, json.loads(json.dumps(made.message.params))))
    assert "straße.de (xn--strae-oqa.de)" in said
    assert said.endswith(".")
    assert ".." not in said


def after(days: float) -> datetime:
    return NOW + timedelta(days=days)


@pytest.mark.parametrize(
    ("state", "length", "moments"),
    [
        (S.PENDING, 30, [(K.ACTION_NEEDED, 3), (K.ACTION_NEEDED, 29)]),
        (S.PENDING, 4, [(K.ACTION_NEEDED, 3)]),
        (S.PENDING, 3.5, [(K.ACTION_NEEDED, 2.5)]),
        (S.PENDING, 1, []),
        (S.FAILING, 7, [(K.FAILING_HALFWAY, 3.5), (K.FAILING_LAST_DAY, 6)]),
        (S.FAILING, 2, [(K.FAILING_LAST_DAY, 1)]),
        (S.FAILING, 1.5, [(K.FAILING_LAST_DAY, 0.5)]),
        (S.FAILING, 1, [(K.FAILING_HALFWAY, 0.5)]),
        (S.FAILING, 0, []),
        (S.VERIFIED, 7, []),
        (S.LAPSED, 7, []),
        (S.EXPIRED, 7, []),
        (S.REMOVING, 7, []),
    ],
)
def test_reminders_of_a_state(
    state: DomainState, length: float, moments: list[tuple[NotificationKind, float]]
) -> None:
    facts = Facts("chat.acme.com", state, NOW, NOW, after(length))
    periods = Periods(pending=timedelta(days=length))
    found = transition_rules.reminders(facts, periods)
    assert [(news.kind, news.occasion) for news in found] == [(kind, after(days)) for kind, days in moments]


@pytest.fixture
def domain(account: Account) -> LLMClientCustomDomain:
    domain = make_domain(account, "chat.acme.com", state_changed_at=NOW, next_reminder_at=NOW)
    make_zone(domain)
    db.session.commit()
    return domain


def told(domain: LLMClientCustomDomain) -> list[tuple[str, str]]:
    """Kind, and whether it is still to be sent."""
    rows = db.session.scalars(
        select(Notification).where(Notification.custom_domain_id == domain.id).order_by(Notification.id)
    )
    return [(mail.kind.value, "cancelled" if mail.cancelled_at else "open") for mail in rows]


def go(domain: LLMClientCustomDomain, *states: DomainState, now: datetime = NOW) -> None:
    for state in states:
        if state is S.FAILING:
            domain.grace_until = now + timedelta(days=7)
        change_state(domain, state, now, SYSTEM, said("Because."))
    db.session.commit()


def test_transition_leaves_its_news_and_wakes_the_reminders(domain: LLMClientCustomDomain) -> None:
    domain.next_reminder_at = None
    go(domain, S.VERIFIED)
    [mail] = db.session.scalars(select(Notification))
    assert (mail.kind, mail.occasion, mail.send_after) == (K.VERIFIED, NOW, NOW)
    assert (mail.account_id, mail.custom_domain_id) == (domain.account_id, domain.id)
    assert domain.next_reminder_at == NOW


def test_news_goes_back_with_its_transition(domain: LLMClientCustomDomain) -> None:
    change_state(domain, S.VERIFIED, NOW, SYSTEM, said("Because."))
    db.session.rollback()
    assert told(domain) == []


def test_same_transition_told_again_is_one_row(domain: LLMClientCustomDomain) -> None:
    go(domain, S.VERIFIED)
    transition_rules.on_transition(
        domain, transition=Transition(TransitionKind.STATE, S.PENDING, SYSTEM, NOW)
    )
    assert told(domain) == [("verified", "open")]


def test_removal_ends_the_story(domain: LLMClientCustomDomain) -> None:
    go(domain, S.VERIFIED, S.FAILING)
    go(domain, S.REMOVING)
    assert told(domain) == [("verified", "cancelled"), ("failing", "cancelled")]


def test_looking_again_ends_the_story(domain: LLMClientCustomDomain) -> None:
    go(domain, S.EXPIRED)
    go(domain, S.PENDING, now=after(1))
    assert told(domain) == [("expired", "cancelled")]


def test_news_that_was_sent_is_not_cancelled(domain: LLMClientCustomDomain) -> None:
    go(domain, S.VERIFIED)
    [mail] = db.session.scalars(select(Notification))
    mail.sent_at = NOW
    go(domain, S.REMOVING)
    assert told(domain) == [("verified", "open")]


def remind_daily(domain: LLMClientCustomDomain, days: range) -> list[tuple[str, int]]:
    """Which reminder came on which day, when somebody looks every day; one look may be two."""
    found = []
    for day in days:
        before = len(told(domain))
        for _ in range(2):
            reminders.remind(after(day))
            db.session.commit()
        found += [(kind, day) for kind, _ in told(domain)[before:]]
    return found


def test_pending_domain_is_reminded_on_the_third_day_and_the_last(domain: LLMClientCustomDomain) -> None:
    assert remind_daily(domain, range(31)) == [("action-needed", 3), ("action-needed", 29)]
    assert domain.next_reminder_at is None


def test_failing_domain_is_reminded_half_way_and_on_the_last_day(domain: LLMClientCustomDomain) -> None:
    go(domain, S.VERIFIED, S.FAILING)
    assert remind_daily(domain, range(9)) == [("failing-halfway", 4), ("failing-last-day", 6)]


def test_nothing_is_looked_at_before_it_is_due(domain: LLMClientCustomDomain) -> None:
    assert reminders.remind(NOW) == 1
    db.session.commit()
    assert reminders.remind(after(2.9)) == 0
    assert domain.next_reminder_at == after(3)


def test_sweep_that_slept_tells_only_the_latest(domain: LLMClientCustomDomain) -> None:
    go(domain, S.VERIFIED, S.FAILING)
    reminders.remind(after(6.5))
    assert told(domain)[2:] == [("failing-last-day", "open")]


def test_nobody_is_reminded_of_a_date_that_is_over(domain: LLMClientCustomDomain) -> None:
    go(domain, S.VERIFIED, S.FAILING)
    reminders.remind(after(7))
    assert told(domain)[2:] == []


def test_date_that_staff_moved_is_reminded_of_anew(domain: LLMClientCustomDomain) -> None:
    go(domain, S.VERIFIED, S.FAILING)
    assert remind_daily(domain, range(7))[1:] == [("failing-last-day", 6)]
    domain.grace_until = after(14)
    db.session.commit()
    assert remind_daily(domain, range(7, 15)) == [("failing-halfway", 7), ("failing-last-day", 13)]


def test_domain_that_waits_for_us_is_not_told_to_act(account: Account) -> None:
    domain = make_domain(account, state_changed_at=NOW, next_reminder_at=NOW)
    make_zone(domain, ZoneState.PARKED)
    db.session.commit()
    assert remind_daily(domain, range(31)) == []


def test_reminders_are_cancelled_by_what_makes_them_untrue(domain: LLMClientCustomDomain) -> None:
    go(domain, S.VERIFIED, S.FAILING)
    reminders.remind(after(4))
    go(domain, S.VERIFIED, now=after(4.1))
    assert told(domain) == [
        ("verified", "open"),
        ("failing", "open"),
        ("failing-halfway", "cancelled"),
        ("recovered", "open"),
    ]


def test_reminding_is_not_a_change_that_others_could_collide_with(domain: LLMClientCustomDomain) -> None:
    before = domain.version
    reminders.remind(after(3))
    db.session.commit()
    assert domain.version == before
