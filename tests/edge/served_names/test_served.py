"""served.py against the models: the same tables, and the same answers in every state that a claim can be in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Enum, TableClause, TypeDecorator, exists, select
from sqlalchemy.orm import aliased

from tests.factories import make_account, make_domain, make_llm_client
from webapp.edge.served_names import served
from webapp.edge.served_names.queries import routes
from webapp.extensions import db
from webapp.models import (
    VERIFIED_STATES,
    Account,
    Base,
    DomainState,
    LLMClient,
    LLMClientCustomDomain,
    suspends_name,
    utcnow,
)

NAME = "chat.acme.test"


@pytest.mark.parametrize("light", [served.domain, served.account, served.client], ids=lambda one: one.name)
def test_tables_and_columns_are_those_of_the_models(light: TableClause) -> None:
    model = Base.metadata.tables[light.name]
    for column in light.columns:
        stored = model.c[column.name].type
        kind = stored.impl_instance if isinstance(stored, TypeDecorator) else stored
        wanted = str if isinstance(kind, Enum) else kind.python_type
        assert column.type.python_type is wanted, column.name


def test_states_are_those_of_the_models() -> None:
    assert served.VERIFIED_STATES == VERIFIED_STATES


def names_by_models() -> set[str]:
    """What is served, as the models say it."""
    suspended = aliased(LLMClientCustomDomain)
    any_suspension = exists().where(
        suspended.domain_name == LLMClientCustomDomain.domain_name,
        suspended.held_at.is_not(None),
        suspends_name(suspended, LLMClientCustomDomain.verified_at),
    )
    query = select(LLMClientCustomDomain.domain_name).join(Account)
    return set(
        db.session.scalars(
            query.where(LLMClientCustomDomain.is_verified, Account.deleted_at.is_(None), ~any_suspension)
        )
    )


def clients_by_models() -> dict[str, str]:
    """The default host of each name with a deployed client, as the models say it."""
    clients = db.session.scalars(
        select(LLMClient).where(LLMClient.deployed, LLMClient.custom_domain_id.is_not(None))
    )
    found = {}
    for client in clients:
        assert client.custom_domain is not None
        if client.custom_domain.domain_name in names_by_models() and client.custom_domain.is_verified:
            found[client.custom_domain.domain_name] = client.default_host
    return found


def test_every_state_is_answered_as_by_the_models(app: Flask, account: Account) -> None:
    """Every state of a claim; suspended before and after, here and in another account; deleted accounts; clients
    that are deployed, asleep and missing.
    """
    now = utcnow()
    gone, other = make_account("Gone"), make_account("Other")
    gone.deleted_at = now
    number = 0
    for state in DomainState:
        for owner in (account, gone):
            for deployed in (None, False, True):
                for held in (None, "itself", "other, before", "other, after", "other, state"):
                    number += 1
                    domain = make_domain(owner, f"n{number}.acme.test", state, verified_at=now)
                    if deployed is not None:
                        make_llm_client(owner, f"n{number}", deployed=deployed, custom_domain=domain)
                    if held == "itself":
                        domain.held_at = now
                    elif held:
                        days = timedelta(days=1 if held == "other, after" else -1)
                        kind = DomainState.VERIFIED if held == "other, state" else DomainState.PENDING
                        make_domain(other, domain.domain_name, kind, held_at=now + days)
    db.session.commit()

    names, clients = names_by_models(), clients_by_models()
    assert set(db.session.scalars(served.NAMES)) == names
    assert len(names) > len(clients) > 0
    connection = db.session.connection()
    for each in range(1, number + 1):
        name = f"n{each}.acme.test"
        found = served.look_up(connection, name)
        assert (found is not None) is (name in names), name
        host = found.default_host("platform.example") if found and found.label else None
        assert host == clients.get(name), name
    assert {route.domain: route.default_host for route in routes()} == clients


def test_one_row_tells_whose_name_it_is(app: Flask, account: Account) -> None:
    domain = make_domain(account, NAME, DomainState.VERIFIED)
    db.session.commit()
    assert served.look_up(db.session.connection(), NAME) == served.Served(domain.id, "1234-5678-9012", None)
    make_llm_client(account, "Sales", deployed=True, custom_domain=domain)
    db.session.commit()
    found = served.look_up(db.session.connection(), NAME)
    assert found == served.Served(domain.id, "1234-5678-9012", "sales")
    assert found.default_host("platform.example") == "sales.1234-5678-9012.api.platform.example"


def test_client_of_another_account_leads_nowhere(app: Flask, account: Account) -> None:
    domain = make_domain(account, NAME, DomainState.VERIFIED)
    make_llm_client(make_account("Other"), "Theirs", deployed=True, custom_domain=domain)
    db.session.commit()
    found = served.look_up(db.session.connection(), NAME)
    assert found is not None
    assert found.label is None
    assert list(routes()) == []
