"""Zones that no row knows: of all who settle one at once, one does."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

import pytest
from flask import Flask

from tests.factories import make_domain
from tests.twins.route53 import MemoryRoute53
from webapp.audit.log import COMMAND
from webapp.dns.delegation import Baseline
from webapp.extensions import db
from webapp.models import Account, Finding, HostedZone, LLMClientCustomDomain, Message, utcnow
from webapp.zones import findings, orphans
from webapp.zones.findings import FindingKind
from webapp.zones.orphans import Orphan

NAME = "chat.acme.test"


@pytest.fixture
def aws(app: Flask) -> MemoryRoute53:
    return cast("MemoryRoute53", app.extensions["route53"])


@pytest.fixture
def domain(account: Account) -> LLMClientCustomDomain:
    return make_domain(account)


@pytest.fixture
def orphan(aws: MemoryRoute53, domain: LLMClientCustomDomain) -> Orphan:
    found = Orphan(aws.create_zone(NAME, "lost", "77.1"), "77.1")
    report(found)
    db.session.commit()
    return found


def report(orphan: Orphan) -> Finding:
    params = {"zone": orphan.zone.id, "name": NAME, "claim": orphan.claim_id}
    said = Message("finding.orphan", params)
    return findings.report(FindingKind.ORPHAN, said, utcnow(), aws_zone_id=orphan.zone.id)


def adopt(domain: LLMClientCustomDomain, orphan: Orphan) -> HostedZone | str:
    listed = Baseline(NAME, reachable=True)
    return orphans.adopt(domain, orphan, listed, actor=COMMAND, reason="Why", now=utcnow())


def test_zone_whose_deletion_has_begun_is_neither_adopted_nor_deleted_once_more(
    domain: LLMClientCustomDomain, orphan: Orphan
) -> None:
    assert orphans.begin_deletion(orphan, utcnow()) is None
    db.session.commit()
    assert "a moment ago" in str(orphans.begin_deletion(orphan, utcnow()))
    assert "a moment ago" in str(adopt(domain, orphan))


def test_comparison_that_finds_it_again_meanwhile_lets_nobody_adopt_it(
    domain: LLMClientCustomDomain, orphan: Orphan
) -> None:
    """It was listed before AWS deleted it."""
    assert orphans.begin_deletion(orphan, utcnow()) is None
    report(orphan)
    db.session.commit()
    assert "a moment ago" in str(adopt(domain, orphan))
    db.session.rollback()
    db.session.query(Finding).filter(Finding.resolved_at.is_not(None)).update(
        {"resolved_at": utcnow() - timedelta(minutes=11)}
    )
    db.session.commit()
    assert isinstance(adopt(domain, orphan), HostedZone)


def test_zone_that_a_claim_has_adopted_is_not_deleted(
    aws: MemoryRoute53, domain: LLMClientCustomDomain, orphan: Orphan
) -> None:
    """Neither when a comparison reports it, nor by its tags, which are those of before until a worker sets it up."""
    zone = adopt(domain, orphan)
    assert isinstance(zone, HostedZone)
    finding = report(orphan)
    db.session.commit()
    assert NAME in str(orphans.begin_deletion(orphan, utcnow()))
    db.session.rollback()
    assert NAME in str(orphans.read(finding, aws))


def test_generation_follows_the_newest(domain: LLMClientCustomDomain, orphan: Orphan) -> None:
    for generation in (5, 2):
        db.session.add(
            HostedZone(
                custom_domain_id=domain.id,
                domain_name=NAME,
                generation=generation,
                caller_reference=f"former-{generation}",
            )
        )
    db.session.commit()
    zone = adopt(domain, orphan)
    assert isinstance(zone, HostedZone)
    assert zone.generation == 6
