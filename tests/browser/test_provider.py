"""The pages of the sandbox's DNS providers: by keyboard alone, with a finger on a phone, and without any script."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect

from tests.browser.conftest import LooksWith, contexts
from tests.browser.gallery import serving
from tests.browser.hand import WIDE, Finger, Keyboard, Mouse, NoScript, fits
from webapp.sandbox.app import create_sandbox_app
from webapp.sandbox.aws.faults import Controls
from webapp.sandbox.aws.route53_zones import Account
from webapp.sandbox.provider import records
from webapp.sandbox.provider.providers import SITES
from webapp.sandbox.provider.switches import Flatten, Switches
from webapp.sandbox.provider.typed import Typed, read
from webapp.sandbox.shared.store import Store

CHALLENGE = "_nameplate-challenge.chat"
NARROW: ViewportSize = {"width": 360, "height": 800}
COLOURS = ("color-contrast", "link-in-text-block")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path / "sandbox.sqlite")) as store:
        yield store


@pytest.fixture
def new_context(browser: Browser, store: Store) -> Iterator[Callable[..., BrowserContext]]:
    with serving(create_sandbox_app(Account(store, Controls()))) as url, contexts(browser, url) as open_one:
        yield open_one


def fill_in(hand: Mouse, name: str, kind: str, value: str, proxy: str = "DNS only") -> None:
    hand.write("Name", name)
    hand.choose("Type", kind)
    hand.write("Value", value)
    hand.choose("Proxy", proxy)
    hand.press("Add record")


def row(hand: Mouse, name: str, kind: str) -> Locator:
    """By what its cells hold: on a phone their accessible names begin with the column's."""
    rows = hand.page.get_by_role("row").filter(has=hand.page.get_by_text(f"{name}.acme.test.", exact=True))
    return rows.filter(has=hand.page.get_by_text(kind, exact=True))


def refused(hand: Mouse, label: str, sentence: str) -> None:
    """The page says so beside the field, which has the focus, and before everything else in its title."""
    expect(hand.page.get_by_text(sentence)).to_be_visible()
    expect(hand.page).to_have_title("Please correct: acme.test – Sandbox Sites")
    field = hand.page.get_by_label(label, exact=True)
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description(re.compile(re.escape(sentence)))


@pytest.mark.parametrize("with_what", [Keyboard, Finger, NoScript])
def test_records_are_typed_in_proxied_refused_and_taken_out(
    with_what: type[Mouse], new_context: Callable[..., BrowserContext], axe: Callable[[Page], None]
) -> None:
    hand = with_what(new_context(**with_what.options), axe)
    hand.open("/")
    hand.arrived("Your domains")
    hand.write("Domain", "chat.acme.test")
    hand.press("Open")
    hand.arrived("acme.test")

    fill_in(hand, CHALLENGE, "TXT", '"token"')
    expect(hand.page.get_by_text("Added.")).to_be_visible()
    fill_in(hand, "chat", "CNAME", "t.sandbox-edge.test.", "Proxied")
    expect(row(hand, "chat", "CNAME")).to_contain_text("Proxied")
    hand.arrived("acme.test")

    hand.choose("DNS provider", "Sandbox Sites")
    hand.press("Save settings")
    expect(hand.page.get_by_text("Saved.")).to_be_visible()
    expect(hand.page.get_by_role("banner").get_by_role("link", name="Sandbox Sites")).to_be_visible()

    fill_in(hand, "help", "NS", "ns-1.awsdns-00.com.")
    refused(hand, "Type", "NS records are not supported for subdomains.")
    hand.arrived("acme.test")
    fill_in(hand, "chat", "A", "203.0.113.7")
    refused(hand, "Name", "chat.acme.test has a CNAME record already.")
    expect(hand.page.get_by_label("Value", exact=True)).to_have_value("203.0.113.7")

    hand.use(row(hand, "chat", "CNAME").get_by_role("link"))
    hand.arrived("Edit the CNAME record of chat.acme.test")
    hand.choose("Proxy", "DNS only")
    hand.press("Save")
    expect(hand.page.get_by_text("Changed.")).to_be_visible()
    expect(row(hand, "chat", "CNAME")).to_contain_text("DNS only")

    hand.use(row(hand, CHALLENGE, "TXT").get_by_role("button"))
    expect(hand.page.get_by_text("Deleted.")).to_be_visible()
    expect(row(hand, CHALLENGE, "TXT")).to_have_count(0)


def test_every_page_fits_and_passes_axe_by_day_and_by_night(
    store: Store, new_context: Callable[..., BrowserContext], axe: LooksWith
) -> None:
    records.switch(store, "flowers.test", Switches(SITES, Flatten.APEX, appends=False))
    for zone in ("acme.test", "flowers.test"):
        records.add(store, read(Typed(f"chat.{zone}", "CNAME", "300", "t.sandbox-edge.test", proxied=True)))
        records.add(store, read(Typed(f"{CHALLENGE}.{zone}", "TXT", "300", "x" * 200)))
        records.add(store, read(Typed(zone, "MX", "300", "10 mail.other.test")))
    page = new_context().new_page()
    for path in ("/", "/zones/acme.test", "/zones/acme.test/records/1"):
        page.goto(path)
        look(page, axe)
    page.goto("/zones/flowers.test")
    page.get_by_label("Value", exact=True).fill("no address")
    page.get_by_role("button", name="Add record").click()
    expect(page.locator(".problem")).to_have_count(1)
    look(page, axe)


def look(page: Page, axe: LooksWith) -> None:
    """The story with a finger has axe look at the narrow pages."""
    page.emulate_media(color_scheme="light")
    for size in NARROW, WIDE:
        page.set_viewport_size(size)
        fits(page)
    axe(page)
    page.emulate_media(color_scheme="dark")
    axe(page, COLOURS)
