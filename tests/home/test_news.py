"""What happened since yesterday, told once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import make_account, make_domain
from webapp.audit.log import note, note_account
from webapp.extensions import db
from webapp.home import news
from webapp.messages.catalogue import event_sentence
from webapp.models import Account, DomainState, Event, EventKind, LLMClientCustomDomain, Message, utcnow


def registered(domain: LLMClientCustomDomain, ago: timedelta = timedelta()) -> Event:
    return happened(domain, EventKind.REGISTERED, "domain.registered", ago)


def happened(domain: LLMClientCustomDomain, kind: EventKind, code: str, ago: timedelta) -> Event:
    event = note(domain, kind, Message(code, {"name": domain.domain_name}))
    event.created_at = utcnow() - ago
    db.session.flush()
    return event


def said(account: Account) -> list[tuple[str, int]]:
    found = news.told(account, news.yesterday(utcnow()))
    return [(event_sentence(one.event), one.others) for one in found.lines]


def test_yesterday_is_the_day_before_in_utc() -> None:
    east = datetime.fromisoformat("2026-11-27T01:30:00+05:00")
    assert news.yesterday(east) == datetime(2026, 11, 25, tzinfo=UTC)


def test_newest_first_and_nothing_older_or_of_others(account: Account) -> None:
    one, other = make_domain(account, "one.acme.test"), make_domain(account, "two.acme.test")
    registered(one, timedelta(minutes=2))
    happened(other, EventKind.STATE_CHANGED, "domain.removing", timedelta(minutes=1))
    registered(other, timedelta(days=3))
    registered(make_domain(make_account("Rival"), "rival.acme.test"))
    happened(one, EventKind.CHECK_REQUESTED, "check.requested", timedelta())
    assert said(account) == [("two.acme.test is being removed.", 0), ("one.acme.test was registered.", 0)]


def test_what_happened_to_many_is_one_line(account: Account) -> None:
    for number in range(12):
        registered(make_domain(account, f"n{number}.acme.test"), timedelta(minutes=20 - number))
    assert said(account) == [("n11.acme.test was registered.", 11)]


def test_repeats_of_one_domain_are_one_line(account: Account) -> None:
    domain = make_domain(account, "one.acme.test")
    for minutes in (9, 5, 2):
        happened(domain, EventKind.STATE_CHANGED, "domain.resumed", timedelta(minutes=minutes))
    assert said(account) == [("We check for the same records again.", 0)]


def test_removed_domain_has_no_page_to_go_to(account: Account) -> None:
    gone, here = make_domain(account, "gone.acme.test"), make_domain(account, "here.acme.test")
    registered(gone)
    registered(here)
    gone.state = DomainState.REMOVED
    db.session.flush()
    found = news.told(account, news.yesterday(utcnow()))
    assert {one.domain for one in found.lines} == {here, None}


def test_domain_of_another_account_by_now_has_no_page_to_go_to(account: Account) -> None:
    domain = make_domain(account, "given.acme.test")
    registered(domain)
    domain.account = make_account("Rival")
    db.session.flush()
    [line] = news.told(account, news.yesterday(utcnow())).lines
    assert line.domain is None


def test_what_happened_to_the_account_alone_is_no_news_of_a_domain(account: Account) -> None:
    note_account(account, EventKind.REGISTERED, Message("domain.registered", {"name": "x.acme.test"}))
    db.session.flush()
    assert said(account) == []


def test_says_that_not_everything_was_read(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news, "MOST_READ", 2)
    domain = make_domain(account, "one.acme.test")
    registered(domain, timedelta(minutes=2))
    assert not news.told(account, news.yesterday(utcnow())).more
    registered(domain, timedelta(minutes=1))
    assert news.told(account, news.yesterday(utcnow())).more


def test_says_that_something_is_left_out(account: Account) -> None:
    domain = make_domain(account, "one.acme.test")
    codes = ("resumed", "removing", "lapsed", "registered", "expired-never", "released-never", "failed-never")
    for number, code in enumerate(codes):
        kind = EventKind.STATE_CHANGED if number < 4 else EventKind.RELEASED
        happened(domain, kind, f"domain.{code}", timedelta(minutes=number))
    found = news.told(account, news.yesterday(utcnow()))
    assert (len(found.lines), found.more) == (news.MOST_TOLD, True)
