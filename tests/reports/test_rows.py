"""Reports as rows: one for what a domain's checks saw, whoever asks for it afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from tests.domains.reports import report
from tests.factories import make_account, make_domain, make_zone
from webapp.checks import queries, record
from webapp.checks.request import open_new_check
from webapp.dns.delegation import Asked, DelegationReport, Verdict
from webapp.domain_page.context import domain_page
from webapp.extensions import db, settings
from webapp.models import Check, CheckMeasurement, CheckOrigin, CheckReport, LLMClientCustomDomain, utcnow
from webapp.reports.codec import UnreadableError
from webapp.reports.rows import report_of

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
        record.expectation_of(domain),
        verdict,
        at,
        duration_ms=number,
        **{"asked": tuple(answers[:: -1 if number % 2 else 1]), **values},
    )
    check = open_new_check(domain, origin, at).check
    check.request_id = f"request-{number}"
    db.session.flush()
    work = record.take(check.id, at)
    assert work is not None
    assert record.finish_check(work, found, at + timedelta(seconds=1))
    db.session.commit()
    return check.id, found


def told(check_id: int) -> DelegationReport | None:
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
    assert kept == ["request-1", "request-2" if origin is CheckOrigin.CUSTOMER else None]


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
