"""Help in place: words where they first appear, each result of a check with its page, and whom to contact."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.dns.records_method.cases import SERVERS, expectation, host, seen
from tests.domains.reports import report
from tests.factories import make_account, make_checked, make_domain, make_zone
from tests.page_lint import elements, lint, parse, text_of, with_id
from webapp.audit.log import note
from webapp.dns.delegation import Verdict
from webapp.dns.judgement.finding import OWN_ZONE
from webapp.dns.lookup.observation import Trouble
from webapp.dns.records_method import judge
from webapp.dns.records_method.words.reasons import ALIAS_THERE
from webapp.extensions import db
from webapp.help_pages.glossary import GLOSSARY
from webapp.help_pages.verdicts import VERDICTS
from webapp.help_pages.views import was_found
from webapp.models import Account, DomainState, Event, EventKind, LLMClientCustomDomain, Message, User, utcnow
from webapp.proofs.delegation.expectation import expectation_of


@pytest.fixture
def domain(account: Account) -> LLMClientCustomDomain:
    domain = make_domain(account)
    make_zone(domain)
    db.session.commit()
    return domain


def check(domain: LLMClientCustomDomain, verdict: Verdict) -> None:
    make_checked(domain, report(expectation_of(domain), verdict, utcnow()))
    db.session.commit()


def questions(html: str) -> set[str]:
    return {text_of(one) for one in elements(parse(html), "summary") if text_of(one).endswith("?")}


def results(html: str) -> list[str]:
    links = (one.get("href", "") for one in elements(parse(html), "a"))
    return [link for link in links if link.startswith("/help/verdicts/")]


def test_page_of_a_new_name_explains_what_is_to_be_typed(
    client: FlaskClient, customer: User, domain: LLMClientCustomDomain
) -> None:
    text = sign_in(client, customer).get(f"/domains/{domain.id}").text
    assert {"What is a name server?", "What is an NS record?"} <= questions(text)
    assert results(text) == []
    told = text_of(with_id(parse(text), "records-what-is-name-server"))
    assert "A name server is a computer that answers questions about names" in told


@pytest.mark.parametrize("verdict", [Verdict.NOT_DELEGATED, Verdict.NS_MISTYPED, Verdict.STALE_DS])
def test_result_of_a_check_leads_to_its_page(
    client: FlaskClient, customer: User, domain: LLMClientCustomDomain, verdict: Verdict
) -> None:
    check(domain, verdict)
    text = sign_in(client, customer).get(f"/domains/{domain.id}").text
    assert results(text) == [f"/help/verdicts/{verdict.value}"]
    assert client.get(results(text)[0]).status_code == 200
    assert ("What is a DS record?" in questions(text)) == (verdict is Verdict.STALE_DS)
    assert lint(text) == []


@pytest.mark.parametrize(
    ("verdict", "reason", "asked"),
    [
        (Verdict.PARENT_UNREACHABLE, Trouble.PARENT_BOGUS.value, "What is a DS record?"),
        (Verdict.RECORD_IN_THE_WAY, OWN_ZONE, "What is a zone?"),
        (Verdict.RECORD_IN_THE_WAY, ALIAS_THERE, "What is a CNAME record?"),
    ],
)
def test_words_are_those_of_the_reason(verdict: Verdict, reason: str, asked: str) -> None:
    told = VERDICTS[verdict]
    assert asked in {GLOSSARY[one].question for one in told.words_for(reason)}
    assert told.words_for("another") == told.words
    assert all(set(words) <= set(GLOSSARY) for words in told.words_by_reason.values())


def test_verified_name_is_explained_nothing(
    client: FlaskClient, customer: User, domain: LLMClientCustomDomain
) -> None:
    check(domain, Verdict.VERIFIED)
    assert results(sign_in(client, customer).get(f"/domains/{domain.id}").text) == []


def test_registration_explains_its_words(client: FlaskClient, customer: User) -> None:
    asked = questions(sign_in(client, customer).get("/domains/register").text)
    assert {"What is a domain?", "What is an LLM client?"} <= asked


def test_taken_name_is_told_with_an_address_to_write_to(client: FlaskClient, customer: User) -> None:
    make_domain(make_account("Rival"), "over.chat.acme.com", state=DomainState.VERIFIED)
    db.session.commit()
    data = {"domain_name": "chat.acme.com", "llm_client": ""}
    page = parse(sign_in(client, customer).post("/domains/register", data=data).text)
    said = text_of(with_id(page, "main"))
    assert "If the domain is yours, contact nameplate@localhost, and we sort out" in said
    links = [text_of(one) for one in elements(page, "a") if one.get("href") == "mailto:nameplate@localhost"]
    assert len(links) > 1
    assert "contact us" not in said


def test_history_says_what_a_check_saw_and_what_was_asked_for_then(
    client: FlaskClient, customer: User, domain: LLMClientCustomDomain
) -> None:
    """The sentence of a report is an instruction, and would read as one of today."""
    found = report(expectation_of(domain), Verdict.NOT_DELEGATED, utcnow())
    said = Message("verdict.changed", found.to_statement())
    note(domain, EventKind.VERDICT_CHANGED, said, evidence={"verdict": found.verdict.value})
    older = note(
        domain, EventKind.VERDICT_CHANGED, Message("domain.resumed"), evidence={"verdict": "STALE_DS"}
    )
    # Known to no rule of today, which each of them would say.
    older.evidence = {"verdict": "OF_AN_OLDER_RELEASE"}
    domain.verdict = Verdict.VERIFIED.value
    db.session.commit()
    text = sign_in(client, customer).get(f"/domains/{domain.id}/history").text
    told = text_of(parse(text))
    assert f"{VERDICTS[Verdict.NOT_DELEGATED].means} We said: {found.message}" in told
    assert "We said: We check for the same records again." not in told


def test_history_blames_no_provider_for_the_addresses_of_another_site() -> None:
    """An old site's A record has the same verdict as a proxy, and the history has one sentence for both."""
    said = judge(
        expectation(), seen(hosts=[host(one, addresses=("203.0.113.7",)) for one in SERVERS]), utcnow()
    )
    event = Event(kind=EventKind.VERDICT_CHANGED, evidence={"verdict": said.verdict.value})
    assert said.verdict is Verdict.CNAME_FLATTENED
    assert was_found(event) == "The name answers with addresses, where our CNAME record should be."


@pytest.mark.parametrize("reason", [OWN_ZONE, ALIAS_THERE])
def test_history_tells_no_records_of_the_name_where_something_else_was_in_the_way(reason: str) -> None:
    evidence = {"verdict": Verdict.RECORD_IN_THE_WAY.value}
    event = Event(kind=EventKind.VERDICT_CHANGED, evidence=evidence, message_params={"reason": ""})
    assert was_found(event) == VERDICTS[Verdict.RECORD_IN_THE_WAY].means
    event.message_params = {"reason": reason}
    assert was_found(event) is None
