"""Two accounts with claims on one name, for tests of names that move."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import select

from tests.domains.reports import report
from tests.factories import make_account, make_domain, make_taken, make_zone
from webapp.checks import bulk_record, record
from webapp.dns.delegation import Expectation, Verdict
from webapp.domains import queries
from webapp.extensions import db
from webapp.models import DomainState, Event, LLMClientCustomDomain, Message, Notification, utcnow

HOST = "chat.acme.test"
MINUTE = timedelta(minutes=1)
GONE = Verdict.NOT_DELEGATED


def claim(owner: str, state: DomainState = DomainState.PENDING, **values: Any) -> LLMClientCustomDomain:
    domain = make_domain(make_account(owner), HOST, state, **values)
    make_zone(domain)
    db.session.commit()
    return domain


def holder(owner: str = "Rival Ltd", **values: Any) -> LLMClientCustomDomain:
    return claim(owner, DomainState.VERIFIED, verified_at=utcnow() - timedelta(days=9), **values)


def expected(work: record.Work) -> Expectation:
    """The reports of these tests are all about delegations."""
    return cast("Expectation", work.expectation)


def check(domain: LLMClientCustomDomain, verdict: Verdict, now: datetime, **values: Any) -> None:
    """As a worker does it, alone."""
    work = make_taken(domain, now)
    assert record.finish_check(work, report(expected(work), verdict, now, **values), now)
    db.session.commit()


def check_together(done: Sequence[tuple[LLMClientCustomDomain, Verdict]], now: datetime) -> None:
    works = [(make_taken(domain, now), verdict) for domain, verdict in done]
    reports = [(work, report(expected(work), verdict, now)) for work, verdict in works]
    assert all(bulk_record.record_reports(reports, now))
    db.session.commit()


def contest(
    one: LLMClientCustomDomain, other: LLMClientCustomDomain, now: datetime, verdict: Verdict = GONE
) -> None:
    """Both sides are checked twice, ten minutes apart, and the last check of `one` is still to come."""
    check(one, Verdict.VERIFIED, now)
    for minutes in (1, 11):
        check(other, verdict, now + minutes * MINUTE)


def codes(domain: LLMClientCustomDomain) -> list[str]:
    return [event.message.code for event in reversed(queries.history(domain)) if event.message]


def told(domain: LLMClientCustomDomain) -> list[Message]:
    query = select(Notification).where(Notification.custom_domain_id == domain.id).order_by(Notification.id)
    return [one.message for one in db.session.scalars(query) if one.message is not None]


def events_of(code: str) -> Sequence[Event]:
    return db.session.scalars(select(Event).where(Event.message_code == code)).all()
