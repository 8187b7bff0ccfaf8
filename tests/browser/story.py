"""What a person does, as a browser test tells it."""

from __future__ import annotations

import urllib.error
import urllib.request
from urllib.parse import quote

from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn, Stack

#: From a press of Verify to the answer on the page, with room for a busy machine.
PATIENCE = 30_000


def sign_in(page: Page, who: SignIn) -> None:
    page.goto("/login")
    page.get_by_label("E-mail").fill(who.email)
    page.get_by_label("Password", exact=True).fill(who.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def register(page: Page, typed: str) -> None:
    page.goto("/domains/register")
    page.get_by_label("Domain", exact=True).fill(typed)
    page.get_by_role("button", name="Register domain").click()


def name_servers(page: Page) -> list[str]:
    """The four values to type, once the page shows them."""
    shown = page.locator("[data-name-server]")
    expect(shown).to_have_count(4, timeout=PATIENCE)
    return shown.all_inner_texts()


def verdict_is(page: Page, verdict: str) -> None:
    expect(page.locator("[data-verdict]")).to_have_attribute("data-verdict", verdict, timeout=PATIENCE)


def state_is(page: Page, state: str) -> None:
    expect(page.locator("[data-state]")).to_have_attribute("data-state", state, timeout=PATIENCE)


class Provider:
    """The DNS provider of the customer, in a window of its own."""

    def __init__(self, page: Page, stack: Stack, zone: str) -> None:
        self.page = page
        page.goto(stack.sandbox_url)
        page.get_by_label("Domain").fill(zone)
        page.get_by_role("button", name="Open").click()

    def add(self, name: str, value: str) -> None:
        self.page.get_by_label("Name", exact=True).fill(name)
        self.page.get_by_label("Type", exact=True).select_option("NS")
        self.page.get_by_label("Value", exact=True).fill(value)
        self.page.get_by_role("button", name="Add record").click()

    def delete(self, stored: str) -> None:
        """Delete the record whose stored value reads `stored`."""
        row = self.page.get_by_role("row").filter(has_text=stored)
        row.get_by_role("button", name="Delete").click()
        expect(self.page.get_by_role("row").filter(has_text=stored)).to_have_count(0)


def ask_edge(stack: Stack, domain: str) -> int:
    """The status with which an edge proxy is answered."""
    try:
        with urllib.request.urlopen(f"{stack.url}/edge/ask?domain={quote(domain)}") as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code
