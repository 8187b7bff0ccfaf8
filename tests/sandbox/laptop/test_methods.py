"""The settings of `make run`: both methods of proof, unless a person chose otherwise, and where its edge is."""

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
    ports = Ports(web=8000, sandbox=8053, first_dns=5300, edge=8002, tls=8443)
    made = laptop.write_environment({**chosen, "AWS_ENDPOINT_URL": "https://aws.example"}, {}, ports)
    assert made["METHODS"] == methods
    assert kept.read_env_file(tmp_path / kept.SETTINGS_FILE)["METHODS"] == methods
    assert made["AWS_ENDPOINT_URL"] == "http://127.0.0.1:8053"


def test_the_edge_is_asked_and_probed_where_it_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(laptop, "INSTANCE", tmp_path)
    ports = Ports(web=8000, sandbox=8053, first_dns=5300, edge=18002, tls=18443)
    made = laptop.write_environment({"EDGE_PROBES": "no"}, {}, ports)
    expected = {
        "EDGE_BIND": "127.0.0.1:18002",
        "SANDBOX_EDGE_PORT": "18443",
        "EDGE_PROBES": "yes",
        "PROBE_ADDRESS_MAP": "203.0.113.80/32=127.0.0.1:18443",
        "PROBE_AUTHORITY": str(tmp_path / "edge-authority.pem"),
        "SANDBOX_URL": "http://127.0.0.1:8053",
        "VISIT_URL": "http://127.0.0.1:8053/visit?name=",
    }
    assert {name: made[name] for name in expected} == expected
    assert kept.read_env_file(tmp_path / kept.SETTINGS_FILE).items() >= expected.items()


@pytest.mark.parametrize("chosen", [{}, {"SUPPORT_CONTACT": "https://acme.example/help"}])
def test_contact_is_no_mailbox_of_this_machine_unless_a_person_chose_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: dict[str, str]
) -> None:
    monkeypatch.setattr(laptop, "INSTANCE", tmp_path)
    ports = Ports(web=8000, sandbox=8053, first_dns=5300, edge=8002, tls=8443)
    made = laptop.write_environment(chosen, {}, ports)
    assert made["SUPPORT_CONTACT"] == chosen.get("SUPPORT_CONTACT", "help@platform.example")


@pytest.mark.parametrize(("chosen", "level"), [({}, "warning"), ({"LOG_LEVEL": "info"}, "info")])
def test_requests_are_logged_for_whoever_asks_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: dict[str, str], level: str
) -> None:
    monkeypatch.setattr(laptop, "INSTANCE", tmp_path)
    ports = Ports(web=8000, sandbox=8053, first_dns=5300, edge=8002, tls=8443)
    assert laptop.write_environment(chosen, {}, ports)["LOG_LEVEL"] == level
