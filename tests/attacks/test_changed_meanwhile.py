"""A worker that records something of a domain between the moments when a person's request reads and writes it."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_mailman import EmailMessage
from werkzeug.routing import Rule

from tests.app_fixtures import sign_in
from tests.attacks.meanwhile import recorded_after_it_was_read
from tests.attacks.people import FILLED_IN
from tests.factories import make_account, make_domain, make_llm_client, make_user, make_zone
from webapp.extensions import db
from webapp.models import Account, DomainState


@pytest.mark.parametrize("state", list(DomainState))
@pytest.mark.parametrize("staff", [False, True], ids=["owner", "staff"])
def test_no_form_breaks(
    app: Flask, client: FlaskClient, outbox: list[EmailMessage], staff: bool, state: DomainState
) -> None:
    account = make_account("Acme")
    sign_in(client, make_user(staff=True) if staff else make_user(account=account))
    account_id = account.id
    for number, rule in enumerate(forms_of_a_domain(app, staff=staff)):
        name = f"chat{number}.acme.test"
        domain = make_domain(db.session.get_one(Account, account_id), name, state, check_attempt=3)
        make_zone(domain)
        llm_client = make_llm_client(domain.account, f"Assistant {number}", custom_domain=domain)
        db.session.commit()
        url = rule.rule.replace("<int:domain_id>", str(domain.id))
        url = url.replace("<int:llm_client_id>", str(llm_client.id))
        domain_id = domain.id
        db.session.remove()
        with recorded_after_it_was_read() as happened:
            answer = client.post(url, data={**FILLED_IN, "confirm": name})
        assert answer.status_code < 500, (rule, answer.text)
        assert domain_id in happened, rule


def forms_of_a_domain(app: Flask, *, staff: bool) -> list[Rule]:
    """All but the one that changes the words of an LLM client, which reads no domain."""
    found = [
        rule
        for rule in app.url_map.iter_rules()
        if "POST" in (rule.methods or set())
        and rule.arguments & {"domain_id", "llm_client_id"}
        and str(rule.endpoint).startswith("staff.") == staff
        and rule.endpoint != "llm_clients.show"
        and not rule.endpoint.startswith("api_")
    ]
    assert len(found) > 6
    return found
