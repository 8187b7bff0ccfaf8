"""`/edge/ask`: may this name be served and get a certificate?"""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.edge.questions import MALFORMED
from tests.factories import make_account, make_domain, make_llm_client
from tests.statements import statements
from webapp.extensions import db
from webapp.models import Account, DomainState, LLMClientCustomDomain, utcnow


def ask(client: FlaskClient, name: str) -> int:
    return client.get("/edge/ask", query_string={"domain": name}).status_code


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (DomainState.PENDING, 404),
        (DomainState.VERIFIED, 200),
        (DomainState.FAILING, 200),
        (DomainState.LAPSED, 404),
        (DomainState.EXPIRED, 404),
        (DomainState.REMOVING, 404),
        (DomainState.REMOVED, 404),
    ],
)
def test_state_decides(client: FlaskClient, account: Account, state: DomainState, status: int) -> None:
    make_domain(account, state=state)
    db.session.commit()
    assert ask(client, "chat.acme.test") == status


def test_one_verified_claim_among_several_is_enough(client: FlaskClient, account: Account) -> None:
    make_domain(account)
    make_domain(make_account("Other"), state=DomainState.VERIFIED)
    db.session.commit()
    assert ask(client, "chat.acme.test") == 200


@pytest.mark.parametrize("state", list(DomainState))
def test_suspended_name_is_served_to_nobody(
    client: FlaskClient, account: Account, state: DomainState
) -> None:
    """An earlier release let a second account be verified with a name that was suspended in the first."""
    served = make_domain(make_account("Second"), state=DomainState.VERIFIED)
    client_behind = make_llm_client(served.account, deployed=True)
    client_behind.custom_domain = served
    held = make_domain(account, state=state, held_at=utcnow())
    db.session.commit()
    assert ask(client, "chat.acme.test") == 404
    assert client.get("/edge/route", query_string={"domain": "chat.acme.test"}).status_code == 404
    assert client.get("/edge/traefik").get_json() == {}
    assert LLMClientCustomDomain.get_verified_domains() == []
    if not state.is_verified:
        held.held_at = None
        db.session.commit()
        assert ask(client, "chat.acme.test") == 200
        assert LLMClientCustomDomain.get_verified_domains() == ["chat.acme.test"]


@pytest.mark.parametrize("name", ["CHAT.Acme.Test", "chat.acme.test.", "chat。acme．test"])
def test_case_final_dot_and_dots_of_other_scripts_do_not_matter(
    client: FlaskClient, account: Account, name: str
) -> None:
    make_domain(account, state=DomainState.VERIFIED)
    db.session.commit()
    assert ask(client, name) == 200


def test_name_in_its_own_letters_is_the_encoded_one(client: FlaskClient, account: Account) -> None:
    make_domain(account, "chat.xn--strae-oqa.test", DomainState.VERIFIED)
    db.session.commit()
    assert ask(client, "chat.straße.test") == 200


def test_underscore_that_the_model_accepts_is_found(client: FlaskClient, account: Account) -> None:
    make_domain(account, "llm_client.acme.test", DomainState.VERIFIED)
    db.session.commit()
    assert ask(client, "llm_client.acme.test") == 200


@pytest.mark.parametrize(
    "name", ["acme.test", "a.chat.acme.test", "chatXacme.test", "chat.acme.test.evil.test"]
)
def test_neighbours_of_a_verified_name_are_not(client: FlaskClient, account: Account, name: str) -> None:
    make_domain(account, state=DomainState.VERIFIED)
    db.session.commit()
    assert ask(client, name) == 404


@pytest.mark.parametrize("query", MALFORMED)
def test_malformed_question_is_refused_in_one_line(client: FlaskClient, account: Account, query: str) -> None:
    make_domain(account, state=DomainState.VERIFIED)
    db.session.commit()
    response = client.get(f"/edge/ask{query}")
    assert response.status_code == 400
    assert response.mimetype == "text/plain"
    assert response.text.count("\n") == 1


def test_answer_is_one_line_and_kept_by_nobody(client: FlaskClient, account: Account) -> None:
    make_domain(account, state=DomainState.VERIFIED)
    db.session.commit()
    for name in ("chat.acme.test", "other.acme.test", "no name"):
        response = client.get("/edge/ask", query_string={"domain": name})
        assert response.text.count("\n") == 1
        assert response.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in response.headers


def test_head_is_answered_like_get(client: FlaskClient, account: Account) -> None:
    make_domain(account, state=DomainState.VERIFIED)
    db.session.commit()
    assert client.head("/edge/ask?domain=chat.acme.test").status_code == 200
    assert client.head("/edge/ask?domain=other.acme.test").status_code == 404
    assert client.head("/edge/ask").status_code == 400


def test_one_look_up_by_name(app: Flask, client: FlaskClient, account: Account) -> None:
    make_domain(account, state=DomainState.VERIFIED)
    db.session.commit()
    with statements() as seen:
        assert ask(client, "chat.acme.test") == 200
    assert len(seen) == 1
    assert "domain_name = " in seen[0]


def test_silent_database_is_neither_yes_nor_no(app: Flask, client: FlaskClient) -> None:
    db.drop_all()
    response = client.get("/edge/ask?domain=chat.acme.test")
    assert response.status_code == 503
    assert response.mimetype == "text/plain"
