"""A domain that moves to another account between the moments when a form's view reads and changes it."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, func, select, update
from sqlalchemy.orm import object_session

from tests.factories import make_account, make_domain, make_llm_client, make_zone
from webapp.extensions import db
from webapp.models import Account, DomainState, Event, LLMClient, LLMClientCustomDomain


@pytest.mark.parametrize(
    "act", ["acknowledgement", "checks", "certificate", "llm-client", "method", "remove", "keep", "probes"]
)
def test_nothing_is_changed_by_people_who_have_it_no_longer(
    browser: FlaskClient, account: Account, act: str
) -> None:
    other = make_account("Other")
    domain = make_domain(account, state=DomainState.REMOVING if act == "keep" else DomainState.VERIFIED)
    make_zone(domain)
    client = make_llm_client(account)
    db.session.commit()
    other_id, domain_id, client_id = other.id, domain.id, client.id
    before = db.session.scalar(select(func.count(Event.id)))
    db.session.remove()

    def move(found: LLMClientCustomDomain, _context: object) -> None:
        session = object_session(found)
        assert session is not None
        table = db.metadata.tables[LLMClientCustomDomain.__tablename__]
        session.connection().execute(update(table).where(table.c.id == found.id).values(account_id=other_id))

    event.listen(LLMClientCustomDomain, "load", move)
    try:
        fields = {"llm_client": client_id, "method": "delegation", "known": "y"}
        answer = browser.post(f"/domains/{domain_id}/{act}", data=fields)
    finally:
        event.remove(LLMClientCustomDomain, "load", move)
    assert answer.status_code in {303, 404}
    db.session.expire_all()
    row = db.session.get_one(LLMClientCustomDomain, domain_id)
    assert row.check_requested_at is None
    assert row.state is (DomainState.REMOVING if act == "keep" else DomainState.VERIFIED)
    assert db.session.get_one(LLMClient, client_id).custom_domain_id is None
    assert db.session.scalar(select(func.count(Event.id))) == before
