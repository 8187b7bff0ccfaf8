"""A suspension is told with the same facts wherever somebody reads of it, and never as something to fix."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.factories import make_domain, make_zone
from tests.page_lint import elements, parse, text_of, with_id
from webapp.audit.log import COMMAND
from webapp.domains import listing, queries, suspension
from webapp.domains.listing import Show
from webapp.domains.suspension_notice import Suspension, suspension_of
from webapp.extensions import db
from webapp.models import Account, DomainState, LLMClientCustomDomain, User

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOLD = {
    "since": "2026-11-23T12:00:00+00:00",
    "reason": "Reported as phishing.",
    "contact": "nameplate@localhost",
}
SENTENCE = "Suspended by staff on 23 November 2026, 12:00 UTC: Reported as phishing."


@pytest.fixture
def held(account: Account) -> LLMClientCustomDomain:
    domain = make_domain(account, "held.acme.test", DomainState.VERIFIED)
    make_zone(domain)
    assert suspension.suspend(domain, actor=COMMAND, reason="Reported as phishing.", now=NOW) is None
    db.session.commit()
    return domain


@pytest.fixture
def free(account: Account) -> LLMClientCustomDomain:
    domain = make_domain(account, "free.acme.test", DomainState.VERIFIED)
    make_zone(domain)
    db.session.commit()
    return domain


@pytest.fixture
def browser(client: FlaskClient, customer: User) -> FlaskClient:
    return sign_in(client, customer)


@pytest.fixture
def run(app: Flask) -> Callable[..., Result]:
    return lambda *args: app.test_cli_runner().invoke(args=args)


def document(result: Result) -> Any:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_commands_name_it(
    run: Callable[..., Result], held: LLMClientCustomDomain, free: LLMClientCustomDomain
) -> None:
    shown = document(run("domains", "show", "held.acme.test", "--json"))
    assert (shown["hold"], shown["state"], shown["is_verified"]) == (HOLD, "verified", False)
    listed = {one["domain_name"]: one["hold"] for one in document(run("domains", "list", "--json"))}
    assert listed == {"held.acme.test": HOLD, "free.acme.test": None}
    text = run("domains", "show", "held.acme.test").stdout
    assert f"verified, suspended – {SENTENCE}" in text
    assert "Contact nameplate@localhost." in text
    assert "connected to another account" not in text
    assert "verified, suspended" in run("domains", "list").stdout


@pytest.mark.parametrize(
    ("state", "names"), [("on-hold", ["held.acme.test"]), ("verified", ["free.acme.test"])]
)
def test_list_of_commands_has_it_as_a_state(
    run: Callable[..., Result],
    held: LLMClientCustomDomain,
    free: LLMClientCustomDomain,
    state: str,
    names: list[str],
) -> None:
    found = document(run("domains", "list", "--state", state, "--json"))
    assert [one["domain_name"] for one in found] == names


def test_exports_name_it(
    browser: FlaskClient, held: LLMClientCustomDomain, free: LLMClientCustomDomain
) -> None:
    data = json.loads(browser.get("/account/export").text)
    assert {one["name"]: one["hold"] for one in data["domains"]} == {
        "held.acme.test": HOLD,
        "free.acme.test": None,
    }
    history = json.loads(browser.get(f"/domains/{held.id}/history?as=json").text)
    assert history["hold"] == HOLD
    assert json.loads(browser.get(f"/domains/{free.id}/history?as=json").text)["hold"] is None
    rows = list(csv.DictReader(io.StringIO(browser.get(f"/domains/{held.id}/history?as=csv").text)))
    assert (rows[0]["kind"], rows[0]["reason"]) == ("hold.begun", "Reported as phishing.")
    assert rows[0]["sentence"] == (
        "held.acme.test was suspended and is not served any more. Contact nameplate@localhost."
    )


def test_page_says_the_same(browser: FlaskClient, held: LLMClientCustomDomain) -> None:
    said = text_of(with_id(parse(browser.get(f"/domains/{held.id}").text), "status"))
    assert SENTENCE in said
    assert "Contact nameplate@localhost." in said
    assert "Staff decide" in said
    assert "Your turn" not in said


def test_nothing_is_told_of_a_hold_once_the_domain_is_on_its_way_out(account: Account) -> None:
    domain = make_domain(account, state=DomainState.REMOVING, held_at=NOW, hold_reason="Reported.")
    assert suspension_of(domain, "us") is None
    assert suspension_of(make_domain(account, held_at=NOW), "us") == Suspension(NOW, "", "us")


@pytest.mark.parametrize("state", [DomainState.FAILING, DomainState.LAPSED, DomainState.PENDING])
def test_it_is_no_action_of_the_customers(
    browser: FlaskClient, account: Account, held: LLMClientCustomDomain, state: DomainState
) -> None:
    held.state = state
    db.session.commit()
    found = listing.attention(account)
    assert (found.count, found.failing, found.others, found.suspended) == (0, [], [], [held])
    page = parse(browser.get("/llm-clients").text)
    regions = [text_of(e) for e in elements(page, "div") if e.get("role") == "region"]
    line = "Suspended by staff: held.acme.test. Nothing is served there until staff release it."
    assert regions == [f"{line} Hide for a day: Suspended domains"]
    assert "need action" not in browser.get("/llm-clients").text


def test_it_is_a_filter_of_the_list(
    browser: FlaskClient, account: Account, held: LLMClientCustomDomain, free: LLMClientCustomDomain
) -> None:
    counts = listing.counts(account)
    assert {show.value: counts[show] for show in Show if counts[show]} == {
        "all": 2,
        "verified": 1,
        "on-hold": 1,
    }
    page = parse(browser.get("/domains?show=on-hold").text)
    rows = [text_of(cell) for cell in elements(page, "th") if cell.get("scope") == "row"]
    assert rows == ["held.acme.test"]
    assert "Suspended 1" in text_of(page)
    order = listing.listed(account, "", Show.ALL, None, 10).domains
    assert [domain.domain_name for domain in order] == ["held.acme.test", "free.acme.test"]


def test_filter_without_any_says_so_and_is_not_offered(
    browser: FlaskClient, free: LLMClientCustomDomain
) -> None:
    assert "Suspended" not in text_of(parse(browser.get("/domains").text))
    assert "staff have suspended no domain of yours" in " ".join(
        browser.get("/domains?show=on-hold").text.split()
    )


def test_staff_count_and_find_it_as_a_state_of_its_own(
    client: FlaskClient,
    staff_member: User,
    held: LLMClientCustomDomain,
    free: LLMClientCustomDomain,
    queued: list[object],
) -> None:
    sign_in(client, staff_member)
    page = parse(client.get("/staff").text)
    counts = [
        text_of(li) for ul in elements(page, "ul") if ul.get("class") == "counts" for li in elements(ul, "li")
    ]
    assert "1 Suspended" in counts
    assert "1 Live or verified" in counts
    for state, names in (("held", ["held.acme.test"]), ("verified", ["free.acme.test"])):
        found = parse(client.get(f"/staff/domains?state={state}").text)
        assert [text_of(c) for c in elements(found, "th") if c.get("scope") == "row"] == names


def test_evidence_from_before_the_hold_counts_for_nothing_after_it(account: Account) -> None:
    domain = make_domain(account, state=DomainState.VERIFIED, contrary_since=NOW, inconsistent_since=NOW)
    suspension.suspend(domain, actor=COMMAND, reason="Reported.", now=NOW)
    suspension.release(domain, actor=COMMAND, reason="Cleared.", now=NOW)
    assert (domain.contrary_since, domain.inconsistent_since) == (None, None)
    failing = make_domain(account, "f.acme.test", DomainState.FAILING, contrary_since=NOW, grace_until=NOW)
    suspension.suspend(failing, actor=COMMAND, reason="Reported.", now=NOW)
    suspension.release(failing, actor=COMMAND, reason="Cleared.", now=NOW)
    assert failing.contrary_since == NOW
    assert len(queries.history(failing)) == 2
