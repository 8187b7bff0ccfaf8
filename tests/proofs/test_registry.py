"""Who asks for expectations knows no method; who may choose is offered those of the settings."""

from __future__ import annotations

from sqlalchemy import select

from tests.factories import make_domain, make_zone
from webapp.checks import record, request
from webapp.dns.delegation import Expectation
from webapp.dns.records_method import RecordsExpectation
from webapp.extensions import db, settings
from webapp.models import Account, CheckOrigin, LLMClientCustomDomain, Method, utcnow
from webapp.proofs import registry
from webapp.proofs.base.method import Stage
from webapp.proofs.records import intent, queries

NOW = utcnow()


def test_expectations_of_both_methods_at_once(account: Account) -> None:
    delegated = make_domain(account, "one.acme.com")
    make_zone(delegated)
    by_records = make_domain(account, "two.acme.com", method=Method.RECORDS)
    intent.want_proof(by_records, NOW)
    found = registry.expectations_of([delegated, by_records])
    assert type(found[delegated.id]) is Expectation
    assert type(found[by_records.id]) is RecordsExpectation
    assert registry.expectation_of(delegated) == found[delegated.id]


def test_those_that_change_have_a_second_expectation(account: Account) -> None:
    changing = make_domain(account, "one.acme.com", next_method=Method.RECORDS)
    staying = make_domain(account, "two.acme.com")
    make_zone(changing)
    intent.want_proof(changing, NOW)
    found = registry.next_expectations_of([changing, staying])
    assert [*found] == [changing.id]
    assert type(found[changing.id]) is RecordsExpectation
    assert type(registry.expectation_of(changing)) is Expectation


def test_the_first_method_of_the_settings_is_the_default(account: Account) -> None:
    assert registry.offered(settings()) == (Method.DELEGATION, Method.RECORDS)
    assert registry.offered(settings().model_copy(update={"methods": ["records"]})) == (Method.RECORDS,)


def test_a_claim_is_ready_when_there_is_something_to_type(account: Account) -> None:
    for method in Method:
        domain = make_domain(account, f"{method}.acme.com", method=method)
        answers = registry.method_of(domain)
        assert answers.preparation(domain).stage is Stage.MAKING
        assert not answers.checkable(domain)
        answers.prepare(domain, NOW)
    assert answers.preparation(domain).ready
    assert answers.checkable(domain)


def test_claim_without_a_token_stops_no_check_of_its_batch(account: Account) -> None:
    """A script may make one with `method=RECORDS`, as the contract of the models allows, and prepare nothing."""
    bare = make_domain(account, "bare.acme.com", method=Method.RECORDS)
    changing = make_domain(account, "next.acme.com", next_method=Method.RECORDS)
    whole = make_domain(account, "whole.acme.com", method=Method.RECORDS)
    for delegated in (changing, make_domain(account, "one.acme.com")):
        make_zone(delegated)
    intent.want_proof(whole, NOW)
    claims = [*db.session.scalars(select(LLMClientCustomDomain))]
    assert bare.id not in registry.expectations_of(claims)
    for claim in claims:
        request.open_new_check(claim, CheckOrigin.SCHEDULE, NOW)
    works = {work.domain_id: work for work in record.take_batch(10, NOW)}
    assert set(works) == {claim.id for claim in claims}
    token = queries.current_proof(bare)
    assert token is not None
    expected = works[bare.id].expectation
    assert isinstance(expected, RecordsExpectation)
    assert (expected.token, expected.target) == (token.token, token.target)
    coming = works[changing.id].coming
    assert isinstance(coming, RecordsExpectation)
    assert queries.current_proof(changing) is not None
