"""Every page, light and dark, from wide to 320 px: nothing for axe to say, and nothing to scroll sideways for.

tests/test_gallery.py makes sure that no page is missing here.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import LooksWith
from tests.browser.gallery import Gallery, go, serving, signed_in
from tests.browser.gallery_data import WHO
from tests.browser.gallery_emails import written
from tests.browser.hand import PATIENCE, fits

#: What depends on the colours. Everything else is the same in the dark.
COLOURS = ("color-contrast", "link-in-text-block")
#: Between a telephone and a whole screen, where wide tables are still tables.
NARROW = ({"width": 900, "height": 800}, {"width": 760, "height": 800})
SIZES = ({"width": 1280, "height": 800}, {"width": 320, "height": 800})


@pytest.fixture(scope="package")
def gallery(tmp_path_factory: pytest.TempPathFactory) -> Gallery:
    return Gallery(tmp_path_factory.mktemp("gallery"))


@pytest.fixture(scope="package")
def served(gallery: Gallery) -> Iterator[str]:
    with serving(gallery.app) as url:
        yield url


@pytest.fixture
def page(browser: Browser, gallery: Gallery, served: str, who: str) -> Iterator[Page]:
    context = signed_in(browser, gallery, served, who)
    yield context.new_page()
    context.close()


@pytest.mark.timeout(900)
@pytest.mark.parametrize("who", list(WHO))
def test_page_by_page(gallery: Gallery, page: Page, axe: LooksWith, who: str) -> None:
    for visit in gallery.visits:
        if visit.who != who:
            continue
        answer = go(page, visit)
        assert (answer.status, urlsplit(page.url).path) == (visit.status, urlsplit(visit.path).path), visit
        page.emulate_media(color_scheme="light")
        for size in SIZES:
            page.set_viewport_size(size)  # type: ignore[arg-type] # two plain numbers
            axe(page)
            fits(page)
        for size in NARROW:
            page.set_viewport_size(size)  # type: ignore[arg-type] # two plain numbers
            fits(page)
        page.emulate_media(color_scheme="dark")
        axe(page, COLOURS)


def test_every_email(gallery: Gallery, browser: Browser, axe: LooksWith) -> None:
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    for email in written(gallery):
        page.set_content(email.html)
        page.emulate_media(color_scheme="light")
        for size in SIZES:
            page.set_viewport_size(size)  # type: ignore[arg-type] # two plain numbers
            axe(page)
            fits(page)
        page.emulate_media(color_scheme="dark")
        axe(page, COLOURS)
    page.context.close()


def test_nobodys_page(browser: Browser, served: str, axe: LooksWith) -> None:
    """Its own policy lets its own style in, and nothing else."""
    context = browser.new_context()
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    answer = page.goto(f"{served}/edge/nobody")
    assert answer
    assert answer.status == 404
    papers = set()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        papers.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        for size in SIZES:
            page.set_viewport_size(size)  # type: ignore[arg-type] # two plain numbers
            axe(page)
            fits(page)
    assert papers == {"rgb(246, 244, 238)", "rgb(17, 22, 28)"}
    context.close()
