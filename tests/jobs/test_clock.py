"""Clocks that jump: nothing is forgotten for it, and nobody loses a name."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask

from tests.domains.reports import report
from tests.factories import make_domain, make_taken, make_user, make_zone
from webapp.audit.log import COMMAND
from webapp.certificates import lifecycle, steps
from webapp.certificates import queries as certificate_queries
from webapp.checks import queries as check_queries
from webapp.checks import record, schedule
from webapp.checks import request as check_request
from webapp.checks.request import open_new_check
from webapp.config.settings import LONGEST_CHECK_SECONDS
from webapp.dns.delegation import Verdict
from webapp.domains import limits, queries, suspension
from webapp.domains.rules import transitions
from webapp.extensions import db, settings
from webapp.jobs.clock import SKEW
from webapp.models import (
    Account,
    CheckOrigin,
    DomainState,
    EventKind,
    LLMClientCustomDomain,
    Reconciliation,
    ReconciliationPhase,
    ZoneState,
    utcnow,
)
from webapp.notifications import outbox
from webapp.notifications.rules import reminders
from webapp.removal import deletion_queue, zone_deletion
from webapp.zones import provision, records_sync
from webapp.zones import queries as zone_queries
from webapp.zones.reconcile import run as reconcile_run

NOW = utcnow()
AHEAD = [timedelta(hours=1), timedelta(days=2), timedelta(days=3650)]
FAR_AHEAD = AHEAD[1:]


@pytest.fixture(params=[DomainState.PENDING, DomainState.VERIFIED, DomainState.FAILING, DomainState.LAPSED])
def domain(request: pytest.FixtureRequest, account: Account) -> LLMClientCustomDomain:
    domain = make_domain(account, state=request.param, next_check_at=NOW)
    make_zone(domain)
    db.session.commit()
    return domain


def verified(account: Account) -> LLMClientCustomDomain:
    domain = make_domain(account, state=DomainState.VERIFIED, verdict="VERIFIED", next_check_at=NOW)
    make_zone(domain)
    return domain


def run(domain: LLMClientCustomDomain, verdict: Verdict, when: object) -> None:
    now = NOW + when if isinstance(when, timedelta) else NOW
    work = make_taken(domain, now)
    assert record.finish_check(work, report(work.expectation, verdict, now), now)
    db.session.commit()


@pytest.mark.parametrize("ahead", FAR_AHEAD)
def test_check_while_the_clock_was_ahead_does_not_put_off_the_next(
    domain: LLMClientCustomDomain, ahead: timedelta
) -> None:
    run(domain, Verdict.PARENT_UNREACHABLE, ahead)
    assert len(schedule.open_due(NOW)) == 1


@pytest.mark.parametrize("ahead", AHEAD)
def test_lease_of_a_clock_that_was_ahead_does_not_hold(account: Account, ahead: timedelta) -> None:
    domain = verified(account)
    check = open_new_check(domain, CheckOrigin.SCHEDULE, NOW).check
    assert record.take(check.id, NOW + ahead) is not None
    assert schedule.queue_again(NOW) == [check.id]
    again = record.take(check.id, NOW)
    assert again is not None
    assert record.take(check.id, NOW) is None
    assert record.finish_check(again, report(again.expectation, Verdict.VERIFIED, NOW), NOW)


def test_lease_of_a_machine_that_is_a_little_ahead_holds(account: Account) -> None:
    domain = verified(account)
    zone = make_zone(make_domain(account, "other.acme.test"), ZoneState.WANTED)
    check = open_new_check(domain, CheckOrigin.SCHEDULE, NOW).check
    assert record.take(check.id, NOW + SKEW) is not None
    assert record.take(check.id, NOW) is None
    assert provision.claim(zone.id, NOW + SKEW) is not None
    assert provision.claim(zone.id, NOW) is None


@pytest.mark.parametrize("ahead", AHEAD)
def test_zone_whose_turn_was_taken_ahead_of_time_is_made_all_the_same(
    account: Account, ahead: timedelta
) -> None:
    zone = make_zone(make_domain(account), ZoneState.WANTED)
    assert provision.claim(zone.id, NOW + ahead) is not None
    assert zone_queries.zones_due(NOW, 10) == [zone.id]
    assert provision.claim(zone.id, NOW) is not None


@pytest.mark.parametrize("ahead", FAR_AHEAD)
def test_nothing_that_was_taken_ahead_of_time_is_held_until_then(account: Account, ahead: timedelta) -> None:
    """Each was claimed by a worker that was killed, and whose clock was ahead."""
    leaving = make_zone(
        make_domain(account, "a.acme.test", DomainState.REMOVING), ZoneState.LEAVING, next_attempt_at=NOW
    )
    domain = make_domain(account, "b.acme.test", DomainState.VERIFIED, records_due_at=NOW)
    make_zone(domain)
    certificate = lifecycle.want(domain, NOW, after=None)
    assert certificate is not None
    run_id = reconcile_run.due(NOW, 60)
    assert run_id is not None
    assert zone_deletion.claim(leaving.id, NOW + ahead)
    assert records_sync.claim(domain.id, NOW + ahead)
    assert steps.claim(certificate.id, NOW + ahead)
    assert reconcile_run.claim(run_id, NOW + ahead)

    assert deletion_queue.due(NOW, 10) == [leaving.id]
    assert zone_deletion.claim(leaving.id, NOW)
    assert zone_queries.records_due(NOW, 10) == [domain.id]
    assert records_sync.claim(domain.id, NOW)
    assert certificate_queries.certificates_due(NOW, 10) == [certificate.id]
    assert steps.claim(certificate.id, NOW)
    assert reconcile_run.due(NOW, 60) == run_id
    assert reconcile_run.claim(run_id, NOW)


@pytest.mark.parametrize("ahead", FAR_AHEAD)
def test_run_of_the_future_does_not_keep_reconciliation_from_starting(app: Flask, ahead: timedelta) -> None:
    run_id = reconcile_run.due(NOW + ahead, 60)
    db.session.get_one(Reconciliation, run_id).phase = ReconciliationPhase.DONE
    db.session.flush()
    assert reconcile_run.due(NOW, 60) is not None


@pytest.mark.parametrize("ahead", FAR_AHEAD)
def test_news_and_emails_of_the_future_are_sent_now(account: Account, ahead: timedelta) -> None:
    make_user(account=account, email="owner@acme.test")
    domain = verified(account)
    run(domain, Verdict.NOT_DELEGATED, ahead)
    run(domain, Verdict.NOT_DELEGATED, ahead + timedelta(minutes=11))
    outbox.write_emails(NOW, settings())
    (email_id,) = outbox.due(NOW)
    assert outbox.claim(email_id, NOW + ahead + timedelta(minutes=12), settings())
    assert outbox.due(NOW) == [email_id]
    assert outbox.claim(email_id, NOW, settings())


def mark_of(domain: LLMClientCustomDomain) -> datetime | None:
    """As it is stored."""
    db.session.refresh(domain)
    return domain.overdue_since


def test_one_sweep_of_a_clock_that_leapt_expires_nothing(account: Account) -> None:
    domain = make_domain(account, state_changed_at=NOW)
    leapt = NOW + timedelta(days=31)
    schedule.expire_pending(leapt, 30)
    assert mark_of(domain) == leapt
    for minutes in range(15):
        schedule.expire_pending(NOW + timedelta(minutes=minutes), 30)
        schedule.expire_pending(leapt + timedelta(minutes=minutes), 30)
    assert domain.state is DomainState.PENDING, "two workers that do not agree"
    schedule.expire_pending(NOW + timedelta(minutes=15), 30)
    assert mark_of(domain) is None
    for minutes in (0, 10):
        schedule.expire_pending(leapt + timedelta(minutes=minutes), 30)
    db.session.refresh(domain)
    assert domain.state.value == "expired"


def test_one_check_by_a_clock_that_leapt_lets_nothing_lapse(account: Account) -> None:
    domain = verified(account)
    for when in (timedelta(0), timedelta(minutes=11), timedelta(days=10), timedelta(minutes=30)):
        run(domain, Verdict.NOT_DELEGATED, when)
    assert (domain.state, domain.overdue_since) == (DomainState.FAILING, None)
    for when in (timedelta(days=8), timedelta(days=8, minutes=10)):
        run(domain, Verdict.NOT_DELEGATED, when)
    assert domain.state is DomainState.LAPSED


def test_date_that_was_written_ahead_of_time_is_brought_back(account: Account) -> None:
    domain = verified(account)
    for when in (timedelta(0), timedelta(days=365), timedelta(minutes=5)):
        run(domain, Verdict.NOT_DELEGATED, when)
    assert domain.grace_until == NOW + timedelta(days=7, minutes=5)
    for when in (timedelta(days=8), timedelta(days=8, minutes=10)):
        run(domain, Verdict.NOT_DELEGATED, when)
    assert domain.state is DomainState.LAPSED


def test_time_that_staff_gave_is_kept(account: Account) -> None:
    domain = verified(account)
    for when in (timedelta(0), timedelta(minutes=11)):
        run(domain, Verdict.NOT_DELEGATED, when)
    suspension.extend_grace(domain, 30, actor=COMMAND, reason="They are on leave.", now=NOW)
    until = domain.grace_until
    run(domain, Verdict.NOT_DELEGATED, timedelta(hours=1))
    assert domain.grace_until == until == NOW + timedelta(days=37, minutes=11)


@pytest.mark.parametrize("jump", [*AHEAD, *(-ahead for ahead in AHEAD)])
def test_no_jump_alone_takes_a_name_away(account: Account, jump: timedelta) -> None:
    domain = verified(account)
    run(domain, Verdict.VERIFIED, timedelta(0))
    run(domain, Verdict.PARENT_UNREACHABLE, jump)
    run(domain, Verdict.VERIFIED, jump)
    run(domain, Verdict.VERIFIED, timedelta(minutes=1))
    assert domain.state is DomainState.VERIFIED
    assert EventKind.STATE_CHANGED not in {event.kind for event in queries.history(domain)}


def test_evidence_of_the_future_does_not_keep_a_name_that_leads_elsewhere(account: Account) -> None:
    domain = verified(account)
    states = []
    for when in (timedelta(days=365), timedelta(0), transitions.Periods().confirmation):
        run(domain, Verdict.DELEGATED_ELSEWHERE, when)
        states.append(domain.state)
    assert states == [DomainState.VERIFIED, DomainState.VERIFIED, DomainState.FAILING]


def test_parents_that_disagreed_in_the_future_have_disagreed_since_now(account: Account) -> None:
    domain = verified(account)
    run(domain, Verdict.PARENT_INCONSISTENT, timedelta(days=365))
    run(domain, Verdict.PARENT_INCONSISTENT, timedelta(0))
    assert domain.inconsistent_since == NOW


@pytest.mark.parametrize("ahead", AHEAD)
def test_press_in_the_future_does_not_block_the_button(account: Account, ahead: timedelta) -> None:
    domain = verified(account)

    def press(when: timedelta) -> object:
        return check_request.request_check(
            domain, origin=CheckOrigin.CUSTOMER, actor=COMMAND, settings=settings(), now=NOW + when
        )

    assert isinstance(press(ahead), check_request.CheckRequested)
    work = record.take(domain.checks[0].id, NOW + ahead)
    assert work is not None
    record.finish_check(work, report(work.expectation, Verdict.VERIFIED, NOW), NOW)
    assert limits.seconds_to_wait(domain, settings(), NOW) == 0
    assert isinstance(press(timedelta(0)), check_request.CheckRequested)


def test_longest_check_is_over_before_its_lease() -> None:
    assert check_queries.WORK.lease.total_seconds() > LONGEST_CHECK_SECONDS


def test_reminder_of_the_future_is_looked_at_now(account: Account) -> None:
    domain = make_domain(account, next_reminder_at=NOW + timedelta(days=3650))
    assert reminders.remind(NOW) == 1
    db.session.refresh(domain)
    assert domain.next_reminder_at is not None
    assert domain.next_reminder_at < NOW + timedelta(days=31)
