"""A platform that proves by records, with a zone of its edge that takes updates."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.app_fixtures import make_app, make_tables
from tests.twins.edge_zone import MemoryEdgeZone
from webapp.extensions import db

EDGE_DOMAIN = "edge.nameplate.net"
SETTINGS: dict[str, object] = {
    "methods": ["records", "delegation"],
    "edge_domain": EDGE_DOMAIN,
    "edge_target": ["45.76.10.1", "2a05:f480::1"],
    "edge_update_servers": "192.0.2.53:53",
    "edge_update_key": "edge:c2VjcmV0",
}


@pytest.fixture
def edge() -> MemoryEdgeZone:
    return MemoryEdgeZone()


@pytest.fixture
def app(tmp_path: Path, edge: MemoryEdgeZone) -> Iterator[Flask]:
    app = make_app(tmp_path, **SETTINGS)
    app.extensions["edge_zone"] = lambda _domain: edge
    with app.app_context():
        make_tables()
        yield app
        db.session.remove()
        db.engine.dispose()
