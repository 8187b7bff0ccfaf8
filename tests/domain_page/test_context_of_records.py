"""What the page of a claim shows that is proved by records in its own zone, from the registration to live."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from flask import Flask, render_template
from flask.testing import FlaskClient

from tests.app_fixtures import make_app, make_tables
from tests.browser.gallery_probes import seen as seen_from_outside
from tests.dns.records_method.cases import SERVERS, host, seen, world
from tests.domain_page.pages import attribute, page_of
from tests.domains.reports import report
from tests.factories import make_checked, make_domain, make_llm_client, make_zone
from tests.page_lint import elements, text_of, with_id
from webapp.dns.delegation import Verdict
from webapp.dns.providers import PROVIDERS
from webapp.dns.records_method import (
    RecordsExpectation,
    RecordsReport,
    Stage,
    ValidationRecord,
    judge,
    verify,
)
from webapp.dns.records_method.lookup.observation import ValidationAnswer
from webapp.domain_page.own_records.to_type import Part, to_type
from webapp.domain_page.reading import domain_page
from webapp.domains import listing
from webapp.domains.rules.status import Situation, situation
from webapp.extensions import db, settings
from webapp.handover.page import handover_page
from webapp.messages.sentences.certificates import Problem
from webapp.models import (
    Account,
    CertificateState,
    DomainState,
    HostedZone,
    LLMClientCustomDomain,
    Message,
    Method,
    NotificationKind,
    ProbeOutcome,
    RecordsProof,
    utcnow,
)
from webapp.notifications import emails
from webapp.notifications.draft import Occasions
from webapp.notifications.rules import transition_rules
from webapp.proofs.delegation.expectation import expectation_of as delegation_of
from webapp.proofs.registry import METHODS

HOST = "chat.acme.com"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """An installation that offers both methods."""
    edge = {"edge_domain": "edge.platform.example", "edge_target": ["45.76.10.1", "2a05:f480::1"]}
    app = make_app(tmp_path, methods=["delegation", "records"], **edge)
    with app.app_context():
        make_tables()
        yield app
        db.session.remove()
        db.engine.dispose()


def claimed(
    account: Account, name: str = HOST, state: DomainState = DomainState.PENDING
) -> LLMClientCustomDomain:
    domain = make_domain(account, name, state, method=Method.RECORDS)
    METHODS[Method.RECORDS].prepare(domain, utcnow())
    return domain


def expectation_of(domain: LLMClientCustomDomain) -> RecordsExpectation:
    found = METHODS[Method.RECORDS].expectations([domain])[domain.id]
    assert isinstance(found, RecordsExpectation)
    return found


def checked(
    domain: LLMClientCustomDomain, *, token: bool = True, leads: bool = False, **changes: Any
) -> RecordsReport:
    """A check that has found the token or none, and at the host our target or what `changes` say."""
    expected = expectation_of(domain)
    observation = seen((expected.token,) if token else (), (expected.target,) if leads else (), **changes)
    report = judge(expected, observation, utcnow())
    make_checked(domain, report)  # type: ignore[arg-type] # of either method
    return report


def a_site() -> dict[str, Any]:
    """An old web site answers at the host."""
    return {"hosts": tuple(host(one, addresses=frozenset({"203.0.113.7"})) for one in SERVERS)}


def records(page: Element) -> list[tuple[str, str, str]]:
    return [
        (one.attrib["data-record-type"], one.attrib["data-record-name"], one.attrib["data-record-value"])
        for one in elements(page)
        if "data-record-type" in one.attrib
    ]


def test_page_shows_both_records_at_once_and_no_name_server(browser: FlaskClient, account: Account) -> None:
    domain = claimed(account)
    expected = expectation_of(domain)
    page = page_of(browser, domain)
    assert records(page) == [
        ("TXT", f"_nameplate-challenge.{HOST}", expected.token),
        ("CNAME", HOST, expected.target),
    ]
    assert attribute(page, "data-name-server") == []
    assert attribute(page, "data-state") == ["pending"]
    assert text_of(with_id(page, "headline")) == "Waiting for DNS"
    said = text_of(with_id(page, "live"))
    assert "it reserves “chat”" in said
    for word in (" NS record", "name server", "four", "zone of your name"):
        assert word not in said
    copied = attribute(page, "data-copy")
    assert {"_nameplate-challenge.chat", "chat", expected.token, expected.target} <= set(copied)


def marks(page: Element) -> dict[str, str]:
    return {
        one.attrib["data-record-type"]: one.attrib["data-mark"]
        for one in elements(page)
        if "data-mark" in one.attrib
    }


def test_name_with_its_token_is_reserved_and_nobody_is_in_a_hurry(
    browser: FlaskClient, account: Account
) -> None:
    domain = claimed(account)
    report = checked(domain, **a_site())
    assert report.stage is Stage.RESERVED
    page = page_of(browser, domain)
    assert text_of(with_id(page, "headline")) == "Reserved: switch when you like"
    assert "When you are ready" in text_of(with_id(page, "status"))
    assert attribute(page, "data-verdict") == [report.verdict.value]
    assert marks(page) == {"TXT": "found", "CNAME": "missing"}
    said = text_of(with_id(page, "live"))
    assert "Until you switch, chat.acme.com leads to 203.0.113.7 as it does today." in said
    assert "When you like, follow the steps below, then press Verify." in said
    assert "Delete the A record named “chat” with the value 203.0.113.7." in said
    now = next(one for one in elements(page, "li") if one.get("aria-current") == "step")
    assert text_of(now).startswith("Switch")


@pytest.mark.parametrize(
    ("options", "where", "rank"),
    [
        ({"token": False}, Situation.WAITING, listing.Show.WAITING),
        ({"token": True}, Situation.RESERVED, listing.Show.WAITING),
        ({"token": True, **a_site()}, Situation.RESERVED, listing.Show.WAITING),
        (
            {"token": True, "hosts": tuple(host(one, HOST, loop=True) for one in SERVERS)},
            Situation.ACTION,
            listing.Show.ACTION,
        ),
        (
            {"token": True, "hosts": tuple(host(one, "other.edge.platform.example") for one in SERVERS)},
            Situation.RESERVED,
            listing.Show.WAITING,
        ),
        (
            {"token": True, "hosts": tuple(host(one, "edge.platform.example") for one in SERVERS)},
            Situation.ACTION,
            listing.Show.ACTION,
        ),
    ],
    ids=["nothing", "reserved", "reserved-with-a-site", "loop", "of-another-claim", "mistyped"],
)
def test_list_and_headline_agree_for_a_claim_without_a_zone(
    account: Account, options: dict[str, Any], where: Situation, rank: listing.Show
) -> None:
    domain = claimed(account)
    assert situation(domain, None) is Situation.WAITING
    checked(domain, **options)
    db.session.commit()
    assert situation(domain, None) is where
    assert [one.id for one in listing.listed(account, "", rank, None, 10).domains] == [domain.id]


def test_name_that_led_to_us_before_is_not_headed_by_a_switch_at_leisure(
    browser: FlaskClient, account: Account
) -> None:
    """It had expired, and somebody came back to it: its record has to be there again, as the check says."""
    domain = claimed(account)
    domain.verified_at = utcnow() - timedelta(days=90)
    checked(domain, **a_site())
    assert situation(domain, None) is Situation.WAITING
    page = page_of(browser, domain)
    assert text_of(with_id(page, "headline")) == Situation.WAITING.words
    assert "when you like" not in text_of(with_id(page, "live")).lower()


def test_zone_that_a_claim_had_before_says_nothing_of_it(browser: FlaskClient, account: Account) -> None:
    domain = claimed(account)
    zone = make_zone(domain, baseline={"a": ["203.0.113.7"], "parent_zone": "acme.com"})
    page = page_of(browser, domain)
    assert situation(domain, zone) is Situation.WAITING
    assert with_id(page, "before") is None
    assert attribute(page, "data-name-server") == []


def test_typed_target_with_a_mistake_is_no_calm_switch(browser: FlaskClient, account: Account) -> None:
    domain = claimed(account)
    wrong = expectation_of(domain).target + ".acme.com"
    checked(domain, hosts=tuple(host(one, wrong) for one in SERVERS))
    page = page_of(browser, domain)
    assert text_of(with_id(page, "headline")) == "Action needed"
    assert "with a dot" in text_of(with_id(page, "status"))
    assert "Your turn" in text_of(with_id(page, "status"))
    assert situation(domain, None) is Situation.ACTION
    # It is told in one way: what is edited is not said to be deleted and added as well.
    said = text_of(with_id(page, "live"))
    assert "and edit it" in said
    assert "Delete" not in said
    assert said.count("Follow the steps below") == 1


def without_validation(domain: LLMClientCustomDomain) -> ValidationRecord:
    """It is verified, and the record that its certificate needs is not there."""
    checked(domain, leads=True)
    record = ValidationRecord(f"_x1.{HOST}", "_y2.acm-validations.aws")
    certificate = domain.certificates[0]
    certificate.state = CertificateState.REQUESTED
    certificate.validation_name, certificate.validation_value = record.name, record.value
    said = {"name": HOST, "record": record.name, "value": record.value}
    certificate.problem = Message(Problem.RECORD_MISSING, said)
    checked(domain, leads=True, validation=ValidationAnswer(told=True))
    return record


def test_record_of_the_certificate_is_told_once_with_its_steps(
    browser: FlaskClient, account: Account
) -> None:
    domain = claimed(account)
    record = without_validation(domain)
    page = page_of(browser, domain)
    status = text_of(with_id(page, "status"))
    assert text_of(with_id(page, "headline")) == "Action needed"
    assert "Follow the steps below, then press Verify." in status
    # Its values stand in the table, and in the steps.
    assert record.value not in status
    assert "For the certificate, add our CNAME record" not in status
    assert with_id(page, "your-records") is None
    assert text_of(with_id(page, "records")).startswith("Add what is missing")
    assert f"enter {record.value}" in text_of(with_id(page, "live"))


def test_copied_value_ends_with_a_dot_wherever_it_stands(
    browser: FlaskClient, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = claimed(account)
    record = without_validation(domain)
    for known, value in (("sandbox", f"{record.value}."), ("cloudflare", record.value)):
        provider = next(one for one in PROVIDERS if one.id == known)
        monkeypatch.setattr("webapp.domain_page.reading.provider_of", lambda _servers, it=provider: it)
        shown = with_id(page_of(browser, domain), "certificate-record")
        assert shown is not None
        assert [one.get("data-copy") for one in elements(shown, "button")] == [record.name, value]


def test_nobody_is_thanked_while_the_record_of_the_certificate_is_missing(account: Account) -> None:
    """Whoever manages the DNS is not told to close a page that asks for one more record."""
    domain = claimed(account)
    checked(domain, leads=True)
    assert handover_page(domain, settings(), utcnow()).in_place
    without_validation(domain)
    seen_by_stranger = handover_page(domain, settings(), utcnow())
    assert seen_by_stranger.records.guide is not None
    assert seen_by_stranger.records.guide.tells
    assert seen_by_stranger.headline == "Records to add"
    assert f"{HOST} has 2 of 3 records" in seen_by_stranger.wanted


def test_records_that_are_all_there_are_folded_whatever_else_is_to_do(
    browser: FlaskClient, account: Account
) -> None:
    domain = claimed(account)
    checked(domain, leads=True)
    certificate = domain.certificates[0]
    certificate.state = CertificateState.FAILED
    allows = {"where": "acme.com", "allows": ["letsencrypt.org"], "authority": "amazon.com"}
    certificate.problem = Message(Problem.CAA_RESTRICTED, {**allows, "add": '0 issue "amazon.com"'})
    page = page_of(browser, domain)
    assert text_of(with_id(page, "headline")) == "Action needed"
    assert text_of(with_id(page, "your-records")).startswith("Your records all found")


def test_two_certificates_on_one_page_are_told_apart(
    app: Flask, browser: FlaskClient, account: Account
) -> None:
    app.extensions["settings"] = settings().model_copy(update={"edge_probes": "yes"})
    domain = claimed(account)
    make_llm_client(account, deployed=True, custom_domain=domain)
    checked(domain, leads=True)
    certificate = domain.certificates[0]
    certificate.state, certificate.not_after = CertificateState.ISSUED, utcnow() + timedelta(days=300)
    seen_from_outside(domain, ProbeOutcome.LIVE)
    said = text_of(with_id(page_of(browser, domain), "live"))
    assert "What visitors met when we last looked is another one, from Let's Encrypt, R11" in said
    assert domain.probe is not None
    domain.probe.issuer = "Amazon, Amazon RSA 2048 M02"
    assert "another one" not in text_of(with_id(page_of(browser, domain), "live"))


def test_verified_name_shows_its_records_and_no_steps(browser: FlaskClient, account: Account) -> None:
    domain = claimed(account)
    checked(domain, leads=True)
    assert domain.state is DomainState.VERIFIED
    page = page_of(browser, domain)
    assert marks(page) == {"TXT": "found", "CNAME": "found"}
    assert text_of(with_id(page, "records")) == "Your records, where acme.com is managed"
    assert "Sign in to" not in text_of(with_id(page, "live"))
    told = next(
        one for one in browser.get(f"/domains/{domain.id}/history").text.split("<p>") if "is verified" in one
    )
    assert "our TXT record is in" in told


@pytest.mark.parametrize("verified", [True, False])
def test_records_that_are_gone_are_asked_for_in_their_own_words(
    browser: FlaskClient, account: Account, verified: bool
) -> None:
    domain = claimed(account)
    checked(domain, leads=True)
    if not verified:
        domain.state, domain.grace_until = DomainState.FAILING, utcnow()
    checked(domain, token=False)
    page = page_of(browser, domain)
    said = text_of(with_id(page, "status"))
    assert "Put the records below back" in said
    assert "NS" not in said
    if verified:
        assert text_of(with_id(page, "headline")) == "Verified, but your records are gone"


@pytest.mark.parametrize("state", [DomainState.VERIFIED, DomainState.FAILING, DomainState.LAPSED])
def test_nobody_whose_name_was_served_is_told_to_switch_at_leisure(
    browser: FlaskClient, account: Account, state: DomainState
) -> None:
    """Its visitors are led elsewhere already, and its time runs out."""
    domain = claimed(account)
    checked(domain, leads=True)
    domain.state, domain.contrary_since = state, utcnow()
    domain.grace_until = utcnow() + timedelta(days=2) if state is DomainState.FAILING else None
    checked(domain, **a_site())
    page = page_of(browser, domain)
    said = text_of(with_id(page, "live"))
    for words in (
        "when you like",
        "When you like",
        "a moment that you choose",
        "as it does today",
        "Not yet",
    ):
        assert words not in said
    assert "Add it now: the TXT record is there. Until then, new visitors are led to 203.0.113.7." in said
    assert "Delete the NS records" not in said
    assert text_of(with_id(page, "records")).startswith("Add what is missing")
    # What was reached once is no step on the way any more.
    assert "Switch Done" not in text_of(with_id(page, "status"))


def test_apex_gets_the_addresses_of_the_edge_and_may_have_an_alias(
    browser: FlaskClient, account: Account
) -> None:
    domain = claimed(account, "acme.com")
    page = page_of(browser, domain)
    assert [(kind, name) for kind, name, _ in records(page)] == [
        ("TXT", "_nameplate-challenge.acme.com"),
        ("A", "acme.com"),
        ("AAAA", "acme.com"),
    ]
    alias = f"ALIAS or ANAME records, one that leads to {expectation_of(domain).target}"
    assert alias in text_of(with_id(page, "live"))


def test_marks_of_an_earlier_token_are_not_those_of_this_one(account: Account) -> None:
    domain = claimed(account)
    report = checked(domain)
    other = claimed(account, "shop.acme.com")
    todo = to_type(other, expectation_of(other), report)
    assert [line.mark for line in todo.lines] == [None, None]
    assert not todo.in_place(Part.RESERVE)


@pytest.mark.parametrize("format_", ["zone-file", "terraform", "aws-cli"])
def test_tools_get_both_records(browser: FlaskClient, account: Account, format_: str) -> None:
    domain = claimed(account)
    expected = expectation_of(domain)
    db.session.commit()
    page = browser.get(f"/domains/{domain.id}?as={format_}").text
    snippet = page.partition("<pre")[2].partition("</pre>")[0]
    for value in (f"_nameplate-challenge.{HOST}", expected.token, expected.target):
        assert value in snippet
    assert "Leave out the CNAME record of" in page


def test_before_the_removal_the_records_to_delete_are_named(browser: FlaskClient, account: Account) -> None:
    domain = claimed(account)
    checked(domain, leads=True)
    db.session.commit()
    page = browser.get(f"/domains/{domain.id}/remove").text
    assert page.count("Still there") == 2
    assert expectation_of(domain).target in page
    assert "name server" not in page


def test_evidence_is_told_in_words_of_the_method(browser: FlaskClient, account: Account) -> None:
    """Name servers are looked for by a delegation alone. Here they are among the records of an answer."""
    domain = claimed(account)
    dns, _ = world(token=expectation_of(domain).token, target=None)
    seen_now = asyncio.run(verify(expectation_of(domain), dns, utcnow()))
    make_checked(domain, seen_now)  # type: ignore[arg-type] # of either method
    saw = text_of(with_id(page_of(browser, domain), "saw"))
    assert "Name servers seen" not in saw
    # As it stands in the answer: in quotes.
    assert f'"{expectation_of(domain).token}"' in saw
    delegated = make_domain(account, "shop.acme.com")
    make_zone(delegated)
    values = {"asked": seen_now.asked}
    make_checked(delegated, report(delegation_of(delegated), Verdict.NOT_DELEGATED, utcnow(), **values))
    saw = text_of(with_id(page_of(browser, delegated), "saw"))
    assert "Records seen" in saw


# Another way to prove the name


def test_side_panel_says_by_what_in_words_that_stay_true(browser: FlaskClient, account: Account) -> None:
    """The poll brings the main column alone: the panel is what it was when the page was opened."""
    domain = claimed(account)
    before = text_of(with_id(page_of(browser, domain), "proof-by"))
    assert before == "By TXT and CNAME records of your own."
    checked(domain, leads=True)
    assert domain.state is DomainState.VERIFIED
    assert text_of(with_id(page_of(browser, domain), "proof-by")) == before
    domain.next_method = Method.DELEGATION
    METHODS[Method.DELEGATION].prepare(domain, utcnow())
    assert text_of(with_id(page_of(browser, domain), "proof-by")) == (
        "By TXT and CNAME records of your own, until NS records that delegate the name are seen."
    )


def change(browser: FlaskClient, domain: LLMClientCustomDomain, method: str) -> Any:
    db.session.commit()
    return browser.post(f"/domains/{domain.id}/method", data={"method": method}, follow_redirects=True)


def test_claim_that_is_not_served_changes_at_once(browser: FlaskClient, account: Account) -> None:
    domain = make_domain(account, HOST)
    make_zone(domain)
    checked_before = page_of(browser, domain)
    assert "Prove it in another way" in text_of(checked_before)
    change(browser, domain, "records")
    db.session.refresh(domain)
    assert domain.method is Method.RECORDS
    page = page_of(browser, domain)
    assert {kind for kind, _, _ in records(page)} == {"TXT", "CNAME"}
    assert attribute(page, "data-name-server") == []


def test_served_name_shows_what_is_still_to_be_typed_and_can_stay(
    browser: FlaskClient, account: Account
) -> None:
    domain = make_domain(account, HOST, DomainState.VERIFIED, verified_at=utcnow())
    make_zone(domain)
    make_llm_client(account, custom_domain=domain)
    change(browser, domain, "records")
    db.session.refresh(domain)
    assert (domain.method, domain.next_method) == (Method.DELEGATION, Method.RECORDS)
    expected = METHODS[Method.RECORDS].expectations([domain])[domain.id]
    assert isinstance(expected, RecordsExpectation)
    assert "nothing has to be done in a hurry" in text_of(page_of(browser, domain))
    # Its NS records were there before, and this record never was.
    assert "put our TXT record" not in judge(expected, seen((), ()), utcnow()).message
    domain.next_report = judge(expected, seen((expected.token,), ()), utcnow()).to_data()
    page = page_of(browser, domain)
    # Half of it is done, and visitors are about to be lost: it no longer says that there is time.
    assert "the NS records are gone: do the rest now" in text_of(page)
    for calm in ("in a hurry", "when you like", "When you like", "Visitors are served all the time"):
        assert calm not in text_of(page)
    coming = text_of(with_id(page, "coming"))
    assert coming == "Changing to TXT and CNAME records of your own"
    assert attribute(page, "data-next-verdict") == ["CNAME_MISSING"]
    assert attribute(page, "data-state") == ["verified"]
    assert marks(page) == {"TXT": "found", "CNAME": "missing"}
    assert len(attribute(page, "data-name-server")) == 4
    change(browser, domain, "delegation")
    db.session.refresh(domain)
    assert domain.next_method is None
    assert "Changing to" not in text_of(page_of(browser, domain))


def test_next_report_of_another_release_is_no_error(browser: FlaskClient, account: Account) -> None:
    domain = make_domain(
        account, HOST, DomainState.VERIFIED, next_method=Method.RECORDS, next_report={"verdict": "?"}
    )
    make_zone(domain)
    METHODS[Method.RECORDS].prepare(domain, utcnow())
    assert {kind for kind, _, _ in records(page_of(browser, domain))} == {"TXT", "CNAME"}


@pytest.mark.parametrize("typed", ["", "phone", "DELEGATION"])
def test_unknown_way_is_refused_in_words(browser: FlaskClient, account: Account, typed: str) -> None:
    domain = claimed(account)
    answer = change(browser, domain, typed)
    assert "Choose one of the ways to prove the name" in answer.text
    db.session.refresh(domain)
    assert domain.method is Method.RECORDS


def test_whole_domain_is_not_offered_to_be_delegated(browser: FlaskClient, account: Account) -> None:
    domain = claimed(account, "acme.com")
    assert "Prove it in another way" not in text_of(page_of(browser, domain))
    assert "is a whole domain" in change(browser, domain, "delegation").text
    db.session.refresh(domain)
    assert domain.method is Method.RECORDS


def test_changing_back_and_forth_draws_no_more_zones_than_registering(app: Flask, account: Account) -> None:
    """Each new zone has other name servers, which might be those of an old delegation of a stranger's name."""
    domain, drawn = claimed(account), METHODS[Method.DELEGATION]
    limits = app.extensions["settings"].model_copy(update={"zones_per_name_per_day": 2})
    now = utcnow()
    for _ in range(2):
        assert drawn.refusal(domain, limits, now) is None
        drawn.prepare(domain, now)
        drawn.let_go(domain, now)
    refusal = drawn.refusal(domain, limits, now)
    assert refusal is not None
    assert "too often today" in refusal
    assert db.session.query(HostedZone).count() == 2
    assert db.session.query(RecordsProof).count() == 1


def test_e_mail_has_each_record_and_says_that_the_name_is_reserved(app: Flask, account: Account) -> None:
    domain = claimed(account)
    checked(domain, **a_site())
    now = utcnow()
    page = domain_page(domain, app.extensions["settings"], now)
    news = transition_rules.make(
        NotificationKind.ACTION_NEEDED, now, transition_rules.facts_of(domain), transition_rules.Periods()
    )
    occasions = Occasions(timedelta(days=30), timedelta(days=1), (timedelta(hours=6), timedelta(hours=24)))
    email = emails.email_text([news], page, occasions, now)
    assert email.subject == f"Reserved: {HOST} waits for your switch"
    expected = expectation_of(domain)
    for template in ("mail/email.txt", "mail/email.html"):
        text = render_template(template, email=email, words="", link="", why="", how="", stop="")
        for value in (f"_nameplate-challenge.{HOST}", expected.token, expected.target, "CNAME"):
            assert value in text
        assert "name server" not in text


def test_choosing_a_method_says_what_was_saved(browser: FlaskClient, account: Account) -> None:
    domain = make_domain(account, HOST)
    make_zone(domain)
    assert "Saved. It is proved by TXT and CNAME records" in change(browser, domain, "records").text
    served = make_domain(account, f"a.{HOST}", DomainState.VERIFIED)
    make_zone(served)
    assert "Saved. It is served as before until TXT and CNAME" in change(browser, served, "records").text
