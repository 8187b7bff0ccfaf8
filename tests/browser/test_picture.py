"""The picture of the way, in a browser: it fits, it is legible, and each node leads to its facts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import LooksWith
from tests.browser.gallery import Gallery
from tests.browser.hand import fits

#: What the gallery calls the domains whose pictures differ most.
SHOWN = ("records-wrong", "records-reserved", "state-verified", "state-failing", "alarm", "undecided")


@pytest.fixture
def page(gallery_page: Page) -> Page:
    return gallery_page


def opened(page: Page, gallery: Gallery, served: str, name: str) -> None:
    page.goto(f"{served}/domains/{gallery.shown[name]}")


def places(page: Page, what: str) -> list[tuple[float, float]]:
    """Where the middles of these elements are."""
    boxes = [one.bounding_box() for one in page.locator(what).all()]
    return [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes if box]


@pytest.mark.parametrize("name", SHOWN)
def test_picture_fits_and_axe_has_nothing_to_say(
    page: Page, gallery: Gallery, served: str, axe: LooksWith, name: str
) -> None:
    opened(page, gallery, served, name)
    for width in (1280, 640, 320):
        page.set_viewport_size({"width": width, "height": 800})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            axe(page)
        fits(page)
        assert sticking_out(page) == [], f"{name} at {width} px"


def sticking_out(page: Page) -> list[str]:
    """The words that do not fit into their node."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll(".picture-node")].flatMap((node) =>
            [...node.querySelectorAll(".picture-words *")]
                .filter((one) => !one.closest(".visually-hidden"))
                .filter((one) => one.getBoundingClientRect().right > node.getBoundingClientRect().right + 0.5)
                .map((one) => one.textContent.trim()))"""
    )
    return found


def test_way_goes_down_on_a_telephone_and_to_the_right_on_a_screen(
    page: Page, gallery: Gallery, served: str
) -> None:
    opened(page, gallery, served, "state-verified")
    page.set_viewport_size({"width": 360, "height": 800})
    down = places(page, ".picture-mark")
    assert len({round(x) for x, _ in down}) == 1
    assert [y for _, y in down] == sorted(y for _, y in down)
    page.set_viewport_size({"width": 1280, "height": 800})
    right = places(page, ".picture-mark")
    assert len({round(y) for _, y in right}) == 1
    assert [x for x, _ in right] == sorted(x for x, _ in right)


def test_picture_stays_where_colours_are_the_readers_or_paper(
    page: Page, gallery: Gallery, served: str
) -> None:
    """Conditions are shapes and words, and lines are borders, which no reader's colours take away."""
    opened(page, gallery, served, "state-failing")
    for media in ({"forced_colors": "active"}, {"forced_colors": "none", "media": "print"}):
        page.emulate_media(**media)  # type: ignore[arg-type]
        expect(page.locator(".picture-line").first).to_be_visible()
        line = "one => getComputedStyle(one).borderTopStyle + ' ' + getComputedStyle(one).borderTopWidth"
        broken = page.locator('[data-node="zone"] .picture-line')
        assert broken.evaluate(line) == "dashed 3px"
        expect(page.locator('[data-node="name-servers"]')).to_contain_text("Gone")


def test_node_opens_the_evidence_that_it_leads_to(page: Page, gallery: Gallery, served: str) -> None:
    opened(page, gallery, served, "state-failing")
    evidence = page.locator("#saw-facts")
    expect(evidence).to_be_hidden()
    page.locator('[data-node="zone"] a').click()
    expect(evidence).to_be_visible()
    page.locator('[data-node="name-servers"] a').click()
    expect(page.locator("#records")).to_be_in_viewport()
