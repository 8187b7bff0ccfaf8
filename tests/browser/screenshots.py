"""Every page and e-mail as a picture, light, dark and on a phone: `make screenshots` writes them to screenshots/."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import CHROMIUM_FLAGS
from tests.browser.gallery import Gallery, go, serving, signed_in
from tests.browser.gallery_data import WHO
from tests.browser.gallery_emails import written
from tests.servers.programs import find

OUT = Path(__file__).resolve().parents[2] / "screenshots"
LOOKS = {"light": ("light", 1280), "dark": ("dark", 1280), "phone": ("light", 360)}


def take_all(gallery: Gallery, browser: Browser, url: str) -> None:
    """A visit may leave traces, so each is made once and looked at in every way."""
    for who in WHO:
        page = signed_in(browser, gallery, url, who).new_page()
        for visit in gallery.visits:
            if visit.who != who:
                continue
            go(page, visit)
            _take(page, f"{who}-{visit.name}")
        page.context.close()


def take_emails(gallery: Gallery, browser: Browser) -> None:
    page = browser.new_page()
    for email in written(gallery):
        page.set_content(email.html)
        _take(page, f"email-{email.name}")
    page.context.close()


def _take(page: Page, name: str) -> None:
    for look, (scheme, width) in LOOKS.items():
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        page.set_viewport_size({"width": width, "height": 800})
        page.screenshot(path=OUT / look / f"{name}.png", full_page=True)


def main() -> int:
    with tempfile.TemporaryDirectory() as directory:
        gallery = Gallery(Path(directory), every_verdict=True)
        with serving(gallery.app) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=find("chromium", "chromium"), args=CHROMIUM_FLAGS
            )
            take_all(gallery, browser, url)
            take_emails(gallery, browser)
            browser.close()
    print(f"The pictures are in {OUT}.")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
