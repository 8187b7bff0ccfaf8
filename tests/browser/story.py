"""What a person does, as a browser test tells it, whatever they do it with."""

from __future__ import annotations

import re
import time
import urllib.error
import urllib.request
from contextlib import suppress
from urllib.parse import quote

from playwright.sync_api import expect

from tests.browser.conftest import SignIn, Stack
from tests.browser.hand import GLANCE, PATIENCE, Expected, Mouse, texts_of


def sign_in(hand: Mouse, who: SignIn) -> None:
    hand.open("/login")
    hand.arrived("Sign in")
    hand.write("E-mail address", who.email)
    hand.write("Password", who.password)
    hand.press("Sign in")
    expect(hand.page.locator("#menu")).to_be_visible()


#: How the form calls it that nothing answers visitors yet.
NO_CLIENT = "Choose later"
#: The ways to prove a name, as the page of a registration calls them.
BY_DELEGATION, BY_RECORDS = "NS records that delegate the name", "TXT and CNAME records of your own"


def register(hand: Mouse, typed: str, llm_client: str = NO_CLIENT, way: str = BY_DELEGATION) -> None:
    """From any page of somebody who is signed in."""
    hand.go("Domains")
    hand.arrived("Domains")
    hand.follow("Register a domain")
    hand.arrived("Register a domain")
    hand.write("Domain", typed)
    # Offered where there is an LLM client, and the only free one is chosen already. The form has come to its end when
    # its button is there.
    expect(hand.page.get_by_role("button", name="Continue", exact=True)).to_be_visible()
    if llm_client != NO_CLIENT or hand.page.get_by_label("LLM client", exact=True).is_visible():
        hand.choose("LLM client", llm_client)
    hand.press("Continue")
    hand.pick(way)
    hand.press("Register domain")


def name_servers(hand: Mouse) -> list[str]:
    """The four values to type, once the page shows them."""
    shown = hand.page.locator("[data-name-server]")
    hand.meets(lambda within: expect(shown).to_have_count(4, timeout=within))
    return texts_of(shown)


def verify(hand: Mouse, verdict: str) -> None:
    """Press Verify and get this answer."""
    press_verify(hand, lambda within: _has_verdict(hand, verdict, within))


def press_verify(hand: Mouse, answer: Expected) -> None:
    """Press Verify as soon as it can be pressed, and get this answer.

    A check that the schedule has begun already takes the press as its own, and may have asked before the records were
    there. Whoever reads that once it is over presses again.
    """
    hand.meets(lambda within: _can_be_pressed(hand, within))
    for _ in range(3):
        hand.use(hand.page.get_by_role("button", name=re.compile("^Verify")))
        with suppress(AssertionError):
            hand.meets(answer, PATIENCE / 3)
            return
        hand.meets(lambda within: _can_be_pressed(hand, within))
        with suppress(AssertionError):
            answer(GLANCE)
            return
    hand.meets(answer)


def _can_be_pressed(hand: Mouse, within: float) -> None:
    expect(hand.page.locator("#verify")).not_to_have_attribute("aria-disabled", "true", timeout=within)


def verdict_is(hand: Mouse, verdict: str) -> None:
    hand.meets(lambda within: _has_verdict(hand, verdict, within))


def _has_verdict(hand: Mouse, verdict: str, within: float) -> None:
    expect(hand.page.locator("[data-verdict]")).to_have_attribute("data-verdict", verdict, timeout=within)


def state_is(hand: Mouse, state: str) -> None:
    shown = hand.page.locator("[data-state]")
    hand.meets(lambda within: expect(shown).to_have_attribute("data-state", state, timeout=within))


class Provider:
    """The DNS provider of the customer, in a window of its own."""

    def __init__(self, hand: Mouse, stack: Stack, zone: str) -> None:
        self.hand = hand.second_window()
        self.hand.open(stack.sandbox_url)
        self.hand.write("Domain", zone)
        self.hand.press("Open")

    def add(self, name: str, kind: str, *values: str) -> None:
        self.hand.write("Name", name)
        self.hand.choose("Type", kind)
        self.hand.write("Value", "\n".join(values))
        self.hand.press("Add record")
        # The page with the form of before may say so already, of another record.
        expect(self.hand.page.get_by_label("Value", exact=True)).to_have_value("")
        expect(self.hand.page.get_by_text("Added.")).to_be_visible()

    def correct(self, stored: str, value: str) -> None:
        """Change the record whose stored value reads `stored`."""
        row = self.hand.page.get_by_role("row").filter(has_text=stored)
        self.hand.use(row.get_by_role("link"))
        # The page of the zone has a field of this name as well.
        expect(self.hand.page.get_by_role("button", name="Save", exact=True)).to_be_visible()
        self.hand.write("Value", value)
        self.hand.press("Save")
        expect(self.hand.page.get_by_text("Changed.")).to_be_visible()

    def delete(self, stored: str, owner: str = "") -> None:
        """`owner`: whose record it is, where others may have the same value."""
        row = self.hand.page.get_by_role("row").filter(has_text=stored).filter(has_text=owner)
        self.hand.use(row.get_by_role("button"))
        # An earlier deletion may have said so already.
        expect(row).to_have_count(0)
        expect(self.hand.page.get_by_text("Deleted.")).to_be_visible()


def ask_edge(stack: Stack, domain: str) -> int:
    """The status with which an edge proxy is answered, which asks again as long as it hears neither yes nor no."""
    end = time.monotonic() + PATIENCE / 1000
    while (status := _asked_edge(stack, domain)) == 503 and time.monotonic() < end:
        time.sleep(GLANCE / 1000)
    return status


def _asked_edge(stack: Stack, domain: str) -> int:
    try:
        with urllib.request.urlopen(f"{stack.url}/edge/ask?domain={quote(domain)}") as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code
