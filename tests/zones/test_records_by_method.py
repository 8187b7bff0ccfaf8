"""What a zone of ours holds while the name is proved by other means, or is about to be."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.factories import a_set, make_domain, make_zone, said
from tests.twins.route53 import MemoryRoute53
from tests.zones.at_aws import put_at_aws
from webapp.audit.log import SYSTEM
from webapp.aws.route53.port import Zone
from webapp.config.settings import Settings
from webapp.domains import lifecycle, queries
from webapp.extensions import db
from webapp.jobs.double_check import APART
from webapp.models import (
    Account,
    Certificate,
    CertificateState,
    DomainState,
    LLMClientCustomDomain,
    Method,
    RecordState,
    ZoneState,
    utcnow,
)
from webapp.proofs import change
from webapp.proofs.registry import METHODS
from webapp.zones import provision_record, records, records_sync

HOST = "chat.acme.com"
NOW = utcnow()


@pytest.fixture(autouse=True)
def both(app: Flask) -> Settings:
    chosen: Settings = app.extensions["settings"].model_copy(
        update={
            "methods": ["delegation", "records"],
            "edge_target": ["203.0.113.10"],
            "edge_domain": "edge.platform.net",
        }
    )
    app.extensions["settings"] = chosen
    return chosen


def verified(account: Account, method: Method) -> LLMClientCustomDomain:
    domain = make_domain(account, HOST, method=method)
    METHODS[method].prepare(domain, NOW)
    lifecycle.change_state(domain, DomainState.VERIFIED, NOW, SYSTEM, said("moved"))
    db.session.commit()
    return domain


def wanted(domain: LLMClientCustomDomain) -> set[tuple[str, str]]:
    return {
        (row.record_type, row.record_value)
        for row in domain.dns_records
        if row.state is not RecordState.UNWANTED
    }


LEADING = {("A", "203.0.113.10")}


def test_a_name_by_records_has_no_records_of_ours(account: Account) -> None:
    domain = verified(account, Method.RECORDS)
    assert domain.dns_records == []
    assert domain.records_due_at is None


def test_nor_those_of_its_certificate(account: Account) -> None:
    domain = verified(account, Method.RECORDS)
    db.session.add(
        Certificate(
            custom_domain=domain,
            domain_name=HOST,
            idempotency_token="g2",
            generation=2,
            state=CertificateState.REQUESTED,
            validation_name=f"_a.{HOST}",
            validation_value="_b.acm-validations.aws",
        )
    )
    db.session.flush()
    records.plan(domain, NOW)
    assert domain.dns_records == []


def test_our_zone_leads_visitors_before_the_delegation_does(account: Account, both: Settings) -> None:
    domain = verified(account, Method.RECORDS)
    assert change.choose(domain, Method.DELEGATION, actor=SYSTEM, settings=both, now=NOW) is None
    db.session.commit()
    assert (domain.method, domain.next_method) == (Method.RECORDS, Method.DELEGATION)
    assert wanted(domain) == LEADING


def test_a_zone_that_becomes_ready_gets_them_although_the_name_is_not_proved_by_it(
    account: Account, both: Settings, app: Flask
) -> None:
    route53: MemoryRoute53 = app.extensions["route53"]
    domain = verified(account, Method.RECORDS)
    change.choose(domain, Method.DELEGATION, actor=SYSTEM, settings=both, now=NOW)
    zone = queries.current_zone(domain)
    assert zone is not None
    zone.state, zone.aws_hosted_zone_id, zone.name_servers = ZoneState.CREATED, "Z0000777", a_set(7)
    put_at_aws(zone, route53)
    domain.records_due_at = None
    provision_record._ready(zone, NOW)
    db.session.commit()

    taken = records_sync.claim(domain.id, NOW)
    assert taken is not None
    records_sync.record(taken, records_sync.advance(taken, route53), NOW)

    assert {row.state for row in domain.dns_records} == {RecordState.WRITTEN}
    found = route53.kept[zone.aws_hosted_zone_id or ""].record_sets.values()
    assert (HOST, "A", ("203.0.113.10",)) in {(one.name, one.type, one.values) for one in found}


def test_a_change_that_is_taken_back_takes_them_out(account: Account, both: Settings) -> None:
    domain = verified(account, Method.RECORDS)
    for method in (Method.DELEGATION, Method.RECORDS):
        change.choose(domain, method, actor=SYSTEM, settings=both, now=NOW)
    db.session.commit()
    assert wanted(domain) == set()


def test_our_zone_leads_visitors_until_it_is_let_go(account: Account, both: Settings) -> None:
    domain = verified(account, Method.DELEGATION)
    assert wanted(domain) == LEADING
    change.choose(domain, Method.RECORDS, actor=SYSTEM, settings=both, now=NOW)
    domain.method, domain.next_method = Method.RECORDS, None
    domain.former_until = NOW + change.FORMER_STAYS
    records.plan(domain, NOW)
    assert wanted(domain) == LEADING

    change.let_former_go(NOW + change.FORMER_STAYS)
    change.let_former_go(NOW + change.FORMER_STAYS + APART)
    db.session.commit()

    assert wanted(domain) == set()
    assert domain.records_due_at is not None


@pytest.mark.parametrize(
    ("state", "kept"),
    [
        (ZoneState.WANTED, True),
        (ZoneState.PARKED, True),
        (ZoneState.CREATED, True),
        (ZoneState.READY, True),
        (ZoneState.REFUSED, False),
        (ZoneState.DISCARDED, False),
        (ZoneState.LEAVING, False),
        (ZoneState.RETIRED, False),
    ],
)
def test_which_zones_lead_anybody(account: Account, state: ZoneState, kept: bool) -> None:
    domain = verified(account, Method.RECORDS)
    make_zone(domain, state)
    db.session.commit()
    records.plan(domain, NOW)
    assert wanted(domain) == (LEADING if kept else set())


def test_the_id_of_a_zone_is_that_of_a_delegated_name(account: Account, both: Settings) -> None:
    domain = verified(account, Method.RECORDS)
    change.choose(domain, Method.DELEGATION, actor=SYSTEM, settings=both, now=NOW)
    zone = queries.current_zone(domain)
    assert zone is not None
    zone.baseline = {"host": HOST, "parent_zone": "acme.com"}
    servers = (
        "ns-1.awsdns-00.com",
        "ns-513.awsdns-00.net",
        "ns-1025.awsdns-00.org",
        "ns-1537.awsdns-00.co.uk",
    )
    provision_record._created(zone, Zone("Z1", HOST, servers, "C1", in_sync=False, caller_reference="r"), NOW)
    db.session.commit()
    assert (zone.aws_hosted_zone_id, domain.aws_hosted_zone_id) == ("Z1", None)
    METHODS[Method.DELEGATION].entered(domain)
    assert domain.aws_hosted_zone_id == "Z1"
