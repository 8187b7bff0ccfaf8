"""The story of a name whose provider takes no NS records: recommended records, reserved, switched, live, removed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Stack
from tests.browser.hand import Mouse, NoScript
from tests.browser.story import BY_RECORDS, Provider, ask_edge, sign_in, state_is, verify

SITE = "203.0.113.7"


# The first one starts all of Nameplate as well, on a machine that may be busy.
@pytest.mark.parametrize("with_what", [Mouse, NoScript])
def test_from_recommended_records_to_removed(
    with_what: type[Mouse],
    new_context: Callable[..., BrowserContext],
    axe: Callable[[Page], None],
    stack: Stack,
) -> None:
    hand = with_what(new_context(**with_what.options), axe)
    zone = f"{with_what.__name__.lower()}-sites.test"
    domain = f"chat.{zone}"
    provider = _at_sandbox_sites(hand, stack, zone)
    provider.add("chat", "A", SITE)

    sign_in(hand, stack.customer)
    hand.go("Domains")
    hand.arrived("Domains")
    hand.follow("Register a domain")
    hand.write("Domain", domain)
    hand.press("Continue")
    expect(hand.page.locator("[data-recommended]")).to_have_attribute("data-recommended", "records")
    expect(
        hand.page.get_by_text(f"Sandbox Sites takes no NS records for a name below {zone}.")
    ).to_be_visible()
    hand.pick(BY_RECORDS)
    hand.press("Register domain")

    state_is(hand, "pending")
    hand.arrived(domain)
    txt, cname = (_record(hand.page, kind) for kind in ("TXT", "CNAME"))
    provider.add("_nameplate-challenge.chat", "TXT", txt)
    verify(hand, "CNAME_FLATTENED")
    expect(hand.page.get_by_role("heading", name="Reserved: switch when you like")).to_be_visible()
    assert ask_edge(stack, domain) == 404

    provider.delete(SITE)
    provider.add("chat", "CNAME", f"{cname}.")
    verify(hand, "VERIFIED")
    state_is(hand, "verified")
    assert ask_edge(stack, domain) == 200

    hand.follow("Remove this domain…")
    hand.write("Type the domain to confirm", domain)
    hand.press(f"Yes, remove {domain}")
    hand.told(f"{domain} is switched off and being removed.")
    assert ask_edge(stack, domain) == 404


def _record(page: Page, kind: str) -> str:
    value = page.locator(f"[data-record-type={kind}]").get_attribute("data-record-value")
    assert value
    return value


def _at_sandbox_sites(hand: Mouse, stack: Stack, zone: str) -> Provider:
    provider = Provider(hand, stack, zone)
    provider.hand.choose("DNS provider", "Sandbox Sites")
    provider.hand.press("Save settings")
    expect(provider.hand.page.get_by_text("Saved.")).to_be_visible()
    return provider
