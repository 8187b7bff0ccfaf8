"""The e-mail that a name is verified waits for what its visitors reach, and says it in the word of the page."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import make_domain, make_llm_client, make_zone, said
from webapp.audit.log import SYSTEM, note
from webapp.domain_page.reading import domain_page
from webapp.domains.lifecycle import change_state
from webapp.extensions import db, settings
from webapp.models import (
    Account,
    DomainState,
    EventKind,
    LLMClientCustomDomain,
    Message,
    Notification,
    NotificationKind,
    Probe,
    ProbeOutcome,
    utcnow,
)
from webapp.notifications.draft import Occasions
from webapp.notifications.emails import EmailText, email_text
from webapp.notifications.rules.transition_rules import Periods
from webapp.notifications.rules.untold import News

HOST = "chat.acme.com"
AT = {"name": HOST, "address": "203.0.113.80", "edge": True, "status": 200}
ELSEWHERE = {**AT, "address": "198.51.100.7", "edge": False, "server": ""}
OCCASIONS = Occasions(timedelta(days=30), timedelta(days=1), (timedelta(hours=6), timedelta(hours=24)))


@pytest.fixture
def domain(app: Flask, account: Account) -> LLMClientCustomDomain:
    app.extensions["settings"] = settings().model_copy(update={"edge_probes": "yes"})
    domain = make_domain(account, HOST)
    make_zone(domain)
    make_llm_client(account, custom_domain=domain, deployed=True)
    db.session.commit()
    return domain


def verify(domain: LLMClientCustomDomain, now: datetime) -> Notification:
    change_state(domain, DomainState.VERIFIED, now, SYSTEM, said("Because."))
    db.session.commit()
    return db.session.scalars(select(Notification).filter_by(kind=NotificationKind.VERIFIED)).one()


def text(domain: LLMClientCustomDomain, waiting: Notification) -> EmailText:
    db.session.expire(domain)
    assert waiting.message is not None
    news = News(waiting.kind, waiting.occasion, waiting.message)
    return email_text([news], domain_page(domain, settings(), utcnow()), OCCASIONS, utcnow())


def saw(domain: LLMClientCustomDomain, outcome: ProbeOutcome, params: dict[str, object]) -> None:
    probe = domain.probe or Probe(custom_domain_id=domain.id)
    probe.seen, probe.seen_at = Message(outcome, params), utcnow()
    db.session.add(probe)
    db.session.commit()


def test_it_waits_for_the_first_live_look_and_then_says_live(domain: LLMClientCustomDomain) -> None:
    now = utcnow()
    waiting = verify(domain, now)
    assert waiting.send_after == now + Periods.of(settings()).patience
    saw(domain, ProbeOutcome.LIVE, AT)
    note(domain, EventKind.LIVE, Message("domain.live", {"name": HOST}))
    db.session.commit()
    db.session.refresh(waiting)
    assert waiting.send_after <= utcnow()
    found = text(domain, waiting)
    assert found.subject == f"Live: visitors reach {HOST}"
    assert found.paragraphs[1] == f"Visitors reach Sales at https://{HOST}/. Nothing is needed from you."
    assert "as soon as its certificate" not in " ".join(found.paragraphs)


def test_it_says_what_to_do_where_visitors_do_not_reach_us(domain: LLMClientCustomDomain) -> None:
    waiting = verify(domain, utcnow())
    saw(domain, ProbeOutcome.POINTS_ELSEWHERE, ELSEWHERE)
    found = text(domain, waiting)
    assert found.subject == f"Verified, but not live: visitors do not reach {HOST}"
    assert "delete it there" in " ".join(found.paragraphs)


def test_it_does_not_wait_where_nobody_looks(domain: LLMClientCustomDomain) -> None:
    assert domain.llm_client is not None
    domain.llm_client.deployed = False
    db.session.commit()
    now = utcnow()
    waiting = verify(domain, now)
    assert waiting.send_after == now
    assert text(domain, waiting).subject == f"Verified: {HOST} leads to us"
