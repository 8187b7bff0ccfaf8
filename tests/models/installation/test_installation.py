"""Which entries of the deny list cover a name."""

from __future__ import annotations

import pytest
from flask import Flask

from webapp.extensions import db
from webapp.models import DeniedName


@pytest.mark.parametrize(
    ("name", "covering"),
    [
        ("example.com", ["example.com"]),
        ("chat.example.com", ["chat.example.com", "example.com"]),
        ("a.chat.example.com", ["example.com"]),
        ("anexample.com", []),
    ],
)
def test_the_nearest_entry_comes_first(app: Flask, name: str, covering: list[str]) -> None:
    for denied, below in (("example.com", True), ("chat.example.com", False)):
        db.session.add(DeniedName(name=denied, below=below, reason="a bank", actor_name="staff"))
    db.session.flush()
    assert [one.name for one in db.session.scalars(DeniedName.covering(name))] == covering
