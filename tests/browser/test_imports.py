"""Many names at once, with a mouse and without any script: a list is pasted, judged and registered, and two of its
domains are removed together.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Stack
from tests.browser.hand import Mouse, NoScript
from tests.browser.story import sign_in


# The first one starts all of Nameplate as well, on a machine that may be busy.
@pytest.mark.parametrize("with_what", [Mouse, NoScript])
def test_a_list_is_pasted_registered_and_removed(
    with_what: type[Mouse],
    new_context: Callable[..., BrowserContext],
    axe: Callable[[Page], None],
    stack: Stack,
) -> None:
    hand, label = with_what(new_context(**with_what.options), axe), with_what.__name__.lower()
    names = [f"{label}-{number}.acme.test" for number in (1, 2)]
    sign_in(hand, stack.customer)
    hand.open("/domains/import")
    hand.write("Names", "\n".join([*names, "no name"]))
    hand.press("Check the names")
    page = hand.page
    expect(page.locator("[data-import=checked]")).to_be_visible()
    expect(page.locator("[data-result=refused]")).to_contain_text("is not a host name")
    hand.press("Register 2 names")
    hand.meets(lambda patience: expect(page.locator("[data-import=done]")).to_be_visible(timeout=patience))
    expect(page.locator("[data-count=registered]")).to_have_text("2")
    expect(page.locator("[data-result=registered]")).to_have_count(2)

    hand.open("/domains?sort=newest")
    for name in names:
        page.get_by_label(f"Choose {name}").check()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_role("heading", name="Remove 2 domains?")).to_be_visible()
    page.get_by_role("button", name="Yes, remove 2 domains").click()
    expect(page.get_by_role("heading", name="2 of 2 done")).to_be_visible()
