"""Deleting an LLM client, and what may happen at the same time."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, delete, event, select, text

from tests.app_fixtures import sign_in
from tests.factories import make_domain, make_llm_client
from webapp.audit.log import COMMAND
from webapp.dns.names import Refusal
from webapp.domains import assignment, registration
from webapp.extensions import db, settings
from webapp.llm_clients import services
from webapp.models import Account, Event, EventKind, LLMClient, User


def test_deleting_is_recorded_once_and_twice_changes_nothing(account: Account) -> None:
    client = make_llm_client(account)
    db.session.commit()
    assert services.delete(client, actor=COMMAND) is None
    db.session.commit()
    assert services.delete(client, actor=COMMAND) is None
    db.session.commit()
    assert db.session.scalars(select(LLMClient)).all() == []
    [noted] = db.session.scalars(select(Event).where(Event.kind == EventKind.LLM_CLIENT_DELETED)).all()
    assert (noted.account_id, noted.custom_domain_id) == (account.id, None)


def test_a_domain_that_is_led_there_meanwhile_keeps_it(account: Account) -> None:
    """Committed after the client was read without a domain, and before it is deleted."""
    client, domain = make_llm_client(account), make_domain(account)
    db.session.commit()
    assert client.custom_domain is None
    ids = [{"client": client.id, "domain": domain.id}]

    def lead(connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("DELETE FROM llm_client") and ids:
            led = text("UPDATE llm_client SET custom_domain_id = :domain WHERE id = :client")
            connection.execute(led, ids.pop())

    event.listen(db.engine, "before_cursor_execute", lead)
    try:
        refusal = services.delete(client, actor=COMMAND)
    finally:
        event.remove(db.engine, "before_cursor_execute", lead)
    assert refusal is not None
    assert "chat.acme.test leads to Sales" in refusal.sentence
    assert db.session.scalars(select(LLMClient)).one() is client


def test_nothing_leads_to_one_that_was_deleted_since_it_was_read(account: Account) -> None:
    client, domain = make_llm_client(account), make_domain(account)
    db.session.commit()
    read = client.id, client.name, client.custom_domain
    assert read[2] is None
    db.session.execute(delete(LLMClient).execution_options(synchronize_session=False))
    refusals = [
        assignment.attach(client, domain, actor=COMMAND),
        registration.register(
            account, "new.acme.test", actor=COMMAND, settings=settings(), llm_client=client
        ),
    ]
    for refusal in refusals:
        assert isinstance(refusal, Refusal)
        assert refusal.reason == "llm-client-gone"


@pytest.mark.parametrize(
    ("path", "sent", "status"),
    [
        ("/llm-clients/{client}", {"name": "Other", "deployed": "y"}, 404),
        ("/llm-clients/{client}/domain", {"domain": "{domain}"}, 303),
        ("/domains/{domain}/llm-client", {"llm_client": "{client}"}, 303),
    ],
)
def test_page_says_that_it_was_deleted_meanwhile(
    app: Flask,
    client: FlaskClient,
    customer: User,
    account: Account,
    path: str,
    sent: dict[str, str],
    status: int,
) -> None:
    """Deleted after the page has read it, and before it is written."""
    browser, shop, domain = sign_in(client, customer), make_llm_client(account), make_domain(account)
    db.session.commit()
    ids = {"client": str(shop.id), "domain": str(domain.id)}
    gone: list[str] = []

    def delete_it(connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        written = statement.startswith("UPDATE llm_client SET")
        locked = statement.split()[:3] == ["SELECT", "llm_client.id", "FROM"]
        if (written or locked) and not gone:
            gone.append(statement)
            connection.execute(text("DELETE FROM llm_client"))

    event.listen(db.engine, "before_cursor_execute", delete_it)
    try:
        answer = browser.post(path.format(**ids), data={one: sent[one].format(**ids) for one in sent})
    finally:
        event.remove(db.engine, "before_cursor_execute", delete_it)
    assert gone
    assert answer.status_code == status
    if status == 303:
        page = browser.get(f"/domains/{domain.id}").text
        assert "was deleted a moment ago. Choose another one." in page


def test_the_label_is_free_again(account: Account) -> None:
    client = services.create(account, "Sales")
    db.session.commit()
    services.delete(client, actor=COMMAND)
    db.session.commit()
    assert services.create(account, "Sales").label == "sales"
