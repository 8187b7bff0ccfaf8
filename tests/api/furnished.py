"""An application with two accounts that have something of everything, brought back to that before each try."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from flask import Flask

from tests.app_fixtures import make_app, make_tables
from tests.browser.gallery_data import told_of
from tests.dns.delegation.cases import expectation, healthy
from tests.factories import make_account, make_checked, make_domain, make_key, make_llm_client, make_zone
from tests.webhooks.telling import endpoint_of
from webapp.dns.delegation import judge
from webapp.extensions import db
from webapp.models import (
    Account,
    Certificate,
    CertificateState,
    DomainImport,
    DomainState,
    DomainTransfer,
    HandoverLink,
    ImportLine,
    ImportState,
    LineState,
    Method,
    WebhookAttempt,
    utcnow,
)
from webapp.webhooks.outbox import write_test

#: The settings of both ways to run Nameplate: with AWS, and without.
SETUPS: dict[str, dict[str, Any]] = {
    "delegation": {},
    "records": {
        "methods": ["records"],
        "edge_domain": "edge.nameplate.net",
        "edge_target": ["192.0.2.1"],
        "edge_probes": "yes",
    },
}


@dataclass
class Side:
    """An account. `ids`: those of its rows, by the arguments of routes. `words`: what only it may be told."""

    number: str
    token: str
    ids: dict[str, list[int]] = field(default_factory=dict)
    words: tuple[str, ...] = ()


@dataclass
class World:
    app: Flask
    sides: dict[str, Side]
    platform: str
    _kept: bytes

    def answer(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        """The application as WSGI for schemathesis, which does not close what it reads (PEP 3333)."""
        with closing(cast("Any", self.app.wsgi_app(environ, start_response))) as parts:
            return [*parts]

    def restore(self) -> None:
        with self.app.app_context(), closing(db.engine.raw_connection()) as borrowed:
            cast("sqlite3.Connection", borrowed.driver_connection).deserialize(self._kept)


@contextmanager
def world(directory: Path, setup: str) -> Iterator[World]:
    """Outside of any application context, so that each request has its own."""
    app = make_app(directory, api_requests_per_minute=10**6, **SETUPS[setup])
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.extensions["celery"].conf.broker_url = "memory://"
    with app.app_context():
        make_tables()
        sides = {name: _furnished(name, Method(setup)) for name in ("acme", "rival")}
        _, platform = make_key(None, scopes=["write"])
        db.session.commit()
        with closing(db.engine.raw_connection()) as borrowed:
            kept = cast("sqlite3.Connection", borrowed.driver_connection).serialize()
        db.session.remove()
    yield World(app, sides, platform, kept)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def _handed_over(account: Account, domain_id: int) -> dict[str, list[int]]:
    """A link to the records of the domain, and an offer of it."""
    now = utcnow()
    link = HandoverLink(
        account_id=account.id,
        custom_domain_id=domain_id,
        made_for="Jane",
        made_by="owner",
        expires_at=now + timedelta(days=14),
    )
    transfer = DomainTransfer(
        custom_domain_id=domain_id,
        from_account_id=account.id,
        to_email=f"friend@{account.number}.test",
        offered_by="owner",
        expires_at=now + timedelta(days=7),
    )
    db.session.add_all([link, transfer])
    db.session.flush()
    return {"link_id": [link.id], "transfer_id": [transfer.id]}


def _furnished(name: str, method: Method) -> Side:
    account = make_account(f"{name} & Sons")
    key, token = make_key(account, scopes=["write"], name=f"Key of {name}", made_by=f"owner@{name}.test")
    side = Side(account.number, token)
    side.ids = {
        "domain_id": [*_domains(account, name, method)],
        "llm_client_id": [make_llm_client(account, f"{name} {at}").id for at in range(2)],
        "key_id": [key.id],
        "import_id": [_import(account, name).id],
    }
    side.ids |= _handed_over(account, side.ids["domain_id"][0])
    side.ids["check_id"] = [check.id for domain in account.custom_domains for check in domain.checks]
    side.ids |= _webhooks(account, name)
    side.words = (name, account.number)
    return side


def _import(account: Account, name: str) -> DomainImport:
    """One that could be run."""
    row = DomainImport(
        account=account, lines=1, state=ImportState.CHECKED, actor_kind="customer", actor_name=name
    )
    db.session.add(row)
    db.session.flush()
    typed = f"listed.{name}.test"
    line = ImportLine(import_id=row.id, number=1, typed=typed, domain_name=typed, state=LineState.READY)
    db.session.add(line)
    db.session.flush()
    return row


def _webhooks(account: Account, name: str) -> dict[str, list[int]]:
    made = [endpoint_of(account, url=f"https://hooks{number}.{name}.test/") for number in range(2)]
    sent = [write_test(endpoint, utcnow()) for endpoint in made]
    attempt = {"outcome_code": "answered", "outcome_params": {"status": 500}, "answer": "no"}
    db.session.add(WebhookAttempt(delivery_id=sent[0], status=500, **attempt))
    db.session.flush()
    return {"webhook_id": [endpoint.id for endpoint in made], "delivery_id": sent}


def _domains(account: Account, name: str, method: Method) -> Iterator[int]:
    now = utcnow()
    for state in DomainState:
        domain = make_domain(account, f"{state}.{name}.test", state, method=method)
        if method.has_zone:
            zone = make_zone(domain)
            domain.aws_hosted_zone_id = zone.aws_hosted_zone_id
        if state is DomainState.FAILING:
            domain.grace_until = now + timedelta(days=3)
        yield domain.id
    served = make_domain(account, f"served.{name}.test", DomainState.VERIFIED, method=method)
    make_llm_client(account, f"{name} served", custom_domain=served, deployed=True)
    if method.has_zone:
        make_zone(served)
        certificate = Certificate(
            custom_domain_id=served.id,
            domain_name=served.domain_name,
            state=CertificateState.ISSUED,
            idempotency_token=f"furnished{served.id}",
            not_after=now + timedelta(days=300),
        )
        db.session.add(certificate)
        make_checked(served, told_of(served, judge(expectation(), healthy(), now)))
    yield served.id
