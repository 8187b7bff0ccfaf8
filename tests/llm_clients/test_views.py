from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.app_fixtures import sign_in
from tests.factories import make_account, make_domain, make_llm_client
from webapp.extensions import db
from webapp.llm_clients import services
from webapp.models import Account, DomainState, LLMClient, User


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
