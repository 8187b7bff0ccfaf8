"""What every page shares, in a browser: the menu, the skip link, what a form did; and the search of lists."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect


@pytest.fixture
def page(gallery_page: Page) -> Page:
    return gallery_page


def test_found_rows_follow_what_is_typed(page: Page, axe: Callable[[Page], None]) -> None:
    page.goto("/domains?sort=name")
    field, rows = page.get_by_label("Search domains"), page.get_by_role("rowheader")
    expect(rows).to_have_count(25)
    field.press_sequentially("failing")
    expect(rows).to_have_text(["chat.failing.example.net"])
    expect(field).to_be_focused()
    expect(page.locator("#news")).to_have_text("1 domain matches “failing”.")
    expect(page).to_have_url("/domains?q=failing&sort=name")
    axe(page)
    field.press_sequentially("-nothing-like-it")
    expect(page.locator("#found")).to_contain_text("No domain matches “failing-nothing-like-it”.")
    field.fill("")
    expect(rows).to_have_count(25)
    expect(page).to_have_url("/domains?sort=name")


def test_answer_to_what_is_no_longer_typed_replaces_nothing(page: Page) -> None:
    page.clock.install()
    asked = "**/domains?*q=nothing-like-it*"
    page.route(asked, lambda _: None)  # never answered
    page.goto("/domains")
    field, rows = page.get_by_label("Search domains"), page.get_by_role("rowheader")
    # The page's clock goes on by itself as well, so that a request may begin before it is wound on.
    with page.expect_request(asked):
        field.fill("nothing-like-it")
        page.clock.run_for(300)
    with page.expect_event("requestfailed"):
        field.fill("")
        page.clock.run_for(300)
    expect(rows).to_have_count(25)


def test_menu_opens_by_keyboard_and_closes_as_menus_do(page: Page) -> None:
    page.goto("/domains")
    menu, out = page.locator("#menu summary"), page.get_by_role("button", name="Sign out")
    menu.focus()
    page.keyboard.press("Enter")
    expect(out).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Overview")).to_be_focused()
    page.keyboard.press("Escape")
    expect(out).to_be_hidden()
    expect(menu).to_be_focused()
    menu.click()
    expect(out).to_be_visible()
    page.get_by_role("heading", level=1).click()
    expect(out).to_be_hidden()


def test_what_a_form_did_is_shown_in_one_place_and_announced(page: Page) -> None:
    page.goto("/account")
    page.get_by_role("button", name="Save name").click()
    expect(page.locator("#flashes")).to_have_text("Saved.")
    expect(page.locator("#news")).to_have_text("Saved.")


def test_skip_link_leads_past_the_header(page: Page) -> None:
    page.goto("/domains")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_line_above_the_page_is_put_away_and_what_was_typed_stays(
    page: Page, axe: Callable[[Page], None]
) -> None:
    page.goto("/llm-clients/new")
    line, name = page.get_by_role("region", name="Failing domains"), page.get_by_label("Name")
    expect(line).to_be_visible()
    axe(page)
    name.fill("Bakery")
    button = page.get_by_role("button", name="Hide for a day: Failing domains")
    box = button.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44
    button.click()
    expect(line).to_have_count(0)
    expect(page.locator("#news")).to_have_text("Hidden for a day.")
    expect(name).to_have_value("Bakery")
    page.goto("/account")
    expect(page.get_by_role("region", name="Domains in danger")).to_be_visible()
    expect(line).to_have_count(0)
