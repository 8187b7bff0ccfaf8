"""What a hand makes of pages that are not there yet."""

from __future__ import annotations

from playwright.sync_api import Browser, Route, expect

from tests.browser.hand import Keyboard

PLACE = "http://late.nameplate.test/"
PAGE = '<link rel="stylesheet" href="/late.css"><body><a href="#there">There</a></body>'
STYLES = "a:focus-visible { outline: 3px solid }"


def test_keyboard_waits_for_the_styles_that_show_where_it_is(browser: Browser) -> None:
    context = browser.new_context()
    hand = Keyboard(context)

    def late(route: Route) -> None:
        hand.page.wait_for_timeout(500)
        route.fulfill(body=STYLES, content_type="text/css")

    hand.page.route(PLACE, lambda route: route.fulfill(body=PAGE, content_type="text/html"))
    hand.page.route(f"{PLACE}late.css", late)
    hand.page.goto(PLACE, wait_until="commit")
    hand.follow("There")
    expect(hand.page).to_have_url(f"{PLACE}#there")
    context.close()
