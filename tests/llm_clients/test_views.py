from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.app_fixtures import sign_in
from tests.factories import make_account, make_domain, make_llm_client, make_zone
from tests.page_lint import elements, parse, text_of, with_id
from tests.probes.seeing import found, see
from webapp.extensions import db, settings
from webapp.llm_clients import services
from webapp.messages.sentences.certificates import Problem
from webapp.models import (
    Account,
    Certificate,
    CertificateState,
    DomainState,
    LLMClient,
    LLMClientCustomDomain,
    Message,
    ProbeOutcome,
    User,
    utcnow,
)


@pytest.fixture
def browser(client: FlaskClient, customer: User) -> FlaskClient:
    return sign_in(client, customer)


def only() -> LLMClient:
    db.session.expire_all()
    return db.session.scalars(select(LLMClient)).one()


def test_empty_list_tells_what_one_is(browser: FlaskClient) -> None:
    assert "No LLM clients yet" in browser.get("/llm-clients").text


def test_creating_leads_to_its_page_with_its_default_address(browser: FlaskClient) -> None:
    response = browser.post("/llm-clients/new", data={"name": "Sales Assistant", "deployed": "y"})
    made = only()
    assert (response.status_code, response.location) == (303, f"/llm-clients/{made.id}")
    assert made.deployed
    assert "sales-assistant.1234-5678-9012.api.platform.example" in browser.get(response.location).text


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_name_that_will_not_do_is_a_field_error(browser: FlaskClient, name: str) -> None:
    response = browser.post("/llm-clients/new", data={"name": name})
    assert response.status_code == 422
    assert 'id="name-problem"' in response.text


def test_renaming_and_switching_keeps_the_default_address(
    browser: FlaskClient, llm_client: LLMClient
) -> None:
    before = llm_client.default_host
    assert browser.post(f"/llm-clients/{llm_client.id}", data={"name": "Service"}).status_code == 303
    assert (only().name, only().deployed, only().default_host) == ("Service", False, before)


def test_address_is_the_own_domain_once_that_is_verified(
    browser: FlaskClient, account: Account, llm_client: LLMClient
) -> None:
    domain = make_domain(account, "chat.acme.test")
    db.session.commit()
    url = f"/llm-clients/{llm_client.id}"
    browser.post(f"{url}/domain", data={"domain": str(domain.id)})
    assert f'<code class="big">{llm_client.default_host}</code>' in browser.get(url).text
    domain.state = DomainState.VERIFIED
    db.session.commit()
    assert '<code class="big">chat.acme.test</code>' in browser.get(url).text
    browser.post(f"{url}/domain", data={"domain": ""})
    assert only().custom_domain is None


def test_domain_that_is_being_removed_is_not_offered(
    browser: FlaskClient, account: Account, llm_client: LLMClient
) -> None:
    make_domain(account, "gone.acme.test", DomainState.REMOVING)
    db.session.commit()
    assert "gone.acme.test" not in browser.get(f"/llm-clients/{llm_client.id}").text


def test_equal_names_get_labels_of_their_own(account: Account) -> None:
    made = [services.create(account, "Sales").label for _ in range(3)]
    assert made == ["sales", "sales-2", "sales-3"]


def test_long_label_stays_a_label(account: Account) -> None:
    labels = [services.create(account, "a" * 80).label for _ in range(2)]
    assert [len(label) for label in labels] == [63, 63]
    assert labels[1].endswith("-2")


def test_labels_of_two_accounts_do_not_meet(account: Account) -> None:
    make_llm_client(make_account("Rival"), "Sales")
    assert services.create(account, "Sales").label == "sales"


def led_to(llm_client: LLMClient, state: DomainState) -> LLMClientCustomDomain:
    domain = make_domain(llm_client.account, "chat.acme.test", state)
    make_zone(domain)
    llm_client.custom_domain, llm_client.deployed = domain, True
    db.session.commit()
    return domain


def certify(domain: LLMClientCustomDomain, state: CertificateState, **values: Any) -> None:
    name, now = domain.domain_name, utcnow()
    db.session.add(
        Certificate(
            custom_domain=domain,
            domain_name=name,
            idempotency_token="t1",
            state=state,
            not_after=now,
            **values,
        )
    )
    db.session.commit()


def panel(browser: FlaskClient, llm_client: LLMClient, name: str) -> str:
    """What the section with this heading says."""
    page = parse(browser.get(f"/llm-clients/{llm_client.id}").text)
    sections = (one for one in elements(page, "section") if one.get("aria-labelledby") == name)
    return text_of(next(sections))


def test_dns_and_certificate_stand_apart(browser: FlaskClient, llm_client: LLMClient) -> None:
    domain = led_to(llm_client, DomainState.VERIFIED)
    certify(
        domain,
        CertificateState.FAILED,
        failure_reason="CAA_BLOCKS",
        problem=Message(
            Problem.CAA_RESTRICTED.value,
            {
                "where": "acme.test",
                "allows": ["letsencrypt.org"],
                "authority": "amazon.com",
                "add": '0 issue "amazon.com"',
            },
        ),
    )
    dns, certificate = panel(browser, llm_client, "dns"), panel(browser, llm_client, "certificate")
    assert "Verified" in dns
    assert "chat.acme.test leads to us." in dns
    assert "CAA" not in dns
    assert "Certificate blocked" in certificate
    assert 'Add a CAA record at acme.test with the value 0 issue "amazon.com".' in certificate
    assert "a certificate is still missing" in panel(browser, llm_client, "address")
    row = text_of(next(elements(parse(browser.get("/llm-clients").text), "tbody")))
    assert "Verified" in row
    assert "Certificate blocked" in row


def test_record_that_the_certificate_waits_for_is_there_to_copy(
    browser: FlaskClient, llm_client: LLMClient
) -> None:
    name, value = "_a.chat.acme.test", "_b.acm-validations.aws"
    certify(
        led_to(llm_client, DomainState.VERIFIED),
        CertificateState.VALIDATING,
        validation_name=name,
        validation_value=value,
        problem=Message(Problem.RECORD_MISSING, {"name": "chat.acme.test", "record": name, "value": value}),
    )
    page = parse(browser.get(f"/llm-clients/{llm_client.id}").text)
    record = with_id(page, "certificate-record")
    assert record is not None
    assert "open" in record.attrib
    assert [one.get("data-copy") for one in elements(record, "button")] == [name, value]
    assert "What is a CAA record?" not in text_of(page)


def test_address_that_works_can_be_opened(browser: FlaskClient, llm_client: LLMClient) -> None:
    domain = led_to(llm_client, DomainState.VERIFIED)
    certify(domain, CertificateState.ISSUED)
    page = parse(browser.get(f"/llm-clients/{llm_client.id}").text)
    main = with_id(page, "main")
    assert main is not None
    links = [one.get("href") for one in elements(main, "a")]
    assert "https://chat.acme.test/" in links
    assert "Issued" in panel(browser, llm_client, "certificate")


def test_domain_that_waits_leads_to_its_page(browser: FlaskClient, llm_client: LLMClient) -> None:
    domain = led_to(llm_client, DomainState.PENDING)
    assert "takes its place as soon as DNS leads to us" in panel(browser, llm_client, "address")
    assert "it says what to type, and where" in panel(browser, llm_client, "dns")
    assert f'href="/domains/{domain.id}"' in browser.get(f"/llm-clients/{llm_client.id}").text
    assert "nothing for you to do" in panel(browser, llm_client, "certificate")
    assert "later chat.acme.test" in browser.get("/llm-clients").text


def test_switch_says_what_it_did(browser: FlaskClient, llm_client: LLMClient) -> None:
    url = f"/llm-clients/{llm_client.id}"
    said = [
        browser.post(url, data=data, follow_redirects=True).text
        for data in ({"name": "Sales", "deployed": "y"}, {"name": "Sales"}, {"name": "Service"})
    ]
    assert "Sales is deployed: visitors reach it." in said[0]
    assert "Sales is switched off: visitors get no answer." in said[1]
    assert "Saved." in said[2]


def test_domain_that_cannot_be_chosen_any_more_changes_nothing(
    browser: FlaskClient, account: Account, llm_client: LLMClient
) -> None:
    gone = make_domain(account, "gone.acme.test", DomainState.REMOVING)
    db.session.commit()
    answer = browser.post(
        f"/llm-clients/{llm_client.id}/domain", data={"domain": str(gone.id)}, follow_redirects=True
    )
    assert "That domain cannot be chosen any more." in answer.text
    assert only().custom_domain is None


def test_client_of_a_domain_on_hold_keeps_it(
    browser: FlaskClient, account: Account, llm_client: LLMClient
) -> None:
    held = make_domain(account, "held.acme.test", held_at=utcnow())
    llm_client.custom_domain = held
    other = make_domain(account, "other.acme.test")
    db.session.commit()
    url = f"/llm-clients/{llm_client.id}/domain"
    for chosen in ("", str(other.id)):
        said = browser.post(url, data={"domain": chosen}, follow_redirects=True).text
        assert "held.acme.test is suspended" in said
    asked = {"domain_name": "third.acme.test", "llm_client": str(llm_client.id)}
    refused = browser.post("/domains/register", data=asked)
    assert refused.status_code == 422
    assert "held.acme.test is suspended" in refused.text
    assert only().custom_domain is held


def test_attaching_and_detaching_say_what_they_did(
    browser: FlaskClient, account: Account, llm_client: LLMClient
) -> None:
    domain = make_domain(account, "chat.acme.test")
    db.session.commit()
    url = f"/llm-clients/{llm_client.id}/domain"
    said = browser.post(url, data={"domain": str(domain.id)}, follow_redirects=True).text
    assert "chat.acme.test leads, as soon as it is verified, to Sales." in said
    said = browser.post(url, data={"domain": ""}, follow_redirects=True).text
    assert "Sales is reached at its default address only." in said


def test_list_leads_to_addresses_that_answer(
    browser: FlaskClient, llm_client: LLMClient, account: Account
) -> None:
    make_llm_client(account, "Switched off")
    default = make_llm_client(account, "Default", deployed=True)
    led_to(llm_client, DomainState.VERIFIED)
    assert addresses(browser) == {f"https://{default.default_host}/"}, "no certificate yet"
    certify(domain_of(llm_client), CertificateState.ISSUED)
    assert addresses(browser) == {f"https://{default.default_host}/", "https://chat.acme.test/"}


def test_list_says_what_was_seen_from_outside(
    app: Flask, browser: FlaskClient, llm_client: LLMClient
) -> None:
    app.extensions["settings"] = settings().model_copy(update={"edge_probes": "yes"})
    domain = led_to(llm_client, DomainState.VERIFIED)
    certify(domain, CertificateState.ISSUED)
    see(domain, utcnow(), found(ProbeOutcome.POINTS_ELSEWHERE))
    assert "From outside: Leads elsewhere" in text_of(parse(browser.get("/llm-clients").text))
    assert not addresses(browser)


def test_deleting_one_that_a_domain_leads_to_says_what_to_choose_first(
    browser: FlaskClient, llm_client: LLMClient
) -> None:
    led_to(llm_client, DomainState.VERIFIED)
    page = text_of(parse(browser.get(f"/llm-clients/{llm_client.id}/delete").text))
    assert "choose “The default address only” as its domain, and save" in page
    assert "The default address only" in browser.get(f"/llm-clients/{llm_client.id}").text


def domain_of(llm_client: LLMClient) -> LLMClientCustomDomain:
    assert llm_client.custom_domain is not None
    return llm_client.custom_domain


def addresses(browser: FlaskClient) -> set[str]:
    body = next(elements(parse(browser.get("/llm-clients").text), "tbody"))
    return {link.get("href", "") for link in elements(body, "a") if link.get("rel") == "noreferrer"}


def test_list_is_searched_a_part_at_a_time(browser: FlaskClient, account: Account) -> None:
    for name in ("Sales", "Support", "Office", "Desk", "Shop"):
        make_llm_client(account, name)
    db.session.commit()
    page = parse(browser.get("/llm-clients").text)
    assert [form for form in elements(page, "form") if form.get("data-search") == "found"]
    answer = browser.get("/llm-clients?q=s&part=found")
    part = with_id(parse(answer.text, whole=False), "found")
    assert part is not None
    assert part.get("data-announce") == "4 LLM clients match “s”."
    again = browser.get("/llm-clients?q=s&part=found", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_one_is_deleted_on_a_page_that_asks(browser: FlaskClient, account: Account) -> None:
    client = make_llm_client(account, "By mistake")
    db.session.commit()
    where = f"/llm-clients/{client.id}"
    assert f'href="{where}/delete"' in browser.get(where).text
    asked = browser.get(f"{where}/delete")
    assert "cannot be taken back" in asked.text
    assert only().name == "By mistake"
    answer = browser.post(f"{where}/delete", follow_redirects=True)
    assert (answer.request.path, "By mistake is deleted." in answer.text) == ("/llm-clients", True)
    assert browser.get(where).status_code == 404
    assert "The LLM client “By mistake” was deleted." in browser.get("/account").text


def test_page_says_what_is_first_while_a_domain_leads_there(browser: FlaskClient, account: Account) -> None:
    client = make_llm_client(account, custom_domain=make_domain(account))
    db.session.commit()
    where = f"/llm-clients/{client.id}"
    asked = parse(browser.get(f"{where}/delete").text)
    assert "chat.acme.test leads to it" in text_of(asked)
    assert not [one for one in elements(asked, "button") if "delete" in text_of(one)]
    answer = browser.post(f"{where}/delete", follow_redirects=True)
    assert "chat.acme.test leads to Sales" in answer.text
    assert only().id == client.id


def test_nobody_deletes_one_of_another_account(browser: FlaskClient) -> None:
    other = make_llm_client(make_account("Other"))
    db.session.commit()
    assert browser.post(f"/llm-clients/{other.id}/delete").status_code == 404
    assert only().id == other.id
