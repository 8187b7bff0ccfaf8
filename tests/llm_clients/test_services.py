"""Deleting an LLM client, and what may happen at the same time."""

from __future__ import annotations

from sqlalchemy import Connection, event, select, text

from tests.factories import make_domain, make_llm_client
from webapp.audit.log import COMMAND
from webapp.extensions import db
from webapp.llm_clients import services
from webapp.models import Account, Event, EventKind, LLMClient


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


def test_the_label_is_free_again(account: Account) -> None:
    client = services.create(account, "Sales")
    db.session.commit()
    services.delete(client, actor=COMMAND)
    db.session.commit()
    assert services.create(account, "Sales").label == "sales"
