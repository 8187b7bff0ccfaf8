"""Whoever made a link is told once that all records are there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.domains.reports import report
from tests.factories import make_account, make_checked, make_domain, make_user, make_zone
from webapp.audit.log import COMMAND
from webapp.dns.delegation import Verdict
from webapp.domains.lifecycle import change_state
from webapp.extensions import db
from webapp.handover import links
from webapp.jobs.together import together
from webapp.models import (
    DomainState,
    HandoverLink,
    LLMClientCustomDomain,
    Message,
    Notification,
    NotificationKind,
    utcnow,
)
from webapp.proofs.delegation.expectation import expectation_of


@pytest.fixture
def domain(app: Flask) -> LLMClientCustomDomain:
    account = make_account()
    make_user(account=account, email="maker@acme.test")
    domain = make_domain(account, "chat.acme.test")
    make_zone(domain)
    db.session.commit()
    return domain


def make(domain: LLMClientCustomDomain, made_for: str) -> HandoverLink:
    link = links.make(domain, made_for, actor=COMMAND, now=utcnow())
    assert isinstance(link, HandoverLink)
    db.session.commit()
    return link


def prove(domain: LLMClientCustomDomain) -> None:
    make_checked(domain, report(expectation_of(domain), Verdict.VERIFIED, utcnow()))
    db.session.commit()


def told() -> Sequence[Notification]:
    kind = Notification.kind == NotificationKind.HANDED_OVER
    return db.session.scalars(select(Notification).where(kind)).all()


def test_proof_tells_for_whom_the_links_were(domain: LLMClientCustomDomain) -> None:
    jane, joe, ended = (make(domain, name) for name in ("Jane", "Joe", "Nobody"))
    links.revoke(ended, actor=COMMAND, now=utcnow())
    prove(domain)
    [news] = told()
    assert news.message is not None
    assert news.message.params == {"name": "chat.acme.test", "made_for": ["Jane", "Joe"]}
    assert news.account_id == domain.account_id
    db.session.expire_all()
    assert jane.done_at == joe.done_at is not None
    assert ended.done_at is None


def test_name_that_fails_and_recovers_tells_nobody_again(domain: LLMClientCustomDomain) -> None:
    make(domain, "Jane")
    prove(domain)
    for state in (DomainState.FAILING, DomainState.VERIFIED):
        change_state(
            domain,
            state,
            utcnow() + timedelta(minutes=1),
            COMMAND,
            Message("domain.registered", {"name": "x"}),
        )
    db.session.commit()
    assert len(told()) == 1


def test_name_without_links_tells_nothing(domain: LLMClientCustomDomain) -> None:
    prove(domain)
    assert told() == []


def test_proofs_that_are_written_together_tell_each_maker(domain: LLMClientCustomDomain) -> None:
    other = make_domain(domain.account, "docs.acme.test")
    for one, name in ((domain, "Jane"), (other, "Joe")):
        make(one, name)
    said = Message("domain.registered", {"name": "x"})
    with together():
        for one in (domain, other):
            change_state(one, DomainState.VERIFIED, utcnow(), COMMAND, said)
    db.session.commit()
    assert {news.custom_domain_id for news in told()} == {domain.id, other.id}
