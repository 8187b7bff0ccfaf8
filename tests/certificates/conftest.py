"""A domain with a zone at AWS, and its certificate in the states that tests start from."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest
from flask import Flask

from tests.certificates.life import (
    HOST,
    NOW,
    Step,
    move,
    newest,
    validating,
)
from tests.factories import make_domain, make_llm_client, make_zone
from tests.twins.acm import MemoryAcm
from tests.twins.dns import MemoryDns
from tests.twins.route53 import MemoryRoute53
from tests.zones.at_aws import put_at_aws
from webapp.audit.log import SYSTEM
from webapp.certificates import record as certificate_record
from webapp.certificates import steps
from webapp.domains import assignment
from webapp.extensions import db
from webapp.models import (
    Account,
    Certificate,
    CertificateState,
    DomainState,
    LLMClient,
    LLMClientCustomDomain,
)


@pytest.fixture
def dns(app: Flask) -> MemoryDns:
    twin: MemoryDns = app.extensions["dns"]
    twin.zone("acme.com", "ns1.acme.com", "ns2.acme.com")
    return twin


@pytest.fixture
def route53(app: Flask) -> MemoryRoute53:
    twin: MemoryRoute53 = app.extensions["route53"]
    return twin


@pytest.fixture
def acm(app: Flask) -> MemoryAcm:
    twin: MemoryAcm = app.extensions["acm"]
    return twin


@pytest.fixture
def domain(account: Account, dns: MemoryDns, route53: MemoryRoute53) -> LLMClientCustomDomain:
    """Pending, with a zone that is ready and at AWS."""
    domain = make_domain(account, HOST)
    put_at_aws(make_zone(domain), route53)
    db.session.commit()
    return domain


@pytest.fixture
def wanted(domain: LLMClientCustomDomain) -> Certificate:
    """As it is at the moment of verification."""
    move(domain, DomainState.VERIFIED)
    return newest(domain)


@pytest.fixture
def step(dns: MemoryDns, acm: MemoryAcm) -> Step:
    """One claim, one act, one record, as the task does them; whether the next step can be taken at once."""

    def take(certificate: Certificate, now: datetime | None = None) -> bool:
        now = now or certificate.next_attempt_at or NOW
        taken = steps.claim(certificate.id, now)
        db.session.commit()
        assert taken is not None
        outcome = asyncio.run(steps.advance(taken, dns, acm, now))
        again = certificate_record.record(taken, outcome, now)
        db.session.commit()
        return again

    return take


@pytest.fixture
def issued(wanted: Certificate, step: Step, route53: MemoryRoute53, acm: MemoryAcm) -> Certificate:
    validating(wanted, step, route53)
    acm.issue(wanted.arn or "", NOW)
    step(wanted)
    assert wanted.state is CertificateState.ISSUED
    return wanted


@pytest.fixture
def llm_client(account: Account, domain: LLMClientCustomDomain) -> LLMClient:
    llm_client = make_llm_client(account)
    assignment.attach(llm_client, domain, actor=SYSTEM)
    db.session.commit()
    return llm_client
