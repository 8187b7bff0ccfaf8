"""The pages of transfers: an owner offers, another accepts, refuses or never hears of it."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.attacks.people import program
from tests.factories import make_account, make_llm_client, make_user
from tests.page_lint import elements, parse, text_of
from tests.transfers.sides import HOST, Sides, offered, sides
from webapp.extensions import db
from webapp.models import DomainState, DomainTransfer, Membership, MembershipRole, TransferState

Queued = list[tuple[str, tuple[object, ...]]]


@pytest.fixture
def both(app: Flask, queued: Queued) -> Sides:
    return sides()


def offer(browser: FlaskClient, both: Sides, to: str) -> str:
    answer = browser.post(f"/domains/{both.domain.id}/transfer", data={"to": to}, follow_redirects=True)
    return answer.text


def flashes(page: str) -> str:
    return text_of(next(one for one in elements(parse(page)) if one.attrib.get("id") == "flashes"))


def reload(both: Sides) -> None:
    db.session.expire_all()


def test_offer_by_number_is_accepted_with_a_client(both: Sides, client: FlaskClient, queued: Queued) -> None:
    giver = sign_in(client, both.giving)
    assert f"/domains/{both.domain.id}/transfer" in giver.get(f"/domains/{both.domain.id}").text
    assert "is offered to" in offer(giver, both, both.receiver.number)
    transfer = db.session.query(DomainTransfer).one()
    assert queued[-1] == ("tell", (transfer.id,))
    receiver = sign_in(client.application.test_client(), both.receiving)
    assert f"/account/transfers/{transfer.id}" in receiver.get("/account/transfers").text
    page = receiver.get(f"/account/transfers/{transfer.id}").text
    assert "Acme" in page
    answer = receiver.post(f"/account/transfers/{transfer.id}/acceptance", data={"llm_client": ""})
    assert answer.status_code == 422
    assert "Choose the LLM client of this account" in answer.text
    answer = receiver.post(
        f"/account/transfers/{transfer.id}/acceptance",
        data={"llm_client": both.client.id},
        follow_redirects=True,
    )
    assert "is in your account now" in flashes(answer.text)
    reload(both)
    assert (both.domain.account_id, both.client.custom_domain_id) == (both.receiver.id, both.domain.id)
    assert giver.get(f"/domains/{both.domain.id}").status_code == 404
    assert "Accepted" in giver.get("/account/transfers").text


@pytest.mark.parametrize("to", ["real number", "owner@rival.test", "9999-9999-9999", "nobody@nowhere.test"])
def test_nobody_learns_who_exists(both: Sides, client: FlaskClient, to: str) -> None:
    typed = both.receiver.number if to == "real number" else to
    page = offer(sign_in(client, both.giving), both, typed)
    said = flashes(page).replace(typed, "X")
    assert (
        said
        == f"{HOST} is offered to X. If somebody there owns an account, they can accept it within 7 days."
    )
    assert "Rival" not in page


def test_offer_to_an_address_is_for_its_person_alone(both: Sides, client: FlaskClient) -> None:
    transfer = offered(both, "owner@rival.test")
    other = make_user(account=both.receiver, email="second@rival.test")
    db.session.commit()
    second = sign_in(client.application.test_client(), other)
    assert second.get(f"/account/transfers/{transfer.id}").status_code == 404
    assert sign_in(client, both.receiving).get(f"/account/transfers/{transfer.id}").status_code == 200


@pytest.mark.parametrize("leads", [True, False])
@pytest.mark.parametrize("state", [DomainState.VERIFIED, DomainState.PENDING])
def test_offer_promises_nothing_that_the_name_does_not_have(
    both: Sides, client: FlaskClient, state: DomainState, leads: bool
) -> None:
    both.domain.state = state
    if not leads:
        both.domain.llm_client = None
    db.session.commit()
    page = sign_in(client, both.giving).get(f"/domains/{both.domain.id}/transfer").text
    served = "and is served all the time" in page
    assert served == (state is DomainState.VERIFIED and leads)
    assert ("stays in this account" in page) == leads


def test_refused_offer_changes_nothing(both: Sides, client: FlaskClient) -> None:
    transfer = offered(both)
    receiver = sign_in(client, both.receiving)
    answer = receiver.post(f"/account/transfers/{transfer.id}/refusal", follow_redirects=True)
    assert "is refused" in flashes(answer.text)
    reload(both)
    assert (transfer.state, both.domain.account_id) == (TransferState.REFUSED, both.giver.id)
    assert receiver.post(f"/account/transfers/{transfer.id}/acceptance").status_code == 404


def test_withdrawn_offer_is_gone(both: Sides, client: FlaskClient) -> None:
    transfer = offered(both)
    giver = sign_in(client, both.giving)
    giver.post(f"/account/transfers/{transfer.id}/withdrawal")
    reload(both)
    assert transfer.state is TransferState.WITHDRAWN
    receiver = sign_in(client.application.test_client(), both.receiving)
    assert receiver.get(f"/account/transfers/{transfer.id}").status_code == 404
    again = giver.post(f"/account/transfers/{transfer.id}/withdrawal", follow_redirects=True)
    assert "was withdrawn" in flashes(again.text)


def test_own_accounts_move_at_once_after_the_name_is_typed(both: Sides, client: FlaskClient) -> None:
    db.session.add(Membership(account=both.receiver, user=both.giving, role=MembershipRole.OWNER))
    db.session.commit()
    browser, base = sign_in(client, both.giving), f"/domains/{both.domain.id}/transfer"
    assert f"{base}?account={both.receiver.id}" in browser.get(base).text
    assert "Next" in browser.get(f"{base}?account={both.receiver.id}").text
    data = {"account": both.receiver.id, "llm_client": both.client.id}
    answer = browser.post(f"{base}/move", data={**data, "confirm": "other.test"})
    assert answer.status_code == 422
    answer = browser.post(f"{base}/move", data={**data, "confirm": HOST}, follow_redirects=True)
    assert f"{HOST} is in Rival now" in flashes(answer.text)
    reload(both)
    assert (both.domain.account_id, both.domain.llm_client) == (both.receiver.id, both.client)


@pytest.mark.parametrize("role", [MembershipRole.MEMBER, None])
def test_account_of_which_somebody_is_no_owner_is_not_there(
    both: Sides, client: FlaskClient, role: MembershipRole | None
) -> None:
    if role is not None:
        db.session.add(Membership(account=both.receiver, user=both.giving, role=role))
        db.session.commit()
    browser, base = sign_in(client, both.giving), f"/domains/{both.domain.id}/transfer"
    assert "?account=" not in browser.get(base).text
    assert browser.get(f"{base}?account={both.receiver.id}").status_code == 404
    data = {"account": both.receiver.id, "llm_client": both.client.id, "confirm": HOST}
    assert browser.post(f"{base}/move", data=data).status_code == 404
    reload(both)
    assert both.domain.account_id == both.giver.id


def test_members_neither_give_nor_take(both: Sides, client: FlaskClient) -> None:
    transfer = offered(both)
    for account, email in ((both.giver, "m@acme.test"), (both.receiver, "m@rival.test")):
        member = make_user(account=account, email=email)
        member.memberships[0].role = MembershipRole.MEMBER
        db.session.commit()
        browser = sign_in(program(client.application), member)
        assert "/transfer" not in browser.get("/account").text
        for path in ("acceptance", "refusal", "withdrawal"):
            answer = browser.post(
                f"/account/transfers/{transfer.id}/{path}", data={"llm_client": both.client.id}
            )
            assert answer.status_code == 403, path
        assert browser.get("/account/transfers").status_code == 403
        assert browser.post(f"/domains/{both.domain.id}/transfer", data={"to": "a@b.test"}).status_code == 403
    reload(both)
    assert (transfer.state, both.domain.account_id) == (TransferState.OFFERED, both.giver.id)


def test_client_of_another_account_cannot_be_chosen(both: Sides, client: FlaskClient) -> None:
    transfer = offered(both)
    foreign = make_llm_client(make_account("Third"), "Theirs", deployed=True)
    db.session.commit()
    receiver = sign_in(client, both.receiving)
    for row in (foreign, both.former):
        answer = receiver.post(f"/account/transfers/{transfer.id}/acceptance", data={"llm_client": row.id})
        assert answer.status_code == 422
    reload(both)
    assert both.domain.account_id == both.giver.id


def test_pages_say_why_it_cannot_be(both: Sides, client: FlaskClient) -> None:
    transfer = offered(both)
    both.receiver.llm_clients.clear()
    db.session.delete(both.client)
    db.session.commit()
    receiver = sign_in(client, both.receiving)
    assert "has no LLM client without a domain" in receiver.get(f"/account/transfers/{transfer.id}").text
    answer = receiver.post(f"/account/transfers/{transfer.id}/acceptance", data={"llm_client": ""})
    assert answer.status_code == 422
    giver = sign_in(client.application.test_client(), both.giving)
    answer = giver.post(f"/domains/{both.domain.id}/transfer", data={"to": "nonsense"})
    assert (answer.status_code, "Enter an account number" in answer.text) == (422, True)
    both.domain.state = DomainState.REMOVING
    db.session.commit()
    assert "being removed" in giver.get(f"/domains/{both.domain.id}/transfer").text
