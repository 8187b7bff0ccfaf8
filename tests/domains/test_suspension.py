"""Suspending, releasing and granting more time, as rows."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tests.dns.delegation.cases import check, world
from tests.factories import make_account, make_domain, make_llm_client
from tests.serving import is_served
from webapp.audit.log import COMMAND
from webapp.checks import record, request, schedule
from webapp.dns import names
from webapp.domains import assignment, lifecycle, locks, queries, registration, suspension
from webapp.extensions import db, settings
from webapp.models import (
    Account,
    CheckOrigin,
    DomainState,
    EventKind,
    LLMClientCustomDomain,
    Notification,
    NotificationKind,
    ValidationError,
    utcnow,
)
from webapp.notifications.rules import reminders, transition_rules, untold

NOW = utcnow().replace(microsecond=0)
HOST = "chat.acme.com"


def hold(domain: LLMClientCustomDomain, now: datetime = NOW) -> str | None:
    return suspension.suspend(domain, actor=COMMAND, reason="Reported.", now=now)


def release(domain: LLMClientCustomDomain, now: datetime) -> str | None:
    return suspension.release(domain, actor=COMMAND, reason="Cleared.", now=now)


@pytest.mark.parametrize("state", [DomainState.PENDING, *DomainState])
def test_is_verified_follows_state_and_hold(account: Account, state: DomainState) -> None:
    domain = make_domain(account, HOST, state)
    assert domain.is_verified == state.is_verified
    domain.held_at = NOW
    assert not domain.is_verified
    db.session.flush()
    domain.held_at = None
    assert domain.is_verified == state.is_verified
    assert domain.state is state


def test_row_can_be_made_held(account: Account) -> None:
    domain = LLMClientCustomDomain(account=account, domain_name=HOST, held_at=NOW, is_verified=True)
    assert (domain.state, domain.is_verified) == (DomainState.VERIFIED, False)


def test_held_name_cannot_be_called_verified(account: Account) -> None:
    domain = make_domain(account, HOST, DomainState.VERIFIED, held_at=NOW)
    domain.is_verified = False
    assert domain.state is DomainState.VERIFIED
    with pytest.raises(ValidationError, match="suspended"):
        domain.is_verified = True


def test_database_keeps_a_held_name_unverified(account: Account) -> None:
    domain = make_domain(account, HOST, DomainState.VERIFIED, held_at=NOW)
    statement = "UPDATE llm_client_custom_domain SET is_verified = true WHERE id = ?"
    with pytest.raises(IntegrityError):
        db.session.connection().exec_driver_sql(statement, (domain.id,))


@pytest.mark.parametrize("state", [DomainState.PENDING, DomainState.VERIFIED, DomainState.FAILING])
def test_nothing_runs_while_on_hold(account: Account, state: DomainState) -> None:
    domain = make_domain(
        account,
        HOST,
        state,
        next_check_at=NOW,
        state_changed_at=NOW - timedelta(days=29),
        grace_until=NOW + timedelta(days=2) if state is DomainState.FAILING else None,
    )
    assert hold(domain) is None
    later = NOW + timedelta(days=40)
    domain.next_check_at = NOW  # as a zone that became ready would have it
    db.session.flush()
    assert schedule.open_due(later) == []
    for minutes in (0, 10):
        schedule.expire_pending(later + timedelta(minutes=minutes), days=30)
    assert reminders.remind(later) == 0
    assert domain.state is state


def test_release_gives_back_the_state_and_the_time_that_was_left(account: Account) -> None:
    domain = make_domain(account, HOST, DomainState.FAILING, grace_until=NOW + timedelta(days=2))
    hold(domain)
    assert release(domain, NOW + timedelta(days=10)) is None
    assert (domain.state, domain.is_verified) == (DomainState.FAILING, True)
    assert domain.grace_until == NOW + timedelta(days=12)
    assert domain.next_check_at == NOW + timedelta(days=10)
    assert (domain.held_at, domain.hold_reason) == (None, None)
    kinds = [event.kind for event in queries.history(domain)]
    assert kinds == [EventKind.RELEASED, EventKind.HELD]


def test_pending_name_keeps_its_days(account: Account) -> None:
    domain = make_domain(account, HOST, state_changed_at=NOW - timedelta(days=20))
    hold(domain)
    release(domain, NOW + timedelta(days=30))
    for minutes in (0, 10):
        schedule.expire_pending(NOW + timedelta(days=30, minutes=minutes), days=30)
    assert domain.state is DomainState.PENDING


def test_release_is_refused_while_another_account_is_verified_with_the_name(account: Account) -> None:
    domain = make_domain(account, HOST, DomainState.VERIFIED)
    hold(domain)
    make_domain(make_account("Rival"), HOST, DomainState.VERIFIED)
    refusal = release(domain, NOW)
    assert refusal is not None
    assert "another account" in refusal
    assert domain.held_at == NOW
    assert not domain.is_verified


@pytest.mark.parametrize("name", ["a.chat.acme.com", "acme.com"])
def test_release_is_refused_while_an_overlapping_name_is_verified(account: Account, name: str) -> None:
    """Registering either is refused, so that a release must not bring both."""
    domain = make_domain(account, HOST, DomainState.VERIFIED)
    hold(domain)
    rival = make_domain(make_account("Rival"), name, DomainState.VERIFIED)
    refusal = release(domain, NOW)
    assert refusal is not None
    assert f"{name} of account {rival.account.number} was verified" in refusal
    assert (domain.held_at, domain.is_verified) == (NOW, False)
    lifecycle.remove(rival, actor=COMMAND, now=NOW)
    assert release(domain, NOW) is None
    assert domain.is_verified


def test_release_is_refused_while_another_claim_on_the_name_is_suspended(account: Account) -> None:
    """Released, it would not be served all the same."""
    domain = make_domain(account, HOST, DomainState.VERIFIED)
    hold(domain)
    other = make_domain(make_account("Rival"), HOST, held_at=NOW)
    refusal = release(domain, NOW)
    assert refusal == (
        f"chat.acme.com of account {other.account.number} is suspended as well. Release that one first."
    )
    assert release(other, NOW) is None
    assert release(domain, NOW) is None
    assert domain.is_verified


@pytest.mark.parametrize("state", [DomainState.PENDING, DomainState.LAPSED])
def test_claim_that_is_not_the_served_one_is_suspended_alone(account: Account, state: DomainState) -> None:
    """It may be about to take the name. The account that is served keeps it, and nobody else gets it."""
    domain = make_domain(account, HOST, state)
    before = NOW - timedelta(days=1)
    served = make_domain(
        make_account("Owner"),
        HOST,
        DomainState.FAILING,
        verified_at=before,
        grace_until=NOW + timedelta(days=1),
    )
    assert hold(domain) is None
    db.session.commit()
    assert domain.held_at == NOW
    assert LLMClientCustomDomain.get_verified_domains() == [HOST]
    assert is_served(HOST)
    assert suspension.extend_grace(served, 3, actor=COMMAND, reason="Theirs.", now=NOW) is None
    third = registration.register(make_account("Third"), HOST, actor=COMMAND, settings=settings())
    assert isinstance(third, names.Refusal)
    assert third.code is names.RefusalCode.ON_HOLD


def test_claim_that_is_proved_while_a_suspension_waits_for_it_came_first(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read before the locks, the clock would say that the suspension came first, and the name be served to nobody."""
    domain, other = make_domain(account, HOST), make_domain(make_account("Owner"), HOST)
    locked = locks.lock_claims

    def waited(names: list[str], ids: list[int]) -> None:
        other.state, other.verified_at = DomainState.VERIFIED, utcnow()
        db.session.flush()
        locked(names, ids)

    monkeypatch.setattr("webapp.domains.suspension.lock_claims", waited)
    assert suspension.suspend(domain, actor=COMMAND, reason="Reported.") is None
    assert is_served(HOST)


@pytest.mark.parametrize("state", [DomainState.VERIFIED, DomainState.PENDING])
def test_name_that_was_verified_after_a_suspension_is_served_to_nobody(
    account: Account, state: DomainState
) -> None:
    """An earlier release verified a second account with it."""
    make_domain(account, HOST, state, held_at=NOW - timedelta(days=1))
    make_domain(make_account("Rival"), HOST, DomainState.VERIFIED, verified_at=NOW)
    assert LLMClientCustomDomain.get_verified_domains() == []
    assert not is_served(HOST)


@pytest.mark.parametrize("name", [HOST, "a.chat.acme.com"])
def test_no_more_time_while_another_account_has_the_name(account: Account, name: str) -> None:
    domain = make_domain(account, HOST, DomainState.FAILING, grace_until=NOW + timedelta(days=1))
    make_domain(make_account("Rival"), name, DomainState.VERIFIED, held_at=NOW)
    refusal = suspension.extend_grace(domain, 3, actor=COMMAND, reason="Asked.", now=NOW)
    assert refusal is not None
    assert f"{name} of account" in refusal
    assert domain.grace_until == NOW + timedelta(days=1)


@pytest.mark.parametrize("state", [DomainState.PENDING, DomainState.VERIFIED, DomainState.REMOVED])
def test_suspended_name_is_registered_by_nobody_until_its_release(
    account: Account, state: DomainState
) -> None:
    domain = make_domain(account, HOST, state, held_at=NOW)
    rival = make_account("Rival")
    refusal = registration.register(rival, HOST, actor=COMMAND, settings=settings())
    assert isinstance(refusal, names.Refusal)
    assert account.number not in refusal.sentence
    if state is not DomainState.VERIFIED:
        assert refusal.code is names.RefusalCode.ON_HOLD
        assert release(domain, NOW) is None
        registered = registration.register(rival, HOST, actor=COMMAND, settings=settings())
        assert isinstance(registered, registration.Registered)


def test_suspended_name_of_another_leads_to_no_client(account: Account) -> None:
    domain = make_domain(account, HOST)
    make_domain(make_account("Rival"), HOST, held_at=NOW)
    refusal = assignment.attach(make_llm_client(account), domain, actor=COMMAND)
    assert refusal is not None
    assert refusal.reason == "on-hold"


def test_check_that_was_under_way_changes_nothing(account: Account) -> None:
    domain = make_domain(account, HOST)
    asked = request.open_new_check(domain, CheckOrigin.CUSTOMER, NOW).check
    work = record.take(asked.id, NOW)
    assert work is not None
    hold(domain)
    assert record.finish_check(work, check(world()[0]), NOW)
    assert (domain.state, domain.next_check_at) == (DomainState.PENDING, None)


def test_held_name_of_another_stays_taken(account: Account) -> None:
    domain = make_domain(account, HOST, DomainState.VERIFIED)
    hold(domain)
    assert queries.verified_elsewhere(make_account("Rival"), HOST) is domain
    below = names.HostName(f"a.{HOST}")
    assert queries.verified_in_the_way(make_account("Rival"), below) is domain


def test_held_name_leads_to_no_other_client(account: Account) -> None:
    domain = make_domain(account, HOST, DomainState.VERIFIED)
    hold(domain)
    refusal = assignment.attach(make_llm_client(account), domain, actor=COMMAND)
    assert refusal is not None
    assert refusal.reason == "on-hold"
    assert queries.offered_domains(account).rows == []


def test_hold_stops_reminders(account: Account) -> None:
    domain = make_domain(account, HOST, DomainState.FAILING, grace_until=NOW + timedelta(days=1))
    facts, periods = transition_rules.facts_of(domain), transition_rules.Periods()
    news = transition_rules.make(NotificationKind.FAILING_LAST_DAY, NOW, facts, periods)
    untold.tell(domain, news, NOW)
    hold(domain)
    rows = db.session.execute(
        select(Notification.kind, Notification.cancelled_at).order_by(Notification.id)
    ).all()
    assert [tuple(row) for row in rows] == [
        (NotificationKind.FAILING_LAST_DAY, NOW),
        (NotificationKind.ON_HOLD, None),
    ]


@pytest.mark.parametrize(("left", "expected"), [(timedelta(days=2), 5), (-timedelta(hours=1), 3)])
def test_more_time_counts_from_the_date_or_from_now(account: Account, left: timedelta, expected: int) -> None:
    domain = make_domain(account, HOST, DomainState.FAILING, grace_until=NOW + left)
    assert suspension.extend_grace(domain, 3, actor=COMMAND, reason="Asked.", now=NOW) is None
    assert domain.grace_until == NOW + timedelta(days=expected)
    assert domain.next_reminder_at == NOW
    assert queries.history(domain)[0].kind is EventKind.GRACE_EXTENDED


@pytest.mark.parametrize("state", [DomainState.VERIFIED, DomainState.PENDING, DomainState.LAPSED])
def test_more_time_is_for_failing_names(account: Account, state: DomainState) -> None:
    domain = make_domain(account, HOST, state)
    refusal = suspension.extend_grace(domain, 3, actor=COMMAND, reason="Asked.", now=NOW)
    assert refusal is not None
    assert "not failing" in refusal


@pytest.mark.parametrize("state", [DomainState.REMOVING, DomainState.REMOVED])
def test_name_that_is_going_is_not_held(account: Account, state: DomainState) -> None:
    refusal = hold(make_domain(account, HOST, state))
    assert refusal is not None
    assert "being removed" in refusal
