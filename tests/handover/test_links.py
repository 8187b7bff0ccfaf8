"""Links: who may make one, when it works, and what ends it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import make_account, make_domain
from webapp.audit.log import COMMAND
from webapp.domains import lifecycle, suspension
from webapp.extensions import db
from webapp.handover import links
from webapp.models import (
    DeniedName,
    DomainState,
    Event,
    HandoverLink,
    LLMClientCustomDomain,
    utcnow,
)

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def domain(app: Flask) -> LLMClientCustomDomain:
    return make_domain(make_account(), "chat.acme.test")


def make(domain: LLMClientCustomDomain, made_for: str = "Jane", now: datetime | None = None) -> HandoverLink:
    link = links.make(domain, made_for, actor=COMMAND, now=now or utcnow())
    assert isinstance(link, HandoverLink), link
    db.session.commit()
    return link


def test_link_works_for_fourteen_days(domain: LLMClientCustomDomain) -> None:
    now = utcnow()
    link = make(domain, now=now)
    for days, works in ((0, True), (13.99, True), (14, False), (100, False)):
        assert (links.with_code(link.code, now + timedelta(days=days)) is link) is works, days


def test_code_of_nobody_opens_nothing(domain: LLMClientCustomDomain) -> None:
    make(domain)
    assert links.with_code("0" * 32, utcnow()) is None


def revoked(domain: LLMClientCustomDomain, link: HandoverLink) -> None:
    assert links.revoke(link, actor=COMMAND, now=utcnow())


def removed(domain: LLMClientCustomDomain, link: HandoverLink) -> None:
    lifecycle.remove(domain, actor=COMMAND)


def suspended(domain: LLMClientCustomDomain, link: HandoverLink) -> None:
    assert suspension.suspend(domain, actor=COMMAND, reason="Spam.", now=utcnow()) is None


def moved(domain: LLMClientCustomDomain, link: HandoverLink) -> None:
    domain.account_id = make_account("Other").id


def denied(domain: LLMClientCustomDomain, link: HandoverLink) -> None:
    db.session.add(DeniedName(name="acme.test", below=True, reason="x", actor_name="staff"))


def deleted(domain: LLMClientCustomDomain, link: HandoverLink) -> None:
    domain.account.deleted_at = utcnow()


ENDS = [revoked, removed, suspended, moved, denied, deleted]


@pytest.mark.parametrize("end", ENDS)
def test_what_ends_a_link(
    domain: LLMClientCustomDomain, end: Callable[[LLMClientCustomDomain, HandoverLink], None]
) -> None:
    link = make(domain)
    end(domain, link)
    db.session.commit()
    assert links.with_code(link.code, utcnow()) is None


def test_removal_and_suspension_end_it_for_good(domain: LLMClientCustomDomain) -> None:
    link = make(domain)
    suspended(domain, link)
    assert suspension.release(domain, actor=COMMAND, reason="Over.", now=utcnow()) is None
    db.session.commit()
    assert links.with_code(link.code, utcnow()) is None


def test_served_name_that_is_denied_later_keeps_its_link(domain: LLMClientCustomDomain) -> None:
    domain.state = DomainState.VERIFIED
    link = make(domain)
    denied(domain, link)
    db.session.commit()
    assert links.with_code(link.code, utcnow()) is link


@pytest.mark.parametrize(
    ("made_for", "code"),
    [
        ("", "made-for-missing"),
        ("  ", "made-for-missing"),
        ("x" * 101, "made-for-too-long"),
        ("Jane\u202e", "made-for-unreadable"),
        ("Jane\r\nBcc: x@y.test", "made-for-unreadable"),
    ],
)
def test_word_for_the_list_must_be_readable(domain: LLMClientCustomDomain, made_for: str, code: str) -> None:
    refusal = links.make(domain, made_for, actor=COMMAND, now=utcnow())
    assert isinstance(refusal, links.NotMade)
    assert (refusal.code, refusal.field) == (code, "made_for")
    assert db.session.scalars(select(HandoverLink)).all() == []


@pytest.mark.parametrize(
    ("end", "code"),
    [(removed, "domain-gone"), (suspended, "domain-suspended"), (denied, "domain-denied")],
)
def test_domain_that_needs_no_records_gets_no_link(
    domain: LLMClientCustomDomain, end: Callable[[LLMClientCustomDomain, HandoverLink], None], code: str
) -> None:
    end(domain, make(domain))
    db.session.commit()
    refusal = links.make(domain, "Joe", actor=COMMAND, now=utcnow())
    assert isinstance(refusal, links.NotMade)
    assert refusal.code == code


def test_links_of_a_domain_are_limited(domain: LLMClientCustomDomain) -> None:
    now = utcnow()
    made = [make(domain, f"Person {number}", now) for number in range(links.MOST)]
    refusal = links.make(domain, "One more", actor=COMMAND, now=now)
    assert isinstance(refusal, links.NotMade)
    assert refusal.code == "too-many-links"
    links.revoke(made[0], actor=COMMAND, now=now)
    assert isinstance(links.make(domain, "One more", actor=COMMAND, now=now), HandoverLink)


def test_revoking_twice_changes_nothing(domain: LLMClientCustomDomain) -> None:
    link = make(domain)
    assert links.revoke(link, actor=COMMAND, now=utcnow())
    at = link.revoked_at
    assert not links.revoke(link, actor=COMMAND, now=utcnow() + timedelta(hours=1))
    db.session.expire_all()
    assert link.revoked_at == at
    codes = [event.message_code for event in db.session.scalars(select(Event).order_by(Event.id))]
    assert codes == ["handover.made", "handover.revoked"]


def test_opening_is_remembered_once_a_minute(domain: LLMClientCustomDomain) -> None:
    link, now = make(domain), utcnow()
    assert links.opened(link, now)
    assert not links.opened(link, now + timedelta(seconds=59))
    assert links.opened(link, now + timedelta(seconds=61))
    db.session.expire_all()
    assert link.opened_at == now + timedelta(seconds=61)


def test_list_has_those_that_work_first(domain: LLMClientCustomDomain) -> None:
    now = utcnow()
    old = make(domain, "Old", now - timedelta(days=20))
    first, ended, second = (make(domain, name, now) for name in ("First", "Ended", "Second"))
    links.revoke(ended, actor=COMMAND, now=now)
    assert [*links.of_domain(domain, now)] == [second, first, ended, old]


def test_links_that_are_revoked_at_once_come_to_an_end(
    domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each leaves a row and events."""
    monkeypatch.setattr(links, "MOST_A_DAY", 3)
    now = utcnow()
    for _ in range(3):
        links.revoke(make(domain), actor=COMMAND, now=now)
    refused = links.make(domain, "Jane", actor=COMMAND, now=now)
    assert isinstance(refused, links.NotMade)
    assert refused.code == "too-many-links"
    make(domain, now=now + timedelta(days=1, seconds=5))
