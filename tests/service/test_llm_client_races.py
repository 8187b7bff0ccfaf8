"""An LLM client that is deleted while a name is led to it, on both databases."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.factories import make_account, make_domain, make_llm_client
from tests.service.racing import at_once, racing_app
from webapp.audit.log import COMMAND
from webapp.dns.names import Refusal
from webapp.domains import assignment, registration
from webapp.domains.locks import lock_domain
from webapp.extensions import db, settings
from webapp.llm_clients import services
from webapp.models import Account, LLMClient, LLMClientCustomDomain

__all__ = ["racing_app"]  # the fixture

pytestmark = pytest.mark.service

ROUNDS = 8


def deleting(client_id: int) -> Callable[[], str]:
    def act() -> str:
        refusal = services.delete(db.session.get_one(LLMClient, client_id), actor=COMMAND)
        return "deleted" if refusal is None else refusal.code

    return act


def leading(domain_id: int, client_id: int) -> Callable[[], str]:
    def act() -> str:
        client, domain = (
            db.session.get(LLMClient, client_id),
            db.session.get(LLMClientCustomDomain, domain_id),
        )
        if client is None or domain is None:
            return "llm-client-gone"
        lock_domain(domain)
        refusal = assignment.attach(client, domain, actor=COMMAND)
        return "led" if refusal is None else refusal.reason

    return act


def registering(account_id: int, client_id: int, name: str) -> Callable[[], str]:
    def act() -> str:
        client = db.session.get(LLMClient, client_id)
        if client is None:
            return "llm-client-gone"
        account = db.session.get_one(Account, account_id)
        found = registration.register(account, name, actor=COMMAND, settings=settings(), llm_client=client)
        return found.reason if isinstance(found, Refusal) else "led"

    return act


@pytest.mark.parametrize("registers", [False, True])
def test_either_it_is_deleted_or_the_name_leads_to_it(racing_app: Flask, registers: bool) -> None:
    account = make_account("Acme")
    for number in range(ROUNDS):
        client, domain = (
            make_llm_client(account, f"Sales {number}"),
            make_domain(account, f"a{number}.acme.test"),
        )
        db.session.commit()
        client_id, domain_id = client.id, domain.id
        lead = (
            registering(account.id, client_id, f"new{number}.acme.test")
            if registers
            else leading(domain_id, client_id)
        )
        db.session.commit()
        found = at_once(racing_app, deleting(client_id), lead)
        assert found in (["deleted", "llm-client-gone"], ["llm-client-serves", "led"])
        db.session.expire_all()
        there = db.session.get(LLMClient, client_id)
        assert (there is None) == (found[0] == "deleted")
        assert there is None or there.custom_domain is not None
