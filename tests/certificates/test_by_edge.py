"""Where the edge gets certificates by itself, none is asked for at ACM."""

from __future__ import annotations

from typing import NoReturn

import pytest
from flask import Flask

from tests.certificates.life import NOW, Step, move, newest, state_of, validating
from tests.factories import make_domain
from tests.twins.acm import MemoryAcm
from tests.twins.route53 import MemoryRoute53
from webapp.aws.acm.port import Status
from webapp.certificates import lifecycle, steps, tasks
from webapp.domains import queries
from webapp.extensions import db
from webapp.models import (
    Account,
    Certificate,
    CertificateState,
    DomainState,
    LLMClient,
    LLMClientCustomDomain,
    Method,
    TlsStatus,
)


@pytest.fixture
def by_edge(app: Flask) -> None:
    app.extensions["settings"] = app.extensions["settings"].model_copy(update={"certificates": "edge"})


def never() -> NoReturn:
    raise AssertionError("ACM is not used here")


def status_of(llm_client: LLMClient) -> TlsStatus:
    return llm_client.tls_certificate_issuance_status


@pytest.mark.parametrize("method", list(Method))
@pytest.mark.usefixtures("by_edge")
def test_none_is_wanted(account: Account, app: Flask, method: Method) -> None:
    app.extensions["acm"] = never
    domain = make_domain(account, "bot.acme.com", method=method)
    move(domain, DomainState.VERIFIED)
    tasks.want_certificates()
    tasks.sweep_certificates()
    assert queries.newest_certificate(domain) is None


def test_one_that_was_not_asked_for_is_given_up_without_asking(
    wanted: Certificate, llm_client: LLMClient, app: Flask, request: pytest.FixtureRequest
) -> None:
    assert status_of(llm_client) is TlsStatus.REQUESTED
    request.getfixturevalue("by_edge")
    app.extensions["acm"] = never
    tasks.want_certificates()
    db.session.expire_all()
    assert status_of(llm_client) is TlsStatus.NONE
    tasks.see_to_certificate(wanted.id)
    db.session.expire_all()
    assert state_of(wanted) is CertificateState.DELETED


def test_one_that_was_never_asked_for_is_not_asked_for_later(
    wanted: Certificate, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue("by_edge")
    assert steps.claim(wanted.id, NOW) is None
    assert state_of(wanted) is CertificateState.DELETED


def test_one_that_waits_is_deleted_at_amazon(
    wanted: Certificate,
    step: Step,
    route53: MemoryRoute53,
    acm: MemoryAcm,
    request: pytest.FixtureRequest,
) -> None:
    validating(wanted, step, route53)
    request.getfixturevalue("by_edge")
    assert lifecycle.give_up_unissued(NOW) == 1
    assert lifecycle.give_up_unissued(NOW) == 0
    db.session.commit()
    step(wanted)
    assert state_of(wanted) is CertificateState.DELETED
    assert acm.kept == {}


def test_an_issued_one_is_watched_until_it_ends(
    domain: LLMClientCustomDomain,
    issued: Certificate,
    step: Step,
    acm: MemoryAcm,
    request: pytest.FixtureRequest,
) -> None:
    request.getfixturevalue("by_edge")
    assert lifecycle.give_up_unissued(NOW) == 0
    step(issued)
    assert state_of(issued) is CertificateState.ISSUED
    acm.change(issued.arn or "", status=Status.EXPIRED)
    step(issued)
    assert state_of(issued) is CertificateState.DELETING
    assert newest(domain) is issued
