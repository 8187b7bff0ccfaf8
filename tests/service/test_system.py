"""The installation's own health on both databases, and the doctor before real servers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests.app_fixtures import make_app, make_settings
from tests.factories import make_account, make_domain, said
from tests.health.exposed import value
from tests.servers.programs import free_port
from tests.servers.smtp import Mailbox
from tests.service.dns_tree import DnsTree
from tests.service.dns_tree.programs import DNS_PORT
from tests.service.racing import at_once
from webapp.aws.shared.clock import time_at_aws
from webapp.dns.resolver_facts import resolver_facts
from webapp.extensions import db
from webapp.health import tasks
from webapp.health.doctor import external
from webapp.health.doctor.diagnosis import Health
from webapp.health.pruning import KEPT_CHECKS
from webapp.health.status import Component, note_ok, note_trouble
from webapp.models import Check, CheckOrigin, CheckStatus, SystemStatus, utcnow


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = make_app(tmp_path, database_url=database_url)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def test_workers_that_meet_one_trouble_at_once_note_it_once(app: Flask) -> None:
    now = utcnow()
    at = [now + timedelta(seconds=seconds) for seconds in (3, 1, 4, 2)]

    def note(number: int) -> None:
        note_trouble(Component.RESOLVER, said(f"Met by {number}."), at[number])

    results = at_once(app, *(lambda number=number: note(number) for number in range(4)))
    assert results == [None] * 4
    row = db.session.get_one(SystemStatus, Component.RESOLVER.value, populate_existing=True)
    assert row.problem == said("Met by 2."), "the latest note stands, whoever was first"
    assert row.trouble_since in at
    note_ok(Component.RESOLVER, now + timedelta(seconds=5))
    db.session.commit()
    assert at_once(app, *[lambda: note(0)] * 3) == [None] * 3
    row = db.session.get_one(SystemStatus, Component.RESOLVER.value, populate_existing=True)
    assert row.trouble_since is None, "news from before the end of the trouble is old"


def test_pruning_and_figures(app: Flask) -> None:
    domain, old = make_domain(make_account()), utcnow() - timedelta(days=400)
    db.session.add_all(
        Check(
            custom_domain_id=domain.id,
            origin=CheckOrigin.SCHEDULE,
            status=CheckStatus.DONE,
            verdict=verdict,
            created_at=old + timedelta(minutes=number),
        )
        for number, verdict in enumerate("AAABBB" + "A" * 40)
    )
    db.session.commit()
    tasks.prune.run()
    verdicts = db.session.scalars(select(Check.verdict).order_by(Check.id)).all()
    assert "".join(map(str, verdicts)) == "AABB" + "A" + "A" * KEPT_CHECKS
    note_ok(Component.WORKER, utcnow())
    db.session.commit()
    text = app.test_client().get("/metrics").text
    assert value(text, "nameplate_database_up") == 1
    assert value(text, "nameplate_domains", state="pending") == 1


def test_doctor_before_a_mail_server(mailbox: Mailbox, tmp_path: Path) -> None:
    found = external.mail_health(make_settings(tmp_path, mail_url=mailbox.url))
    assert (found.health, found.sentence) == (
        Health.OK,
        f"The mail server 127.0.0.1:{mailbox.port} answers without encryption.",
    )
    assert mailbox.messages == []
    away = external.mail_health(
        make_settings(tmp_path, mail_url=f"smtp://user:password@127.0.0.1:{free_port()}")
    )
    assert away.health is Health.WRONG
    assert "password" not in away.sentence
    plain = external.mail_health(make_settings(tmp_path, mail_url=f"smtps://127.0.0.1:{mailbox.port}"))
    assert plain.health is Health.WRONG
    assert "No encrypted connection" in plain.sentence


def test_doctor_says_for_how_many_processes_the_database_has_connections(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = external.connections_health(db.engine)
    assert found.health is Health.OK
    if db.engine.dialect.name == "postgresql":
        assert found.sentence == (
            "PostgreSQL takes 147 connections, enough for 5 web processes. Each process of an edge service may take "
            "20 of them."
        )
        monkeypatch.setattr(external, "POOL_OVERFLOW", 40)
        found = external.connections_health(db.engine)
        assert found.health is Health.WRONG
        assert "two web nodes and a worker may need 200" in found.sentence
        assert "45 for each web process" in found.advice


def test_doctor_before_nothing(tmp_path: Path) -> None:
    facts = asyncio.run(resolver_facts("127.0.0.1", free_port()))
    assert (facts.udp, facts.tcp, facts.recursion) == (None, None, False)
    assert time_at_aws(f"http://127.0.0.1:{free_port()}") is None


def test_doctor_before_real_name_servers(dns_tree: DnsTree, tmp_path: Path) -> None:
    facts = asyncio.run(resolver_facts(dns_tree.resolver_addresses[0], DNS_PORT))
    assert (facts.udp, facts.tcp, facts.recursion) == ("NOERROR", "NOERROR", True)
    facts = asyncio.run(resolver_facts(dns_tree.address("root"), DNS_PORT))
    assert (facts.udp, facts.tcp, facts.recursion) == ("NOERROR", "NOERROR", False)
    found = external.authoritative_health(dns_tree.network_dns(), make_settings(tmp_path))
    assert found.health is Health.OK, found.sentence
