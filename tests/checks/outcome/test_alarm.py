"""The registrar alarm: begins with the check that sees it, changes no state, and ends when a check sees it gone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.app_fixtures import sign_in
from tests.dns.delegation.cases import fails, healthy, listing, nothing_there
from tests.factories import make_domain, make_taken, make_zone
from webapp.audit.log import SYSTEM
from webapp.checks import bulk_record, record
from webapp.dns.answers import Outcome
from webapp.dns.delegation import DelegationReport, Observation, Verdict, judge
from webapp.dns.lookup.observation import OurAnswer
from webapp.dns.servers.evidence import Delegation
from webapp.domains import listing as domain_listing
from webapp.domains import queries
from webapp.domains.lifecycle import change_state, remove
from webapp.domains.rules.status import Situation, situation
from webapp.extensions import db
from webapp.models import (
    Account,
    DomainState,
    EventKind,
    LLMClientCustomDomain,
    Message,
    Notification,
    NotificationKind,
    User,
    utcnow,
)
from webapp.proofs.delegation.expectation import expectation_of
from webapp.staff.queries.overview import overview

NOW = utcnow()
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
OLD = ("ns1.old.test", "ns2.old.test")
BASELINE = {"parent_zone": "acme.com", "parent_name_servers": list(OLD), "reachable": True}


@pytest.fixture
def domain(account: Account) -> LLMClientCustomDomain:
    domain = make_domain(account, "chat.acme.com")
    make_zone(domain, baseline=BASELINE)
    db.session.commit()
    return domain


def led(domain: LLMClientCustomDomain, *names: str, **changes: Any) -> Observation:
    """The registrar names these, and ours if there are none."""
    servers = frozenset(names or expectation_of(domain).name_servers)
    return healthy(delegations=(Delegation("acme.com", "com", servers, 172_800),), **changes)


def alarming(domain: LLMClientCustomDomain) -> Observation:
    return led(domain, parent_answers=())


def judged(domain: LLMClientCustomDomain, observation: Observation) -> DelegationReport:
    return judge(expectation_of(domain), observation, NOW)


def check(
    domain: LLMClientCustomDomain, observation: Observation, now: datetime = NOW, *, bulk: bool = False
) -> None:
    report = judged(domain, observation)
    work = make_taken(domain, now)
    if bulk:
        assert bulk_record.record_reports([(work, report)], now) == [True]
    else:
        assert record.finish_check(work, report, now)
    db.session.commit()
    db.session.refresh(domain)


def told(domain: LLMClientCustomDomain) -> list[NotificationKind]:
    query = select(Notification).where(Notification.custom_domain_id == domain.id).order_by(Notification.id)
    return [one.kind for one in db.session.scalars(query) if one.cancelled_at is None]


def kinds(domain: LLMClientCustomDomain) -> list[EventKind]:
    alarms = {EventKind.ALARM_BEGUN, EventKind.ALARM_ENDED}
    return [event.kind for event in reversed(queries.history(domain)) if event.kind in alarms]


@pytest.mark.parametrize("bulk", [False, True])
@pytest.mark.parametrize("state", [DomainState.PENDING, DomainState.VERIFIED, DomainState.FAILING])
def test_an_alarm_is_raised_at_once_and_changes_no_state(
    domain: LLMClientCustomDomain, state: DomainState, *, bulk: bool
) -> None:
    domain.state = state
    db.session.commit()
    check(domain, alarming(domain), bulk=bulk)
    check(domain, alarming(domain), NOW + HOUR, bulk=bulk)
    assert (domain.state, domain.contrary_since) == (state, None)
    assert domain.alarm_since == NOW
    assert kinds(domain) == [EventKind.ALARM_BEGUN]
    assert told(domain) == [NotificationKind.WHOLE_DOMAIN]
    assert situation(domain, domain.zones[0]) is Situation.ALARM


def test_an_alarm_ends_with_the_check_that_sees_others_and_begins_again(
    domain: LLMClientCustomDomain,
) -> None:
    check(domain, alarming(domain))
    check(domain, led(domain, *OLD), NOW + HOUR)
    assert (domain.alarm_since, domain.alarm) == (None, None)
    check(domain, alarming(domain), NOW + 2 * HOUR)
    assert domain.alarm_since == NOW + 2 * HOUR
    begun, ended = EventKind.ALARM_BEGUN, EventKind.ALARM_ENDED
    assert kinds(domain) == [begun, ended, begun]
    assert told(domain).count(NotificationKind.WHOLE_DOMAIN) == 1


@pytest.mark.parametrize(
    "observation",
    [
        healthy(parent_answers=(fails("ns1.acme.com"),)),
        nothing_there(),
        healthy(parent_zone=None, parent_answers=()),
    ],
)
def test_a_check_that_did_not_see_the_registry_ends_no_alarm(
    domain: LLMClientCustomDomain, observation: Observation
) -> None:
    check(domain, alarming(domain))
    check(domain, observation, NOW + HOUR)
    assert domain.alarm_since == NOW


def test_an_alarm_ends_when_the_registry_answers_for_the_name_itself(domain: LLMClientCustomDomain) -> None:
    """The domain was deleted: com's own servers say that there is no chat.acme.com."""
    check(domain, alarming(domain))
    check(domain, nothing_there(parent_zone="com"), NOW + HOUR)
    assert domain.alarm_since is None


def test_name_servers_to_put_back_are_those_of_the_last_check_that_saw_others(
    domain: LLMClientCustomDomain,
) -> None:
    assert judged(domain, alarming(domain)).params["former"] == list(OLD)
    check(domain, led(domain, "ns1.new.test", "ns2.new.test"))
    assert judged(domain, alarming(domain)).params["former"] == ["ns1.new.test", "ns2.new.test"]
    check(domain, alarming(domain), NOW + HOUR)
    assert judged(domain, alarming(domain)).params["former"] == ["ns1.new.test", "ns2.new.test"]


@pytest.mark.parametrize(
    ("age", "pause"), [(timedelta(0), 5 * MINUTE), (3 * HOUR, 15 * MINUTE), (timedelta(days=9), HOUR)]
)
def test_checks_come_often_while_it_lasts(
    domain: LLMClientCustomDomain, age: timedelta, pause: timedelta
) -> None:
    domain.state, domain.check_attempt = DomainState.PENDING, 50
    check(domain, alarming(domain), NOW - age)
    domain.check_attempt = 50
    check(domain, alarming(domain))
    assert domain.next_check_at == NOW + pause


def test_no_alarm_outlives_the_checks(domain: LLMClientCustomDomain) -> None:
    check(domain, alarming(domain))
    change_state(
        domain, DomainState.EXPIRED, NOW, SYSTEM, Message("domain.expired", {"name": "x", "days": 30})
    )
    assert domain.alarm_since is None


def test_removal_ends_the_alarm(domain: LLMClientCustomDomain) -> None:
    check(domain, alarming(domain))
    remove(domain, actor=SYSTEM, now=NOW)
    assert domain.alarm_since is None
    assert situation(domain, domain.zones[0]) is Situation.REMOVING


def test_a_verified_name_with_ours_beside_the_others_is_verified_and_alarms(
    domain: LLMClientCustomDomain,
) -> None:
    ours = expectation_of(domain).name_servers
    both = Delegation("acme.com", "com", frozenset({*OLD, *ours}), 172_800)
    serving = tuple(
        OurAnswer(name, Outcome.NOERROR, f"203.0.113.{number}", True, domain.domain_name, frozenset(ours))
        for number, name in enumerate(ours)
    )
    check(domain, listing(ours, ours=serving, delegations=(both,)))
    assert (domain.state, domain.verdict) == (DomainState.VERIFIED, Verdict.VERIFIED)
    assert domain.alarm_since == NOW


def test_alarming_domains_come_first_in_the_list_and_in_every_count(
    account: Account, domain: LLMClientCustomDomain
) -> None:
    failing = make_domain(account, "shop.acme.org", DomainState.FAILING)
    make_zone(failing)
    check(domain, alarming(domain))
    found = domain_listing.listed(account, "", domain_listing.Show.ACTION, None, 10).domains
    assert [one.domain_name for one in found] == ["chat.acme.com", "shop.acme.org"]
    attention = domain_listing.attention(account)
    assert (attention.alarming, attention.failing, attention.count) == ([domain], [failing], 2)


def test_page_is_red_and_names_what_to_put_back(
    domain: LLMClientCustomDomain, client: FlaskClient, customer: User
) -> None:
    check(domain, alarming(domain))
    sign_in(client, customer)
    page = client.get(f"/domains/{domain.id}").text
    assert 'class="status tone-bad" data-state="pending"' in page
    assert "Site and mail of acme.com are down" in page
    assert "put the former name servers back: " in page
    assert OLD[0] in page
    assert 'data-verdict="MISPLACED"' in page
    assert "Domain in danger" in client.get("/domains").text
    assert "Act now:" in client.get("/llm-clients").text


def test_staff_see_it_in_their_overview(domain: LLMClientCustomDomain) -> None:
    assert not overview(NOW).alarming
    check(domain, alarming(domain))
    assert overview(NOW).alarming == [domain]
