"""Faults of ours. A check with one ends, changes nothing, is repeated after growing pauses, and is shown to staff.
The health of our resolvers follows from checks, and no customer is blamed for it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from tests.domains.reports import report
from tests.factories import make_domain, make_zone
from tests.removal.world import World
from tests.twins.dns import Fault, MemoryDns
from webapp.audit.log import COMMAND
from webapp.checks import faults, request, tasks
from webapp.dns.delegation import Asked, DelegationReport, Expectation, Verdict
from webapp.domains import lifecycle
from webapp.extensions import db
from webapp.health.status import Component, Fails, Works
from webapp.messages.catalogue import sentence
from webapp.models import (
    Account,
    CheckOrigin,
    CheckStatus,
    DomainState,
    LLMClientCustomDomain,
    Message,
    SystemStatus,
    ZoneState,
    utcnow,
)
from webapp.removal import zone_deletion
from webapp.removal.deletion_policy import UNCLEAR_PAUSE
from webapp.zones import findings
from webapp.zones.findings import FindingKind


@pytest.fixture
def domain(account: Account) -> LLMClientCustomDomain:
    domain = make_domain(account, "chat.acme.test", DomainState.VERIFIED, verdict="VERIFIED")
    make_zone(domain)
    db.session.commit()
    return domain


@pytest.fixture
def faulty(monkeypatch: pytest.MonkeyPatch) -> None:
    async def verify(*_given: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("webapp.dns.methods.verify", verify)


def check(domain: LLMClientCustomDomain) -> None:
    request.open_new_check(domain, CheckOrigin.SCHEDULE, utcnow())
    db.session.commit()
    tasks.run_waiting_checks.run()
    db.session.refresh(domain)


def open_findings(domain: LLMClientCustomDomain) -> list[str]:
    return [finding.kind for finding in findings.waiting() if finding.custom_domain_id == domain.id]


@pytest.mark.usefixtures("faulty")
def test_it_ends_and_changes_nothing(app: Flask, domain: LLMClientCustomDomain) -> None:
    check(domain)
    done = domain.checks[-1]
    assert (done.status, done.verdict, done.lease_until) == (CheckStatus.DONE, "PARENT_UNREACHABLE", None)
    assert done.report is not None
    assert "The problem is on our side" in DelegationReport.from_dict(done.report).message
    assert (domain.state, domain.verdict) == (DomainState.VERIFIED, "VERIFIED")
    assert domain.next_check_at is not None
    assert domain.next_check_at > utcnow() + timedelta(minutes=4)


@pytest.mark.usefixtures("faulty")
def test_the_next_one_comes_later_every_time(app: Flask, domain: LLMClientCustomDomain) -> None:
    domain.state = DomainState.PENDING
    pauses = []
    for _ in range(15):
        check(domain)
        assert domain.next_check_at is not None
        assert domain.last_checked_at is not None
        pauses.append(domain.next_check_at - domain.last_checked_at)
    assert pauses == sorted(set(pauses))


def test_staff_see_it_until_a_check_goes_well(
    app: Flask, domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch, faulty: None
) -> None:
    check(domain)
    check(domain)
    assert open_findings(domain) == [FindingKind.CHECK_FAULT]
    monkeypatch.undo()
    check(domain)
    assert open_findings(domain) == []


def test_so_does_a_look_at_a_leaving_zone(
    app: Flask, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(app.extensions["dns"], app.extensions["route53"])
    zone = world.made(account)
    world.delegate(*zone.name_servers)
    lifecycle.remove(zone.custom_domain, actor=COMMAND, now=world.now)
    db.session.commit()

    async def look_up(*_given: Any, **_more: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as faulty:
        faulty.setattr(zone_deletion, "look_up", look_up)
        pauses = []
        for _ in range(18):
            world.wait_for(zone)
            world.step(zone)
            assert zone.next_attempt_at is not None
            pauses.append(zone.next_attempt_at - world.now)
    assert pauses == sorted(pauses)
    assert pauses[-1] == UNCLEAR_PAUSE
    assert (zone.state, zone.undelegated_since) == (ZoneState.LEAVING, None)
    assert open_findings(zone.custom_domain) == [FindingKind.CHECK_FAULT]
    world.wait_for(zone)
    world.step(zone)
    assert open_findings(zone.custom_domain) == []
    assert zone.watch is not None
    assert zone.watch["look"]["outlook"] == "listed"


NOW = utcnow()
EXPECTATION = Expectation("chat.acme.test", ("ns-1.awsdns-00.com",))


def asked(outcome: str) -> Asked:
    question = ("192.0.2.53:53", "192.0.2.53:53", "acme.test NS", "udp", outcome)
    return Asked(*question, False, (), None, 5, "resolver", "dig")


SILENT = report(
    EXPECTATION,
    Verdict.PARENT_UNREACHABLE,
    NOW,
    who_acts="we",
    reason="resolver-silent",
    asked=(asked("TIMEOUT"),),
)
HEARD = report(EXPECTATION, Verdict.NOT_DELEGATED, NOW, asked=(asked("NXDOMAIN"), asked("TIMEOUT")))
NEEDLESS = report(EXPECTATION, Verdict.ZONE_PENDING, NOW, who_acts="we")
TROUBLE = Fails(Message("resolver.unheard", {"resolvers": ["192.0.2.53:53"], "outcomes": ["TIMEOUT"]}))


@pytest.mark.parametrize(
    ("reports", "health"),
    [
        ([], None),
        ([None], None),
        ([NEEDLESS], None),
        ([HEARD], Works()),
        ([SILENT], TROUBLE),
        ([None, SILENT, NEEDLESS, SILENT], TROUBLE),
        ([SILENT, HEARD], Works()),
    ],
)
def test_a_resolver_that_one_check_heard_is_there(
    reports: list[DelegationReport | None], health: Works | Fails | None
) -> None:
    assert faults.resolver_health(reports) == health


def status(component: Component) -> SystemStatus | None:
    return db.session.get(SystemStatus, component.value, populate_existing=True)


def test_silent_resolver_is_our_trouble_and_changes_no_state(
    app: Flask, domain: LLMClientCustomDomain
) -> None:
    dns: MemoryDns = app.extensions["dns"]
    dns.recursive[0].fault = Fault.SILENT
    check(domain)
    found = status(Component.RESOLVER)
    assert found is not None
    assert found.trouble_since is not None
    assert found.problem is not None
    assert dns.recursive[0].address in sentence(found.problem)
    assert domain.state is DomainState.VERIFIED
    assert domain.contrary_since is None
    dns.recursive[0].fault = None
    check(domain)
    found = status(Component.RESOLVER)
    assert found is not None
    assert found.trouble_since is None
