"""What a check of a delegation has to find follows from the rows."""

from __future__ import annotations

import pytest

from tests.factories import make_account, make_domain, make_zone
from webapp.domains import queries
from webapp.extensions import db
from webapp.models import Account, DomainState, LLMClientCustomDomain, ZoneState, utcnow
from webapp.proofs.delegation.expectation import expectation_of, expectations_of

NOW = utcnow()


@pytest.fixture
def domain(account: Account) -> LLMClientCustomDomain:
    domain = make_domain(account)
    make_zone(domain)
    db.session.commit()
    return domain


@pytest.mark.parametrize("state", DomainState)
def test_a_name_that_is_served_has_nothing_new_to_prove(
    domain: LLMClientCustomDomain, state: DomainState
) -> None:
    domain.state = state
    assert expectation_of(domain).proved is state.is_verified


def test_expectation_is_what_the_page_shows(domain: LLMClientCustomDomain) -> None:
    zone = queries.current_zone(domain)
    assert zone is not None
    expectation = expectation_of(domain)
    assert expectation.host == "chat.acme.test"
    assert list(expectation.name_servers) == zone.name_servers
    assert expectation.zone_in_sync
    zone.state = ZoneState.CREATED
    assert not expectation_of(domain).zone_in_sync


def test_former_sets_of_the_name_are_known_whoever_had_them(domain: LLMClientCustomDomain) -> None:
    newer = make_domain(make_account("Newer"), domain.domain_name)
    make_zone(newer)
    older_set = queries.current_zone(domain)
    assert older_set is not None
    assert set(expectation_of(newer).former_name_servers) == set(older_set.name_servers)
    assert expectation_of(domain).former_name_servers == ()


def test_a_check_knows_whether_the_records_were_there_before(account: Account) -> None:
    never, once = make_domain(account, "a.acme.test"), make_domain(account, "b.acme.test", verified_at=NOW)
    for domain in (never, once):
        make_zone(domain)
    expected = expectations_of([never, once])
    assert [expected[domain.id].listed_before for domain in (never, once)] == [False, True]


def test_batch_knows_each_domains_own_expectation(account: Account, domain: LLMClientCustomDomain) -> None:
    rival = make_domain(make_account("Rival"), domain.domain_name)
    make_zone(rival)
    expected = expectations_of([domain, rival, make_domain(account, "bare.acme.test")])
    assert expected[domain.id] == expectation_of(domain)
    assert set(expected[rival.id].former_name_servers) == set(expected[domain.id].name_servers)
    assert [one.zone_in_sync for one in expected.values()] == [True, True, False]
