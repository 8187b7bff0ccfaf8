"""A domain that somebody else changes between the moments when a request reads and writes it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event, update
from sqlalchemy.orm import object_session

from tests.api.conftest import Ask
from tests.attacks.meanwhile import recorded_after_it_was_read
from tests.factories import make_account, make_domain, make_llm_client, make_zone
from webapp.extensions import db
from webapp.models import Account, DomainState, LLMClientCustomDomain

ACTS: list[tuple[str, str, Any]] = [
    ("PATCH", "", {"llm_client_id": None}),
    ("DELETE", "", None),
    ("POST", "/restore", None),
    ("POST", "/checks", None),
    ("POST", "/certificate/retries", None),
    ("POST", "/probes", None),
    ("POST", "/acknowledgement", None),
]


@pytest.mark.parametrize("state", [state for state in DomainState if state is not DomainState.REMOVED])
def test_no_operation_breaks_when_a_worker_records_something_meanwhile(
    ask: Ask, account: Account, queued: list[tuple[str, tuple[object, ...]]], state: DomainState
) -> None:
    account_id = account.id
    for number, (method, path, body) in enumerate(ACTS):
        domain = make_domain(db.session.get_one(Account, account_id), f"chat{number}.acme.test", state)
        make_zone(domain)
        make_llm_client(domain.account, f"Assistant {number}", custom_domain=domain)
        db.session.commit()
        domain_id = domain.id
        db.session.remove()
        with recorded_after_it_was_read() as happened:
            options = {"json": body} if body is not None else {}
            answer = ask(method, f"/domains/{domain_id}{path}", **options)
        assert answer.status_code < 500, (method, path, answer.text)
        assert domain_id in happened


@pytest.mark.parametrize(("method", "path", "body"), [act for act in ACTS if act[1] != "/restore"])
def test_a_domain_that_moved_meanwhile_is_not_there(
    ask: Ask, account: Account, method: str, path: str, body: Any
) -> None:
    other = make_account("Other")
    domain = make_domain(account)
    db.session.commit()
    other_id, domain_id = other.id, domain.id
    db.session.remove()

    def move(found: LLMClientCustomDomain, _context: object) -> None:
        session = object_session(found)
        assert session is not None
        table = db.metadata.tables[LLMClientCustomDomain.__tablename__]
        session.connection().execute(update(table).where(table.c.id == found.id).values(account_id=other_id))

    event.listen(LLMClientCustomDomain, "load", move)
    try:
        options = {"json": body} if body is not None else {}
        answer = ask(method, f"/domains/{domain_id}{path}", **options)
    finally:
        event.remove(LLMClientCustomDomain, "load", move)
    assert (answer.status_code, answer.get_json()["code"]) == (404, "not-found")
