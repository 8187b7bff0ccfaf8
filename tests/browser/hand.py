"""How a person gets at a page: with the mouse, by keyboard alone, with a finger, or without any script.

A story is told once, to a hand; what only that hand can notice, it notices by itself.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import ClassVar, TypedDict

from playwright.sync_api import BrowserContext, Error, Locator, Page, ViewportSize, expect

#: Presses of Tab before something counts as out of reach.
MOST_STOPS = 120
#: Milliseconds for whatever goes by itself or after a click, on a busy machine.
PATIENCE = 90_000
#: Between two times of loading a page again by hand.
GLANCE = 1_000


WIDE: ViewportSize = {"width": 1280, "height": 900}
CLIPBOARD = ["clipboard-read", "clipboard-write"]
Axe = Callable[[Page], None]
#: Expects something of the page within so many milliseconds.
Expected = Callable[[float], None]


class Options(TypedDict, total=False):
    """What the browser of a hand is opened with."""

    viewport: ViewportSize
    has_touch: bool
    java_script_enabled: bool
    permissions: list[str]


class Mouse:
    """Points and clicks, on a large screen."""

    options: ClassVar[Options] = {"viewport": WIDE, "permissions": CLIPBOARD}
    scripted = True

    def __init__(self, context: BrowserContext, axe: Axe | None = None) -> None:
        self.context, self.page, self._axe = context, context.new_page(), axe
        #: Pages that were loaded, and presses of a button that copies.
        self.loads = self.copies = 0
        self.page.on("load", self._loaded)

    def _loaded(self, _page: Page) -> None:
        self.loads += 1

    def second_window(self) -> Mouse:
        return type(self)(self.context, self._axe)

    def open(self, address: str) -> None:
        self.page.goto(address)

    def go(self, place: str) -> None:
        """By the navigation that every page has; a link there may end in how much waits."""
        places = self.page.get_by_role("navigation", name="Main")
        self.use(places.get_by_role("link", name=re.compile(f"^{place}")))

    def follow(self, name: str) -> None:
        self.use(self.page.get_by_role("link", name=name, exact=True))

    def press(self, name: str) -> None:
        self.use(self.page.get_by_role("button", name=name, exact=True))

    def write(self, label: str, text: str) -> None:
        """In the place of what stands there."""
        self.write_at(self.page.get_by_label(label, exact=True), text)

    def write_at(self, field: Locator, text: str) -> None:
        """Into one of several fields that have the same label."""
        self._write(field, text)
        expect(field).to_have_value(text)

    def choose(self, label: str, words: str) -> None:
        field = self.page.get_by_label(label, exact=True)
        self._choose(field, words)
        expect(field.locator("option:checked")).to_have_text(words)

    def tick(self, label: str) -> None:
        box = self.page.get_by_label(label)
        self.use(box)
        expect(box).to_be_checked()

    def pick(self, label: str) -> None:
        """One of several ways, unless it is picked already."""
        way = self.page.get_by_role("radio", name=label)
        expect(way).to_be_visible()
        if not way.is_checked():
            self._pick(way)
        expect(way).to_be_checked()

    def _pick(self, way: Locator) -> None:
        self.use(way)

    def copied(self, button: str, shown: Locator) -> str:
        """What one has after copying `shown` with the button beside it."""
        expect(shown.first).to_be_visible()
        self.copy(button)
        return str(self.page.evaluate("navigator.clipboard.readText()"))

    def copy(self, button: str) -> None:
        """By this button, which says so for two seconds: whoever looked away meanwhile presses again."""
        asked = self.page.get_by_role("button", name=button, exact=True)
        for glance in (5 * GLANCE, 5 * GLANCE, PATIENCE):
            self.copies += 1
            self.press(button)
            with suppress(AssertionError):
                expect(asked).to_have_class(re.compile("copied"), timeout=glance)
                return
        raise AssertionError(f"{button!r} was pressed three times and copied nothing")

    def told(self, words: str) -> None:
        told(self.page, words)

    def meets(self, expected: Expected, patience: float = PATIENCE) -> None:
        """What comes by itself, sooner or later."""
        expected(patience)

    def arrived(self, heading: str) -> None:
        """The story stands still at a page with this heading."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)

    def use(self, target: Locator) -> None:
        """Chromium draws a window behind another only once a second, and a click waits for that."""
        self.page.bring_to_front()
        self._use(target)

    def _use(self, target: Locator) -> None:
        self._await_all(target)
        target.click()

    def _await_all(self, target: Locator) -> None:
        """Until its scripts are there, a page does what it does without them, or nothing."""
        expect(target).to_be_visible()
        self.page.wait_for_load_state()

    def _write(self, field: Locator, text: str) -> None:
        field.fill(text)

    def _choose(self, field: Locator, words: str) -> None:
        field.select_option(words)


class NoScript(Mouse):
    """A browser in which scripting is off. What a button would copy is selected by hand."""

    options: ClassVar[Options] = {"viewport": WIDE, "java_script_enabled": False}
    scripted = False

    def copied(self, button: str, shown: Locator) -> str:
        expect(self.page.get_by_role("button", name=button, exact=True)).to_have_count(0)
        expect(shown.first).to_be_visible()
        return "\n".join(texts_of(shown))

    def meets(self, expected: Expected, patience: float = PATIENCE) -> None:
        """The page loads itself again, or else has a link for it."""
        end = time.monotonic() + patience / 1000
        while time.monotonic() < end:
            try:
                return expected(GLANCE)
            except AssertionError:
                self._load_again()
        return expected(GLANCE)

    def _load_again(self) -> None:
        if not self._refreshes():
            self.use(self.page.get_by_role("link", name="Load the page again"))

    def _refreshes(self) -> bool:
        return self.page.locator("meta[http-equiv=refresh]").count() > 0

    def tick(self, label: str) -> None:
        super().tick(label)
        assert not self._refreshes()

    def _write(self, field: Locator, text: str) -> None:
        super()._write(field, text)
        assert not self._refreshes()

    def _choose(self, field: Locator, words: str) -> None:
        super()._choose(field, words)
        assert not self._refreshes()


class Finger(Mouse):
    """On the narrowest of phones, where every page must fit and pass axe."""

    options: ClassVar[Options] = {
        "viewport": {"width": 320, "height": 640},
        "has_touch": True,
        "permissions": CLIPBOARD,
    }

    def arrived(self, heading: str) -> None:
        super().arrived(heading)
        fits(self.page)
        if self._axe:
            self._axe(self.page)

    def _use(self, target: Locator) -> None:
        self._await_all(target)
        target.tap()


#: Where the focus is: at the target, behind it on the page, and what is wrong with the place it is at. A heading that
#: the page itself puts the focus on is read and not operated, so that it need not look like it. A page without its
#: styles yet shows no focus at all.
_STOP = """async (target) => {
  if (document.readyState !== "complete") await new Promise((done) => addEventListener("load", done, { once: true }));
  const at = document.activeElement;
  if (!at || at === document.body) return { there: false, past: false, wrong: "" };
  const box = at.getClientRects()[0] || at.getBoundingClientRect();
  const [left, right] = [Math.max(box.left, 0), Math.min(box.right, innerWidth)];
  const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
  const on = right > left && bottom > top && document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  const look = getComputedStyle(at);
  const plain = look.outlineStyle === "none" || parseFloat(look.outlineWidth) < 2;
  const wrong = !on ? "is out of sight"
    : !(at === on || at.contains(on)) ? `is covered by ${on.outerHTML.slice(0, 80)}`
    : plain && at.tabIndex >= 0 ? "does not look focused" : "";
  const past = Boolean(at.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_PRECEDING);
  return { there: at === target, past, wrong: wrong && `${at.outerHTML.slice(0, 120)} ${wrong}` };
}"""

#: What is said in the region for news, and what the live part of the page has become, each at its time.
_LISTEN = """document.addEventListener("DOMContentLoaded", () => {
  const [main, news] = [document.querySelector("main"), document.getElementById("news")];
  if (!news) return;
  const told = document.getElementById("flashes")?.innerText.trim();
  if (told) flashed(told);
  new MutationObserver((changes) => changes.forEach(({ addedNodes }) =>
    addedNodes.forEach((node) => heard(node.textContent)))).observe(news, { childList: true });
  const shown = () => document.getElementById("live")?.dataset.news;
  let last = shown();
  new MutationObserver(() => {
    if (shown() !== last) changed(last = shown());
  }).observe(main, { childList: true, subtree: true });
});"""


class Keyboard(Mouse):
    """Has no mouse: goes by Tab and Shift+Tab, and sees at every stop where it is."""

    def __init__(self, context: BrowserContext, axe: Axe | None = None) -> None:
        super().__init__(context, axe)
        #: What was said to whoever does not see the page, and what happened on it, in their order.
        self.heard: list[str] = []
        self.changes: list[str] = []
        #: What pages said at their top when they came.
        self.flashes: list[str] = []
        self.page.expose_function("heard", self._hear)
        self.page.expose_function("changed", self._change)
        self.page.expose_function("flashed", self._flash)
        self.page.add_init_script(_LISTEN)

    def _hear(self, said: str) -> None:
        self.heard.append(said)

    def _flash(self, told: str) -> None:
        self.flashes.append(" ".join(told.split()))

    def _change(self, news: str) -> None:
        self.changes.append(news)

    def _use(self, target: Locator) -> None:
        self._reach(target)
        self.page.keyboard.press("Space" if target.get_attribute("type") == "checkbox" else "Enter")

    def _write(self, field: Locator, text: str) -> None:
        self._reach(field)
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def _choose(self, field: Locator, words: str) -> None:
        self._reach(field)
        offered = field.locator("option").all_inner_texts()
        steps = offered.index(words) - offered.index(field.locator("option:checked").inner_text())
        for _ in range(abs(steps)):
            self.page.keyboard.press("ArrowDown" if steps > 0 else "ArrowUp")

    def _pick(self, way: Locator) -> None:
        """Tab leads to the one that is picked, and the arrows to the others."""
        self._reach(self.page.locator("input[type=radio]:checked"))
        for _ in range(self.page.get_by_role("radio").count()):
            if not way.is_checked():
                self.page.keyboard.press("ArrowDown")

    def _reach(self, target: Locator) -> None:
        expect(target).to_be_visible()
        for _ in range(MOST_STOPS):
            stop = target.evaluate(_STOP)
            assert not stop["wrong"], stop["wrong"]
            if stop["there"]:
                return
            self.page.keyboard.press("Shift+Tab" if stop["past"] else "Tab")
        raise AssertionError(f"{target} is out of the keyboard’s reach")


_TEXTS = "(all) => document.readyState === 'complete' ? all.map((one) => one.innerText) : []"


def texts_of(shown: Locator) -> list[str]:
    """Of a whole page. One that loads itself again has none of them for a moment, and then some."""
    end = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < end:
        with suppress(Error):
            found: list[str] = shown.evaluate_all(_TEXTS)
            if found:
                return found
        shown.page.wait_for_timeout(100)
    raise AssertionError(f"{shown} shows nothing")


def told(page: Page, words: str) -> None:
    """The page says at its top what the last form did. Its script says so again a moment later, in the region for
    news, so that whoever looks for the words alone may find them twice.
    """
    expect(page.locator("#flashes").get_by_text(words)).to_be_visible()


def fits(page: Page) -> None:
    """Nothing on the page makes it wider than the window, once its styles are there."""
    page.wait_for_load_state("load")
    sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert sideways <= 0, f"{page.url} scrolls sideways by {sideways} px"
