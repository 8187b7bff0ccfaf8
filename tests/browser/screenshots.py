"""Every page as a picture, light, dark and on a phone: `make screenshots` writes them to screenshots/.

The application runs in this process on data that were made for it: a domain in every state, and one for every
verdict. Nothing is asked of DNS or AWS.
"""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import make_server

from tests.app_fixtures import make_app
from tests.browser.conftest import CHROMIUM_FLAGS
from tests.dns.delegation.test_judge import TABLE
from tests.factories import (
    PASSWORD,
    make_account,
    make_checked,
    make_domain,
    make_llm_client,
    make_user,
    make_zone,
)
from tests.servers.programs import find
from webapp.dns.delegation import judge
from webapp.domains.actors import SYSTEM, note
from webapp.extensions import db
from webapp.models import DomainState, EventKind, LLMClientCustomDomain, ZoneState, utcnow

OUT = Path(__file__).resolve().parents[2] / "screenshots"
LOOKS = {"light": ("light", 1280), "dark": ("dark", 1280), "phone": ("light", 360)}


def seed() -> dict[str, int]:
    """Fill the empty tables; the domains' ids by what they show."""
    account = make_account("Acme Trading", number="1234-5678-9012")
    make_user(account=account, email="owner@acme.example")
    make_user(staff=True, email="staff@platform.example")
    now = utcnow()
    shown: dict[str, int] = {}
    for number, (verdict, expectation, observation, _) in enumerate(TABLE):
        domain = make_domain(account, f"v{number}.{expectation.host}")
        domain.domain_name = expectation.host if number == 0 else domain.domain_name
        make_zone(domain, name_servers=list(expectation.name_servers))
        make_checked(domain, judge(expectation, observation, now))
        shown[f"{number:02}-{verdict.value.lower()}"] = domain.id
    for state in DomainState:
        domain = make_domain(account, f"{state}.shop.example.net", state, last_checked_at=now)
        domain.grace_until = now + timedelta(days=5) if state is DomainState.FAILING else None
        make_zone(domain, ZoneState.WANTED if state is DomainState.PENDING else ZoneState.READY)
        note(domain, EventKind.REGISTERED, f"{domain.domain_name} was registered.", SYSTEM)
        shown[f"state-{state}"] = domain.id
    make_llm_client(account, "Sales assistant", deployed=True)
    live = db.session.get_one(LLMClientCustomDomain, shown["state-verified"])
    make_llm_client(account, "Support assistant", deployed=True, custom_domain=live)
    db.session.commit()
    return shown


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()


def plain_pages(app: Flask, prefix: str) -> list[str]:
    """Every page without an id in its address; `prefix` tells staff pages from the customers'."""
    html = {"auth", "domains", "llm_clients", "staff", "security", "account"}
    rules = [
        rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments
    ]
    paths = sorted({rule.rule for rule in rules if rule.endpoint.split(".")[0] in html})
    files = ("/export", "/download", "recovery-codes.txt")
    return [
        path
        for path in paths
        if path.startswith("/staff") == (prefix == "/staff") and not path.endswith(files)
    ]


def sign_in(page: Page, email: str) -> None:
    page.goto("/login")
    page.locator("[name=email]").fill(email)
    page.locator("[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def shoot(context: BrowserContext, who: str, look: str, paths: dict[str, str]) -> None:
    page = context.new_page()
    for name, path in paths.items():
        answer = page.goto(path)
        if answer is None or "text/html" not in answer.headers.get("content-type", ""):
            continue
        page.screenshot(path=OUT / look / f"{who}-{name}.png", full_page=True)
    page.close()


def named(paths: list[str]) -> dict[str, str]:
    return {path.strip("/").replace("/", "-") or "home": path for path in paths}


def take_all(app: Flask, browser: Browser, url: str, shown: dict[str, int]) -> None:
    everybody = named(["/", "/login", "/register", "/reset", "/no-such-page"])
    customer = {f"domain-{name}": f"/domains/{identity}" for name, identity in shown.items()}
    customer |= {"remove": f"/domains/{shown['state-verified']}/remove", "llm-client": "/llm-clients/2"}
    # Last, because one page or another of the sign-in ends a session that is not under way.
    customer |= named([path for path in plain_pages(app, "") if path != "/logout"])
    staff = named(plain_pages(app, "/staff")) | {"domain": f"/staff/domains/{shown['state-failing']}"}
    for look, (scheme, width) in LOOKS.items():
        for who, email, paths in [
            ("anybody", None, everybody),
            ("customer", "owner@acme.example", customer),
            ("staff", "staff@platform.example", staff),
        ]:
            context = browser.new_context(
                base_url=url,
                color_scheme="dark" if scheme == "dark" else "light",
                viewport={"width": width, "height": 800},
            )
            if email:
                sign_in(context.new_page(), email)
            shoot(context, who, look, paths)
            context.close()


def main() -> int:
    with tempfile.TemporaryDirectory() as directory:
        app = make_app(Path(directory), database_url=f"sqlite:///{directory}/shots.sqlite")
        app.config["TESTING"] = False
        with app.app_context():
            db.create_all()
            shown = seed()
        with serving(app) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=find("chromium", "chromium"), args=CHROMIUM_FLAGS
            )
            take_all(app, browser, url, shown)
            browser.close()
    print(f"The pictures are in {OUT}.")  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
