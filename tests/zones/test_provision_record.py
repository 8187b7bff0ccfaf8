"""The health of Route 53 follows from steps of zones; no customer is blamed for it."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.factories import make_account, make_domain, make_zone
from tests.twins.dns import MemoryDns
from tests.twins.route53 import MemoryRoute53
from webapp.aws.shared.errors import AccessTrouble, AwsError, CapacityReached, InputRefused, RetryLater
from webapp.extensions import db
from webapp.health.status import Component
from webapp.jobs.leases import message_of
from webapp.models import SystemStatus, ZoneState
from webapp.zones import provision, provision_record
from webapp.zones import tasks as zone_tasks
from webapp.zones.trouble import ZoneTrouble


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
    found = db.session.get(SystemStatus, Component.ROUTE53.value, populate_existing=True)
    assert found is not None
    assert found.problem == (message_of(error) if troubled else None)
    assert (found.trouble_since is not None) is troubled


def test_what_concerns_one_zone_alone_is_no_trouble_of_ours() -> None:
    exists = RetryLater("HostedZoneAlreadyExists: wait.", code="HostedZoneAlreadyExists")
    assert provision_record.health_of(ZoneTrouble.of(exists)) is None
    assert provision_record.health_of(provision.NotYet()) is None
