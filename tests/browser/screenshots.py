"""Every page as a picture, light, dark and on a phone: `make screenshots` writes them to screenshots/."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.browser.conftest import CHROMIUM_FLAGS
from tests.browser.gallery import Gallery, go, serving, signed_in
from tests.browser.gallery_data import WHO
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
            for look, (scheme, width) in LOOKS.items():
                page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
                page.set_viewport_size({"width": width, "height": 800})
                page.screenshot(path=OUT / look / f"{who}-{visit.name}.png", full_page=True)
        page.context.close()


def main() -> int:
    with tempfile.TemporaryDirectory() as directory:
        gallery = Gallery(Path(directory), every_verdict=True)
        with serving(gallery.app) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=find("chromium", "chromium"), args=CHROMIUM_FLAGS
            )
            take_all(gallery, browser, url)
            browser.close()
    print(f"The pictures are in {OUT}.")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
