"""`make run` offers both methods of proof, unless a person chose otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest

from webapp.sandbox.laptop import __main__ as laptop
from webapp.sandbox.laptop import kept
from webapp.sandbox.laptop.ports import Ports


@pytest.mark.parametrize(
    ("chosen", "methods"),
    [
        ({}, "delegation,records"),
        ({"METHODS": ""}, "delegation,records"),
        ({"METHODS": "records"}, "records"),
        ({"METHODS": "records,delegation"}, "records,delegation"),
    ],
)
def test_methods_are_a_persons_choice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: dict[str, str], methods: str
) -> None:
    monkeypatch.setattr(laptop, "INSTANCE", tmp_path)
    ports = Ports(web=8000, sandbox=8053, first_dns=5300)
    made = laptop.write_environment({**chosen, "AWS_ENDPOINT_URL": "https://aws.example"}, {}, ports)
    assert made["METHODS"] == methods
    assert kept.read_env_file(tmp_path / kept.SETTINGS_FILE)["METHODS"] == methods
    assert made["AWS_ENDPOINT_URL"] == "http://127.0.0.1:8053"
