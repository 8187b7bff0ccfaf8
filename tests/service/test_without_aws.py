"""An installation with `METHODS=records`, on real name servers and without AWS: a name from register to removed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import boto3
import pytest
from flask import Flask

from tests.app_fixtures import make_app
from tests.factories import make_account
from tests.service.dns_tree import DnsTree
from webapp.commands import domains, sweeping
from webapp.extensions import cache, db
from webapp.models import Certificate, HostedZone, LLMClientCustomDomain, RecordsProof

pytestmark = pytest.mark.service

NUMBER = "1234-5678-9012"


def never(*_: object, **__: object) -> NoReturn:
    raise AssertionError("AWS is not used here")


@pytest.fixture
def app(tmp_path: Path, dns_tree: DnsTree, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(boto3.session, "Session", never)
    # No worker will come, so that waiting for one is wasted.
    monkeypatch.setattr(domains, "PATIENCE_SECONDS", 0.0)
    app = make_app(
        tmp_path,
        database_url=f"sqlite:///{tmp_path / 'nameplate.sqlite'}",
        reserved_suffixes_allowed=["example"],
        methods="records",
        edge_domain="edge.example",
        edge_target="192.0.2.10",
    )
    app.extensions["route53"] = app.extensions["acm"] = never
    app.extensions["dns"] = dns_tree.network_dns()
    with app.app_context():
        db.create_all()
        make_account("Acme", number=NUMBER)
        db.session.commit()
        yield app
        db.session.remove()
        db.engine.dispose()


def run(app: Flask, *words: str) -> Any:
    return app.test_cli_runner().invoke(args=["domains", *words])


def served(app: Flask, name: str) -> int:
    cache.clear()
    return app.test_client().get(f"/edge/ask?domain={name}").status_code


def test_from_registered_to_removed(app: Flask, dns_tree: DnsTree) -> None:
    zone = dns_tree.parent()
    host = f"chat.{zone}"
    assert run(app, "register", host, "--account", NUMBER).exit_code == 0
    proof = db.session.query(RecordsProof).one()

    dns_tree.records(f"_nameplate-challenge.{host}", "TXT", f'"{proof.token}"')
    reserved = run(app, "check", host, "--wait", "--json")
    assert (reserved.exit_code, served(app, host)) == (1, 404)
    assert db.session.query(LLMClientCustomDomain).one().verdict == "CNAME_MISSING"

    dns_tree.records(host, "CNAME", f"{proof.target}.")
    live = run(app, "check", host, "--wait")
    assert (live.exit_code, served(app, host)) == (0, 200), live.output
    assert not sweeping.sweep().failed
    assert run(app, "verified").stdout.split() == [host]

    assert run(app, "remove", host, "--yes").exit_code == 0
    assert served(app, host) == 404
    assert not sweeping.sweep().failed
    assert db.session.query(HostedZone).count() == db.session.query(Certificate).count() == 0
