"""The lines above every page, and the button that puts one away."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.factories import make_domain
from tests.page_lint import elements, parse, text_of, with_id
from webapp.extensions import db
from webapp.models import Account, DomainState, LLMClientCustomDomain, User, utcnow


@pytest.fixture
def browser(client: FlaskClient, customer: User) -> FlaskClient:
    return sign_in(client, customer)


@pytest.fixture
def failing(account: Account) -> LLMClientCustomDomain:
    return a_failing(account, "chat.acme.test")


def a_failing(account: Account, name: str) -> LLMClientCustomDomain:
    domain = make_domain(account, name, DomainState.FAILING, grace_until=utcnow() + timedelta(days=5))
    db.session.commit()
    return domain


def lines(browser: FlaskClient, path: str) -> list[str]:
    tree = parse(browser.get(path).text)
    return [text_of(one) for one in elements(tree, "div") if one.get("role") == "region"]


def hide(
    browser: FlaskClient, line: str = "failing", came_from: str = "http://localhost/llm-clients?q=x"
) -> str:
    page = parse(browser.get("/llm-clients").text)
    told = [one.get("value") for one in elements(page, "input") if one.get("name") == "told"]
    answer = browser.post("/attention", data={"line": line, "told": told}, headers={"Referer": came_from})
    assert answer.status_code == 303
    return answer.headers["Location"]


def test_line_is_put_away_and_the_reader_goes_on_where_they_were(
    browser: FlaskClient, account: Account, failing: LLMClientCustomDomain
) -> None:
    assert "Failing: chat.acme.test" in lines(browser, "/llm-clients")[0]
    assert hide(browser) == "/llm-clients?q=x"
    assert lines(browser, "/llm-clients") == []
    assert "1 need action" in browser.get("/llm-clients").text.replace(
        '<span class="visually-hidden">', ""
    ), "the badge stays"
    a_failing(account, "other.acme.test")
    assert "Failing: 2 domains other.acme.test, chat.acme.test" in lines(browser, "/llm-clients")[0]


@pytest.mark.parametrize(
    "came_from",
    [
        "http://elsewhere.test/llm-clients",
        "http://localhost.elsewhere.test/llm-clients",
        "http://localhost/no-such-page",
        "http://localhost/domains/chosen",
        "http://localhost//elsewhere.test",
        "",
    ],
)
def test_reader_is_led_to_pages_of_ours_alone(
    browser: FlaskClient, failing: LLMClientCustomDomain, came_from: str
) -> None:
    assert hide(browser, came_from=came_from) == "/"


def test_line_that_does_not_exist_is_refused(browser: FlaskClient, failing: LLMClientCustomDomain) -> None:
    assert browser.post("/attention", data={"line": "weather"}).status_code == 400
    assert len(lines(browser, "/llm-clients")) == 1


def test_who_is_not_signed_in_signs_in(client: FlaskClient) -> None:
    assert "/login" in client.post("/attention", data={"line": "failing"}).headers["Location"]


def test_page_of_a_domain_has_no_line_of_it_and_neither_has_its_poll(
    browser: FlaskClient, account: Account, failing: LLMClientCustomDomain
) -> None:
    assert lines(browser, f"/domains/{failing.id}") == []
    poll = parse(browser.get(f"/domains/{failing.id}/status").text, whole=False)
    assert text_of(with_id(poll, "attention")) == ""
    other = a_failing(account, "other.acme.test")
    (line,) = lines(browser, f"/domains/{failing.id}")
    assert "Failing: other.acme.test no longer passes our checks" in line
    (line,) = lines(browser, f"/domains/{other.id}")
    assert "Failing: chat.acme.test no longer passes our checks" in line


def test_poll_follows_a_line_that_was_put_away(
    browser: FlaskClient, account: Account, failing: LLMClientCustomDomain
) -> None:
    other = make_domain(account, "other.acme.test", DomainState.VERIFIED)
    db.session.commit()
    url = f"/domains/{other.id}/status"
    first = browser.get(url)
    hide(browser)
    second = browser.get(url, headers={"If-None-Match": first.headers["ETag"]})
    assert second.status_code == 200
    shown = [text_of(with_id(parse(one.text, whole=False), "attention")) for one in (first, second)]
    assert ("Failing:" in shown[0], shown[1]) == (True, "")


def test_line_that_has_grown_since_it_was_read_stays(
    browser: FlaskClient, account: Account, failing: LLMClientCustomDomain
) -> None:
    read = [str(failing.id)]
    a_failing(account, "other.acme.test")
    browser.post("/attention", data={"line": "failing", "told": [*read, "x"]})
    assert "Failing: 2 domains" in lines(browser, "/llm-clients")[0]


def test_last_day_has_no_button(browser: FlaskClient, failing: LLMClientCustomDomain) -> None:
    hide(browser)
    assert lines(browser, "/llm-clients") == []
    failing.grace_until = utcnow() + timedelta(hours=20)
    db.session.commit()
    assert len(lines(browser, "/llm-clients")) == 1, "it is back, although the day is not over"
    assert "put-away" not in browser.get("/llm-clients").text


def test_button_of_a_page_of_before_puts_no_last_day_away(
    browser: FlaskClient, failing: LLMClientCustomDomain
) -> None:
    failing.grace_until = utcnow() + timedelta(hours=20)
    db.session.commit()
    browser.post("/attention", data={"line": "failing", "told": [str(failing.id)]})
    failing.grace_until = utcnow() + timedelta(days=5)
    db.session.commit()
    assert len(lines(browser, "/llm-clients")) == 1
