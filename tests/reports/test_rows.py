"""Reports as rows: one for what a domain's checks saw, whoever asks for it afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.domains.reports import report
from tests.factories import make_account, make_domain, make_zone
from webapp.checks import bulk_record, queries, record
from webapp.checks.request import open_new_check
from webapp.dns.delegation import Asked, DelegationReport, Verdict
from webapp.dns.judgement.report import Report
from webapp.domain_page.reading import domain_page
from webapp.extensions import db, settings
from webapp.models import Check, CheckMeasurement, CheckOrigin, CheckReport, LLMClientCustomDomain, utcnow
from webapp.proofs.delegation.expectation import expectation_of
from webapp.reports.codec import UnreadableError, split
from webapp.reports.rows import Seen, began, ended, keep, report_of

START = utcnow().replace(microsecond=0) - timedelta(days=1)


@pytest.fixture
def domain(app: Flask) -> LLMClientCustomDomain:
    domain = make_domain(make_account(), "chat.acme.test")
    make_zone(domain)
    return domain


def asked(server: str, ms: int) -> Asked:
    dig = f"dig +norecurse @{server} chat.acme.test NS"
    where = server, "192.0.2.1", "chat.acme.test NS", "udp"
    return Asked(*where, "NOERROR", False, (), 300, ms, "parent", dig)


def run(
    domain: LLMClientCustomDomain,
    number: int,
    verdict: Verdict = Verdict.VERIFIED,
    origin: CheckOrigin = CheckOrigin.SCHEDULE,
    **values: Any,
) -> tuple[int, DelegationReport]:
    """The id of a check, and its report, with milliseconds and an order of answers that no other check has."""
    at = START + timedelta(hours=number)
    answers = [asked("ns1.acme.test", number), asked("ns2.acme.test", 2 * number)]
    found = report(
        expectation_of(domain),
        verdict,
        at,
        duration_ms=number,
        **{"asked": tuple(answers[:: -1 if number % 2 else 1]), **values},
    )
    work = taken(domain, number, origin)
    assert record.finish_check(work, found, at + timedelta(seconds=1))
    db.session.commit()
    return work.check_id, found


def taken(domain: LLMClientCustomDomain, number: int, origin: CheckOrigin) -> record.Work:
    at = START + timedelta(hours=number)
    check = open_new_check(domain, origin, at).check
    check.request_id = f"request-{number}"
    db.session.flush()
    work = record.take(check.id, at)
    assert work is not None
    return work


def run_in_bulk(
    domain: LLMClientCustomDomain,
    number: int,
    verdict: Verdict = Verdict.VERIFIED,
    origin: CheckOrigin = CheckOrigin.SCHEDULE,
) -> int:
    """As `run`, by the code that records a worker's batch."""
    at = START + timedelta(hours=number)
    work = taken(domain, number, origin)
    done = work, report(work.expectation, verdict, at, duration_ms=number)
    assert bulk_record.record_reports([done], at + timedelta(seconds=1)) == [True]
    db.session.commit()
    return work.check_id


def told(check_id: int) -> Report | None:
    return report_of(db.session.get_one(Check, check_id, populate_existing=True))


def reports() -> int:
    return db.session.scalar(select(func.count()).select_from(CheckReport)) or 0


def test_checks_that_saw_the_same_share_one_report(domain: LLMClientCustomDomain) -> None:
    ran = [run(domain, number) for number in range(1, 6)]
    assert reports() == 1
    rows = db.session.scalars(select(Check).order_by(Check.id)).all()
    assert len(rows) == 5, "each check is a row of its own"
    assert {row.whole_report for row in rows} == {None}
    assert told(ran[0][0]) == ran[0][1], "the first to see it"
    assert told(ran[-1][0]) == ran[-1][1], "the newest"


def test_check_in_between_has_its_own_time_and_what_it_saw(domain: LLMClientCustomDomain) -> None:
    ran = [run(domain, number) for number in range(1, 4)]
    shown = told(ran[1][0])
    assert shown is not None
    assert shown.checked_at == ran[1][1].checked_at
    assert shown.duration_ms == 1000, "from the start of the check to its end"
    assert (shown.verdict, shown.found) == (Verdict.VERIFIED, ran[1][1].found)
    assert {one.server for one in shown.asked} == {"ns1.acme.test", "ns2.acme.test"}


def test_answer_that_comes_back_is_stored_once(domain: LLMClientCustomDomain) -> None:
    for number, verdict in enumerate([Verdict.VERIFIED, Verdict.NOT_DELEGATED] * 4):
        run(domain, number, verdict)
    assert reports() == 2


def test_both_reports_that_the_page_shows_are_as_they_were(domain: LLMClientCustomDomain) -> None:
    run(domain, 1)
    _, firm = run(domain, 2)
    run(domain, 3, Verdict.PARENT_UNREACHABLE)
    _, latest = run(domain, 4, Verdict.PARENT_UNREACHABLE)
    db.session.expire_all()
    page = domain_page(domain, settings(), START + timedelta(hours=5))
    assert page.latest == latest
    assert page.report == firm
    assert not page.unreadable


@pytest.mark.parametrize("origin", [CheckOrigin.CUSTOMER, CheckOrigin.SCHEDULE])
def test_click_is_found_by_its_request_id(domain: LLMClientCustomDomain, origin: CheckOrigin) -> None:
    for number in (1, 2):
        run(domain, number, origin=origin)
    kept = db.session.scalars(select(Check.request_id).order_by(Check.id)).all()
    assert kept == ["request-1", "request-2"]


@pytest.mark.parametrize("origin", [CheckOrigin.CUSTOMER, CheckOrigin.SCHEDULE])
def test_only_a_check_of_the_schedule_that_changes_nothing_forgets_who_asked_and_keeps_two_times(
    domain: LLMClientCustomDomain, origin: CheckOrigin
) -> None:
    run(domain, 1)
    ids = [run_in_bulk(domain, number, origin=origin) for number in (2, 3)]
    scheduled = origin is CheckOrigin.SCHEDULE
    for number, check_id in zip((2, 3), ids, strict=True):
        check = db.session.get_one(Check, check_id, populate_existing=True)
        assert check.request_id == (None if scheduled else f"request-{number}")
        assert (check.started_at is None, check.finished_at is None) == (scheduled, scheduled)
        at = START + timedelta(hours=number)
        assert (began(check), ended(check)) == (at, at + timedelta(seconds=1))


def test_answer_that_comes_back_and_changes_the_state_keeps_its_request_id(
    domain: LLMClientCustomDomain,
) -> None:
    run_in_bulk(domain, 1)
    verdicts = (Verdict.NOT_DELEGATED, Verdict.VERIFIED)
    ids = [run_in_bulk(domain, number, verdict) for number, verdict in enumerate(verdicts, 2)]
    rows = db.session.scalars(select(Check).where(Check.id.in_(ids)).order_by(Check.id)).all()
    assert [row.request_id for row in rows] == ["request-2", "request-3"]
    assert reports() == 2


def test_two_domains_share_nothing(domain: LLMClientCustomDomain) -> None:
    other = make_domain(make_account("Other"), domain.domain_name)
    make_zone(other)
    for one in (domain, other):
        run(one, 1, expected=("ns1.test",), missing=())
    assert reports() == 2


def break_all(**values: object) -> None:
    db.session.execute(update(CheckReport).values(**values))
    db.session.execute(update(CheckMeasurement).values(check_id=0))
    db.session.commit()
    db.session.expire_all()


@pytest.mark.parametrize("fault", ["another form", "damaged", "missing"])
def test_unreadable_report_is_a_fault_and_the_page_shows_the_rest(
    domain: LLMClientCustomDomain, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    check_id, _ = run(domain, 1)
    break_all(body=b"\x63later" if fault == "another form" else b"\x01damaged")
    if fault == "missing":
        db.session.execute(update(Check).values(report_id=12345))
    check = db.session.get_one(Check, check_id, populate_existing=True)
    with pytest.raises(UnreadableError):
        _ = check.report
    page = domain_page(domain, settings(), datetime.now(START.tzinfo))
    assert page.unreadable
    assert page.latest is None
    assert "check.report_unreadable" in capsys.readouterr().err
    run(domain, 2, parent_zone="elsewhere.test")
    assert not domain_page(domain, settings(), datetime.now(START.tzinfo)).unreadable


def test_verdict_that_this_release_does_not_know_is_unreadable_too(domain: LLMClientCustomDomain) -> None:
    data = run(domain, 1)[1].to_data()
    db.session.execute(update(Check).values(report_id=None, whole_report=data | {"verdict": "OF_TOMORROW"}))
    check = queries.latest_check(domain)
    assert check is not None
    assert report_of(check) is None
    assert domain_page(domain, settings(), utcnow()).unreadable


def test_report_of_another_domain_is_never_shown(domain: LLMClientCustomDomain) -> None:
    """SQLite gives the id of a report that was dropped to the next one."""
    other = make_domain(make_account("Other"), "chat.other.test")
    make_zone(other)
    check_id, _ = run(domain, 1)
    strange, _ = run(other, 1)
    theirs = db.session.get_one(Check, strange, populate_existing=True).report_id
    db.session.execute(update(Check).where(Check.id == check_id).values(report_id=theirs))
    with pytest.raises(UnreadableError):
        _ = db.session.get_one(Check, check_id, populate_existing=True).report


def test_newest_firm_check_is_that_whoever_stored_it(domain: LLMClientCustomDomain) -> None:
    """While processes of two releases run, reports that are shared and whole ones take turns."""
    run(domain, 1, Verdict.NOT_DELEGATED)
    whole, told_whole = run(domain, 2)
    data = told_whole.to_data()
    db.session.execute(update(Check).where(Check.id == whole).values(report_id=None, whole_report=data))
    run(domain, 3, Verdict.PARENT_UNREACHABLE)
    firm = queries.latest_firm_check(domain)
    assert firm is not None
    assert firm.id == whole
    newest, _ = run(domain, 4, Verdict.NOT_DELEGATED)
    found = queries.latest_firm_check(domain)
    assert found is not None
    assert found.id == newest


def seen_of(domain: LLMClientCustomDomain, check_id: int, data: dict[str, Any]) -> Seen:
    return Seen(domain.id, check_id, bool(data["transient"]), split(data))


def test_two_that_store_the_same_report_get_the_same_row(
    domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if neither sees the other's: the unique digest decides."""
    data = report(expectation_of(domain), Verdict.VERIFIED, START).to_data()
    first = keep([seen_of(domain, 1, data)])
    monkeypatch.setattr("webapp.reports.rows._known", lambda _: {})
    assert keep([seen_of(domain, 2, data)]) == first
    kept = db.session.scalars(select(CheckReport.check_id)).all()
    assert kept == [1]


def test_checks_of_one_domain_may_be_kept_together(domain: LLMClientCustomDomain) -> None:
    same = [
        report(expectation_of(domain), Verdict.VERIFIED, START, duration_ms=ms).to_data() for ms in (5, 6, 7)
    ]
    ids = keep([seen_of(domain, number, data) for number, data in zip((3, 1, 2), same, strict=True)])
    assert len(set(ids)) == 1
    assert db.session.scalars(select(CheckReport.check_id)).all() == [1], "the first that saw it"
    assert db.session.scalars(select(CheckMeasurement.check_id)).all() == [3], "the newest"
