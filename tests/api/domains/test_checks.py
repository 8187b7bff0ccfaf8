"""Checks by the API."""

from __future__ import annotations

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.api.conftest import Ask, program
from tests.browser.gallery_data import told_of
from tests.dns.delegation.cases import expectation, healthy
from tests.factories import make_checked, make_domain, make_key, make_zone
from webapp.checks import record
from webapp.checks.watch import board
from webapp.checks.watch.progress import Line, Progress
from webapp.dns.delegation import judge
from webapp.extensions import db
from webapp.models import (
    Account,
    Check,
    CheckOrigin,
    CheckStatus,
    DomainState,
    Event,
    EventKind,
    IdempotentAnswer,
    LLMClientCustomDomain,
    Notification,
    utcnow,
)

Queued = list[tuple[str, tuple[object, ...]]]


@pytest.fixture
def domain(account: Account) -> LLMClientCustomDomain:
    domain = make_domain(account)
    make_zone(domain)
    db.session.commit()
    return domain


def test_a_check_is_begun_and_a_worker_is_woken(
    ask: Ask, domain: LLMClientCustomDomain, queued: Queued
) -> None:
    answer = ask("POST", f"/domains/{domain.id}/checks")
    told = answer.get_json()
    assert (answer.status_code, told["new"]) == (202, True)
    assert int(answer.headers["Retry-After"]) > 0
    assert queued == [("run_check", (told["check"]["id"],))]
    where = answer.headers["Location"].removeprefix("/api/v1")
    assert where == f"/domains/{domain.id}/checks/{told['check']['id']}"
    seen = ask("GET", where).get_json()
    assert (seen["status"], seen["report"], seen["origin"]) == ("waiting", None, "customer")
    assert ask("GET", f"/domains/{domain.id}").get_json()["checking"] is True


def test_one_that_is_under_way_is_told_again(ask: Ask, domain: LLMClientCustomDomain, queued: Queued) -> None:
    first, second = (ask("POST", f"/domains/{domain.id}/checks") for _ in range(2))
    assert second.status_code == 202
    assert second.get_json() == {**first.get_json(), "new": False}
    assert len(queued) == 1


def test_too_soon_says_when(ask: Ask, domain: LLMClientCustomDomain, queued: Queued) -> None:
    ask("POST", f"/domains/{domain.id}/checks")
    done = db.session.scalars(select(Check)).one()
    done.status = "done"  # type: ignore[assignment]
    db.session.commit()
    key = {"Idempotency-Key": "again"}
    answer = ask("POST", f"/domains/{domain.id}/checks", headers=key)
    assert (answer.status_code, answer.get_json()["code"]) == (429, "too-soon")
    assert 0 < int(answer.headers["Retry-After"]) <= 30
    assert db.session.scalars(select(IdempotentAnswer)).all() == []


def test_what_is_not_ready_is_brought_forward_all_the_same(
    ask: Ask, account: Account, queued: Queued
) -> None:
    domain = make_domain(account)
    db.session.commit()
    answer = ask("POST", f"/domains/{domain.id}/checks")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "not-ready")
    db.session.expire_all()
    assert domain.check_requested_at is not None


def test_a_suspended_domain_is_not_checked(ask: Ask, domain: LLMClientCustomDomain) -> None:
    domain.held_at, domain.hold_reason = utcnow(), "Phishing."
    db.session.commit()
    answer = ask("POST", f"/domains/{domain.id}/checks")
    assert (answer.status_code, answer.get_json()["code"]) == (409, "suspended")


def test_a_key_of_the_platform_checks_as_staff_do(
    app: Flask, domain: LLMClientCustomDomain, queued: Queued
) -> None:
    _, token = make_key(None)
    db.session.commit()
    told = program(app, token)("POST", f"/domains/{domain.id}/checks").get_json()
    assert told["check"]["origin"] == "staff"


def test_a_domain_that_is_being_removed_has_its_parent_checked(
    ask: Ask, account: Account, queued: Queued
) -> None:
    domain = make_domain(account, state=DomainState.REMOVING)
    make_zone(domain)
    db.session.commit()
    answer = ask("POST", f"/domains/{domain.id}/checks")
    assert (answer.status_code, answer.get_json()["check"]) == (202, None)
    assert answer.headers["Location"] == f"/api/v1/domains/{domain.id}"


def test_a_check_resets_nothing_and_fires_nothing_when_nothing_changed(
    ask: Ask, account: Account, queued: Queued
) -> None:
    """Asked for by the API and carried out: the state, what it rests on, and what people are told stay."""
    domain = make_domain(account)
    make_zone(domain)
    make_checked(domain, told_of(domain, judge(expectation(), healthy(), utcnow())))
    db.session.commit()
    assert domain.is_verified
    path = f"/domains/{domain.id}"
    before = ask("GET", path).get_json()
    counted = count(Event), count(Notification)
    assert ask("POST", f"{path}/checks").status_code == 202
    asked = ask("GET", path).get_json()
    [check] = db.session.scalars(select(Check).where(Check.status != "done")).all()
    finish(domain, check)
    after = ask("GET", path).get_json()
    told = db.session.scalars(select(Event.kind).order_by(Event.id)).all()[counted[0] :]
    moving = {"last_checked_at", "next_check_at", "report"}
    for seen in (asked, after):
        changed = {name for name in before if seen[name] != before[name]}
        assert changed <= (moving | {"checking"} if seen is asked else moving)
    assert told == [EventKind.CHECK_REQUESTED]
    assert count(Notification) == counted[1]


def count(model: type[Event | Notification]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def finish(domain: LLMClientCustomDomain, check: Check) -> None:
    work = record.take(check.id, utcnow())
    assert work is not None
    assert record.finish_check(work, told_of(domain, judge(expectation(), healthy(), utcnow())), utcnow())
    db.session.commit()


def test_checks_are_listed_newest_first(ask: Ask, domain: LLMClientCustomDomain) -> None:
    for _ in range(3):
        make_checked(domain, told_of(domain, judge(expectation(), healthy(), utcnow())))
    db.session.commit()
    found = ask("GET", f"/domains/{domain.id}/checks?limit=2").get_json()
    assert [one["verdict"] for one in found["data"]] == ["VERIFIED", "VERIFIED"]
    assert found["data"][0]["id"] > found["data"][1]["id"]
    assert found["next_cursor"]
    assert CheckOrigin(found["data"][0]["origin"]) is CheckOrigin.SCHEDULE


def test_one_that_runs_tells_who_has_answered_and_one_that_is_done_does_not(
    ask: Ask, domain: LLMClientCustomDomain
) -> None:
    check = Check(
        custom_domain=domain, origin=CheckOrigin.CUSTOMER, status=CheckStatus.RUNNING, started_at=utcnow()
    )
    db.session.add(check)
    db.session.commit()
    where = f"/domains/{domain.id}/checks/{check.id}"
    assert ask("GET", where).get_json()["progress"] is None
    lines = (
        Line("parent", "ns1.acme.test", outcome="REFERRAL", ms=12, found=4, wanted=4),
        Line("parent", "ns2.acme.test", asking=True),
    )
    now = utcnow()
    assert board.put(Progress(check.id, now, lines))
    answer = ask("GET", where)
    seen = answer.get_json()["progress"]
    assert datetime.fromisoformat(seen["at"]) == now
    assert [(one["server"], one["asking"], one["outcome"], one["found"]) for one in seen["servers"]] == [
        ("ns1.acme.test", False, "REFERRAL", 4),
        ("ns2.acme.test", True, None, 0),
    ]
    check.status, check.finished_at = CheckStatus.DONE, utcnow()
    db.session.commit()
    assert ask("GET", where).get_json()["progress"] is None
