"""The health of resolver and Route 53 follows from checks and zones; no customer is blamed for either."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from tests.domains.reports import report
from tests.factories import make_account, make_domain, make_zone
from tests.twins.dns import Fault, MemoryDns
from tests.twins.route53 import MemoryRoute53
from webapp.aws.shared.errors import AccessTrouble, AwsError, CapacityReached, InputRefused, RetryLater
from webapp.checks import request, resolver_health, tasks
from webapp.dns.delegation import Asked, DelegationReport, Expectation, Verdict
from webapp.extensions import db
from webapp.health.status import Component, Fails, Works
from webapp.jobs.leases import message_of
from webapp.messages.catalogue import sentence
from webapp.models import (
    CheckOrigin,
    DomainState,
    LLMClientCustomDomain,
    Message,
    SystemStatus,
    ZoneState,
    utcnow,
)
from webapp.zones import provision, provision_record
from webapp.zones import tasks as zone_tasks
from webapp.zones.trouble import ZoneTrouble

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
    assert resolver_health.health_of(reports) == health


def status(component: Component) -> SystemStatus | None:
    return db.session.get(SystemStatus, component.value, populate_existing=True)


@pytest.fixture
def domain(app: Flask) -> LLMClientCustomDomain:
    """Verified, and due."""
    domain = make_domain(make_account(), state=DomainState.VERIFIED)
    make_zone(domain)
    db.session.commit()
    return domain


def check(domain: LLMClientCustomDomain) -> None:
    check_id = request.open_new_check(domain, CheckOrigin.SCHEDULE, utcnow()).check.id
    db.session.commit()
    tasks.run_check.run(check_id)


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


@pytest.mark.parametrize(
    ("error", "troubled"),
    [
        (AccessTrouble("AccessDenied: not you.", code="AccessDenied"), True),
        (CapacityReached("TooManyHostedZones: full.", code="TooManyHostedZones"), True),
        (RetryLater("Throttling: slower.", code="Throttling"), True),
        (InputRefused("InvalidDomainName: no.", code="InvalidDomainName"), False),
    ],
)
def test_route53_is_in_trouble_when_the_reason_is_not_one_name(
    app: Flask, monkeypatch: pytest.MonkeyPatch, error: AwsError, troubled: bool
) -> None:
    def refuse(*_args: object) -> None:
        raise error

    monkeypatch.setattr(MemoryRoute53, "create_zone", refuse)
    dns: MemoryDns = app.extensions["dns"]
    dns.zone("acme.test", "ns1.provider.test", "ns2.provider.test")
    zone = make_zone(make_domain(make_account()), ZoneState.WANTED)
    db.session.commit()
    zone_tasks.set_up_zone.run(zone.id)
    found = status(Component.ROUTE53)
    assert found is not None
    assert found.problem == (message_of(error) if troubled else None)
    assert (found.trouble_since is not None) is troubled


def test_what_concerns_one_zone_alone_is_no_trouble_of_ours() -> None:
    exists = RetryLater("HostedZoneAlreadyExists: wait.", code="HostedZoneAlreadyExists")
    assert provision_record.health_of(ZoneTrouble.of(exists)) is None
    assert provision_record.health_of(provision.NotYet()) is None


def test_check_that_somebody_asked_for_is_no_sign_that_the_schedule_runs(
    domain: LLMClientCustomDomain,
) -> None:
    check(domain)
    assert status(Component.WORKER) is None
    request.open_new_check(domain, CheckOrigin.SCHEDULE, utcnow())
    db.session.commit()
    tasks.run_waiting_checks.run()
    assert status(Component.WORKER) is not None


def test_every_sweep_is_a_sign_of_life(app: Flask, queued: list[tuple[str, tuple[object, ...]]]) -> None:
    for sweep in (tasks.sweep, zone_tasks.sweep_zones):
        sweep.run()
        found = status(Component.WORKER)
        assert found is not None
        assert found.last_ok_at is not None
        assert found.last_ok_at > utcnow() - timedelta(seconds=30)
        db.session.delete(found)
        db.session.commit()
