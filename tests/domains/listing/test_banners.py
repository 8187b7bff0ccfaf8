"""The lines above every page: which are shown, and which are put away for how long."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.factories import make_domain
from webapp.domains.listing import Attention
from webapp.domains.listing.banners import AWAY, SOON, Banners, Line, banners, put_away_now
from webapp.extensions import db
from webapp.models import Account, DomainState, LLMClientCustomDomain, utcnow

NOW = utcnow()


@pytest.fixture
def domains(account: Account) -> list[LLMClientCustomDomain]:
    made = [
        make_domain(account, f"{number}.acme.test", DomainState.FAILING, grace_until=NOW + timedelta(days=5))
        for number in range(4)
    ]
    for one in made:
        one.verified_at = NOW - timedelta(days=90)
    db.session.commit()
    return made


def put_away(found: Attention, kept: object, line: Line, now: datetime) -> dict[str, Any]:
    """By whoever has read the line as it is now."""
    return put_away_now(found, kept, line, banners(found, None, now).lines[line].told, now)


def found_of(domains: list[LLMClientCustomDomain]) -> Attention:
    alarming, failing, other, suspended = domains
    return Attention([failing], [other], [suspended], [alarming])


def test_each_kind_has_a_line_of_its_own(domains: list[LLMClientCustomDomain]) -> None:
    lines = banners(found_of(domains), None, NOW).lines
    assert list(lines) == list(Line)
    assert [one.domains for one in lines.values()] == [[domain] for domain in domains]
    assert all(one.may_be_put_away for one in lines.values())


@pytest.mark.parametrize("line", Line)
def test_line_that_was_put_away_comes_back_after_a_day(
    domains: list[LLMClientCustomDomain], line: Line
) -> None:
    found = found_of(domains)
    away = put_away(found, None, line, NOW)
    assert list(banners(found, away, NOW).lines) == [one for one in Line if one is not line]
    assert line not in banners(found, away, NOW + AWAY - timedelta(seconds=2)).lines
    assert line in banners(found, away, NOW + AWAY).lines


def test_another_line_can_be_put_away_besides(domains: list[LLMClientCustomDomain]) -> None:
    found = found_of(domains)
    away = put_away(found, put_away(found, None, Line.ALARM, NOW), Line.ACTION, NOW)
    assert list(banners(found, away, NOW).lines) == [Line.FAILING, Line.SUSPENDED]


def test_line_comes_back_when_another_domain_joins_and_not_when_one_leaves(
    domains: list[LLMClientCustomDomain],
) -> None:
    first, second = domains[:2]
    away = put_away(Attention([first, second], []), None, Line.FAILING, NOW)
    assert banners(Attention([second], []), away, NOW).lines == {}
    assert list(banners(Attention([second, domains[2]], []), away, NOW).lines) == [Line.FAILING]


def test_line_of_a_domain_that_is_switched_off_soon_stays(domains: list[LLMClientCustomDomain]) -> None:
    domain = domains[0]
    found = Attention([domain], [])
    away = put_away(found, None, Line.FAILING, NOW)
    assert domain.grace_until is not None
    last_day = domain.grace_until - SOON
    away_until_then = put_away(found, None, Line.FAILING, last_day - timedelta(hours=1))
    assert banners(found, away_until_then, last_day - timedelta(seconds=1)).lines == {}
    back = banners(found, away_until_then, last_day).lines[Line.FAILING]
    assert not back.may_be_put_away
    assert put_away(found, away, Line.FAILING, last_day) == away, "pressed in a page of before"


def test_page_of_a_domain_has_no_line_of_it(domains: list[LLMClientCustomDomain]) -> None:
    first, second = domains[:2]
    found = Attention([first, second], [])
    assert banners(found, None, NOW, open_page=first.id).lines[Line.FAILING].domains == [second]
    assert banners(Attention([first], []), None, NOW, open_page=first.id).lines == {}
    away = put_away(found, None, Line.FAILING, NOW)
    assert banners(found, away, NOW, open_page=first.id).lines == {}


@pytest.mark.parametrize("kept", ["x", 7, [], {}])
def test_session_without_a_line_shows_all(domains: list[LLMClientCustomDomain], kept: Any) -> None:
    assert list(banners(found_of(domains), kept, NOW).lines) == list(Line)


def test_version_follows_each_line(domains: list[LLMClientCustomDomain]) -> None:
    """The poll of a page replaces the lines by it."""
    found = found_of(domains)

    def version(one: Attention, away: object = None) -> str:
        return banners(one, away, NOW).version

    others = [
        version(Attention([], found.others, found.suspended, found.alarming)),
        version(Attention(found.failing, [], found.suspended, found.alarming)),
        version(Attention(found.failing, found.others, [], found.alarming)),
        version(Attention(found.failing, found.others, found.suspended, [])),
        Banners({}).version,
    ]
    assert version(found, put_away(found, None, Line.SUSPENDED, NOW)) == others[2]
    domains[1].grace_until = NOW + timedelta(days=3)
    others.append(version(found))
    domains[1].grace_until = NOW + timedelta(days=5)
    assert len({version(found), *others}) == len(others) + 1


def test_domain_that_joined_after_the_line_was_read_is_not_put_away(
    domains: list[LLMClientCustomDomain],
) -> None:
    first, second, *_ = domains
    away = put_away_now(Attention([first, second], []), None, Line.FAILING, [first.id], NOW)
    assert Line.FAILING in banners(Attention([first, second], []), away, NOW).lines
    assert Line.FAILING not in banners(Attention([first], []), away, NOW).lines
