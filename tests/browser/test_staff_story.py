"""Staff help a customer who calls: find the name, read without changing, act with a reason, and see it all logged."""

from __future__ import annotations

import csv
import json
import re
import sqlite3
import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import Stack
from tests.browser.hand import Finger, Keyboard, Mouse, NoScript
from tests.browser.story import (
    Provider,
    ask_edge,
    name_servers,
    register,
    sign_in,
    state_is,
    verdict_is,
    verify,
)
from webapp.dns.delegation import AtParent, Verdict

DOMAIN = "office.acme.test"
NO_REASON = "Enter a reason; the customer reads it in the history."
REASONS = ("The customer called.", "Their provider moves.", "Reported as phishing.", "It was a false alarm.")


def test_staff_help_a_customer(new_context: Callable[..., BrowserContext], stack: Stack) -> None:
    """The customer reads the account's number out over the telephone."""
    customer, office = Mouse(new_context(**Mouse.options)), Mouse(new_context())
    provider, four = _verified_domain(customer, stack)
    for name in four:
        provider.delete(f"{name}.", "office")
    customer.open("/account")
    number = customer.page.get_by_text(re.compile(r"^\d{4}-\d{4}-\d{4}$")).inner_text()
    customer.page.go_back()
    sign_in(office, stack.staff)
    office.arrived("Staff overview")
    _find_it(office, stack, number, four)
    _look_and_change_nothing(office, customer, stack)
    _act(office, stack)
    _told(customer)
    _lists(office, customer)
    _audit_log(office)
    _system(office)


@pytest.mark.parametrize("with_what", [Keyboard, Finger, NoScript])
def test_staff_act_without_a_mouse(
    with_what: type[Mouse],
    new_context: Callable[..., BrowserContext],
    axe: Callable[[Page], None],
    stack: Stack,
) -> None:
    """Found, suspended with a reason and released, and all of it in the log."""
    domain = f"{with_what.__name__.lower()}-desk.acme.test"
    _registered(stack, domain)
    office = with_what(new_context(**with_what.options), axe)
    sign_in(office, stack.staff)
    office.arrived("Staff overview")
    office.follow("Domains")
    office.arrived("All domains")
    office.write("Name or part of one, account number, zone id or name server", domain)
    office.press("Search")
    _found(office, domain)
    office.follow(domain)
    office.arrived(domain)
    for button, reason, said in (
        ("Suspend", "Reported as phishing.", "neither served nor checked until it is released."),
        ("Release", "It was a false alarm.", "It is checked within a minute."),
    ):
        place = office.page.get_by_role("region", name=button)
        _press_in(office, place, button)
        expect(office.page.get_by_role("alert").get_by_role("link", name=NO_REASON)).to_be_visible()
        office.write_at(place.get_by_label("Reason"), reason)
        _press_in(office, place, button)
        office.told(said)
    office.go("Staff")
    office.arrived("Staff overview")
    office.follow("Events")
    office.write("Domain, the whole name", domain)
    office.write("Who did it", stack.staff.email)
    office.press("Filter")
    for reason in ("Reported as phishing.", "It was a false alarm."):
        expect(office.page.get_by_text(f"Reason: {reason}")).to_be_visible()


def _registered(stack: Stack, domain: str) -> None:
    request = urllib.request.Request(  # noqa: S310 - an address of ours
        f"{stack.url}/api/v1/domains",
        data=json.dumps({"domain_name": domain}).encode(),
        headers={
            "Authorization": f"Bearer {stack.customer.api_key}",
            "Content-Type": "application/json",
        },
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        assert answer.status == 201


def _verified_domain(hand: Mouse, stack: Stack) -> tuple[Provider, list[str]]:
    sign_in(hand, stack.customer)
    register(hand, DOMAIN)
    four = name_servers(hand)
    provider = Provider(hand, stack, "acme.test")
    provider.add("office", "NS", *(f"{name}." for name in four))
    verify(hand, "VERIFIED")
    return provider, four


def _find_it(office: Mouse, stack: Stack, number: str, four: list[str]) -> None:
    [domain] = _rows(stack, "llm_client_custom_domain", "id")
    office.follow("Domains")
    for text in (
        DOMAIN,
        f"https://{DOMAIN.upper()}/x",
        "office.ac",
        "fice.acm",
        number,
        domain["aws_hosted_zone_id"],
        four[2],
    ):
        _search(office, text)
    office.choose("As the customer sees it", "Failing")
    office.press("Search")
    expect(office.page.get_by_text("No domain matches")).to_be_visible()
    office.choose("As the customer sees it", "Live or verified")
    _search(office, "")
    office.follow(DOMAIN)
    office.arrived(DOMAIN)


def _search(office: Mouse, text: str) -> None:
    office.write("Name or part of one, account number, zone id or name server", text)
    office.press("Search")
    _found(office, text)
    expect(office.page.get_by_role("searchbox")).to_have_value(text)
    expect(office.page.get_by_role("rowheader").filter(has_text=DOMAIN)).to_have_count(1)


def _found(office: Mouse, text: str) -> None:
    """The list of before may have the same names, and what is typed there is lost."""
    expect(office.page).to_have_url(re.compile(re.escape(f"?{urlencode({'q': text})}&")))


def _look_and_change_nothing(office: Mouse, customer: Mouse, stack: Stack) -> None:
    """The records are gone by now, which only the look says."""
    before = _everything(stack)
    office.press("Inspect DNS")
    office.arrived(f"What we see now at {DOMAIN}")
    _look_until(office, "NOT_DELEGATED")
    assert _everything(stack) == before
    customer.page.reload()
    state_is(customer, "verified")
    verdict_is(customer, "VERIFIED")
    office.follow(DOMAIN)


def _look_until(office: Mouse, verdict: str) -> None:
    """It gives up after six seconds, in which servers of a busy machine may not have answered. What they did answer
    is not asked for again.
    """
    shown = office.page.locator("[data-verdict]")
    for _ in range(5):
        if Verdict(str(shown.get_attribute("data-verdict"))).facts.at_parent is not AtParent.NOT_ASKED:
            break
        office.page.wait_for_load_state()
        with office.page.expect_event("load"):
            office.press("Inspect again")
    expect(shown).to_have_attribute("data-verdict", verdict)


def _act(office: Mouse, stack: Stack) -> None:
    check, grace, hold, release = REASONS
    _give_reason(office, "Check now", "Check now", check, stack)
    verdict_is(office, "NOT_DELEGATED")
    state_is(office, "failing")
    assert ask_edge(stack, DOMAIN) == 200
    office.page.reload()
    _give_reason(office, "Give it more time", "Move the date", grace, stack)
    office.told("The date is moved.")
    _give_reason(office, "Suspend", "Suspend", hold, stack)
    expect(office.page.get_by_role("heading", name="Suspended")).to_be_visible()
    assert ask_edge(stack, DOMAIN) == 404
    _give_reason(office, "Release", "Release", release, stack)
    office.told("Released.")
    assert ask_edge(stack, DOMAIN) == 200


def _give_reason(office: Mouse, region: str, button: str, reason: str, stack: Stack) -> None:
    """First none, which is refused with a summary that has the focus, and does nothing."""
    before = _everything(stack)
    place = office.page.get_by_role("region", name=region)
    _press_in(office, place, button)
    summary = office.page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link", name=NO_REASON)).to_be_visible()
    expect(place.get_by_text(NO_REASON)).to_be_visible()
    assert _everything(stack) == before
    office.write_at(place.get_by_label("Reason"), reason)
    _press_in(office, place, button)
    expect(summary).to_have_count(0)


def _press_in(office: Mouse, place: Locator, button: str) -> None:
    office.use(place.get_by_role("button", name=button))


def _told(customer: Mouse) -> None:
    customer.page.reload()
    customer.follow("The whole history")
    for reason in REASONS:
        expect(customer.page.get_by_text(f"Reason: {reason}")).to_be_visible()
    expect(customer.page.get_by_text("Nameplate’s staff")).to_have_count(len(REASONS))
    customer.page.go_back()


def _lists(office: Mouse, customer: Mouse) -> None:
    """What is being removed; accounts and their people."""
    customer.follow("Remove this domain…")
    customer.write("Type the domain to confirm", DOMAIN)
    customer.press(f"Yes, remove {DOMAIN}")
    customer.arrived("Domains")
    office.go("Staff")
    # The ten that came first stand here, and other tests remove names as well.
    removing = office.page.get_by_role("region", name="Being removed")
    office.use(removing.get_by_role("link", name="All that are being removed"))
    office.arrived("All domains")
    expect(office.page.get_by_role("rowheader").filter(has_text=DOMAIN)).to_have_count(1)
    office.follow("Accounts")
    office.write(
        "Name, number, or e-mail address of somebody in it",
        "customer@nameplate.test",
    )
    office.press("Search")
    office.follow("Acme")
    office.arrived("Acme")
    people = office.page.get_by_role("region", name="People")
    expect(people.get_by_text("customer@nameplate.test owner")).to_be_visible()
    expect(office.page.get_by_role("rowheader", name=DOMAIN)).to_be_visible()


def _audit_log(office: Mouse) -> None:
    office.follow("Events")
    office.write("Domain, the whole name", DOMAIN)
    office.write("Who did it", "staff@nameplate.test")
    office.press("Filter")
    rows = office.page.get_by_role("row").filter(has_text=DOMAIN)
    expect(rows).to_have_count(len(REASONS))
    with office.page.expect_download() as download:
        office.follow("As CSV")
    with Path(download.value.path()).open(encoding="utf-8", newline="") as file:
        assert [row["reason"] for row in csv.DictReader(file)] == [*reversed(REASONS)]
    office.choose("Kind", "Suspended")
    office.press("Filter")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(f"Reason: {REASONS[2]}")


def _system(office: Mouse) -> None:
    office.follow("System")
    for part in ("worker", "resolver", "route53"):
        expect(office.page.locator(f"[data-component={part}]")).to_contain_text("Last worked")


#: What a check writes into a domain's own row.
CHECKED = ("state", "verdict", "last_checked_at", "next_check_at", "contrary_since", "check_attempt")


def _everything(stack: Stack) -> list[object]:
    """All that a check could change. A certificate is on its way meanwhile, which tells its own events."""
    [domain] = _rows(stack, "llm_client_custom_domain", "id")
    events = [
        event for event in _rows(stack, "event") if not event["kind"].startswith(("certificate", "routing"))
    ]
    return [{name: domain[name] for name in CHECKED}, _rows(stack, "domain_check"), events]


def _rows(stack: Stack, table: str, key: str = "custom_domain_id") -> list[dict[str, Any]]:
    """What stands in the stack's database about the domain."""
    named = "SELECT id FROM llm_client_custom_domain WHERE domain_name = ?"
    with closing(
        sqlite3.connect(f"file:{stack.instance / 'nameplate.sqlite'}?mode=ro", uri=True)
    ) as database:
        database.row_factory = sqlite3.Row
        query = f"SELECT * FROM {table} WHERE {key} IN ({named})"  # noqa: S608 - names of ours
        return [dict(row) for row in database.execute(query, [DOMAIN])]
