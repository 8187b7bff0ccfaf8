"""Running commands in tests: what they print and their exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from tests.factories import make_domain, make_zone
from tests.twins.dns import MemoryDns
from tests.twins.dns_zone import MemoryZone
from webapp.commands import domains
from webapp.domains import queries
from webapp.extensions import db
from webapp.models import Account, LLMClientCustomDomain

Run = Callable[..., Result]
Sent = list[tuple[str | int, ...]]
ACCOUNT = "1234-5678-9012"


@pytest.fixture
def run(app: Flask) -> Run:
    runner = app.test_cli_runner()

    def invoke(*words: str, **options: Any) -> Result:
        result: Result = runner.invoke(args=list(words), **options)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        assert "Traceback" not in result.stderr, result.stderr
        return result

    return invoke


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> Sent:
    """What was queued for a worker that is not there, as (task, row id)."""
    found: Sent = []

    def record(_celery: object, name: str, args: tuple[int, ...] = (), *_more: object, **_o: object) -> None:
        found.append((name.rpartition(".")[2], *args))

    monkeypatch.setattr("celery.app.base.Celery.send_task", record)
    monkeypatch.setattr("webapp.runtime.queue.prepare", lambda _celery: None)
    return found


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker will come, so that waiting for one is wasted."""
    monkeypatch.setattr(domains, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(domains, "PAUSE_SECONDS", 0.01)


@pytest.fixture
def domain(account: Account) -> LLMClientCustomDomain:
    """chat.acme.test with a zone that is ready, and nothing at the parent."""
    domain = make_domain(account)
    make_zone(domain)
    db.session.commit()
    return domain


@pytest.fixture
def parent(app: Flask, domain: LLMClientCustomDomain) -> MemoryZone:
    """The zone acme.test in DNS; beside it, our name servers serve the domain's zone."""
    dns: MemoryDns = app.extensions["dns"]
    dns.zone(domain.domain_name, *name_servers(domain), delegate=False)
    return dns.zone("acme.test", "ns1.provider.test", "ns2.provider.test")


def name_servers(domain: LLMClientCustomDomain) -> list[str]:
    zone = queries.current_zone(domain)
    assert zone is not None
    return zone.name_servers


def document(result: Result) -> Any:
    """Standard output as the one JSON document that it must be."""
    return json.loads(result.stdout)
