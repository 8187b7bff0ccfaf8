"""The model of a custom domain: what it accepts, what it refuses, and what the database decides."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from tests.factories import make_account, make_domain
from webapp.extensions import db
from webapp.models import (
    Account,
    DomainState,
    LLMClientCustomDomain,
    LLMClientCustomDomainDNS,
    ValidationError,
)


def test_example_of_the_contract(app: Flask, account: Account) -> None:
    my_account = account
    domain = LLMClientCustomDomain(
        account=my_account,
        aws_hosted_zone_id="Z1234567890ABCDEF",
        domain_name="llm_client.example.com",
        is_verified=False,
    )
    domain.save()
    assert LLMClientCustomDomain.get_verified_domains() == []

    domain.is_verified = True
    domain.save()
    assert LLMClientCustomDomain.get_verified_domains() == ["llm_client.example.com"]
    assert domain.state is DomainState.VERIFIED
    assert domain.created_at.tzinfo is not None
    assert domain.updated_at >= domain.created_at


def test_save_persists_beyond_the_session(app: Flask, account: Account) -> None:
    domain = LLMClientCustomDomain(account=account, domain_name="chat.acme.test").save()
    identity = domain.id
    db.session.remove()
    assert db.session.get_one(LLMClientCustomDomain, identity).domain_name == "chat.acme.test"


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("Chat.ACME.test.", "chat.acme.test"),
        ("chat.straße.test", "chat.xn--strae-oqa.test"),
        ("llm_client.acme.test", "llm_client.acme.test"),
    ],
)
def test_name_is_stored_as_a_label_in_lower_case(
    app: Flask, account: Account, given: str, stored: str
) -> None:
    assert LLMClientCustomDomain(account=account, domain_name=given).domain_name == stored


@pytest.mark.parametrize(
    "name",
    ["", "acme", "a..b.test", "chat.acme.test\n", "https://chat.acme.test/", "-a.acme.test", "192.0.2.1"],
)
def test_bad_name_is_refused_in_a_sentence(app: Flask, account: Account, name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        LLMClientCustomDomain(account=account, domain_name=name).save()
    assert refused.value.field == "domain_name"
    assert refused.value.message.endswith((".", "?"))


def test_save_needs_an_account(app: Flask) -> None:
    with pytest.raises(ValidationError) as refused:
        LLMClientCustomDomain(domain_name="chat.acme.test").save()
    assert refused.value.field == "account"


def test_zone_id_is_stored_bare(app: Flask, account: Account) -> None:
    domain = LLMClientCustomDomain(
        account=account, domain_name="chat.acme.test", aws_hosted_zone_id="/hostedzone/Z123"
    ).save()
    assert domain.aws_hosted_zone_id == "Z123"


@pytest.mark.parametrize("zone_id", ["Z1/../2", "z123", "Z" * 33, ""])
def test_bad_zone_id_is_refused(app: Flask, account: Account, zone_id: str) -> None:
    with pytest.raises(ValidationError):
        LLMClientCustomDomain(account=account, domain_name="chat.acme.test", aws_hosted_zone_id=zone_id)


def test_many_may_claim_a_name_and_one_be_verified(app: Flask) -> None:
    ours = LLMClientCustomDomain(account=make_account("Ours"), domain_name="chat.acme.test").save()
    theirs = LLMClientCustomDomain(account=make_account("Theirs"), domain_name="chat.acme.test").save()
    ours.is_verified = True
    ours.save()
    theirs.is_verified = True
    with pytest.raises(ValidationError) as refused:
        theirs.save()
    assert "another account" in refused.value.message
    assert "Ours" not in refused.value.message
    assert LLMClientCustomDomain.get_verified_domains() == ["chat.acme.test"]


def test_one_live_claim_of_a_name_in_an_account(app: Flask, account: Account) -> None:
    LLMClientCustomDomain(account=account, domain_name="chat.acme.test").save()
    with pytest.raises(ValidationError) as refused:
        LLMClientCustomDomain(account=account, domain_name="chat.acme.test").save()
    assert "already among your domains" in refused.value.message


def test_removed_claim_makes_room_for_a_new_one(app: Flask, account: Account) -> None:
    make_domain(account, state=DomainState.REMOVED)
    make_domain(account, state=DomainState.REMOVING)
    assert make_domain(account).state is DomainState.PENDING


def test_two_domains_never_share_a_zone(app: Flask, account: Account) -> None:
    LLMClientCustomDomain(account=account, domain_name="a.acme.test", aws_hosted_zone_id="Z1").save()
    with pytest.raises(ValidationError) as refused:
        LLMClientCustomDomain(account=account, domain_name="b.acme.test", aws_hosted_zone_id="Z1").save()
    assert refused.value.field == "aws_hosted_zone_id"


@pytest.mark.parametrize("state", list(DomainState))
def test_verified_follows_state(app: Flask, account: Account, state: DomainState) -> None:
    domain = make_domain(account, state=state)
    db.session.commit()
    assert domain.is_verified is (state in {DomainState.VERIFIED, DomainState.FAILING})


def test_database_refuses_a_flag_that_contradicts_the_state(app: Flask, account: Account) -> None:
    domain = make_domain(account)
    with pytest.raises(IntegrityError):
        db.session.execute(
            text("UPDATE llm_client_custom_domain SET is_verified = true WHERE id = :id"), {"id": domain.id}
        )
    db.session.rollback()


def test_records_hang_on_the_domain(app: Flask, account: Account) -> None:
    domain = make_domain(account)
    record = LLMClientCustomDomainDNS(
        custom_domain=domain, record_name="chat.acme.test", record_type="A", record_value="203.0.113.7"
    ).save()
    assert record.record_ttl == 600
    assert domain.dns_records == [record]
    db.session.delete(domain)
    db.session.commit()
    assert db.session.scalars(select(LLMClientCustomDomainDNS)).all() == []
