"""A part that is in trouble is asked whether it still is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from tests.factories import said
from tests.twins.dns import Fault, MemoryDns
from tests.twins.route53 import MemoryRoute53
from webapp.aws.shared.errors import AccessTrouble
from webapp.extensions import db
from webapp.health import tasks
from webapp.health.status import Component, note_trouble
from webapp.models import Message, SystemStatus, utcnow


def status_after_probe(component: Component) -> SystemStatus:
    note_trouble(component, said("It does not answer."), utcnow() - timedelta(minutes=5))
    db.session.commit()
    tasks.probe.run()
    return db.session.get_one(SystemStatus, component.value, populate_existing=True)


def test_resolver_that_answers_again_is_well(app: Flask) -> None:
    assert status_after_probe(Component.RESOLVER).trouble_since is None


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.UNREACHABLE])
def test_resolver_that_is_still_silent_is_still_in_trouble(app: Flask, fault: Fault) -> None:
    dns: MemoryDns = app.extensions["dns"]
    dns.recursive[0].fault = fault
    status = status_after_probe(Component.RESOLVER)
    assert status.trouble_since is not None
    assert status.trouble_since < utcnow() - timedelta(minutes=4)
    outcome = "TIMEOUT" if fault is Fault.SILENT else "UNREACHABLE"
    assert status.problem == Message("resolver.silent", {"outcomes": [[dns.resolvers[0], outcome]]})


def test_resolver_that_refuses_is_there(app: Flask) -> None:
    dns: MemoryDns = app.extensions["dns"]
    dns.recursive[0].fault = Fault.SERVFAIL
    assert status_after_probe(Component.RESOLVER).trouble_since is None


def test_route53_is_well_when_it_counts_our_zones(app: Flask) -> None:
    assert status_after_probe(Component.ROUTE53).trouble_since is None


def test_route53_that_refuses_us_is_in_trouble(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_self: MemoryRoute53) -> None:
        raise AccessTrouble("AccessDenied: not you.", code="AccessDenied")

    monkeypatch.setattr(MemoryRoute53, "zone_quota", refuse)
    assert status_after_probe(Component.ROUTE53).problem == Message(
        "aws", {"said": "AccessDenied: not you.", "code": "AccessDenied"}
    )


def test_nobody_is_asked_while_all_is_well(app: Flask) -> None:
    tasks.probe.run()
    dns: MemoryDns = app.extensions["dns"]
    assert dns.questions == []
