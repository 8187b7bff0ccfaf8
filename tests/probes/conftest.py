"""An installation that looks at names, on either database, with a name that is served."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.app_fixtures import make_app
from tests.factories import make_account, make_domain, make_llm_client
from webapp.extensions import db
from webapp.models import DomainState, LLMClientCustomDomain


@pytest.fixture
def looking(tmp_path: Path, database_url: str, leases_by_our_clock: None) -> Iterator[Flask]:
    app = make_app(tmp_path, database_url=database_url, edge_probes="yes", edge_target=["203.0.113.80"])
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def domain(looking: Flask) -> LLMClientCustomDomain:
    """Verified, with a deployed LLM client, and not looked at yet."""
    account = make_account("Acme")
    domain = make_domain(account, "chat.acme.test", DomainState.VERIFIED)
    make_llm_client(account, custom_domain=domain, deployed=True)
    db.session.commit()
    return domain
