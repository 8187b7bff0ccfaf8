"""The days of domains out of their rows, and by how few queries."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import time_machine
from flask import Flask

from tests.factories import make_account, make_domain, make_user
from tests.statements import statements
from webapp.audit.log import SYSTEM, Actor, note
from webapp.domains import suspension
from webapp.extensions import db, settings
from webapp.models import (
    Account,
    Check,
    CheckOrigin,
    CheckStatus,
    DomainState,
    Event,
    EventKind,
    LLMClientCustomDomain,
    Message,
    utcnow,
)
from webapp.timeline import reading
from webapp.timeline.days import DayKind, PinKind
from webapp.timeline.reading import short_timelines, timeline_of

NOW = utcnow().replace(hour=12, minute=0)


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


@pytest.fixture
def domain(account: Account) -> LLMClientCustomDomain:
    domain = make_domain(account, state=DomainState.VERIFIED)
    domain.created_at = ago(200)
    changed(domain, 20, DomainState.PENDING, DomainState.VERIFIED)
    return domain


def changed(domain: LLMClientCustomDomain, days: float, before: DomainState, after: DomainState) -> Event:
    evidence = {"from": before.value, "to": after.value, "verdict": "VERIFIED"}
    event = note(domain, EventKind.STATE_CHANGED, Message("domain.resumed"), evidence=evidence)
    event.created_at = ago(days)
    return event


def checked(domain: LLMClientCustomDomain, days: float, verdict: str, *, small: bool = False) -> Check:
    """`small`: as a check of the schedule is kept that changed nothing."""
    at = ago(days)
    check = Check(custom_domain_id=domain.id, origin=CheckOrigin.SCHEDULE, status=CheckStatus.DONE)
    check.verdict, check.created_at, check.updated_at = verdict, at, at
    check.finished_at = None if small else at
    db.session.add(check)
    return check


def test_ninety_days_by_state_check_and_pin(domain: LLMClientCustomDomain) -> None:
    staff = Actor.person(make_user(staff=True), as_staff=True)
    for small in (True, False):
        checked(domain, 4, "PARENT_UNREACHABLE", small=small)
        checked(domain, 5, "VERIFIED", small=small)
    checked(domain, 5, "PARENT_UNREACHABLE").status = CheckStatus.RUNNING
    note(domain, EventKind.CERTIFICATE_ISSUED, Message("domain.resumed")).created_at = ago(6)
    note(domain, EventKind.CHECK_REQUESTED, Message("check.requested"), staff).created_at = ago(6)
    note(domain, EventKind.CHECK_REQUESTED, Message("check.requested")).created_at = ago(6)
    db.session.commit()

    days = timeline_of(domain, NOW).days

    assert len(days) == 90
    assert [days[-1 - n].kind for n in (0, 4, 5, 20, 21, 89)] == [
        DayKind.VERIFIED,
        DayKind.NOT_ASKED,
        DayKind.VERIFIED,
        DayKind.VERIFIED,
        DayKind.UNPROVED,
        DayKind.UNPROVED,
    ]
    assert [(days[-1 - n].checks.count, days[-1 - n].checks.not_asked) for n in (4, 5)] == [(2, 2), (2, 0)]
    assert [pin.kind for pin in days[-7].pins] == [PinKind.CERTIFICATE, PinKind.STAFF]


def test_thirty_days_of_a_list_by_one_query(account: Account, domain: LLMClientCustomDomain) -> None:
    domains = [domain, *(make_domain(account, f"chat{n}.acme.test") for n in range(24))]
    for one in domains[1:]:
        one.created_at = ago(10)
        changed(one, 1, DomainState.EXPIRED, DomainState.PENDING)
    db.session.commit()
    for one in domains:
        db.session.refresh(one)

    with statements() as asked:
        found = short_timelines(domains, NOW)

    assert len(asked) == 1
    assert len(found) == 25
    assert found[domain.id].counts == {DayKind.VERIFIED: 21, DayKind.UNPROVED: 9}
    assert found[domains[1].id].counts == {DayKind.UNPROVED: 11, DayKind.NO_DATA: 19}


@time_machine.travel(NOW)
def test_a_real_suspension_is_seen_while_it_lasts_and_after_it(domain: LLMClientCustomDomain) -> None:
    staff = Actor.person(make_user(staff=True), as_staff=True)
    assert suspension.suspend(domain, actor=staff, reason="Asked.", now=utcnow()) is None
    db.session.commit()
    now = utcnow()
    assert short_timelines([domain], now)[domain.id].days[-1].kind is DayKind.SUSPENDED
    assert suspension.release(domain, actor=staff, reason="Asked.", now=utcnow()) is None
    db.session.commit()
    days = timeline_of(domain, utcnow()).days
    assert days[-1].kind is DayKind.SUSPENDED
    assert {pin.kind for pin in days[-1].pins} == {PinKind.STAFF}


def test_what_was_before_a_transfer_belongs_to_the_account_of_then(domain: LLMClientCustomDomain) -> None:
    attached = note(domain, EventKind.ATTACHED, Message("domain.resumed"), SYSTEM)
    attached.created_at = ago(5)
    db.session.flush()
    domain.account = make_account("Rival")
    received = note(domain, EventKind.TRANSFER_ACCEPTED, Message("domain.resumed"), SYSTEM)
    db.session.flush()
    received.account_id, received.created_at = domain.account.id, ago(3)
    for days in (9, 3.1, 1):
        checked(domain, days, "VERIFIED")
    db.session.commit()
    timeline = timeline_of(domain, NOW)
    assert timeline.counts == {DayKind.VERIFIED: 4, DayKind.NO_DATA: 86}
    assert [day.checks.count for day in timeline.days if day.checks.count] == [1]
    assert {number: len(day.pins) for number, day in enumerate(timeline.days) if day.pins} == {86: 1}


def test_changes_that_another_account_has_seen_are_not_told(domain: LLMClientCustomDomain) -> None:
    db.session.flush()
    domain.account = make_account("Rival")
    db.session.commit()
    assert timeline_of(domain, NOW).counts == {DayKind.VERIFIED: 90}


def test_where_too_much_is_there_the_first_days_say_nothing(
    domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed(domain, 5, DomainState.VERIFIED, DomainState.FAILING)
    changed(domain, 3, DomainState.FAILING, DomainState.VERIFIED)
    db.session.commit()
    monkeypatch.setattr(reading, "MOST_CHANGES", 2)
    counts = timeline_of(domain, NOW).counts
    assert counts == {DayKind.CONTRARY: 3, DayKind.VERIFIED: 3, DayKind.NO_DATA: 84}


def test_nothing_is_told_of_days_whose_events_are_not_kept(app: Flask, domain: LLMClientCustomDomain) -> None:
    app.extensions["settings"] = settings().model_copy(update={"event_history_days": 30})
    db.session.commit()
    assert timeline_of(domain, NOW).counts == {
        DayKind.VERIFIED: 21,
        DayKind.UNPROVED: 10,
        DayKind.NO_DATA: 59,
    }


@time_machine.travel(NOW)
def test_a_name_of_today_has_no_timeline_yet(account: Account) -> None:
    domain = make_domain(account)
    db.session.commit()
    assert not timeline_of(domain, utcnow()).known
