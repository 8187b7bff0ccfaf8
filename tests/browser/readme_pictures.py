"""README's pictures, out of a story that a customer could have: `make pictures` writes them to docs/.

Nameplate and the sandbox run as `make run` starts them, so every verdict in a picture is one that DNS has given.
"""

from __future__ import annotations

import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.conftest import CHROMIUM_FLAGS, ROOT, Stack, running_in
from tests.browser.hand import PATIENCE, WIDE, Mouse
from tests.browser.story import Provider, name_servers, register, sign_in, state_is, verify
from tests.browser.visiting import visitors_browser
from tests.servers.programs import find

OUT = ROOT / "docs"
PAGE, LIST, PHONE = "screenshot.png", "screenshot-list.png", "screenshot-phone.png"
VISIT = "screenshot-visit.png"
PICTURES = (PAGE, LIST, PHONE, VISIT)


def take_all(stack: Stack, browser: Browser, out: Path) -> None:
    context = browser.new_context(base_url=stack.url, viewport=WIDE, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    hand = Mouse(context)
    sign_in(hand, stack.customer)
    for name in ("Support assistant", "Order desk"):
        _create_llm_client(hand, name)
    _picture(hand, _three_of_four(hand, stack), out / PAGE, 1080, 1600, "dl.record > :nth-child(3)")
    _picture(hand, _mistyped(hand, stack), out / PHONE, 360, 1390)
    live = _live_and_failing(hand, stack)
    _removing(hand, stack)
    _waiting(hand)
    _certified(hand, live)
    _visited(browser, stack, "support.acme.test", out / VISIT)
    hand.page.emulate_media(color_scheme="dark")
    _picture(hand, "/domains", out / LIST, 1080, 720)
    context.close()


def _create_llm_client(hand: Mouse, name: str) -> None:
    hand.go("LLM clients")
    hand.follow("New LLM client")
    hand.write("Name", name)
    hand.press("Create LLM client")
    hand.arrived(name)


def _registered(hand: Mouse, host: str, llm_client: str = "Choose later") -> list[str]:
    """The four name servers, once the page shows them."""
    hand.go("Domains")
    register(hand, host, llm_client)
    hand.arrived(host)
    return name_servers(hand)


def _checked(hand: Mouse, verdict: str) -> str:
    """The path of the page, once it says so and Verify can be pressed again."""
    verify(hand, verdict)
    expect(hand.page.locator("#verify")).not_to_have_attribute("aria-disabled", "true")
    return hand.page.url


def _verified(hand: Mouse, provider: Provider, host: str, llm_client: str) -> list[str]:
    four = _registered(hand, host, llm_client)
    provider.add(host.partition(".")[0], "NS", *(f"{name}." for name in four))
    _checked(hand, "VERIFIED")
    return four


def _live_and_failing(hand: Mouse, stack: Stack) -> str:
    """One answers its visitors; of the other, somebody has deleted the records since."""
    provider = Provider(hand, stack, "acme.test")
    _verified(hand, provider, "support.acme.test", "Support assistant")
    live = hand.page.url
    four = _verified(hand, provider, "orders.acme.test", "Order desk")
    for name in four:
        provider.delete(f"{name}.", "orders")
    _checked(hand, "NOT_DELEGATED")
    state_is(hand, "failing")
    return live


def _certified(hand: Mouse, live: str) -> None:
    hand.open(live)
    certificate = hand.page.locator("[data-certificate]")
    expect(certificate).to_have_attribute("data-certificate", "issued", timeout=120_000)


def _visited(browser: Browser, stack: Stack, name: str, path: Path) -> None:
    """The demo LLM client at the customer's own name, over TLS through the sandbox's edge."""
    with visitors_browser(browser.browser_type, stack, name) as chromium:
        page = chromium.new_page(viewport={"width": 1080, "height": 480}, reduced_motion="reduce")
        page.goto(f"https://{name}/")
        page.get_by_label("Your question").fill("Do you deliver on Sundays?")
        page.get_by_role("button", name="Ask").click()
        expect(page.locator("#answer")).to_contain_text("Do you deliver on Sundays?")
        page.wait_for_load_state()
        page.screenshot(path=path, full_page=True)


def _removing(hand: Mouse, stack: Stack) -> None:
    host = "old.acme.test"
    four = _registered(hand, host)
    Provider(hand, stack, "acme.test").add("old", "NS", *(f"{name}." for name in four))
    _checked(hand, "VERIFIED")
    hand.follow("Remove this domain…")
    hand.write("Type the domain to confirm", host)
    hand.press(f"Yes, remove {host}")
    hand.arrived("Domains")


def _waiting(hand: Mouse) -> None:
    _registered(hand, "menu.bakery.test")


def _mistyped(hand: Mouse, stack: Stack) -> str:
    """Typed without the final dot, so that the provider has appended its zone."""
    *right, last = _registered(hand, "help.bakery.test")
    provider = Provider(hand, stack, "bakery.test")
    provider.add("help", "NS", *(f"{name}." for name in right), last)
    return _checked(hand, "NS_MISTYPED")


def _three_of_four(hand: Mouse, stack: Stack) -> str:
    """One of the four was forgotten."""
    *right, _ = _registered(hand, "chat.acme.test", "Sales assistant")
    Provider(hand, stack, "acme.test").add("chat", "NS", *(f"{name}." for name in right))
    return _checked(hand, "DELEGATION_PARTIAL")


def _picture(hand: Mouse, address: str, path: Path, width: int, height: int, last: str = "") -> None:
    """What a window of this size shows; with `last`, down to the end of that element instead."""
    page = hand.page
    page.set_viewport_size({"width": width, "height": height})
    page.bring_to_front()
    hand.open(address)
    if last:
        height = int(page.locator(last).evaluate("one => one.getBoundingClientRect().bottom + scrollY"))
    page.screenshot(path=path, full_page=True, clip={"x": 0, "y": 0, "width": width, "height": height})
    page.set_viewport_size(WIDE)


def main() -> int:
    with ExitStack() as ends:
        stack = ends.enter_context(running_in(Path(ends.enter_context(tempfile.TemporaryDirectory()))))
        chromium = ends.enter_context(sync_playwright()).chromium
        browser = chromium.launch(executable_path=find("chromium", "chromium"), args=CHROMIUM_FLAGS)
        take_all(stack, browser, OUT)
        browser.close()
    print(f"The pictures are in {OUT}: {', '.join(PICTURES)}.")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
