"""The whole story: register, copy, type with one mistake, read the diagnosis, mend it, verify, be served."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Stack
from tests.browser.story import (
    Provider,
    ask_edge,
    name_servers,
    register,
    sign_in,
    state_is,
    verdict_is,
)


def test_from_registered_to_verified(page: Page, stack: Stack, axe: Callable[[Page], None]) -> None:
    sign_in(page, stack.customer)
    register(page, "https://Chat.Acme.test/hello")
    expect(page.get_by_text("We took the name out of the address.")).to_be_visible()
    state_is(page, "pending")
    expect(page.get_by_role("heading", name="Setting up")).to_be_visible()
    four = name_servers(page)
    axe(page)

    provider = Provider(page.context.new_page(), stack, "acme.test")
    mistyped, *right = four
    provider.add("chat", mistyped)
    for value in right:
        provider.add("chat", f"{value}.")

    assert ask_edge(stack, "chat.acme.test") == 404
    page.get_by_role("button", name="Verify").click()
    verdict_is(page, "NS_MISTYPED")
    first_sentence = page.locator(".say .first").inner_text()
    assert f"{mistyped}.acme.test" in first_sentence
    assert mistyped in first_sentence
    expect(page.locator(".mark-found")).to_have_count(3)
    expect(page.locator(".mark-missing")).to_have_count(1)
    expect(page.locator(".mark-unexpected")).to_have_count(1)
    axe(page)

    provider.delete(f"{mistyped}.acme.test.")
    provider.add("chat", f"{mistyped}.")
    button = page.get_by_role("button", name="Verify")
    expect(button).not_to_have_attribute("aria-disabled", "true", timeout=40_000)
    button.click()
    verdict_is(page, "VERIFIED")
    state_is(page, "verified")
    axe(page)

    assert ask_edge(stack, "chat.acme.test") == 200
    assert ask_edge(stack, "CHAT.acme.test.") == 200
    assert ask_edge(stack, "other.acme.test") == 404
    page.goto("/llm-clients")
    page.get_by_role("link", name="Sales assistant").click()
    expect(page.get_by_role("link", name="chat.acme.test")).to_be_visible()


def test_button_rests_and_says_how_long(page: Page, stack: Stack) -> None:
    sign_in(page, stack.customer)
    register(page, "rest.acme.test")
    name_servers(page)
    page.get_by_role("button", name="Verify").click()
    verdict_is(page, "NOT_DELEGATED")
    expect(page.get_by_text("You can check again in")).to_be_visible()


def test_without_javascript(browser: Browser, stack: Stack) -> None:
    context = browser.new_context(base_url=stack.url, java_script_enabled=False)
    try:
        page = context.new_page()
        sign_in(page, stack.customer)
        register(page, "plain.acme.test")
        four = name_servers(page)
        provider = Provider(context.new_page(), stack, "acme.test")
        for value in four:
            provider.add("plain", f"{value}.")
        page.get_by_role("button", name="Verify").click()
        verdict_is(page, "VERIFIED")
        state_is(page, "verified")
        assert ask_edge(stack, "plain.acme.test") == 200
    finally:
        context.close()


def test_staff_find_a_domain_and_force_a_check(page: Page, browser: Browser, stack: Stack) -> None:
    sign_in(page, stack.customer)
    register(page, "found.acme.test")
    name_servers(page)
    context = browser.new_context(base_url=stack.url)
    try:
        office = context.new_page()
        sign_in(office, stack.staff)
        office.goto("/staff/domains?q=found.acme")
        office.get_by_role("link", name="found.acme.test").click()
        check_now = office.get_by_role("region", name="Check now")
        check_now.get_by_label("Reason").fill("The customer called.")
        check_now.get_by_role("button").click()
        verdict_is(office, "NOT_DELEGATED")
    finally:
        context.close()
    page.reload()
    expect(page.get_by_text("The customer called.")).to_be_visible()
