"""People, second factor and passkeys, as a person uses them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from passlib.totp import TOTP  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import SignIn, Stack
from tests.browser.hand import PATIENCE, Mouse, told
from tests.browser.story import sign_in

PASSWORD = "correct horse battery staple"


def letter_to(stack: Stack, address: str, mark: str) -> str:
    """The path of the link in the newest e-mail to this address that has `mark` in it."""
    for path in sorted(Path(stack.instance).rglob("*.log"), key=lambda p: p.stat().st_mtime, reverse=True):
        for raw in path.read_bytes().split(b"-" * 79):
            letter = message_from_bytes(raw.strip(), policy=policy.default)
            body = letter.get_body(("plain",)) if letter["to"] else None
            if body is None or address not in str(letter["to"]):
                continue
            found = re.search(rf"https?://[^/\s]+({mark}\S+)", body.get_content())
            if found:
                return found[1]
    raise AssertionError(f"no e-mail to {address} with {mark}")


@pytest.fixture
def person(stack: Stack) -> SignIn:
    """Somebody with an account of their own, whose sign-in a test may change."""
    email = f"person{time.time_ns()}@acme.test"
    done = stack.command("users", "create", email, "--account-name", "Persons", "--json")
    assert done.returncode == 0, done.stderr
    password = re.search(r'"password": "([^"]+)"', done.stdout)
    assert password
    return SignIn(email, password[1])


@pytest.fixture
def guest(browser: Browser, stack: Stack) -> Iterator[Page]:
    """A second person at a machine of their own."""
    context = browser.new_context(base_url=stack.url, viewport={"width": 320, "height": 700})
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def test_owner_invites_and_the_invited_joins(
    hand: Mouse, page: Page, guest: Page, stack: Stack, person: SignIn, axe: Callable[[Page], None]
) -> None:
    email = f"guest{time.time_ns()}@acme.test"
    sign_in(hand, person)
    page.goto("/account/people")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Send invitation").click()
    hand.told(f"An e-mail to {email} is on its way.")
    axe(page)
    guest.goto(letter_to(stack, email, "/invitations/"))
    axe(guest)
    guest.get_by_label("Choose a password", exact=True).fill(PASSWORD)
    guest.get_by_role("button", name="Join Persons").click()
    told(guest, "Welcome to Persons.")
    page.reload()
    expect(page.get_by_role("rowheader", name=email)).to_be_visible()


def test_second_factor_from_setting_up_to_a_recovery_code(
    hand: Mouse, page: Page, person: SignIn, axe: Callable[[Page], None]
) -> None:
    sign_in(hand, person)
    page.goto("/account/security")
    page.get_by_role("link", name="Set up two-factor sign-in").click()
    expect(page.locator("code.key")).to_be_visible()
    axe(page)
    app = TOTP(page.locator("code.key").inner_text())
    page.get_by_label("Code", exact=True).fill(app.generate().token)
    page.get_by_role("button", name="Switch it on").click()
    expect(page.locator("#codes li")).to_have_count(10)
    axe(page)
    codes = page.locator("#codes code").all_inner_texts()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert codes[0] in Path(download.value.path()).read_text(encoding="utf-8")
    _sign_out(page)
    _password(page, person)
    expect(page.get_by_label("Code", exact=True)).to_be_visible()
    axe(page)
    page.get_by_label("Code", exact=True).fill(app.generate(time.time() + 30).token)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#menu")).to_be_visible()
    _sign_out(page)
    _password(page, person)
    page.get_by_role("link", name="Use a recovery code").click()
    page.get_by_label("Recovery code").fill(codes[0])
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#menu")).to_be_visible()


def _sign_out(page: Page) -> None:
    page.locator("#menu summary").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    # Whoever opens another page before is still signed in there.
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def _password(page: Page, who: SignIn) -> None:
    page.goto("/login")
    page.get_by_label("E-mail").fill(who.email)
    page.get_by_label("Password", exact=True).fill(who.password)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_passkey_is_added_and_signs_in(context: BrowserContext, stack: Stack, person: SignIn) -> None:
    """With an authenticator that Chromium plays; a passkey belongs to a host name, so not to 127.0.0.1."""
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    url = stack.url.replace("127.0.0.1", "localhost")
    page.goto(f"{url}/login")
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password", exact=True).fill(person.password)
    page.get_by_role("button", name="Sign in", exact=True).click()
    signed_in = page.locator("#menu")
    # Chromium would else break off the sign-in that is under way, and the session cookie with it.
    expect(signed_in).to_be_visible()
    page.goto(f"{url}/account/security/passkeys")
    page.get_by_label("Name of the passkey").fill("Laptop")
    page.get_by_role("button", name="Continue").click()
    told(page, "You can sign in with the passkey Laptop now.")
    _sign_out(page)
    page.get_by_role("link", name="Sign in with a passkey").click()
    page.get_by_role("button", name="Continue").click()
    expect(signed_in).to_be_visible()
