from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from kombu.exceptions import OperationalError
from sqlalchemy import event, func, select

from tests.app_fixtures import sign_in
from tests.factories import make_account, make_domain, make_llm_client, make_zone
from tests.page_lint import elements, parse, text_of, with_id
from webapp.audit.log import note
from webapp.domain_page import views
from webapp.extensions import db
from webapp.models import (
    Account,
    Check,
    DomainState,
    Event,
    EventKind,
    LLMClient,
    LLMClientCustomDomain,
    Message,
    User,
    ZoneState,
    utcnow,
)

Queued = list[tuple[str, tuple[object, ...]]]


@pytest.fixture
def browser(client: FlaskClient, customer: User, queued: Queued) -> FlaskClient:
    return sign_in(client, customer)


@pytest.fixture
def domain(account: Account) -> LLMClientCustomDomain:
    domain = make_domain(account, "chat.acme.test")
    make_zone(domain)
    db.session.commit()
    return domain


def all_domains() -> list[LLMClientCustomDomain]:
    db.session.expire_all()
    return list(db.session.scalars(select(LLMClientCustomDomain).order_by(LLMClientCustomDomain.id)))


def flashes(page: str) -> str:
    return text_of(with_id(parse(page), "flashes"))


def register(browser: FlaskClient, name: str, llm_client: str = "") -> str:
    data = {"domain_name": name, "llm_client": llm_client}
    response = browser.post("/domains/register", data=data, follow_redirects=True)
    return response.text


def test_empty_list_tells_the_first_step(browser: FlaskClient) -> None:
    page = browser.get("/domains").text
    assert "No domains yet" in page
    assert "/domains/register" in page


def test_registering_leads_to_the_domain_and_wakes_the_worker(
    browser: FlaskClient, account: Account, queued: Queued
) -> None:
    response = browser.post("/domains/register", data={"domain_name": "chat.acme.test", "llm_client": ""})
    [domain] = all_domains()
    assert response.status_code == 303
    assert response.location == f"/domains/{domain.id}"
    assert domain.account_id == account.id
    assert queued == [("set_up_zone", (domain.zones[0].id,))]
    assert "Setting up: chat.acme.test" in browser.get(response.location).text


def test_what_was_understood_is_shown(browser: FlaskClient) -> None:
    page = register(browser, "  HTTPS://Chat.Acme.TEST:8443/login ")
    assert "chat.acme.test" in text_of(next(elements(parse(page), "h1")))
    assert "address" in flashes(page)


@pytest.mark.parametrize("name", ["раура.acme.test", "chat.ɡoogle.test"])
def test_look_alike_is_warned_of(browser: FlaskClient, name: str) -> None:
    assert "looks like" in flashes(register(browser, name))


def test_registering_twice_leads_to_the_same_domain(browser: FlaskClient, queued: Queued) -> None:
    register(browser, "chat.acme.test")
    page = register(browser, "CHAT.acme.test.")
    assert len(all_domains()) == 1
    assert len(queued) == 1
    assert "registered this domain before" in flashes(page)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Enter a domain, like chat.example.com."),
        ("chat", "is not a host name we can use"),
        ("acme.test", "This is your whole domain".lower()[8:]),
        ("co.uk", "shared by many owners"),
        ("chat.example.com", "reserved"),
        ("sales.api.platform.example", "belongs to us"),
        ("my_bot.acme.test", "my-bot.acme.test"),
        ("1.2.3.4", "is not a host name we can use"),
        ("chat.acme.con", "There is no .con. Did you mean chat.acme.com?"),
        ("chat.acme.github.io", "Only the owner of github.io can add records there."),
        ("http//chat.acme.test", "Did you mean chat.acme.test?"),
        ("chat.acme.test.acme.test", "has acme.test in it twice. Did you mean chat.acme.test?"),
    ],
)
def test_refusal_is_a_field_error_with_the_fix_and_keeps_what_was_typed(
    browser: FlaskClient, typed: str, words: str
) -> None:
    response = browser.post("/domains/register", data={"domain_name": typed, "llm_client": ""})
    tree = parse(response.text)
    assert response.status_code == 422
    assert words in text_of(with_id(tree, "domain_name-problem"))
    field = with_id(tree, "domain_name")
    assert field is not None
    assert field.get("value") == typed
    assert field.get("aria-invalid") == "true"
    summary = next(e for e in elements(tree) if e.get("class") == "problems")
    assert text_of(with_id(tree, "domain_name-problem")) in text_of(summary)
    assert text_of(next(elements(tree, "title"))).startswith("Error: ")
    assert all_domains() == []


def test_suggestion_is_one_click_away(browser: FlaskClient) -> None:
    page = parse(browser.post("/domains/register", data={"domain_name": "acme.test", "llm_client": ""}).text)
    form = next(form for form in elements(page, "form") if "suggestion" in form.get("class", ""))
    sent = {field.attrib["name"]: field.get("value", "") for field in elements(form, "input")}
    browser.post("/domains/register", data=sent)
    assert [domain.domain_name for domain in all_domains()] == ["chat.acme.test"]


def test_name_below_one_of_another_account_is_refused_without_saying_whose(browser: FlaskClient) -> None:
    make_domain(make_account("Rival"), "chat.acme.test", DomainState.VERIFIED)
    db.session.commit()
    response = browser.post("/domains/register", data={"domain_name": "a.chat.acme.test", "llm_client": ""})
    assert response.status_code == 422
    assert "connected to another account" in response.text
    assert "Rival" not in response.text


def test_name_of_another_account_is_registered_and_its_page_says_how_it_moves(browser: FlaskClient) -> None:
    make_domain(make_account("Rival"), "chat.acme.test", DomainState.VERIFIED)
    db.session.commit()
    register(browser, "chat.acme.test")
    [domain] = [one for one in all_domains() if not one.is_verified]
    page = browser.get(f"/domains/{domain.id}").text
    moves = "If DNS proves your claim in two checks ten minutes apart, it moves to you."
    assert f"This name is verified in another account. {moves}" in page
    assert "Rival" not in page


def test_only_free_llm_client_is_preselected(browser: FlaskClient, llm_client: LLMClient) -> None:
    form = parse(browser.get("/domains/register").text)
    [chosen] = [option for option in elements(form, "option") if option.get("selected") is not None]
    assert chosen.get("value") == str(llm_client.id)
    register(browser, "chat.acme.test", str(llm_client.id))
    assert [domain.llm_client for domain in all_domains()] == [db.session.get(LLMClient, llm_client.id)]


def test_llm_client_moves_to_the_new_domain_and_the_old_one_tells(
    browser: FlaskClient, llm_client: LLMClient
) -> None:
    register(browser, "one.acme.test", str(llm_client.id))
    register(browser, "two.acme.test", str(llm_client.id))
    one, two = all_domains()
    assert one.llm_client is None
    assert two.llm_client is not None
    assert EventKind.DETACHED in [event_.kind for event_ in one.events]


def test_refused_name_leaves_the_llm_client_where_it_was(browser: FlaskClient, llm_client: LLMClient) -> None:
    register(browser, "one.acme.test", str(llm_client.id))
    register(browser, "acme.test", str(llm_client.id))
    [one] = all_domains()
    assert one.llm_client is not None


def test_llm_client_of_another_account_is_no_choice(browser: FlaskClient) -> None:
    stranger = make_llm_client(make_account("Rival"))
    db.session.commit()
    data = {"domain_name": "chat.acme.test", "llm_client": str(stranger.id)}
    assert browser.post("/domains/register", data=data).status_code == 422
    assert all_domains() == []


def test_verify_opens_a_check_and_comes_back(
    browser: FlaskClient, domain: LLMClientCustomDomain, queued: Queued
) -> None:
    response = browser.post(f"/domains/{domain.id}/checks")
    check = db.session.scalars(select(Check)).one()
    assert (response.status_code, response.location) == (303, f"/domains/{domain.id}")
    assert queued == [("run_check", (check.id,))]
    page = browser.get(f"/domains/{domain.id}").text
    assert "Checking: we are asking the name servers" in page
    assert 'data-pace="busy"' in page


def test_verify_twice_says_when_it_may_be_pressed_again(
    browser: FlaskClient, domain: LLMClientCustomDomain, queued: Queued
) -> None:
    domain.check_requested_at = utcnow() - timedelta(seconds=10)
    db.session.commit()
    response = browser.post(f"/domains/{domain.id}/checks", follow_redirects=True)
    assert response.status_code == 200
    assert "You can check again in 2" in flashes(response.text)
    assert queued == []


def test_verify_before_the_zone_is_there_is_a_sentence(browser: FlaskClient, account: Account) -> None:
    domain = make_domain(account)
    make_zone(domain, ZoneState.WANTED)
    db.session.commit()
    page = browser.post(f"/domains/{domain.id}/checks", follow_redirects=True)
    assert "still preparing the name servers" in flashes(page.text)


def test_broker_that_is_down_stops_no_page(
    browser: FlaskClient, domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_args: object, **_options: object) -> None:
        raise OperationalError("no broker")

    monkeypatch.setattr("celery.app.base.Celery.send_task", down)
    assert browser.post(f"/domains/{domain.id}/checks").status_code == 303
    assert (
        browser.post("/domains/register", data={"domain_name": "b.acme.test", "llm_client": ""}).status_code
        == 303
    )
    assert db.session.scalar(select(func.count()).select_from(Check)) == 1


def test_status_is_the_live_part_and_what_the_header_says(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    response = browser.get(f"/domains/{domain.id}/status")
    tree = parse(response.text, whole=False)
    assert [child.get("id") for child in tree] == ["live", "badge", "attention"]
    assert with_id(tree, "status") is not None


def test_status_answers_304_until_something_changes(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    url = f"/domains/{domain.id}/status"
    etag = browser.get(url).headers["ETag"]
    assert browser.get(url, headers={"If-None-Match": etag}).status_code == 304
    browser.post(f"/domains/{domain.id}/checks")
    changed = browser.get(url, headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert "Checking" in changed.text


def test_reading_writes_nothing(browser: FlaskClient, domain: LLMClientCustomDomain, app: Flask) -> None:
    written: list[str] = []

    def watch(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA")):
            written.append(statement)

    # The first page after signing in notes the browser among those that are signed in.
    browser.get("/domains")
    engine = db.engine
    event.listen(engine, "before_cursor_execute", watch)
    of_one = (f"/{domain.id}{part}" for part in ("", "/status", "/remove", "/history", "/history?as=csv"))
    for url in ("", "/register", *of_one):
        assert browser.get(f"/domains{url}").status_code == 200
    event.remove(engine, "before_cursor_execute", watch)
    assert written == []


def test_removal_asks_first_and_acts_on_post(browser: FlaskClient, domain: LLMClientCustomDomain) -> None:
    url = f"/domains/{domain.id}/remove"
    assert "Remove chat.acme.test?" in browser.get(url).text
    assert all_domains()[0].state is DomainState.PENDING
    response = browser.post(url)
    assert response.status_code == 303
    assert all_domains()[0].state is DomainState.REMOVING
    assert "being removed already" in browser.get(url).text


def test_choosing_and_giving_up_an_llm_client(
    browser: FlaskClient, domain: LLMClientCustomDomain, llm_client: LLMClient
) -> None:
    url = f"/domains/{domain.id}/llm-client"
    assert browser.post(url, data={"llm_client": str(llm_client.id)}).status_code == 303
    assert all_domains()[0].llm_client is not None
    browser.post(url, data={"llm_client": ""})
    assert all_domains()[0].llm_client is None


def test_choosing_says_what_it_did_or_why_not(
    browser: FlaskClient, account: Account, domain: LLMClientCustomDomain, llm_client: LLMClient
) -> None:
    def said(of: LLMClientCustomDomain, llm_client_id: str) -> str:
        data = {"llm_client": llm_client_id}
        return flashes(browser.post(f"/domains/{of.id}/llm-client", data=data, follow_redirects=True).text)

    going = make_domain(account, "going.acme.test", DomainState.REMOVING)
    held = make_domain(account, "held.acme.test", held_at=utcnow())
    other = make_llm_client(account, "Other", custom_domain=held)
    db.session.commit()
    assert "being removed" in said(going, str(llm_client.id))
    assert "held.acme.test is suspended" in said(domain, str(other.id))
    assert "cannot be chosen any more" in said(domain, "4711")
    assert "Saved. chat.acme.test leads, as soon as it is verified, to Sales." in said(
        domain, str(llm_client.id)
    )
    assert "Saved. chat.acme.test leads to no LLM client any more." in said(domain, "")
    assert "Saved. chat.acme.test leads to no LLM client." in said(domain, "")
    db.session.refresh(other)
    assert other.custom_domain is held


def test_removal_says_whether_it_can_be_taken_back_without_building_a_page(
    browser: FlaskClient, account: Account, domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    def whole_page(*_arguments: object) -> None:
        raise AssertionError("A sentence is asked for, not a page.")

    monkeypatch.setattr(views, "domain_page", whole_page)
    zoneless = make_domain(account, "other.acme.test")
    db.session.commit()
    told = "is switched off and being removed."
    for one, words in ((domain, f"{told} Its page lets you take that back."), (zoneless, told)):
        browser.post(f"/domains/{one.id}/remove")
        said = flashes(browser.get("/domains").text)
        assert said.strip() == f"{one.domain_name} {words}"


def test_list_is_paged_and_searched(browser: FlaskClient, account: Account) -> None:
    for number in range(27):
        make_domain(account, f"n{number:02}.acme.test")
    db.session.commit()
    first = parse(browser.get("/domains").text)
    names = [text_of(cell) for cell in elements(first, "th") if cell.get("scope") == "row"]
    assert names == [f"n{number:02}.acme.test" for number in range(26, 1, -1)]
    older = next(a.attrib["href"] for a in elements(first, "a") if text_of(a) == "More")
    second = text_of(parse(browser.get(older).text))
    assert "n01.acme.test" in second
    assert "n02.acme.test" not in second
    found = text_of(parse(browser.get("/domains?q=N13").text))
    assert "n13.acme.test" in found
    assert "n14.acme.test" not in found
    assert "No domain matches “zzz”" in browser.get("/domains?q=zzz").text


def test_failing_domain_is_told_of_on_every_page(browser: FlaskClient, account: Account) -> None:
    make_domain(account, "bot.acme.test", DomainState.FAILING, grace_until=utcnow() + timedelta(days=7))
    db.session.commit()
    for url in ("/domains/register", "/llm-clients", "/account"):
        assert "no longer passes our checks" in browser.get(url).text


def test_equal_events_in_a_row_are_folded(browser: FlaskClient, domain: LLMClientCustomDomain) -> None:
    for _ in range(3):
        domain.events.append(
            Event(
                account_id=domain.account_id,
                kind=EventKind.CHECK_REQUESTED,
                actor_kind="customer",
                message=Message("check.requested"),
            )
        )
    db.session.commit()
    page = browser.get(f"/domains/{domain.id}").text
    assert page.count("A check was requested.") == 1
    assert "3 times" in page


def test_account_with_too_many_unverified_domains_reads_what_to_do(
    browser: FlaskClient, domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    extensions = browser.application.extensions
    few = extensions["settings"].model_copy(update={"unverified_per_account": 1})
    monkeypatch.setitem(extensions, "settings", few)
    refused = browser.post("/domains/register", data={"domain_name": "next.acme.test", "llm_client": ""})
    assert refused.status_code == 422
    problem = with_id(parse(refused.text), "domain_name-problem")
    assert "Verify or remove one of them, and then try again." in text_of(problem)
    assert all_domains() == [domain]


def test_account_without_an_llm_client_reads_where_one_is_created(
    browser: FlaskClient, llm_client: LLMClient
) -> None:
    def hint() -> list[str]:
        page = parse(browser.get("/domains/register").text)
        # A choice between nothing and nothing is not offered.
        field = with_id(page, "llm_client")
        assert field is not None
        told = [text_of(one) for one in elements(page, "p") if one.get("data-no-llm-client") is not None]
        assert field.tag == ("input" if told else "select")
        return told

    assert hint() == []
    db.session.delete(llm_client)
    db.session.commit()
    assert hint() == [
        "You have no LLM client yet. Create one now, or choose it later on the page of the domain."
    ]


def test_page_says_what_answers_visitors_in_a_shop_owners_words(
    browser: FlaskClient, domain: LLMClientCustomDomain
) -> None:
    page = parse(browser.get(f"/domains/{domain.id}").text)
    assert text_of(with_id(page, "leads-to")) == "Answers visitors with"


def test_name_in_other_letters_is_shown_in_them_wherever_people_read_it(
    browser: FlaskClient, account: Account, llm_client: LLMClient
) -> None:
    """An A-label stands only beside the letters, in values to type and in addresses."""
    domain = make_domain(account, "xn--80a0bn.acme.test", DomainState.VERIFIED)
    llm_client.custom_domain = domain
    other = make_domain(account, "shop.acme.test")
    note(domain, EventKind.REGISTERED, Message("domain.registered", {"name": domain.domain_name}))
    note(
        domain,
        EventKind.ATTACHED,
        Message("llm-client.attached", {"name": domain.domain_name, "llm_client": llm_client.name}),
    )
    db.session.commit()
    for address in (f"/domains/{domain.id}/history", f"/domains/{other.id}", "/domains", "/llm-clients"):
        page = parse(browser.get(address).text)
        for line in text_of(page).split("\n"):
            assert "чат.acme.test" in line or "xn--" not in line, (address, line)
    history = text_of(parse(browser.get(f"/domains/{domain.id}/history").text))
    assert "чат.acme.test (xn--80a0bn.acme.test) was registered." in history
    chosen = text_of(parse(browser.get(f"/domains/{other.id}").text))
    assert "(now at чат.acme.test (xn--80a0bn.acme.test))" in chosen
