"""The customer's whole story: register, copy, type with one mistake, read the diagnosis, fix it, verify, be served,
remove. Told once, and done with a mouse, by keyboard alone, with a finger on a phone, and without any script.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Stack
from tests.browser.hand import Finger, Keyboard, Mouse, NoScript
from tests.browser.story import (
    Provider,
    ask_edge,
    name_servers,
    register,
    sign_in,
    state_is,
    verify,
)
from webapp.models.base import utcnow


# The first one starts all of Nameplate as well, on a machine that may be busy.
@pytest.mark.parametrize("with_what", [Mouse, Keyboard, Finger, NoScript])
def test_from_registered_to_removed(
    with_what: type[Mouse],
    new_context: Callable[..., BrowserContext],
    axe: Callable[[Page], None],
    stack: Stack,
) -> None:
    hand, label = with_what(new_context(**with_what.options), axe), with_what.__name__.lower()
    domain = f"{label}.acme.test"
    provider = Provider(hand, stack, "acme.test")
    provider.add(label, "A", "203.0.113.7")

    sign_in(hand, stack.customer)
    register(hand, f"https://{label.title()}.Acme.test/hello")
    slip, *rest = _read_before_you_start(hand, domain)
    mistyped = slip.removesuffix(".")
    provider.add(label, "NS", mistyped, *rest)
    assert ask_edge(stack, domain) == 404

    _check(hand, domain, "NS_MISTYPED")
    first_sentence = hand.page.locator(".say .first").inner_text()
    assert f"{mistyped}.acme.test" in first_sentence
    expect(hand.page.locator(".mark-found")).to_have_count(3)
    expect(hand.page.locator(".mark-missing")).to_have_count(1)
    expect(hand.page.locator(".mark-unexpected")).to_have_count(1)

    provider.correct(f"{mistyped}.acme.test.", slip)
    _check(hand, domain, "VERIFIED")
    state_is(hand, "verified")
    expect(hand.page.get_by_role("heading", name="Somebody else manages the DNS?")).to_be_hidden()
    assert [ask_edge(stack, name) for name in (domain, f"{domain.upper()}.")] == [200, 200]
    assert ask_edge(stack, f"other.{domain}") == 404

    _attach(hand, domain)
    _remove(hand, domain)
    assert ask_edge(stack, domain) == 404
    _heard_once_each(hand)


def _read_before_you_start(hand: Mouse, domain: str) -> list[str]:
    """Up to the four values as they are to be typed, out of the copy buttons."""
    page = hand.page
    hand.told("We took the name out of the address.")
    state_is(hand, "pending")
    asked = page.get_by_role("button", name="Show what to type", exact=True)
    hand.meets(lambda within: expect(asked).to_be_visible(timeout=within))
    expect(page.get_by_role("heading", name="Before you start")).to_be_visible()
    hand.arrived(domain)
    hand.tick("I know that this stops: the web site.")
    hand.press("Show what to type")
    shown = page.locator(".record ol .value > span:first-child")
    expect(shown.first).to_be_visible()
    hand.arrived(domain)
    assert hand.copied("Copy the name", page.locator("code.big")) == domain.partition(".")[0]
    four = [hand.copied(f"Copy value {n}", shown.nth(n - 1)) for n in range(1, 5)]
    assert four == [f"{name}." for name in name_servers(hand)]
    assert hand.copied("Copy all four", shown).split("\n") == four
    return four


def _check(hand: Mouse, domain: str, verdict: str) -> None:
    """Press Verify and get the answer: without a new page where there are scripts, and the focus stays."""
    hand.page.wait_for_load_state()
    loads = hand.loads
    verify(hand, verdict)
    if hand.scripted:
        assert hand.loads == loads
        expect(hand.page.locator("#verify")).to_be_focused()
    hand.arrived(domain)


def _attach(hand: Mouse, domain: str) -> None:
    hand.choose("LLM client", "Sales assistant")
    hand.press("Save")
    hand.told(f"Saved. {domain}")
    hand.go("LLM clients")
    hand.arrived("LLM clients")
    hand.follow("Sales assistant")
    hand.arrived("Sales assistant")
    expect(hand.page.locator("code.big")).to_have_text(domain)


def _remove(hand: Mouse, domain: str) -> None:
    hand.go("Domains")
    hand.arrived("Domains")
    hand.follow(domain)
    hand.arrived(domain)
    hand.follow("Remove this domain…")
    hand.arrived(f"Remove {domain}?")
    hand.press(f"Yes, remove {domain}")
    expect(hand.page.get_by_role("heading", name="There is a problem")).to_be_visible()
    hand.write("Type the domain to confirm", domain)
    hand.press(f"Yes, remove {domain}")
    hand.told(f"{domain} is switched off and being removed.")
    hand.arrived("Domains")
    hand.follow(domain)
    state_is(hand, "removing")
    hand.arrived(domain)


def _heard_once_each(hand: Mouse) -> None:
    """Every change of the page and every copy was said once, and nothing else was. A button that was pressed again,
    because nobody had looked when it said so, is heard again.
    """
    if not isinstance(hand, Keyboard):
        return
    copies = [said for said in hand.heard if said.startswith("Copied: ")]
    assert len(set(copies)) == 6 <= len(copies) <= hand.copies
    told = [" ".join(said.split()) for said in hand.heard if said not in copies]
    # What a page said at its top is said a moment after it came, unless it was left before.
    assert [said for said in told if said not in hand.flashes] == hand.changes
    assert len([said for said in told if said in hand.flashes]) <= len(hand.flashes)
    headlines = [news.partition(".")[0] for news in hand.changes]
    # "Checking" is among them only where the page asked before the check was over.
    assert {"Action needed", "Verified"} <= {*headlines}


def test_button_rests_and_says_how_long(hand: Mouse, stack: Stack) -> None:
    sign_in(hand, stack.customer)
    register(hand, "rest.acme.test")
    name_servers(hand)
    verify(hand, "NOT_DELEGATED")
    _rest(stack, "rest.acme.test", minutes=5)
    hand.page.reload()
    expect(hand.page.get_by_text("You can check again in")).to_be_visible()


def _rest(stack: Stack, domain: str, *, minutes: int) -> None:
    """As if Verify had been pressed on a machine whose clock is ahead. Ten seconds are over before a busy one has
    shown the page."""
    with closing(sqlite3.connect(stack.instance / "nameplate.sqlite", timeout=15)) as connection, connection:
        changed = connection.execute(
            "UPDATE llm_client_custom_domain SET check_requested_at = ? WHERE domain_name = ?",
            (f"{utcnow() + timedelta(minutes=minutes):%Y-%m-%d %H:%M:%S.%f}", domain),
        )
        assert changed.rowcount == 1
