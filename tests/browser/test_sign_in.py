"""Signing in, by customers and by staff."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Stack


@pytest.mark.parametrize("person", ["customer", "staff"])
def test_the_sign_ins_of_the_first_run_work(
    page: Page, stack: Stack, axe: Callable[[Page], None], person: str
) -> None:
    sign_in = getattr(stack, person)
    page.goto("/login")
    axe(page)
    page.get_by_label("E-mail address").fill(sign_in.email)
    page.get_by_label("Password", exact=True).fill(sign_in.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#menu")).to_be_attached()
    axe(page)


def test_commands_in_a_second_terminal_meet_the_same_data(stack: Stack) -> None:
    done = stack.command("domains", "list", "--json")
    assert (done.returncode, done.stderr) == (0, "")
