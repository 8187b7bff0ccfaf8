"""An account with a domain and an endpoint, on either database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.app_fixtures import make_app
from tests.factories import make_account, make_domain, make_user
from tests.webhooks.telling import LOOPBACK, endpoint_of
from webapp.extensions import db
from webapp.models import LLMClientCustomDomain, WebhookEndpoint


@pytest.fixture
def telling(tmp_path: Path, database_url: str, leases_by_our_clock: None) -> Iterator[Flask]:
    app = make_app(tmp_path, database_url=database_url, webhook_allow_networks=LOOPBACK)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def domain(telling: Flask) -> LLMClientCustomDomain:
    account = make_account("Acme", number="1234-5678-9012")
    make_user(account=account, email="owner@acme.test")
    domain = make_domain(account, "chat.acme.test")
    db.session.commit()
    return domain


@pytest.fixture
def endpoint(domain: LLMClientCustomDomain) -> WebhookEndpoint:
    return endpoint_of(domain.account)
