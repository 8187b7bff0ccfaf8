"""What the script does on a page that stays open: it goes on looking, the header follows, and times are true.

The browser's clock is the test's, so that nothing waits.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import APIResponse, Browser, Page, Route, expect
from sqlalchemy import select

from tests.browser.gallery import Gallery, serving, signed_in
from tests.browser.gallery_watching import LINES, tell
from webapp.checks.watch.progress import Line
from webapp.extensions import db
from webapp.models import Check, CheckStatus, DomainState, LLMClientCustomDomain, utcnow

NOW = datetime(2026, 11, 26, 21, 38, 5, tzinfo=UTC)
MINUTE = 60_000


@pytest.fixture
def page(browser: Browser, gallery: Gallery) -> Iterator[Page]:
    with serving(gallery.app) as url:
        context = signed_in(browser, gallery, url, "customer")
        page = context.new_page()
        page.clock.install()
        yield page
        context.close()


@pytest.fixture
def checking(gallery: Gallery) -> None:
    """The check that is watched has told its first lines and no more, which the cache keeps from test to test."""
    tell_of(gallery, *LINES)


def enter(gallery: Gallery, name: str, state: DomainState) -> str:
    """Bring one of the gallery's domains into a state, as a worker would while the page is open."""
    with gallery.app.app_context():
        domain = db.session.get_one(LLMClientCustomDomain, gallery.shown[name])
        domain.state = state
        domain.grace_until = utcnow() + timedelta(days=5) if state is DomainState.FAILING else None
        db.session.commit()
        return domain.domain_name


def look_again(page: Page) -> None:
    with page.expect_response(lambda answer: "/status" in answer.url):
        page.clock.run_for(MINUTE + 1000)


def test_page_on_which_nothing_moves_goes_on_looking_and_the_header_follows(
    gallery: Gallery, page: Page
) -> None:
    # Else a look could be under way when the state changes, and its answer be taken for that of the next one.
    page.clock.pause_at(utcnow() + timedelta(minutes=1))
    page.goto(f"/domains/{gallery.shown['state-verified']}")
    expect(page.locator("#live")).to_have_attribute("data-pace", "settled")
    name = enter(gallery, "issued", DomainState.FAILING)
    look_again(page)
    expect(page.locator("#attention")).to_contain_text(name)
    enter(gallery, "issued", DomainState.VERIFIED)
    look_again(page)
    expect(page.locator("#attention")).not_to_contain_text(name)
    enter(gallery, "state-verified", DomainState.FAILING)
    look_again(page)
    expect(page.locator("#headline")).to_have_text("Failing")
    expect(page.locator("link[rel=icon]")).to_have_attribute("href", "/static/favicons/bad.svg")
    enter(gallery, "state-verified", DomainState.VERIFIED)
    look_again(page)
    expect(page.locator("#headline")).to_have_text("Live")
    expect(page.locator("link[rel=icon]")).to_have_attribute("href", "/static/favicons/good.svg")


def test_pause_between_two_looks_is_counted_down(gallery: Gallery, page: Page) -> None:
    page.goto(f"/domains/{gallery.shown['elsewhere']}")
    look = page.get_by_role("button", name="Check now")
    look.click()
    # Verify shares the pause, and each of the two has its line beside it.
    expect(page.get_by_text("You can check again in")).to_have_count(2)
    expect(look).to_have_attribute("aria-disabled", "true")
    # The clock of the page alone runs ahead: an answer that comes late tells it of the server's pause once more.
    for _ in range(30):
        page.clock.run_for(31_000)
        if page.get_by_text("You can check again in").count() == 0:
            break
        page.wait_for_timeout(1000)
    expect(page.get_by_text("You can check again in")).to_have_count(0)
    expect(look).not_to_have_attribute("aria-disabled", "true")


@pytest.mark.usefixtures("checking")
def test_check_is_watched_server_by_server_and_nothing_else_moves(gallery: Gallery, page: Page) -> None:
    page.goto(f"/domains/{gallery.shown['watched']}")
    servers = page.locator("#watch li")
    expect(servers.nth(2)).to_contain_text("asking")
    page.evaluate("document.querySelector('#live').mark = 1")
    page.clock.run_for(3000)
    expect(page.locator("[data-elapsed]")).not_to_have_text("0")
    tell_of(
        gallery, *LINES[:2], replace(LINES[2], asking=False, outcome="REFERRAL", ms=870, found=4, wanted=4)
    )
    with page.expect_response(lambda answer: "/status" in answer.url):
        page.clock.run_for(600)
    expect(servers.nth(2)).to_contain_text("4 of 4 found 870 ms")
    # What somebody has selected or is about to press stays.
    assert page.evaluate("document.querySelector('#live').mark") == 1
    # Told once, and not with each server.
    expect(page.locator("#news")).to_have_text("")
    end(gallery)
    with page.expect_response(lambda answer: "/status" in answer.url):
        page.clock.run_for(2100)
    expect(page.locator("#watch")).to_have_count(0)
    expect(page.locator("#news")).to_contain_text("Waiting for DNS")


@pytest.mark.usefixtures("checking")
def test_copied_is_told_for_two_seconds_whatever_else_is_new_on_the_page(
    gallery: Gallery, page: Page
) -> None:
    page.clock.pause_at(utcnow() + timedelta(minutes=1))
    page.goto(f"/domains/{gallery.shown['watched']}")
    copy = page.locator("#live .copy").first
    copy.click()
    expect(copy).to_have_class(re.compile("copied"))
    expect(copy).to_contain_text("Copied")
    page.evaluate("document.querySelector('#live').dataset.mark = 1")
    end(gallery)
    with page.expect_response(lambda answer: "/status" in answer.url):
        page.clock.run_for(600)
    expect(page.locator("#live[data-mark]")).to_have_count(0)
    expect(copy).to_have_class(re.compile("copied"))
    expect(copy).to_contain_text("Copied")
    page.clock.run_for(2100)
    expect(copy).not_to_have_class(re.compile("copied"))
    expect(copy).not_to_contain_text("Copied")


def test_answer_that_is_older_than_the_press_of_verify_changes_nothing(gallery: Gallery, page: Page) -> None:
    page.clock.pause_at(utcnow() + timedelta(minutes=1))
    page.goto(f"/domains/{gallery.shown['18-old_name_servers']}")
    older: list[tuple[Route, APIResponse]] = []
    page.route("**/status*", lambda route: older.append((route, route.fetch())))
    page.clock.run_for(MINUTE)
    # Else the answer could be of the time after the press.
    while not older:
        page.wait_for_timeout(100)
    page.locator("#verify").click()
    expect(page.locator("#live")).to_have_attribute("data-pace", "busy")
    [(route, answer)] = older
    with page.expect_response(lambda response: "/status" in response.url):
        route.fulfill(response=answer)
    page.evaluate("fetch('/static/live.js').then((answer) => answer.text())")
    assert page.locator("#live").get_attribute("data-pace") == "busy"


def test_copied_stays_on_the_one_of_two_buttons_that_was_pressed(gallery: Gallery, page: Page) -> None:
    page.clock.pause_at(utcnow() + timedelta(minutes=1))
    page.goto(f"/domains/{gallery.shown['records-certificate']}")
    page.evaluate("document.querySelectorAll('#live details').forEach((one) => one.open = true)")
    twins = page.locator(f"#live .copy[data-copy='{page.evaluate(TWICE)}']")
    twins.nth(1).click()
    expect(twins.nth(1)).to_have_class(re.compile("copied"))
    page.evaluate("document.querySelector('#live').dataset.mark = 1")
    enter(gallery, "records-certificate", DomainState.FAILING)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    page.clock.run_for(10)
    expect(page.locator("#live[data-mark]")).to_have_count(0)
    expect(twins.nth(1)).to_have_class(re.compile("copied"))
    expect(twins.nth(0)).not_to_have_class(re.compile("copied"))


@pytest.mark.usefixtures("checking")
def test_focus_stays_on_a_link_that_is_new_on_the_page(gallery: Gallery, page: Page) -> None:
    page.clock.pause_at(utcnow() + timedelta(minutes=1))
    page.goto(f"/domains/{gallery.shown['watched']}")
    link = page.locator("#live").get_by_role("link", name="The whole history")
    link.focus()
    page.evaluate("document.querySelector('#live').dataset.mark = 1")
    end(gallery)
    with page.expect_response(lambda answer: "/status" in answer.url):
        page.clock.run_for(600)
    expect(page.locator("#live[data-mark]")).to_have_count(0)
    expect(link).to_be_focused()


@pytest.mark.parametrize(
    "name", ["17-not_delegated", "19-ns_mistyped", "21-delegation_mixed", "24-stale_ds", "records-reserved"]
)
def test_verify_is_on_the_first_screen_of_a_phone(gallery: Gallery, page: Page, name: str) -> None:
    page.set_viewport_size({"width": 360, "height": 640})
    page.goto(f"/domains/{gallery.shown[name]}")
    button = page.locator("#verify").bounding_box()
    headline = page.locator("#headline").bounding_box()
    assert button
    assert headline
    assert button["y"] + button["height"] <= 640
    # It stands below the headline, on its own, and can be pressed.
    assert headline["y"] + headline["height"] <= button["y"]
    page.locator("#verify").click(trial=True)


def tell_of(gallery: Gallery, *lines: Line) -> None:
    with gallery.app.app_context():
        tell(the_check(gallery).id, *lines)


def end(gallery: Gallery) -> None:
    with gallery.app.app_context():
        the_check(gallery).status = CheckStatus.DONE
        db.session.commit()


def the_check(gallery: Gallery) -> Check:
    of_domain = Check.custom_domain_id == gallery.shown["watched"]
    return db.session.scalars(select(Check).where(of_domain).order_by(Check.id.desc()).limit(1)).one()


#: What two buttons of the live part copy.
TWICE = """() => [...document.querySelectorAll("#live .copy")].map((one) => one.dataset.copy)
  .find((value, index, all) => all.indexOf(value) < index)"""
ADD = """([id, at, coming]) => {
  const time = Object.assign(document.createElement("time"), { id, dateTime: at, textContent: at });
  if (coming) time.dataset.coming = "";
  document.querySelector("main").append(time);
}"""
TIMES = {
    "soon": (timedelta(seconds=41), True, "in 40 s"),
    "today": (timedelta(hours=2), True, "today at 23:38"),
    "tomorrow": (timedelta(hours=5, minutes=55), True, "tomorrow at 03:33"),
    "day": (timedelta(hours=24), True, "tomorrow at 21:38"),
    "later": (timedelta(days=6), True, "2 December 2026, 21:38"),
    "late": (timedelta(seconds=-20), True, "now"),
    "overdue": (timedelta(minutes=-5), True, "due since 21:33"),
    "past": (timedelta(minutes=-3), False, "3 minutes ago"),
    "long-past": (timedelta(days=-40), False, "17 October 2026, 21:38"),
}


def test_times_are_true_whenever_they_are_read(browser: Browser, gallery: Gallery) -> None:
    with serving(gallery.app) as url:
        context = browser.new_context(base_url=url, timezone_id="UTC")
        page = context.new_page()
        page.clock.install(time=NOW - timedelta(hours=1))
        page.goto("/login")
        page.clock.pause_at(NOW)
        for id_, (after, coming, _) in TIMES.items():
            page.evaluate(ADD, [f"t-{id_}", (NOW + after).isoformat(), coming])
        page.clock.run_for(1000)
        for id_, (_, _, words) in TIMES.items():
            expect(page.locator(f"#t-{id_}")).to_have_text(words)
        context.close()
