"""Every page, light and dark, wide and at 320 px: nothing for axe to say, and nothing to scroll sideways for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.app_fixtures import make_app
from tests.browser.screenshots import plain_pages, seed, serving, sign_in
from webapp.extensions import db

WHO = {"anybody": None, "customer": "owner@acme.example", "staff": "staff@platform.example"}
#: One page of each kind that a domain can have; what verdicts say is told by the same few elements.
SHOWN = ("state-", "not_delegated", "mistyped", "mixed", "partial", "parent_unreachable", "stale_ds")


@dataclass(frozen=True)
class Served:
    url: str
    paths: dict[str, list[str]]


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The application in this process, with a domain in every state."""
    directory: Path = tmp_path_factory.mktemp("pages")
    app = make_app(directory, database_url=f"sqlite:///{directory}/pages.sqlite")
    app.config["TESTING"] = False
    with app.app_context():
        db.create_all()
        shown = seed()
        db.session.remove()
    domains = [identity for name, identity in shown.items() if any(part in name for part in SHOWN)]
    customer = [f"/domains/{identity}" for identity in domains]
    customer += [f"/domains/{shown['state-verified']}/remove", "/llm-clients/1", "/llm-clients/2"]
    paths = {
        "anybody": ["/", "/login", "/register", "/reset", "/confirm", "/no-such-page"],
        "customer": [*customer, *(path for path in plain_pages(app, "") if path != "/logout")],
        "staff": [*plain_pages(app, "/staff"), f"/staff/domains/{shown['state-failing']}"],
    }
    with serving(app) as url:
        yield Served(url, paths)


@pytest.fixture
def signed_in(browser: Browser, served: Served) -> Iterator[Callable[[str, str, int], BrowserContext]]:
    opened: list[BrowserContext] = []

    def open_as(who: str, scheme: str, width: int) -> BrowserContext:
        context = browser.new_context(
            base_url=served.url,
            color_scheme="dark" if scheme == "dark" else "light",
            viewport={"width": width, "height": 800},
        )
        opened.append(context)
        email = WHO[who]
        if email:
            sign_in(context.new_page(), email)
        return context

    yield open_as
    for context in opened:
        context.close()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("who", list(WHO))
@pytest.mark.parametrize(
    ("scheme", "width"), [("light", 1280), ("light", 320), ("dark", 1280), ("dark", 320)]
)
def test_page_by_page(
    served: Served,
    signed_in: Callable[[str, str, int], BrowserContext],
    axe: Callable[[Page], None],
    who: str,
    scheme: str,
    width: int,
) -> None:
    page = signed_in(who, scheme, width).new_page()
    for path in served.paths[who]:
        answer = page.goto(path)
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            continue
        assert answer.status in {200, 404}, f"{path}: {answer.status}"
        try:
            axe(page)
        except AssertionError as found:
            raise AssertionError(f"{path}: {found}") from found
        sideways = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert sideways <= 0, f"{path} scrolls sideways by {sideways} px"
