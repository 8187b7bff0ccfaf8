"""Route 53 in every kind of trouble while a zone is created: the result is one zone, or none with a reason."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest

from tests.service.faults import Installation, eventually
from webapp.aws.route53.port import Route53Api
from webapp.aws.route53.zones import Route53
from webapp.aws.shared.budget import Rates, TokenBucket
from webapp.aws.shared.calls import route53_client
from webapp.config.settings import load_settings
from webapp.dns.resolver import Dns
from webapp.dns.wire.network import network_dns
from webapp.extensions import db
from webapp.models import DomainState, HostedZone, ZoneState, utcnow
from webapp.zones import provision, provision_record

#: Longer than any pause between two attempts.
PAUSE = timedelta(minutes=6)
PASSES = (
    "Throttling",
    "ThrottlingException",
    "PriorRequestNotComplete",
    "RequestTimeout",
    "InternalFailure",
    "InternalError",
    "ServiceUnavailable",
    "HostedZoneAlreadyExists",
    "TooManyHostedZones",
    "LimitsExceeded",
    "DelegationSetNotAvailable",
    "ConflictingDomainExists",
    "AccessDenied",
    "ExpiredToken",
    "SignatureDoesNotMatch",
)
REFUSED = ("InvalidDomainName", "InvalidInput")
#: Everything that is asked of Route 53 until a zone is ready.
OPERATIONS = ("CreateHostedZone", "ChangeTagsForResource", "GetChange")


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pauses of the AWS client itself, which are seconds."""
    monkeypatch.setattr(
        "botocore.endpoint.time", SimpleNamespace(sleep=lambda _seconds: None, time=time.time)
    )
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")


@pytest.fixture
def made(installation: Installation) -> Iterator[Making]:
    installation.tell_sandbox("settings", {"zone_limit": 10_000})
    yield Making(installation)
    installation.forget_faults()


class Making:
    """The tasks' part, with the time in the test's hand: each turn a later worker, whose breaker is closed."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.now = utcnow()
        given = {name.lower(): value for name, value in installation.environment.items() if name != "PATH"}
        self.dns: Dns = network_dns(load_settings(**given))

    def turn(self, domain_id: int) -> ZoneState:
        """One worker works off what is due at `now`."""
        self.now = max(self.now, utcnow())
        endpoint = self.installation.environment["AWS_ENDPOINT_URL"]
        client = route53_client("us-east-1", endpoint)
        route53 = Route53(client, installation_id="nameplate", budget=TokenBucket(Rates(1000, 1000)))
        with self.installation.looking():
            for zone in self.installation.zones(domain_id):
                while self._step(zone, route53):
                    pass
            state = self.installation.zones(domain_id)[-1].state
        client.close()
        self.now += PAUSE
        return state

    def _step(self, zone: HostedZone, route53: Route53Api) -> bool:
        step = provision.claim(zone.id, self.now)
        db.session.commit()
        if step is None:
            return False
        outcome = asyncio.run(provision.advance(step, self.dns, route53))
        at_once = provision_record.record(step, outcome, self.now)
        db.session.commit()
        return at_once

    def to_the_end(self, domain_id: int, turns: int = 15) -> list[ZoneState]:
        """The states after each turn, up to one that does not change by itself."""
        states = []
        for _ in range(turns):
            states.append(self.turn(domain_id))
            if states[-1] in {ZoneState.READY, ZoneState.REFUSED}:
                break
        return states


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("code", PASSES)
def test_trouble_that_passes_ends_with_one_zone(made: Making, code: str, when: str) -> None:
    """`after`: Route 53 does it and then says that it does not."""
    name = f"{code}-{when}.acme.test".lower()
    for operation in OPERATIONS:
        made.installation.aws_fault(operation, code=code, when=when, times=2)
    domain_id = made.installation.register(name)
    states = made.to_the_end(domain_id)
    assert states[-1] is ZoneState.READY, states
    assert "CreateHostedZone" not in {fault["operation"] for fault in made.installation.faults_left()}
    made.installation.assert_one_zone(domain_id)
    assert made.installation.state(domain_id) is DomainState.PENDING


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_connections_that_break_end_with_one_zone(made: Making, operation: str, when: str) -> None:
    made.installation.aws_fault(operation, drop=True, when=when, times=12)
    domain_id = made.installation.register(f"drop-{operation}-{when}.acme.test".lower())
    states = made.to_the_end(domain_id)
    assert states[-1] is ZoneState.READY, states
    made.installation.assert_one_zone(domain_id)


def test_throttling_storm_on_everything(made: Making) -> None:
    """Three names are made through forty refusals, five of which the client itself puts up with at a time."""
    made.installation.aws_fault("*", code="Throttling", times=40)
    ids = [made.installation.register(f"storm{number}.acme.test") for number in range(3)]
    while made.installation.faults_left():
        for domain_id in ids:
            made.turn(domain_id)
    for domain_id in ids:
        made.to_the_end(domain_id)
    assert not made.installation.faults_left()
    for domain_id in ids:
        assert made.installation.is_ready(domain_id)
        made.installation.assert_one_zone(domain_id)


@pytest.mark.parametrize("code", REFUSED)
def test_what_route53_refuses_for_good_is_not_asked_again(made: Making, code: str) -> None:
    name = f"{code}.acme.test".lower()
    made.installation.aws_fault("CreateHostedZone", code=code, message="Not this one.")
    domain_id = made.installation.register(name)
    assert made.to_the_end(domain_id) == [ZoneState.REFUSED]
    assert made.turn(domain_id) is ZoneState.REFUSED
    assert made.installation.zones_at_aws(name) == []
    with made.installation.looking():
        assert "Not this one." in str(made.installation.zones(domain_id)[-1].problem)


def test_change_that_is_pending_for_long_is_polled_and_never_made_again(made: Making) -> None:
    """AWS may even have forgotten the change when it is asked at last; the name servers tell all the same."""
    made.installation.tell_sandbox("settings", {"in_sync_seconds": 3600})
    domain_id = made.installation.register("pending.acme.test")
    assert made.turn(domain_id) is ZoneState.CREATED
    made.installation.aws_fault("GetChange", code="NoSuchChange", times=100)
    assert made.turn(domain_id) is ZoneState.CREATED
    made.installation.bring_in_sync()
    eventually(lambda: made.turn(domain_id) is ZoneState.READY, "the zone was never ready")
    made.installation.assert_one_zone(domain_id)


def test_clock_that_jumps_while_a_zone_is_made(made: Making) -> None:
    """A worker dies with a lease that it took an hour ahead of time, or a year."""
    for name, ahead in (("hour", timedelta(hours=1)), ("year", timedelta(days=365))):
        domain_id = made.installation.register(f"{name}-ahead.acme.test")
        with made.installation.looking():
            zone_id = made.installation.zones(domain_id)[-1].id
            assert provision.claim(zone_id, utcnow() + ahead) is not None
            db.session.commit()
        # Within minutes, of which each turn takes six; another one than the first where its servers answered late.
        assert made.to_the_end(domain_id, turns=3)[-1] is ZoneState.READY, name
        made.installation.assert_one_zone(domain_id)
