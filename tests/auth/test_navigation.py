"""The head of every page: places, and the menu of who is signed in."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from flask import Flask
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.factories import make_domain, make_user
from tests.page_lint import elements, parse, text_of, with_id
from webapp.extensions import db
from webapp.models import Account, DomainState, Membership, MembershipRole, User


def head_of(client: FlaskClient, url: str) -> Element:
    return next(elements(parse(client.get(url).text), "header"))


def menu_of(head: Element) -> Element:
    found = with_id(head, "menu")
    assert found is not None
    return found


def words_of(tree: Element, *tags: str) -> list[str]:
    return [text_of(one) for one in elements(tree, *tags)]


def test_menu_says_who_and_where_one_is(client: FlaskClient, customer: User, account: Account) -> None:
    menu = menu_of(head_of(sign_in(client, customer), "/domains"))
    assert menu.tag == "details"
    assert menu.get("open") is None
    assert text_of(next(elements(menu, "summary"))) == f"Account menu: {account.name}"
    assert f"Signed in as {customer.email}" in text_of(menu)
    assert f"{account.name}, as an owner" in text_of(menu)
    assert words_of(menu, "a") == [
        "Overview",
        "People",
        "Notifications",
        "Transfers",
        "API keys",
        "Webhooks",
        "Security",
    ]
    assert words_of(menu, "button") == ["Sign out"]
    for link in elements(menu, "a"):
        assert client.get(link.get("href", "")).status_code == 200


def test_member_is_offered_no_page_that_only_owners_have(client: FlaskClient, member: User) -> None:
    menu = menu_of(head_of(sign_in(client, member), "/domains"))
    assert "as a member" in text_of(menu)
    assert "Transfers" not in words_of(menu, "a")


def test_menu_changes_between_accounts(client: FlaskClient, customer: User, rival: Account) -> None:
    db.session.add(Membership(account=rival, user=customer, role=MembershipRole.MEMBER))
    db.session.commit()
    menu = menu_of(head_of(sign_in(client, customer), "/domains"))
    assert words_of(menu, "button") == ["Change to Rival", "Sign out"]
    client.post("/account/choose", data={"account": rival.id})
    menu = menu_of(head_of(client, "/domains"))
    assert text_of(next(elements(menu, "summary"))) == "Account menu: Rival"
    assert words_of(menu, "button") == ["Change to Acme", "Sign out"]


def test_nobodys_user_has_a_menu_without_dead_places(app: Flask, client: FlaskClient) -> None:
    user = make_user(email="alone@acme.test")
    db.session.commit()
    head = head_of(sign_in(client, user), "/account/security")
    assert [one.get("aria-label") for one in elements(head, "nav")] == ["Account menu"]
    assert words_of(menu_of(head), "a") == ["Security"]


def test_page_of_a_deleted_account_offers_nothing_of_it(
    client: FlaskClient, customer: User, account: Account, queued: list[object]
) -> None:
    make_domain(account, state=DomainState.FAILING)
    db.session.commit()
    sign_in(client, customer)
    answer = client.post("/account/delete", data={"number": account.number})
    page = parse(answer.text)
    assert text_of(next(elements(page, "h1"))).endswith("is being deleted")
    head = next(elements(page, "header"))
    assert {one.get("href") for one in elements(head, "a")} == {"/", "/account/security"}
    assert [one for one in elements(page, "div") if one.get("role") == "region"] == []


def test_staff_find_their_pages(client: FlaskClient, staff_member: User) -> None:
    head = head_of(sign_in(client, staff_member), "/staff")
    [places] = [one for one in elements(head, "nav") if one.get("aria-label") == "Main"]
    assert [(text_of(a), a.get("aria-current")) for a in elements(places, "a")] == [("Staff", "page")]


def test_signed_out_reader_has_no_menu(client: FlaskClient) -> None:
    head = head_of(client, "/")
    assert with_id(head, "menu") is None
    assert words_of(head, "a") == ["Nameplate", "Sign in"]


def test_pages_below_the_list_of_domains_belong_to_it(
    client: FlaskClient, customer: User, account: Account
) -> None:
    domain = make_domain(account)
    db.session.commit()
    sign_in(client, customer)
    for path in ("/domains", "/domains/import", f"/domains/{domain.id}/history"):
        [places] = [e for e in elements(head_of(client, path), "nav") if e.get("aria-label") == "Main"]
        assert [text_of(a) for a in elements(places, "a") if a.get("aria-current")] == ["Domains"]
