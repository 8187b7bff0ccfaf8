"""How long the history is kept, and what was said of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask, current_app
from sqlalchemy import func, select, update

from tests.domains.reports import report
from tests.factories import make_account, make_checked, make_domain, make_zone
from tests.webhooks.telling import endpoint_of
from webapp.audit.log import note
from webapp.config.settings import Settings
from webapp.dns.delegation import Verdict
from webapp.extensions import db, settings
from webapp.health import pruning, status, tasks
from webapp.health.pruning import TURN_LEASE, LostError, Turn
from webapp.health.status import Component
from webapp.jobs import clock
from webapp.models import (
    Check,
    CheckReport,
    DeliveryState,
    Email,
    EmailState,
    Event,
    EventKind,
    LLMClientCustomDomain,
    Message,
    Notification,
    NotificationKind,
    WebhookAttempt,
    WebhookDelivery,
    WebhookMessage,
    utcnow,
)
from webapp.models.notification import email_notifications
from webapp.notifications.rules.event_rules import SAME_TROUBLE
from webapp.proofs.delegation.expectation import expectation_of
from webapp.reports import earlier
from webapp.retention import history
from webapp.webhooks.outbox import write_test

DAY = timedelta(days=1)


@pytest.fixture
def domain(app: Flask) -> LLMClientCustomDomain:
    domain = make_domain(make_account(), "chat.acme.test")
    make_zone(domain)
    return domain


def days_of(name: str) -> timedelta:
    return timedelta(days=getattr(settings(), f"{name}_history_days"))


def event(domain: LLMClientCustomDomain, at: datetime) -> int:
    made = note(domain, EventKind.CHECK_REQUESTED, Message("check.requested"))
    made.created_at = at
    db.session.flush()
    return made.id


def notification(domain: LLMClientCustomDomain, at: datetime, **values: object) -> Notification:
    given = {"kind": NotificationKind.FAILING, "occasion": at, "send_after": at, "created_at": at, **values}
    row = Notification(account_id=domain.account_id, custom_domain_id=domain.id, **given)
    db.session.add(row)
    db.session.flush()
    return row


def email(domain: LLMClientCustomDomain, at: datetime, state: EmailState, *told: Notification) -> int:
    row = Email(
        custom_domain_id=domain.id, address="a@acme.test", state=state, next_attempt_at=at, created_at=at
    )
    db.session.add(row)
    db.session.flush()
    for one in told:
        db.session.execute(email_notifications.insert().values(letter_id=row.id, mail_id=one.id))
    return row.id


def ids(model: type[Event] | type[Notification] | type[Email]) -> set[int]:
    db.session.expire_all()
    return set(db.session.scalars(select(model.id)))


def test_events_are_kept_for_their_period_and_no_longer(
    domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "AT_ONCE", 3)
    period, now = days_of("event"), utcnow()
    old = {event(domain, now - period - DAY) for _ in range(10)}
    kept = {event(domain, now - period + DAY), event(domain, now)}
    late = event(domain, now - period - DAY)
    db.session.commit()
    tasks.prune.run()
    left = ids(Event)
    assert kept <= left
    assert not old & left
    assert late not in left, "an old row behind young ones of the same window"


def test_rows_of_a_clock_that_was_ahead_do_not_stop_the_pass(
    domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "AT_ONCE", 2)
    now, period = utcnow(), days_of("event")
    ahead = {event(domain, now + 300 * DAY) for _ in range(4)}
    old = event(domain, now - period - DAY)
    db.session.commit()
    tasks.prune.run()
    assert ahead <= ids(Event)
    assert old not in ids(Event)


def test_notification_that_still_decides_something_stays(domain: LLMClientCustomDomain) -> None:
    long_ago, now = utcnow() - days_of("notification") - 10 * DAY, utcnow()
    told = notification(domain, long_ago, sent_at=long_ago)
    newest = notification(domain, long_ago + DAY, sent_at=long_ago + DAY)
    waits = notification(domain, long_ago + 2 * DAY, kind=NotificationKind.LAPSED)
    cancelled = notification(domain, long_ago, kind=NotificationKind.REMOVED, cancelled_at=long_ago)
    young = notification(domain, now, kind=NotificationKind.REMOVED, sent_at=now)
    db.session.commit()
    dropped, kept = {told.id, cancelled.id}, {newest.id, waits.id, young.id}
    tasks.prune.run()
    assert ids(Notification) == kept
    assert not dropped & ids(Notification)


@pytest.mark.parametrize(
    ("kind", "pending_days"),
    [(NotificationKind.CERTIFICATE_TROUBLE, 1), (NotificationKind.ACTION_NEEDED, 30)],
)
def test_short_period_lets_nobody_be_told_twice(
    domain: LLMClientCustomDomain, kind: NotificationKind, pending_days: int
) -> None:
    """The newest of the kind stays anyway. The one before tells another problem, or the first wrong answer."""
    assert history.SAME_TROUBLE == SAME_TROUBLE
    short = {"notification_history_days": 1, "pending_days": pending_days}
    current_app.extensions["settings"] = settings().model_copy(update=short)
    over, *told = (
        notification(domain, utcnow() - age, kind=kind, sent_at=utcnow() - age).id
        for age in (31 * DAY, 5 * DAY, 3 * DAY)
    )
    db.session.commit()
    tasks.prune.run()
    assert ids(Notification) == {*told}, f"{over} is older than both"


def test_email_goes_when_nobody_has_still_to_be_told(domain: LLMClientCustomDomain) -> None:
    long_ago = utcnow() - days_of("email") - DAY
    open_one = notification(domain, utcnow())
    settled = notification(domain, utcnow(), kind=NotificationKind.VERIFIED, sent_at=utcnow())
    gone = {
        email(domain, long_ago, EmailState.SENT, settled),
        email(domain, long_ago, EmailState.REFUSED),
    }
    kept = {
        email(domain, long_ago, EmailState.SENT, settled, open_one),
        email(domain, long_ago, EmailState.WAITING, settled),
        email(domain, utcnow(), EmailState.SENT, settled),
    }
    db.session.commit()
    tasks.prune.run()
    assert ids(Email) == kept
    assert not gone & ids(Email)
    links = db.session.scalars(select(email_notifications.c.letter_id).distinct())
    assert set(links) == kept, "the links of an e-mail go with it"


def test_reports_go_with_the_last_check_that_points_to_them(domain: LLMClientCustomDomain) -> None:
    old = utcnow() - days_of("check") - DAY
    verdicts = [Verdict.NOT_DELEGATED] * 2 + [Verdict.VERIFIED] * 30
    for number, verdict in enumerate(verdicts):
        # One check in the middle of a run saw something of its own.
        zone = "elsewhere.test" if number == 5 else "acme.test"
        found = report(expectation_of(domain), verdict, old, parent_zone=zone)
        check = make_checked(domain, found, old)
        check.created_at = old
    db.session.commit()
    assert db.session.scalar(select(func.count()).select_from(CheckReport)) == 3
    tasks.prune.run()
    left = db.session.scalars(select(CheckReport.id)).all()
    assert len(left) == 2
    assert set(db.session.scalars(select(Check.report_id))) == set(left)


def test_part_that_fails_keeps_no_other_from_its_work(
    domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = email(domain, utcnow() - days_of("email") - DAY, EmailState.SENT)
    db.session.commit()

    def broken(*_: object) -> None:
        raise LookupError("a fault of one part")

    monkeypatch.setattr(pruning, "domains_with_old_checks", broken)
    monkeypatch.setattr(earlier, "move", broken)
    with pytest.raises(LookupError):
        tasks.prune.run()
    assert old not in ids(Email)
    monkeypatch.undo()
    tasks.prune.run()
    assert status.facts_of(Component.RETENTION)["holder"] is None, "the fault let go of the turn"


def test_only_one_prune_runs_and_a_killed_one_holds_it_up_for_a_while_only(
    domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = event(domain, utcnow() - days_of("event") - DAY)
    db.session.commit()
    killed = Turn.take()
    db.session.commit()
    assert killed is not None
    tasks.prune.run()
    assert old in ids(Event)
    monkeypatch.setattr(clock, "now", lambda: utcnow() + TURN_LEASE)
    tasks.prune.run()
    assert old not in ids(Event)
    with pytest.raises(LostError):
        killed.note(checks=5)


def test_clock_that_leaps_ahead_drops_two_days_and_not_the_history(
    domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, period = utcnow(), days_of("event")
    tasks.prune.run()
    nearly, young = event(domain, now - period + DAY), event(domain, now)
    db.session.commit()
    for _ in range(3):
        with monkeypatch.context() as leaping:
            leaping.setattr(clock, "now", lambda: now + 4000 * DAY)
            tasks.prune.run()
        assert young in ids(Event)
        tasks.prune.run()
    assert nearly not in ids(Event)


def test_period_that_gets_shorter_counts_at_once(
    domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks.prune.run()
    old = event(domain, utcnow() - 40 * DAY)
    db.session.commit()
    shorter = settings().model_copy(update={"event_history_days": 30})
    monkeypatch.setattr(tasks, "settings", lambda: shorter)
    tasks.prune.run()
    assert old not in ids(Event)


def test_what_stays_is_looked_at_again_once_a_month(
    domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    long_ago, now = utcnow() - days_of("notification") - 10 * DAY, utcnow()
    last = notification(domain, long_ago, sent_at=long_ago).id
    also = notification(domain, long_ago, kind=NotificationKind.LAPSED, sent_at=long_ago).id
    db.session.commit()
    tasks.prune.run()
    newer = notification(domain, now, sent_at=now).id
    db.session.commit()
    looked: list[int] = []
    original = history.prune

    def watched(kind: history.Kind, now: datetime, settings: Settings, after: int) -> tuple[int, int | None]:
        if kind.name == "notifications":
            looked.append(after)
        return original(kind, now, settings, after)

    monkeypatch.setattr(history, "prune", watched)
    tasks.prune.run()
    assert looked == [also], "it goes on where it ended"
    for days in range(2, 33, 2):
        monkeypatch.setattr(clock, "now", lambda days=days: now + days * DAY)
        tasks.prune.run()
    assert 0 in looked
    assert ids(Notification) == {also, newer}
    assert last not in ids(Notification)


def test_reports_that_nothing_points_to_go_though_no_check_is_dropped(domain: LLMClientCustomDomain) -> None:
    old = utcnow() - days_of("check") - DAY
    found = report(expectation_of(domain), Verdict.VERIFIED, old)
    check = make_checked(domain, found, old)
    check.created_at = old
    stray = CheckReport(custom_domain_id=domain.id, check_id=99, transient=False, digest=b"x", body=b"")
    db.session.add(stray)
    db.session.commit()
    tasks.prune.run()
    assert db.session.scalars(select(CheckReport.id)).all() == [check.report_id]


def whole(domain: LLMClientCustomDomain, number: int) -> Check:
    data = report(expectation_of(domain), Verdict.VERIFIED, utcnow(), duration_ms=number).to_data()
    check = Check(custom_domain=domain, origin="schedule", status="done", report=data)
    db.session.add(check)
    db.session.flush()
    return check


def test_newest_whole_reports_are_moved_first_and_each_look_is_bounded(
    domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(earlier, "AT_ONCE", 2)
    monkeypatch.setattr(earlier, "LOOKED_AT", 3)
    monkeypatch.setattr(earlier, "MOST_A_DAY", 4)
    checks = [whole(domain, number) for number in range(9)]
    checks[5].whole_report = None
    db.session.commit()
    tasks.prune.run()
    db.session.expire_all()
    assert [check.whole_report is None for check in checks] == [False] * 4 + [True] * 5
    late = whole(domain, 9)
    db.session.commit()
    for _ in range(3):
        tasks.prune.run()
    db.session.expire_all()
    assert {check.whole_report for check in checks} == {None}
    assert late.whole_report is not None, "an old process wrote it behind the newest; it is read as it is"


def test_whole_reports_are_moved_after_old_ones_are_dropped(
    domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved: list[int] = []
    original = earlier.move

    def watched(below: int) -> earlier.Moved | None:
        moved.append(count())
        return original(below)

    monkeypatch.setattr(earlier, "move", watched)
    old = utcnow() - days_of("check") - DAY
    for number in range(60):
        check = whole(domain, number)
        check.created_at, check.verdict = old, "VERIFIED"
    db.session.commit()
    tasks.prune.run()
    assert moved[0] == 21


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(Check)) or 0


def test_whole_reports_of_earlier_releases_are_moved_once(domain: LLMClientCustomDomain) -> None:
    now = utcnow()
    told = []
    for number, verdict in enumerate([Verdict.VERIFIED, Verdict.VERIFIED, Verdict.NOT_DELEGATED]):
        found = report(expectation_of(domain), verdict, now, duration_ms=number)
        check = Check(custom_domain=domain, origin="schedule", status="done", report=found.to_data())
        db.session.add(check)
        told.append(found.to_data())
    broken = Check(custom_domain=domain, origin="schedule", status="done", report={"what": "is this"})
    db.session.add(broken)
    db.session.commit()
    tasks.prune.run()
    tasks.prune.run()
    db.session.expire_all()
    checks = db.session.scalars(select(Check).order_by(Check.id)).all()
    assert [check.whole_report for check in checks] == [None, None, None, {"what": "is this"}]
    first, between, last = (check.report for check in checks[:3])
    assert [first, last] == [told[0], told[2]]
    times = {name: told[1][name] for name in ("checked_at", "duration_ms")}
    assert (between or {}) | times == told[1], (
        "which is neither the first nor the newest has the times of its row"
    )
    assert checks[0].report_id == checks[1].report_id != checks[2].report_id


def test_messages_to_endpoints_go_with_their_log_and_not_while_they_wait(
    domain: LLMClientCustomDomain,
) -> None:
    endpoint, now = endpoint_of(domain.account), utcnow()
    old, waits, young = (write_test(endpoint, now) for _ in range(3))
    for delivery_id in (old, waits):
        message_id = db.session.get_one(WebhookDelivery, delivery_id).message_id
        db.session.get_one(WebhookMessage, message_id).created_at = now - days_of("webhook") - DAY
    settled = {"state": DeliveryState.DELIVERED, "next_attempt_at": None}
    for delivery_id in (old, young):
        db.session.execute(update(WebhookDelivery).where(WebhookDelivery.id == delivery_id).values(settled))
    attempt = {"outcome_code": "delivered", "outcome_params": {"status": 200}}
    db.session.add(WebhookAttempt(delivery_id=old, **attempt))
    db.session.commit()
    [kind] = [one for one in history.KINDS if one.name == "webhooks"]
    assert history.prune(kind, now, settings(), 0)[0] == 1
    db.session.commit()
    assert db.session.scalars(select(WebhookDelivery.id).order_by(WebhookDelivery.id)).all() == [waits, young]
    assert db.session.scalars(select(WebhookAttempt.id)).all() == []
