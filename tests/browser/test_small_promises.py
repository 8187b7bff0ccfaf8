"""Scripts whose effect no server sees: copying where there is no clipboard, and the chosen theme."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser import story
from tests.browser.conftest import CHROMIUM_FLAGS, Stack
from tests.browser.hand import PATIENCE, Mouse
from tests.servers.programs import find

#: Not localhost, so that without HTTPS it is no secure context.
INTRANET = "nameplate.intranet.test"


@pytest.fixture
def in_the_intranet(browser: Browser, stack: Stack) -> Iterator[Mouse]:
    """A browser for which the stack is at another machine's name, over plain HTTP."""
    rule = f"--host-resolver-rules=MAP {INTRANET} 127.0.0.1"
    chromium = find("chromium", "chromium")
    other = browser.browser_type.launch(executable_path=chromium, args=[*CHROMIUM_FLAGS, rule])
    context = other.new_context(base_url=f"http://{INTRANET}:{urlsplit(stack.url).port}")
    context.set_default_timeout(PATIENCE)
    yield Mouse(context)
    other.close()


def test_copying_works_without_https(in_the_intranet: Mouse, stack: Stack) -> None:
    hand, page = in_the_intranet, in_the_intranet.page
    story.sign_in(hand, stack.customer)
    story.register(hand, "plain-http.acme.test")
    expected = story.name_servers(hand)[1]
    assert page.evaluate("[window.isSecureContext, typeof navigator.clipboard]") == [False, "undefined"]
    hand.copy("Copy value 2")
    expect(page.get_by_role("button", name="Copy value 2")).to_be_focused()
    page.goto("/domains/register")
    field = page.get_by_label("Domain", exact=True)
    field.press("Control+v")
    expect(field).to_have_value(re.compile(rf"{re.escape(expected)}\.?"))


def test_chosen_theme_is_there_before_anything_is_painted(
    new_context: Callable[..., BrowserContext], stack: Stack
) -> None:
    page = new_context(color_scheme="light").new_page()
    page.goto("/login")
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    _look_while_there_is_no_body(page)
    page.reload()
    assert page.evaluate("window.themeWithoutBody") == "dark"


def _look_while_there_is_no_body(page: Page) -> None:
    page.add_init_script(
        """new MutationObserver((_, observer) => {
            if (!document.body) { window.themeWithoutBody = document.documentElement?.dataset.theme; }
            else observer.disconnect();
        }).observe(document, {attributes: true, childList: true, subtree: true});"""
    )
