"""The story of a visitor: from a name that is not served to its LLM client, over TLS through the laptop's edge."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Callable
from contextlib import closing

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from tests.browser.conftest import Stack, contexts
from tests.browser.hand import GLANCE, PATIENCE, Mouse, fits
from tests.browser.story import BY_RECORDS, register, sign_in, state_is, verify
from tests.browser.visiting import edge_port, visitors_browser
from webapp.sandbox.provider import records
from webapp.sandbox.provider.typed import Typed, read
from webapp.sandbox.shared.store import Store

NAME = "chat.visited.test"
PHONE = {"width": 360, "height": 800}


# The first one starts all of Nameplate as well, on a machine that may be busy.
def test_from_a_refused_visit_to_an_answered_question(
    new_context: Callable[..., BrowserContext], browser: Browser, axe: Callable[[Page], None], stack: Stack
) -> None:
    hand = Mouse(new_context(), axe)
    _verified(hand, stack)
    _seen_to_work(hand, axe)
    shown = hand.second_window()
    _seen_at_the_sandbox(shown, stack, axe)
    _answers_curl(stack)
    with visitors_browser(browser.browser_type, stack, NAME) as chromium:
        with contexts(chromium, f"https://{NAME}") as open_one:
            for options in ({}, {"viewport": PHONE, "color_scheme": "dark"}):
                page = open_one(**options).new_page()
                _talks(page)
                fits(page)
                axe(page)
            _talks(open_one(java_script_enabled=False).new_page())
        _refused_once_it_is_removed(hand, chromium, stack)


def _verified(hand: Mouse, stack: Stack) -> None:
    sign_in(hand, stack.customer)
    hand.go("LLM clients")
    hand.follow("New LLM client")
    hand.write("Name", "Visited assistant")
    hand.press("Create LLM client")
    hand.arrived("Visited assistant")
    hand.go("Domains")
    register(hand, NAME, "Visited assistant", BY_RECORDS)
    hand.arrived(NAME)
    for kind, name in (("TXT", f"_nameplate-challenge.{NAME}"), ("CNAME", NAME)):
        value = hand.page.locator(f"[data-record-type={kind}]").get_attribute("data-record-value")
        assert value
        with closing(Store(stack.instance / "sandbox.sqlite")) as store:
            records.add(store, read(Typed(name, kind, "60", value)))
    _refused_at_the_edge(hand.second_window(), stack)
    verify(hand, "VERIFIED")
    state_is(hand, "verified")


def _refused_at_the_edge(shown: Mouse, stack: Stack) -> None:
    """Once a worker has published the target that the CNAME record leads to."""
    end = time.monotonic() + PATIENCE / 1000
    while True:
        shown.open(f"{stack.sandbox_url}/visit?name={NAME}")
        try:
            return expect(shown.page.locator("[data-step=tls]")).to_contain_text(
                "unrecognized_name", timeout=GLANCE
            )
        except AssertionError:
            if time.monotonic() > end:
                raise


def _seen_to_work(hand: Mouse, axe: Callable[[Page], None]) -> None:
    """The worker visits the name as anybody would, and the page says so without being loaded again."""
    seen = hand.page.locator("[data-probe]")
    hand.meets(lambda within: expect(seen).to_have_attribute("data-probe", "live", timeout=within))
    expect(seen.locator(".state")).to_have_text("Live")
    expect(seen).to_contain_text("203.0.113.80")
    expect(seen).to_contain_text("Nameplate sandbox edge")
    axe(hand.page)


def _seen_at_the_sandbox(hand: Mouse, stack: Stack, axe: Callable[[Page], None]) -> None:
    hand.open(stack.sandbox_url)
    hand.follow("visited through the platform’s edge")
    hand.write("Host name", NAME)
    hand.press("Visit")
    hand.arrived(f"A visit to {NAME}")
    page = hand.page
    expect(page.locator("[data-step=dns]")).to_contain_text("203.0.113.80")
    expect(page.locator("[data-issuer]").first).to_have_text("Nameplate sandbox edge")
    expect(page.locator("[data-status='200']")).to_be_visible()
    # Its script answers “Ask”: without it, the form is sent as if the page were on its own.
    for one in page.frames:
        one.wait_for_load_state("load")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading", level=1)).to_have_css("color", re.compile("rgb"))
    frame.get_by_label("Your question").fill("Are you in a frame?")
    frame.get_by_role("button", name="Ask").click()
    expect(frame.locator("#answer")).to_contain_text("Are you in a frame?")
    for width in (1280, 360):
        page.set_viewport_size({"width": width, "height": 800})
        fits(page)
        axe(page)


def _talks(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Visited assistant")
    expect(page.locator("[data-host]")).to_have_text(NAME)
    page.get_by_label("Your question").fill("Are you open on Sunday?")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#answer")).to_contain_text("Are you open on Sunday?")
    expect(page.get_by_label("Your question")).to_be_visible()


def _answers_curl(stack: Stack) -> None:
    """By the line that is printed, with the name in it."""
    shown = stack.instance.with_name("log").read_text()
    line = re.search(r"curl --resolve .*", shown)
    assert line
    assert f":{edge_port(stack)}:" in line[0]
    command = line[0].replace("chat.acme.test", NAME)
    page = subprocess.run(command, shell=True, capture_output=True, text=True, check=True, timeout=90)  # noqa: S602 - ours
    assert f"Visited assistant at {NAME}" in page.stdout
    document = json.dumps({"messages": [{"role": "user", "content": "Hello?"}], "stream": True})
    asked = f"{command}v1/chat/completions --data '{document}'"
    answer = subprocess.run(asked, shell=True, capture_output=True, text=True, check=True, timeout=90)  # noqa: S602 - ours
    assert answer.stdout.endswith("data: [DONE]\n\n")


def _refused_once_it_is_removed(hand: Mouse, chromium: Browser, stack: Stack) -> None:
    hand.follow("Remove this domain…")
    hand.write("Type the domain to confirm", NAME)
    hand.press(f"Yes, remove {NAME}")
    hand.told(f"{NAME} is switched off and being removed.")
    with chromium.new_context() as context, pytest.raises(Error, match="ERR_SSL_UNRECOGNIZED_NAME_ALERT"):
        context.new_page().goto(f"https://{NAME}/", timeout=PATIENCE)
    shown = hand.second_window()
    shown.open(f"{stack.sandbox_url}/visit?name={NAME}")
    expect(shown.page.locator(".stopped")).to_have_count(1)
