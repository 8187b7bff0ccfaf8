"""A check's life: taken once, recorded once, and what follows for the domain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.domains.reports import report
from tests.factories import make_account, make_domain, make_zone
from webapp.checks import queries as check_queries
from webapp.checks import record, schedule
from webapp.checks.request import open_new_check
from webapp.dns.delegation import DelegationReport, Verdict
from webapp.domains import queries
from webapp.domains.rules import transitions
from webapp.extensions import db
from webapp.messages.catalogue import event_sentence
from webapp.messages.formatting import clock
from webapp.models import (
    Account,
    Check,
    CheckOrigin,
    CheckStatus,
    DomainState,
    EventKind,
    LLMClientCustomDomain,
    utcnow,
)

NOW = utcnow()
PERIODS = transitions.Periods()


@pytest.fixture
def domain(account: Account) -> LLMClientCustomDomain:
    domain = make_domain(account)
    make_zone(domain)
    db.session.commit()
    return domain


def open_check(domain: LLMClientCustomDomain, now: datetime = NOW) -> Check:
    return open_new_check(domain, CheckOrigin.CUSTOMER, now).check


def run(domain: LLMClientCustomDomain, verdict: Verdict, now: datetime = NOW, **values: object) -> None:
    work = record.take(open_check(domain, now).id, now)
    assert work is not None
    assert record.finish_check(work, report(work.expectation, verdict, now, **values), now)
    db.session.commit()


def kinds(domain: LLMClientCustomDomain) -> list[EventKind]:
    return [event.kind for event in reversed(queries.history(domain))]


def test_only_one_worker_takes_a_check(domain: LLMClientCustomDomain) -> None:
    check = open_check(domain)
    assert record.take(check.id, NOW) is not None
    assert record.take(check.id, NOW) is None


def test_lease_that_is_over_is_anybodys(domain: LLMClientCustomDomain) -> None:
    check = open_check(domain)
    record.take(check.id, NOW)
    assert record.take(check.id, NOW + check_queries.WORK.lease) is not None


def test_worker_that_lost_its_lease_records_nothing(domain: LLMClientCustomDomain) -> None:
    check = open_check(domain)
    slow = record.take(check.id, NOW)
    assert slow is not None
    later = NOW + check_queries.WORK.lease
    quick = record.take(check.id, later)
    assert quick is not None
    assert not record.finish_check(slow, report(slow.expectation, Verdict.VERIFIED, later), later)
    assert domain.state is DomainState.PENDING
    assert record.finish_check(quick, report(quick.expectation, Verdict.NOT_DELEGATED, later), later)
    assert not record.finish_check(quick, report(quick.expectation, Verdict.VERIFIED, later), later)
    assert domain.state is DomainState.PENDING


def test_done_check_is_nobodys(domain: LLMClientCustomDomain) -> None:
    run(domain, Verdict.NOT_DELEGATED)
    check = check_queries.latest_check(domain)
    assert check is not None
    assert record.take(check.id, NOW + timedelta(days=1)) is None


def test_proof_verifies_with_evidence(domain: LLMClientCustomDomain) -> None:
    run(domain, Verdict.VERIFIED)
    assert domain.state is DomainState.VERIFIED
    assert domain.verified_at == NOW
    assert LLMClientCustomDomain.get_verified_domains() == ["chat.acme.test"]
    check = check_queries.latest_check(domain)
    assert check is not None
    assert check.report is not None
    assert (check.verdict, check.report["verdict"]) == ("VERIFIED", "VERIFIED")
    assert EventKind.STATE_CHANGED in kinds(domain)


def test_what_could_not_be_asked_leaves_state_verdict_and_history_alone(
    domain: LLMClientCustomDomain,
) -> None:
    run(domain, Verdict.DELEGATION_PARTIAL)
    before = kinds(domain)
    run(domain, Verdict.PARENT_UNREACHABLE, NOW + timedelta(minutes=1))
    assert domain.verdict == "DELEGATION_PARTIAL"
    assert domain.state is DomainState.PENDING
    assert domain.last_checked_at == NOW + timedelta(minutes=1)
    assert kinds(domain) == before


def test_same_verdict_again_is_no_news(domain: LLMClientCustomDomain) -> None:
    for minute in range(3):
        run(domain, Verdict.NOT_DELEGATED, NOW + timedelta(minutes=minute))
    assert kinds(domain).count(EventKind.VERDICT_CHANGED) == 1


def test_pauses_grow_and_next_check_is_set(domain: LLMClientCustomDomain) -> None:
    run(domain, Verdict.NOT_DELEGATED)
    assert domain.next_check_at == NOW + transitions.pending_pause(0)
    run(domain, Verdict.NOT_DELEGATED)
    assert domain.next_check_at == NOW + transitions.pending_pause(1)


def test_inconsistency_keeps_its_first_time_and_forgets_it_when_over(domain: LLMClientCustomDomain) -> None:
    run(domain, Verdict.PARENT_INCONSISTENT)
    run(domain, Verdict.PARENT_INCONSISTENT, NOW + timedelta(hours=1))
    assert domain.inconsistent_since == NOW
    run(domain, Verdict.NOT_DELEGATED, NOW + timedelta(hours=2))
    assert domain.inconsistent_since is None


def test_live_name_fails_lapses_and_recovers(domain: LLMClientCustomDomain) -> None:
    run(domain, Verdict.VERIFIED)
    seen: list[tuple[DomainState, bool]] = []
    over = PERIODS.confirmation + PERIODS.grace
    for after in (timedelta(0), PERIODS.confirmation, over, over + PERIODS.confirmation):
        run(domain, Verdict.NOT_DELEGATED, NOW + after)
        seen.append((domain.state, domain.is_verified))
    assert seen == [
        (DomainState.VERIFIED, True),
        (DomainState.FAILING, True),
        (DomainState.FAILING, True),
        (DomainState.LAPSED, False),
    ]
    run(domain, Verdict.VERIFIED, NOW + timedelta(days=9))
    assert domain.state is DomainState.VERIFIED
    assert domain.contrary_since is None


def test_history_has_the_date_as_pages_and_mails_have_it(domain: LLMClientCustomDomain) -> None:
    first = datetime(2026, 11, 1, 9, 5, tzinfo=UTC)
    run(domain, Verdict.VERIFIED, first)
    for after in (timedelta(0), PERIODS.confirmation):
        run(domain, Verdict.NOT_DELEGATED, first + after)
    assert domain.grace_until is not None
    told = "chat.acme.test no longer leads to us. It is still served until 8 November 2026, 09:15 UTC."
    assert told in [event_sentence(event) for event in queries.history(domain)]
    assert clock(domain.grace_until) in told


def test_new_verdict_is_stored_as_what_was_found(domain: LLMClientCustomDomain) -> None:
    missing = tuple(queries.current_zone(domain).name_servers)  # type: ignore[union-attr]
    run(
        domain,
        Verdict.DELEGATED_ELSEWHERE,
        found=("ns9.test",),
        missing=missing,
        unexpected=("ns9.test",),
        params={"unexpected": ["ns9.test"]},
    )
    [event] = [event for event in queries.history(domain) if event.kind is EventKind.VERDICT_CHANGED]
    check = check_queries.latest_firm_check(domain)
    assert check is not None
    assert event.message is not None
    assert event.message.code == "verdict.changed"
    assert event.message.params["unexpected"] == ["ns9.test"]
    assert event_sentence(event) == DelegationReport.from_dict(check.report or {}).message


def test_second_proof_of_one_name_loses_to_the_first_and_does_not_learn_whose(
    domain: LLMClientCustomDomain,
) -> None:
    rival = make_domain(make_account("Rival Ltd"), domain.domain_name)
    make_zone(rival)
    db.session.commit()
    run(rival, Verdict.VERIFIED)
    run(domain, Verdict.VERIFIED)
    assert rival.state is DomainState.VERIFIED
    assert domain.state is DomainState.PENDING
    assert EventKind.CLAIM_LOST in kinds(domain)
    assert "Rival" not in " ".join(event_sentence(event) for event in queries.history(domain))
    assert LLMClientCustomDomain.get_verified_domains() == ["chat.acme.test"]


def test_loss_is_told_once_for_each_that_wins(domain: LLMClientCustomDomain) -> None:
    rival = make_domain(
        make_account("Rival"),
        domain.domain_name,
        DomainState.VERIFIED,
        verified_at=utcnow() - timedelta(days=1),
    )
    db.session.commit()
    for hours in range(4):
        run(domain, Verdict.VERIFIED, NOW + timedelta(hours=hours))
    assert kinds(domain).count(EventKind.CLAIM_LOST) == 1
    rival.state = DomainState.REMOVING
    db.session.flush()
    make_domain(
        make_account("Other"),
        domain.domain_name,
        DomainState.VERIFIED,
        verified_at=utcnow() + timedelta(seconds=1),
    )
    db.session.commit()
    run(domain, Verdict.VERIFIED, NOW + timedelta(hours=5))
    assert kinds(domain).count(EventKind.CLAIM_LOST) == 2


def test_loser_is_verified_once_the_winner_has_lapsed(domain: LLMClientCustomDomain) -> None:
    rival = make_domain(make_account("Rival"), domain.domain_name, DomainState.VERIFIED)
    db.session.commit()
    run(domain, Verdict.VERIFIED)
    rival.state = DomainState.LAPSED
    db.session.commit()
    run(domain, Verdict.VERIFIED, NOW + timedelta(minutes=1))
    assert domain.state is DomainState.VERIFIED


def test_sweep_opens_one_check_for_a_due_domain(domain: LLMClientCustomDomain) -> None:
    domain.next_check_at = NOW - timedelta(seconds=1)
    assert len(schedule.open_due(NOW)) == 1
    assert schedule.open_due(NOW) == []


def test_sweep_leaves_what_is_not_due_or_not_watched(account: Account, domain: LLMClientCustomDomain) -> None:
    domain.next_check_at = NOW + timedelta(seconds=1)
    for state in (DomainState.EXPIRED, DomainState.REMOVING, DomainState.REMOVED):
        make_domain(account, f"{state}.acme.test", state, next_check_at=NOW - timedelta(days=1))
    assert schedule.open_due(NOW) == []


def test_lost_message_is_queued_again_and_killed_worker_replaced(domain: LLMClientCustomDomain) -> None:
    check = open_check(domain)
    assert schedule.queue_again(NOW) == []
    assert schedule.queue_again(NOW + check_queries.QUEUE_LEASE) == [check.id]
    later = NOW + check_queries.QUEUE_LEASE
    record.take(check.id, later)
    assert schedule.queue_again(later + check_queries.WORK.lease / 2) == []
    assert schedule.queue_again(later + check_queries.WORK.lease) == [check.id]
    assert check.status is CheckStatus.WAITING


def test_pending_domain_expires_and_its_zone_stays(domain: LLMClientCustomDomain) -> None:
    domain.next_check_at = NOW
    schedule.expire_pending(NOW + timedelta(days=29), 30)
    assert domain.state is DomainState.PENDING
    schedule.expire_pending(NOW + timedelta(days=31), 30)
    assert domain.state is DomainState.PENDING, "the first sweep that finds it overdue only marks it"
    schedule.expire_pending(NOW + timedelta(days=31, minutes=10), 30)
    zone = queries.current_zone(domain)
    assert zone is not None
    assert [domain.state.value, domain.next_check_at, zone.state.value] == ["expired", None, "ready"]


def test_batch_takes_what_a_person_asked_for_first(account: Account) -> None:
    domains = [make_domain(account, f"chat{number}.acme.test", next_check_at=NOW) for number in range(3)]
    for one in domains:
        make_zone(one)
    db.session.commit()
    opened = schedule.open_due(NOW)
    pressed_domain = make_domain(account, "pressed.acme.test")
    pressed = open_check(pressed_domain)
    first = record.take_batch(2, NOW)
    assert [work.check_id for work in first] == sorted([opened[0], pressed.id])
    rest = record.take_batch(50, NOW)
    assert {work.check_id for work in rest} == set(opened[1:])
    assert record.take_batch(50, NOW) == []
