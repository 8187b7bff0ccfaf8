"""What a domain's page says for each verdict and state, with reports by the real judge."""

from __future__ import annotations

from datetime import timedelta
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.dns.delegation.cases import NOW, OURS, check, healthy, listing, world
from tests.dns.delegation.cases import expectation as an_expectation
from tests.dns.judgement.table import TABLE
from tests.domain_page.pages import attribute, page_of
from tests.factories import make_account, make_checked, make_domain, make_llm_client, make_zone, said
from tests.page_lint import elements, parse, text_of, with_id
from webapp.audit.log import SYSTEM
from webapp.dns.delegation import DelegationReport, Expectation, Observation, Verdict, judge
from webapp.dns.judgement.messages import _BY_VERDICT
from webapp.dns.lookup.observation import Trouble
from webapp.domains import assignment
from webapp.extensions import db
from webapp.models import (
    Account,
    CertificateState,
    DeniedName,
    DomainState,
    LLMClient,
    LLMClientCustomDomain,
    Message,
    ZoneState,
    utcnow,
)
from webapp.zones import provision

HOST = "chat.acme.com"


@pytest.fixture
def domain(account: Account) -> LLMClientCustomDomain:
    domain = make_domain(account, HOST)
    make_zone(domain, name_servers=list(OURS))
    db.session.commit()
    return domain


def status_of(page: Element) -> Element:
    status = with_id(page, "status")
    assert status is not None
    return status


def report(verdict: Verdict) -> DelegationReport:
    _, expectation, observation, _ = next(row for row in TABLE if row[0] is verdict)
    return judge(expectation, observation, NOW)


def name_servers(page: Element) -> list[str | None]:
    return [element.text for element in elements(page) if "data-name-server" in element.attrib]


FIRM = [row for row in TABLE if not row[0].transient and row[0] is not Verdict.VERIFIED]


@pytest.mark.parametrize(
    ("verdict", "expectation", "observation", "words"),
    FIRM,
    ids=[f"{row[0].value}-{number}" for number, row in enumerate(FIRM)],
)
def test_first_sentence_says_what_is_wrong_and_what_to_type_where(
    browser: FlaskClient,
    account: Account,
    verdict: Verdict,
    expectation: Expectation,
    observation: Observation,
    words: str,
) -> None:
    domain = make_domain(account, expectation.host)
    make_zone(domain, name_servers=list(expectation.name_servers))
    found = judge(expectation, observation, NOW)
    make_checked(domain, found)
    page = page_of(browser, domain)
    first = next(e for e in elements(status_of(page), "p") if e.get("class") == "first")
    assert text_of(first) == found.message
    assert words in text_of(first)
    assert "acme.com" in text_of(first)
    guided = any(element.get("class") == "guide" for element in elements(page, "ol"))
    step = "Follow the steps below, then press Verify." if guided else found.next_step
    assert step in text_of(status_of(page))
    assert guided is (found.who_acts == "you")
    assert attribute(page, "data-verdict") == [verdict.value]
    assert attribute(page, "data-state") == ["pending"]
    headline = "Waiting for DNS" if verdict.facts.waits else "Action needed"
    assert text_of(with_id(page, "headline")) == headline
    turn = "When you are ready" if verdict.facts.waits else "Your turn"
    assert turn in text_of(status_of(page))


def test_no_verdict_on_a_delegation_is_without_a_page() -> None:
    covered = {row[0] for row in TABLE}
    beside = {Verdict.RESOLVE_BROKEN, Verdict.PROPAGATING}
    assert covered | beside == set(_BY_VERDICT)


def test_each_name_server_has_its_own_mark(browser: FlaskClient, domain: LLMClientCustomDomain) -> None:
    make_checked(domain, judge(an_expectation(), listing((*OURS[:3], "ns1.other.net")), NOW))
    page = page_of(browser, domain)
    rows = [text_of(row) for row in elements(page, "li") if "value" in row.get("class", "").split()]
    assert [row.split()[-1] for row in rows[:4]] == ["Found", "Found", "Found", "Missing"]
    assert rows[4] == "ns1.other.net Not ours, remove"
    assert name_servers(page) == list(OURS)


def test_value_that_is_to_be_edited_is_not_said_to_be_removed(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    make_checked(domain, judge(an_expectation(), listing((*OURS[:3], f"{OURS[3]}.acme.com")), NOW))
    page = page_of(browser, domain)
    assert f"{OURS[3]}.acme.com Mistyped, edit it" in text_of(page)
    assert "Not ours, remove" not in text_of(page)


def test_what_to_type_stands_there_in_both_spellings_and_can_be_copied(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    make_checked(domain, report(Verdict.NOT_DELEGATED))
    page = page_of(browser, domain)
    copied = attribute(page, "data-copy")
    assert copied[:2] == ["chat", HOST]
    assert copied[2:6] == list(OURS)
    assert copied[6] == "\n".join(OURS)


def test_parent_zone_is_known_before_the_first_check(browser: FlaskClient, account: Account) -> None:
    domain = make_domain(account, "chat.shop.acme.co.uk")
    make_zone(domain, baseline={"parent_zone": "shop.acme.co.uk"})
    page = page_of(browser, domain)
    assert "“chat”, where shop.acme.co.uk is managed" in text_of(status_of(page))
    assert attribute(page, "data-verdict") == []


@pytest.mark.parametrize("state", [ZoneState.WANTED, ZoneState.CREATED, ZoneState.PARKED])
def test_no_name_server_is_shown_before_the_zone_is_ready(
    browser: FlaskClient, account: Account, state: ZoneState
) -> None:
    domain = make_domain(account, HOST)
    zone = make_zone(domain, state, name_servers=list(OURS))
    page = page_of(browser, domain)
    assert text_of(with_id(page, "headline")) == "Setting up"
    assert name_servers(page) == []
    assert zone.name_servers[0] not in "".join(page.itertext())
    assert "Our turn" in text_of(status_of(page))


def test_zone_that_aws_refused_says_why(browser: FlaskClient, account: Account) -> None:
    domain = make_domain(account, HOST)
    make_zone(domain, ZoneState.REFUSED, name_servers=[], problem=said("Route 53 does not take this ending."))
    status = text_of(status_of(page_of(browser, domain)))
    assert "Action needed" in status
    assert "Route 53 does not take this ending." in status


@pytest.mark.parametrize(
    ("problem", "told"),
    [
        (said("TooManyHostedZones: 500 of 500"), "The cause is on our side"),
        (Message(provision.ALL_LISTED, {"name": HOST}), "If you have such records there, delete them."),
    ],
)
def test_zone_that_rests_says_what_its_owner_can_do(
    browser: FlaskClient, account: Account, problem: Message, told: str
) -> None:
    """What AWS said concerns staff alone."""
    domain = make_domain(account, HOST)
    make_zone(domain, ZoneState.PARKED, name_servers=[], problem=problem)
    status = text_of(status_of(page_of(browser, domain)))
    assert told in status
    assert "TooManyHostedZones" not in status


def test_what_could_not_be_asked_stands_beside_the_state_and_the_firm_report_stays(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    make_checked(domain, report(Verdict.DELEGATION_PARTIAL), utcnow() - timedelta(minutes=1))
    make_checked(domain, report(Verdict.PARENT_UNREACHABLE))
    page = page_of(browser, domain)
    status = text_of(status_of(page))
    assert text_of(with_id(page, "headline")) == "Action needed"
    assert "3 of 4 are right" in status
    assert "Could not check" in status
    assert attribute(page, "data-verdict") == ["PARENT_UNREACHABLE"]
    assert "Found" in text_of(page)
    assert "Missingcould not be asked" in text_of(with_id(page, "saw"))


def test_servers_that_disagree_are_settling(browser: FlaskClient, domain: LLMClientCustomDomain) -> None:
    make_checked(domain, report(Verdict.PARENT_INCONSISTENT))
    page = page_of(browser, domain)
    assert text_of(with_id(page, "headline")) == "Settling"
    assert "Nothing to do" in text_of(status_of(page))


def test_our_side_not_ready_never_asks_the_customer_for_anything(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    make_checked(domain, report(Verdict.ZONE_NOT_SERVED))
    page = page_of(browser, domain)
    assert text_of(with_id(page, "headline")) == "Setting up"
    assert "Our turn" in text_of(status_of(page))


def test_verified_name_leads_to_its_llm_client(browser: FlaskClient, domain: LLMClientCustomDomain) -> None:
    client = make_llm_client(domain.account, deployed=True)
    assignment.attach(client, domain, actor=SYSTEM)
    make_checked(domain, report(Verdict.VERIFIED))
    domain.certificates[0].state = CertificateState.ISSUED
    page = page_of(browser, domain)
    assert attribute(page, "data-state") == ["verified"]
    assert attribute(page, "data-verdict") == ["VERIFIED"]
    assert f"Visitors reach Sales at https://{HOST}/." in text_of(status_of(page))
    client.deployed = False
    assert "Sales is switched off" in text_of(status_of(page_of(browser, domain)))


def test_verified_name_without_llm_client_asks_for_one(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    make_checked(domain, report(Verdict.VERIFIED))
    assert "to no LLM client yet" in text_of(status_of(page_of(browser, domain)))


def test_contrary_look_at_a_live_name_is_only_beside_it(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    make_checked(domain, report(Verdict.VERIFIED), utcnow() - timedelta(hours=1))
    make_checked(domain, report(Verdict.NOT_DELEGATED))
    page = page_of(browser, domain)
    status = text_of(status_of(page))
    assert attribute(page, "data-state") == ["verified"]
    assert text_of(with_id(page, "headline")) == "Verified, but your records are gone"
    assert "Put the four records below back" in status
    assert domain.contrary_since is not None
    by = domain.contrary_since + timedelta(minutes=10)
    assert f"counts as failing if a check finds the same after {by:%-d %B %Y, %H:%M} UTC" in status


def test_wrong_records_of_a_live_name_are_told_with_what_to_change(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    make_checked(domain, report(Verdict.VERIFIED), utcnow() - timedelta(hours=1))
    found = report(Verdict.DELEGATION_MIXED)
    make_checked(domain, found)
    page = page_of(browser, domain)
    assert text_of(with_id(page, "headline")) == "Verified, but your records have changed"
    assert "Follow the steps below, then press Verify." in text_of(status_of(page))
    assert found.next_step not in text_of(status_of(page))


@pytest.mark.parametrize(("chosen", "words"), [("terraform", "Terraform"), ("zone-file", "Zone file")])
def test_next_step_names_the_format_that_stands_below(
    browser: FlaskClient, domain: LLMClientCustomDomain, chosen: str, words: str
) -> None:
    make_checked(domain, report(Verdict.RECORD_IN_THE_WAY))
    db.session.commit()
    shown = text_of(status_of(parse(browser.get(f"/domains/{domain.id}?as={chosen}").text)))
    assert f"Do what stands below under “{words}”, then press Verify." in shown
    assert "Follow the steps" not in shown


def test_steps_are_followed_where_a_format_would_add_nothing(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    make_checked(domain, report(Verdict.STALE_DS))
    db.session.commit()
    shown = text_of(status_of(parse(browser.get(f"/domains/{domain.id}?as=terraform").text)))
    assert "Follow the steps below, then press Verify." in shown


def test_steps_for_the_records_are_no_steps_for_broken_dnssec(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    found = judge(an_expectation(), healthy(trouble=Trouble.PARENT_BOGUS), NOW)
    make_checked(domain, found)
    shown = text_of(status_of(page_of(browser, domain)))
    assert found.next_step in shown
    assert "Follow the steps below" not in shown


def test_records_of_a_lapsed_name_are_put_back(browser: FlaskClient, account: Account) -> None:
    domain = make_domain(account, HOST, DomainState.LAPSED)
    domain.verified_at = utcnow() - timedelta(days=30)
    make_zone(domain, name_servers=list(OURS))
    make_checked(domain, report(Verdict.NOT_DELEGATED))
    page = page_of(browser, domain)
    assert "Put the four records below back, then press Verify." in text_of(status_of(page))
    assert text_of(with_id(page, "records")).startswith("Put these back")


def test_name_servers_that_are_there_are_not_told_to_be_in_the_making(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    """The check was made before they were there."""
    make_checked(domain, report(Verdict.ZONE_PENDING))
    page = page_of(browser, domain)
    shown = text_of(status_of(page))
    assert "Add the four name servers below" in shown
    assert "nothing to type" not in shown
    assert shown.count("NS records") == 1
    assert "Waiting for your records" in shown
    assert attribute(page, "data-verdict") == ["ZONE_PENDING"]


def test_name_that_we_do_not_serve_waits_for_no_records(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    db.session.add(DeniedName(name="acme.com", below=True, reason="Phishing.", actor_name="staff"))
    page = page_of(browser, domain)
    assert text_of(with_id(page, "headline")) == "Not a name that we serve"
    assert "aiting for" not in text_of(status_of(page))


def test_check_that_could_not_ask_takes_the_warning_not_back(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    make_checked(domain, report(Verdict.VERIFIED), utcnow() - timedelta(hours=1))
    make_checked(domain, report(Verdict.NOT_DELEGATED), utcnow() - timedelta(minutes=1))
    make_checked(domain, report(Verdict.PARENT_UNREACHABLE))
    page = page_of(browser, domain)
    status = text_of(status_of(page))
    assert text_of(with_id(page, "headline")) == "Verified, but your records are gone"
    assert "Could not check" in status
    assert "Nothing is needed from you" not in status


def test_what_only_the_owner_can_mend_asks_the_owner(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    """The parent could not be asked, so the state stays; but nobody else can change that."""
    make_checked(domain, report(Verdict.VERIFIED), utcnow() - timedelta(hours=1))
    found = judge(an_expectation(), healthy(trouble=Trouble.PARENT_BOGUS), NOW)
    assert found.who_acts == "you"
    make_checked(domain, found)
    page = page_of(browser, domain)
    assert attribute(page, "data-state") == ["verified"]
    assert text_of(with_id(page, "headline")) == "Action needed"
    assert found.next_step in text_of(status_of(page))
    assert "Your turn" in text_of(status_of(page))


def test_records_that_came_back_are_not_asked_for_again(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    """They are right at the parent, and our side is not ready to say that the name is verified again."""
    domain.state, domain.grace_until = DomainState.FAILING, utcnow() + timedelta(days=3)
    make_checked(domain, report(Verdict.NOT_DELEGATED), utcnow() - timedelta(minutes=2))
    make_checked(domain, report(Verdict.ZONE_NOT_SERVED))
    page = page_of(browser, domain)
    assert attribute(page, "data-state") == ["failing"]
    assert text_of(with_id(page, "headline")) == "Settling"
    assert "Our turn" in text_of(status_of(page))
    assert "Put the" not in text_of(page)


def test_periods_are_those_of_the_settings(
    app: Flask, browser: FlaskClient, domain: LLMClientCustomDomain, llm_client: LLMClient
) -> None:
    periods = {"live_check_hours_min": 2, "live_check_hours_max": 3, "failing_confirmation_minutes": 45}
    app.extensions["settings"] = app.extensions["settings"].model_copy(update=periods)
    stay = "Leave the records in place: we check again every 2 to 3 hours."
    make_checked(domain, report(Verdict.VERIFIED), utcnow() - timedelta(hours=1))
    assert stay in text_of(status_of(page_of(browser, domain)))
    assignment.attach(llm_client, domain, actor=SYSTEM)
    assert stay in text_of(page_of(browser, domain))
    db.session.commit()
    assert stay in browser.get(f"/llm-clients/{llm_client.id}").text
    now = utcnow()
    make_checked(domain, report(Verdict.NOT_DELEGATED), now)
    by = f"{now + timedelta(minutes=45):%H:%M} UTC"
    assert by in text_of(status_of(page_of(browser, domain)))


def test_failing_name_says_until_when_it_is_served(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    now = utcnow()
    make_checked(domain, report(Verdict.VERIFIED), now - timedelta(hours=2))
    make_checked(domain, report(Verdict.NOT_DELEGATED), now - timedelta(hours=1))
    make_checked(domain, report(Verdict.NOT_DELEGATED), now)
    page = page_of(browser, domain)
    assert attribute(page, "data-state") == ["failing"]
    assert f"switched off on {now + timedelta(days=7):%-d %B %Y}" in text_of(status_of(page))
    assert "Failing: chat.acme.com" in text_of(
        next(elements(parse(browser.get("/llm-clients").text), "body"))
    )


@pytest.mark.parametrize(
    ("state", "headline", "words"),
    [
        (DomainState.LAPSED, "Off", "We stopped serving chat.acme.com"),
        (DomainState.EXPIRED, "Off", "The same records still apply"),
        (DomainState.REMOVING, "Removing", "Delete the NS records for “chat”"),
    ],
)
def test_other_states(
    browser: FlaskClient, account: Account, state: DomainState, headline: str, words: str
) -> None:
    domain = make_domain(account, HOST, state)
    make_zone(domain, name_servers=list(OURS), baseline={"parent_zone": "acme.com"})
    page = page_of(browser, domain)
    assert text_of(with_id(page, "headline")) == headline
    assert words in text_of(status_of(page))


def test_lost_claim_names_nobody(
    browser: FlaskClient, account: Account, domain: LLMClientCustomDomain
) -> None:
    other = Account(name="Rival")
    db.session.add(other)
    make_domain(other, HOST, DomainState.VERIFIED)
    make_checked(domain, report(Verdict.VERIFIED))
    page = page_of(browser, domain)
    said = text_of(status_of(page))
    assert (
        "This name is verified in another account. If DNS proves your claim in two checks ten minutes apart"
        in said
    )
    assert "A check has proved your claim. The one after" in said
    assert attribute(page, "data-state") == ["pending"]
    assert text_of(with_id(page, "headline")) == "Settling"
    assert "Rival" not in "".join(page.itertext())


@pytest.mark.parametrize("state", [DomainState.PENDING, DomainState.LAPSED, DomainState.EXPIRED])
@pytest.mark.parametrize(
    ("name", "values", "words", "step"),
    [
        (
            f"over.{HOST}",
            {"state": DomainState.VERIFIED},
            "the name is above or below one that is connected to another account.",
            "If you control the name, contact nameplate@localhost.",
        ),
        (
            HOST,
            {"held_at": utcnow()},
            "the name is suspended for every account.",
            "Contact nameplate@localhost.",
        ),
    ],
    ids=["overlap", "suspended"],
)
def test_refused_proof_says_why_and_names_nobody(
    browser: FlaskClient,
    domain: LLMClientCustomDomain,
    name: str,
    values: dict[str, object],
    words: str,
    step: str,
    state: DomainState,
) -> None:
    other = make_account("Rival")
    make_domain(other, name, **values)  # type: ignore[arg-type]
    make_checked(domain, report(Verdict.VERIFIED))
    domain.state = state
    db.session.commit()
    page = page_of(browser, domain)
    said = text_of(status_of(page))
    assert f"The records for {HOST} are right, but {words}" in said
    assert step in said
    assert not [one for one in ("Rival", other.number, "over.") if one in "".join(page.itertext())]


@pytest.mark.parametrize(
    "values", [{"state": DomainState.VERIFIED}, {"held_at": utcnow()}], ids=["removed", "released"]
)
def test_proof_that_nothing_is_in_the_way_of_any_more_waits_for_the_next_check(
    browser: FlaskClient, domain: LLMClientCustomDomain, values: dict[str, object]
) -> None:
    other = make_domain(make_account("Rival"), HOST, **values)  # type: ignore[arg-type]
    make_checked(domain, report(Verdict.VERIFIED))
    assert not domain.is_verified
    other.state, other.held_at = DomainState.REMOVED, None
    db.session.commit()
    said = text_of(status_of(page_of(browser, domain)))
    assert f"The records for {HOST} are right; the next check connects the name." in said
    assert "Press Verify, or wait for it." in said
    assert "another account" not in said


def test_what_we_saw_has_every_question_with_its_dig_line(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    dns, _ = world(delegated=OURS[:3])
    found = check(dns)
    make_checked(domain, found)
    saw = text_of(with_id(page_of(browser, domain), "saw"))
    assert found.asked
    assert all(asked.dig in saw for asked in found.asked)
    assert "REFERRAL" in saw


def test_hints_stand_below_the_sentence(browser: FlaskClient, domain: LLMClientCustomDomain) -> None:
    found = report(Verdict.DELEGATION_PARTIAL)
    if not found.hints:
        dns, acme = world(delegated=OURS[:3])
        acme.put(HOST, "DS", "12345 13 2 " + "A" * 64)
        found = check(dns)
    make_checked(domain, found)
    assert found.hints
    assert all(h.message in text_of(status_of(page_of(browser, domain))) for h in found.hints)


def test_name_in_other_letters_is_shown_in_both_forms(browser: FlaskClient, account: Account) -> None:
    domain = make_domain(account, "chat.straße.de")
    heading = next(elements(page_of(browser, domain), "h1"))
    assert text_of(heading) == "chat.straße.dechat.xn--strae-oqa.de"
