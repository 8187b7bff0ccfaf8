"""What the script does on a page that stays open: it goes on looking, the header follows, and times are true.

The browser's clock is the test's, so that nothing waits.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.gallery import Gallery, serving, signed_in
from webapp.extensions import db
from webapp.models import DomainState, LLMClientCustomDomain, utcnow

NOW = datetime(2026, 11, 26, 21, 38, 5, tzinfo=UTC)
MINUTE = 60_000


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Gallery:
    return Gallery(tmp_path_factory.mktemp("live"))


@pytest.fixture
def page(browser: Browser, gallery: Gallery) -> Iterator[Page]:
    with serving(gallery.app) as url:
        context = signed_in(browser, gallery, url, "customer")
        page = context.new_page()
        page.clock.install()
        yield page
        context.close()


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
    enter(gallery, "state-verified", DomainState.VERIFIED)
    look_again(page)
    expect(page.locator("#headline")).to_have_text("Live")


def test_pause_between_two_looks_is_counted_down(gallery: Gallery, page: Page) -> None:
    page.goto(f"/domains/{gallery.shown['elsewhere']}")
    look = page.get_by_role("button", name="Check now")
    look.click()
    expect(page.get_by_text("You can check again in")).to_be_visible()
    expect(look).to_have_attribute("aria-disabled", "true")
    page.clock.run_for(31_000)
    expect(page.get_by_text("You can check again in")).to_have_count(0)
    expect(look).not_to_have_attribute("aria-disabled", "true")


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
