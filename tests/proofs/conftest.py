"""An application that offers both methods, and the DNS in which a name can be proved by each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.app_fixtures import make_app, make_tables
from tests.proofs.world import BOTH, World
from tests.twins.dns import MemoryDns
from webapp.extensions import db


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = make_app(tmp_path, **BOTH)
    with app.app_context():
        make_tables()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def world(app: Flask) -> World:
    dns = app.extensions["dns"]
    assert isinstance(dns, MemoryDns)
    return World(dns)
