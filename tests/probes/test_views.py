"""The button “Check now”."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.app_fixtures import sign_in
from tests.factories import make_domain
from webapp.extensions import db, settings
from webapp.models import Account, DomainState, LLMClient, LLMClientCustomDomain, Probe, User

Queued = list[tuple[str, tuple[object, ...]]]


@pytest.fixture
def served(app: Flask, llm_client: LLMClient) -> LLMClientCustomDomain:
    app.extensions["settings"] = settings().model_copy(update={"edge_probes": "yes"})
    domain = make_domain(llm_client.account, "chat.acme.test", DomainState.VERIFIED)
    llm_client.custom_domain, llm_client.deployed = domain, True
    db.session.commit()
    return domain


def test_press_makes_it_due_and_wakes_a_worker_once(
    served: LLMClientCustomDomain, customer: User, client: FlaskClient, queued: Queued
) -> None:
    sign_in(client, customer)
    response = client.post(f"/domains/{served.id}/probes")
    assert (response.status_code, response.headers["Location"]) == (303, f"/domains/{served.id}#outside")
    assert queued == [("probe_name", (served.id,))]
    assert db.session.scalar(select(Probe.next_probe_at)) is not None
    page = client.post(f"/domains/{served.id}/probes", follow_redirects=True).get_data(as_text=True)
    assert "You can check again in" in page
    assert len(queued) == 1


def test_domain_of_another_account_is_not_there(
    app: Flask, rival: Account, customer: User, client: FlaskClient, queued: Queued
) -> None:
    sign_in(client, customer)
    [theirs] = rival.custom_domains
    assert client.post(f"/domains/{theirs.id}/probes").status_code == 404
    assert queued == []


def test_stranger_signs_in_first(served: LLMClientCustomDomain, client: FlaskClient) -> None:
    response = client.post(f"/domains/{served.id}/probes")
    assert response.status_code in {302, 401}
    assert db.session.scalars(select(Probe)).all() == []
