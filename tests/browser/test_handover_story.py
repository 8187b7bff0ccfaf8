"""A link for whoever manages the domain: from its maker's page to “done”, with a mouse and without any script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Stack
from tests.browser.hand import Mouse, NoScript
from tests.browser.story import Provider, name_servers, press_verify, register, sign_in, state_is


# The first one starts all of Nameplate as well, on a machine that may be busy.
@pytest.mark.parametrize("with_what", [Mouse, NoScript])
def test_somebody_without_a_sign_in_enters_the_records(
    with_what: type[Mouse],
    new_context: Callable[..., BrowserContext],
    axe: Callable[[Page], None],
    stack: Stack,
) -> None:
    owner = Mouse(new_context(**Mouse.options), axe)
    label = f"handed-{with_what.__name__.lower()}"
    domain = f"{label}.acme.test"
    sign_in(owner, stack.customer)
    register(owner, domain)
    state_is(owner, "pending")
    name_servers(owner)
    owner.follow("Send the records to somebody")
    owner.arrived("Send the records to somebody")
    owner.write("Whom is it for?", "Jane of our IT")
    owner.press("Make a link")
    shown = owner.page.locator("[data-handover-link]")
    expect(shown).to_have_count(1)
    address = shown.inner_text()
    axe(owner.page)

    jane = with_what(new_context(**with_what.options), axe)
    jane.open(address)
    jane.arrived(domain)
    expect(jane.page.get_by_role("heading", name="Records to add")).to_be_visible()
    expect(jane.page.get_by_role("button", name="Sign out")).to_have_count(0)
    if jane.scripted:  # axe is a script, and never comes to an end without timers
        axe(jane.page)
    servers = name_servers(jane)
    provider = Provider(jane, stack, "acme.test")
    provider.add(label, "NS", *(f"{server}." for server in servers))
    done = jane.page.locator("[data-in-place=yes]")
    press_verify(jane, lambda within: expect(done).to_be_visible(timeout=within))
    expect(jane.page.locator(".say .first")).to_contain_text("so you can close this page")
    # It would look again, and be told that its link leads nowhere any more.
    jane.page.close()

    owner.page.reload()
    expect(owner.page.get_by_text("All records were there")).to_be_visible()
    owner.press("Revoke the link for Jane of our IT")
    owner.told("is revoked, and leads nowhere now")
