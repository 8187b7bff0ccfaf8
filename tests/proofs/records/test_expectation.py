"""What a check of the records method has to find follows from the rows."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.factories import make_account, make_domain
from webapp.extensions import db
from webapp.models import (
    Account,
    Certificate,
    CertificateState,
    DomainState,
    Method,
    RecordsProof,
    utcnow,
)
from webapp.proofs.records import intent, queries
from webapp.proofs.records.expectation import expectation_of, expectations_of

NOW = utcnow()
HOST = "chat.acme.com"


def test_token_and_target_are_those_of_the_claim(account: Account) -> None:
    domain = make_domain(account, HOST, method=Method.RECORDS)
    proof = intent.want_proof(domain, NOW)
    expected = expectation_of(domain)
    assert (expected.host, expected.token, expected.target) == (HOST, proof.token, proof.target)
    assert expected.target == f"{proof.label}.edge.nameplate.net"
    assert expected.edge_addresses == ("45.76.10.1", "2a05:f480::1")
    assert (expected.apex, expected.proved, expected.validation) == (False, False, None)


def test_a_registrable_domain_is_an_apex(account: Account) -> None:
    domain = make_domain(account, "acme.com", method=Method.RECORDS)
    intent.want_proof(domain, NOW)
    assert expectation_of(domain).apex


@pytest.mark.parametrize(
    ("state", "method", "proved"),
    [
        (DomainState.VERIFIED, Method.RECORDS, True),
        (DomainState.FAILING, Method.RECORDS, True),
        (DomainState.PENDING, Method.RECORDS, False),
        (DomainState.LAPSED, Method.RECORDS, False),
        (DomainState.VERIFIED, Method.DELEGATION, False),
    ],
)
def test_proved_is_what_this_method_has_proved(
    account: Account, state: DomainState, method: Method, *, proved: bool
) -> None:
    domain = make_domain(account, HOST, state, method=method)
    intent.want_proof(domain, NOW)
    assert expectation_of(domain).proved is proved


def test_earlier_tokens_of_the_account_are_known_and_those_of_others_are_not(account: Account) -> None:
    removed = make_domain(account, HOST, DomainState.REMOVED, method=Method.RECORDS)
    old = intent.want_proof(removed, NOW)
    strangers = make_domain(make_account("Other"), HOST, method=Method.RECORDS)
    other = intent.want_proof(strangers, NOW)
    domain = make_domain(account, HOST, method=Method.RECORDS)
    first, second = intent.want_proof(domain, NOW), intent.want_proof(domain, NOW)
    expected = expectations_of([domain, strangers])
    assert expected[domain.id].token == second.token
    assert set(expected[domain.id].former_tokens) == {old.token, first.token}
    assert set(expected[domain.id].former_targets) == {old.target, first.target}
    assert (expected[strangers.id].token, expected[strangers.id].former_tokens) == (other.token, ())


def test_a_certificate_that_waits_for_a_record_adds_it(account: Account) -> None:
    domain = make_domain(account, HOST, DomainState.VERIFIED, method=Method.RECORDS)
    intent.want_proof(domain, NOW)
    certificate = Certificate(
        custom_domain_id=domain.id,
        domain_name=HOST,
        generation=1,
        idempotency_token="g1",
        state=CertificateState.VALIDATING,
        validation_name=f"_x.{HOST}",
        validation_value="_y.acm-validations.aws",
    )
    db.session.add(certificate)
    db.session.flush()
    validation = expectation_of(domain).validation
    assert validation is not None
    assert (validation.name, validation.value) == (f"_x.{HOST}", "_y.acm-validations.aws")
    certificate.state = CertificateState.DELETING
    db.session.flush()
    assert expectation_of(domain).validation is None


def test_tokens_and_labels_are_random_and_long(app: Flask, account: Account) -> None:
    domains = [make_domain(account, f"n{number}.acme.com", method=Method.RECORDS) for number in range(20)]
    proofs = [intent.want_proof(domain, NOW) for domain in domains]
    drawn = {one.token for one in proofs} | {one.label for one in proofs}
    assert len(drawn) == 40
    assert all(len(bytes.fromhex(one)) * 8 >= 128 for one in drawn)


def test_rows_stay_after_they_were_given_back(account: Account) -> None:
    domain = make_domain(account, HOST, method=Method.RECORDS)
    proof = intent.want_proof(domain, NOW)
    intent.give_back(domain, NOW)
    assert queries.current_proof(domain) is None
    assert queries.newest_proof(domain) is proof
    assert db.session.query(RecordsProof).count() == 1
