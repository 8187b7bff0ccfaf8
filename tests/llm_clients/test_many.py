"""An account with very many LLM clients: what it may create, and pages that do not grow with it."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert

from tests.app_fixtures import sign_in
from tests.factories import make_account, make_domain, make_llm_client
from tests.statements import statements
from webapp.domains import queries as domain_queries
from webapp.extensions import db, settings
from webapp.llm_clients import services
from webapp.llm_clients.views import PER_PAGE
from webapp.models import Account, LLMClient, LLMClientCustomDomain, User, ValidationError, utcnow
from webapp.models.kinds.domain_state import DomainState

MANY = 300


@pytest.fixture
def browser(client: FlaskClient, customer: User) -> FlaskClient:
    return sign_in(client, customer)


@pytest.fixture
def many(account: Account) -> Account:
    """Bots 0 to 299, and a domain of each number that leads to none of them."""
    times = {"created_at": utcnow(), "updated_at": utcnow()}
    bots = [
        {"account_id": account.id, "name": f"Bot {n:03}", "label": f"bot-{n:03}", "deployed": True, **times}
        for n in range(MANY)
    ]
    names = [
        {
            "account_id": account.id,
            "domain_name": f"chat{n:03}.acme.test",
            "registrable_domain": "acme.test",
            "state": DomainState.PENDING,
            "is_verified": False,
            "version": 1,
            **times,
        }
        for n in range(MANY)
    ]
    db.session.execute(insert(LLMClient), bots)
    db.session.execute(insert(LLMClientCustomDomain), names)
    db.session.commit()
    return account


def named(name: str) -> LLMClient:
    return db.session.query(LLMClient).filter_by(name=name).one()


def domain_named(name: str) -> LLMClientCustomDomain:
    return db.session.query(LLMClientCustomDomain).filter_by(domain_name=name).one()


def test_an_account_has_no_more_llm_clients_than_the_setting_says(
    browser: FlaskClient, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = settings().model_copy(update={"llm_clients_per_account": 2})
    monkeypatch.setitem(browser.application.extensions, "settings", few)
    for name in ("One", "Two"):
        assert browser.post("/llm-clients/new", data={"name": name}).status_code == 303
    refused = browser.post("/llm-clients/new", data={"name": "Three"})
    assert refused.status_code == 422
    assert "This account has 2 LLM clients, and 2 is the most." in refused.text
    assert db.session.query(LLMClient).count() == 2
    assert services.create(make_account("Other"), "Three").label == "three"


def test_existing_llm_clients_beyond_the_limit_stay_and_no_more_are_made(many: Account) -> None:
    with pytest.raises(ValidationError, match="has 300 LLM clients, and 200 is the most"):
        services.create(many, "One more")


def test_free_label_is_found_by_one_query_however_many_are_taken(account: Account) -> None:
    def queries_for_the_next() -> int:
        with statements() as seen:
            services.create(account, "Sales")
        return len([one for one in seen if one.startswith("SELECT")])

    queries_for_the_next()  # loads the account as well
    second = queries_for_the_next()
    for _ in range(19):
        last = queries_for_the_next()
    assert last == second
    labels = {client.label for client in db.session.query(LLMClient)}
    assert labels == {"sales", *(f"sales-{number}" for number in range(2, 22))}


def test_list_comes_in_pages_by_name_and_shows_each_once(browser: FlaskClient, many: Account) -> None:
    found: list[str] = []
    address = "/llm-clients"
    for _ in range(-(-MANY // PER_PAGE)):
        text = browser.get(address).text
        rows = re.findall(r'<a href="/llm-clients/\d+">(Bot \d+)</a>', text)
        assert 0 < len(rows) <= PER_PAGE
        found += rows
        more = re.search(r'<p class="pager"><a href="([^"]+)">More', text)
        address = more[1].replace("&amp;", "&") if more else ""
    assert address == ""
    assert found == [f"Bot {n:03}" for n in range(MANY)]


def test_list_can_be_searched(browser: FlaskClient, many: Account) -> None:
    text = browser.get("/llm-clients?q=bot+29").text
    assert re.findall(r">(Bot \d+)</a>", text) == [f"Bot {n}" for n in range(290, 300)]
    assert "No LLM client matches “zzz”." in browser.get("/llm-clients?q=zzz").text


def test_page_behind_another_accounts_llm_client_tells_nothing_of_it(
    browser: FlaskClient, many: Account
) -> None:
    rival = make_llm_client(make_account("Rival"), "Bot 150")
    db.session.commit()
    assert "Bot 000" in browser.get(f"/llm-clients?before={rival.id}").text


def options(text: str) -> list[str]:
    return re.findall(r'<option value="\d+"[^>]*>([^<]+)<', text)


def test_selects_are_bounded_and_name_what_is_chosen_now(browser: FlaskClient, many: Account) -> None:
    bot, domain = named("Bot 299"), domain_named("chat299.acme.test")
    bot.custom_domain = domain
    db.session.commit()
    offers = {
        "/domains/register": "Bot 000",
        f"/domains/{domain.id}": "Bot 299",
        f"/llm-clients/{bot.id}": "chat299.acme.test",
    }
    for address, expected in offers.items():
        text = browser.get(address).text
        assert len(options(text)) <= domain_queries.MOST_OFFERED + 1, address
        assert expected in options(text), address
        assert 'role="search"' in text, address


@pytest.mark.parametrize("search", ["Bot 277", "bot 277"])
def test_others_are_found_by_a_search_without_a_script(
    browser: FlaskClient, many: Account, search: str
) -> None:
    bot, domain = named("Bot 277"), domain_named("chat278.acme.test")
    assert "Bot 277" not in options(browser.get("/domains/register").text)
    for page in ("/domains/register", f"/domains/{domain.id}"):
        assert options(browser.get(page, query_string={"q": search}).text) == ["Bot 277"]
    found = options(browser.get(f"/llm-clients/{bot.id}", query_string={"q": "CHAT278"}).text)
    assert found == ["chat278.acme.test"]


@pytest.mark.usefixtures("queued")
def test_what_was_found_can_be_chosen_on_every_page(browser: FlaskClient, many: Account) -> None:
    bot, domain = named("Bot 277"), domain_named("chat278.acme.test")
    browser.post(f"/domains/{domain.id}/llm-client", data={"llm_client": str(bot.id)})
    db.session.expire_all()
    assert named("Bot 277").custom_domain_id == domain.id
    other = domain_named("chat279.acme.test")
    browser.post(f"/llm-clients/{bot.id}/domain", data={"domain": str(other.id)})
    db.session.expire_all()
    assert named("Bot 277").custom_domain_id == other.id
    last = named("Bot 276")
    data = {"domain_name": "new.acme.test", "llm_client": str(last.id)}
    assert browser.post("/domains/register", data=data).status_code == 303
    db.session.expire_all()
    assert named("Bot 276").custom_domain_id == domain_named("new.acme.test").id


@pytest.mark.parametrize("typed", ["0", "-1", str(2**63), "9" * 30, "x", "٣"])
def test_what_is_no_choice_of_this_account_is_refused(
    browser: FlaskClient, many: Account, typed: str
) -> None:
    rival = make_llm_client(make_account("Rival"), "Rival bot")
    domain = make_domain(many, "mine.acme.test")
    db.session.commit()
    for value in (typed, str(rival.id)):
        response = browser.post(f"/domains/{domain.id}/llm-client", data={"llm_client": value})
        assert response.status_code == 303
        assert (
            browser.post(
                "/domains/register", data={"domain_name": "a.acme.test", "llm_client": value}
            ).status_code
            == 422
        )
        db.session.expire_all()
        assert domain.llm_client is None
