"""An account is deleted: routing off at once, zones in their own time, and only the stub is left."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import make_account, make_domain, make_key, make_llm_client, make_user, make_zone
from tests.webhooks.telling import endpoint_of
from webapp.accounts import deletion, tasks
from webapp.audit.log import COMMAND
from webapp.domains import lifecycle
from webapp.extensions import db
from webapp.keys.access.authentication import authenticate
from webapp.models import (
    Account,
    ApiKey,
    DomainState,
    Event,
    EventKind,
    HostedZone,
    LLMClient,
    LLMClientCustomDomain,
    Membership,
    MembershipRole,
    Message,
    Notification,
    User,
    WebhookDelivery,
    WebhookEndpoint,
    ZoneState,
    utcnow,
)

NOW = utcnow()


class KilledError(Exception):
    """The worker is not there any more."""


def states() -> dict[str, int]:
    found: dict[str, int] = {}
    for domain in db.session.query(LLMClientCustomDomain):
        found[domain.state.value] = found.get(domain.state.value, 0) + 1
    return found


@pytest.fixture
def two_hundred(account: Account) -> Account:
    """Every fourth is verified; all have zones at AWS."""
    for number in range(200):
        state = DomainState.VERIFIED if number % 4 == 3 else DomainState.PENDING
        make_zone(make_domain(account, f"n{number}.acme.test", state))
    db.session.commit()
    return account


@pytest.mark.parametrize("killed_at", [0, 1, 60, 199])
def test_two_hundred_domains_leave_though_the_worker_is_killed(
    two_hundred: Account, monkeypatch: pytest.MonkeyPatch, killed_at: int
) -> None:
    calls, remove = count(), lifecycle.remove

    def dying(*args: object, **values: object) -> None:
        if next(calls) == killed_at:
            raise KilledError
        remove(*args, **values)  # type: ignore[arg-type]

    monkeypatch.setattr(lifecycle, "remove", dying)
    deletion.begin(two_hundred, actor=COMMAND, now=NOW)
    db.session.commit()
    with pytest.raises(KilledError):
        tasks.go_on(two_hundred)
    db.session.rollback()
    assert states().get("removing", 0) == killed_at // deletion.AT_ONCE * deletion.AT_ONCE
    tasks.sweep_deletions.run()
    assert states() == {"removing": 200}
    assert {zone.state for zone in db.session.query(HostedZone)} == {ZoneState.LEAVING}
    assert db.session.query(Event).filter(Event.kind == EventKind.STATE_CHANGED).count() == 200
    assert LLMClientCustomDomain.get_verified_domains() == []
    assert two_hundred.name != deletion.STUB


def test_what_is_served_goes_first(two_hundred: Account) -> None:
    deletion.begin(two_hundred, actor=COMMAND, now=NOW)
    assert deletion.remove_some(two_hundred, NOW, limit=50) == 150
    db.session.commit()
    assert LLMClientCustomDomain.get_verified_domains() == []
    assert states() == {"removing": 50, "pending": 150}


def test_doing_it_twice_changes_nothing(two_hundred: Account) -> None:
    for later in range(2):
        deletion.begin(two_hundred, actor=COMMAND, now=NOW + timedelta(days=later))
        db.session.commit()
        tasks.go_on(two_hundred)
    assert two_hundred.deleted_at == NOW
    assert db.session.query(Event).filter(Event.kind == EventKind.ACCOUNT_DELETED).count() == 1


def zones_gone(account: Account) -> None:
    for domain in account.custom_domains:
        for zone in domain.zones:
            zone.state = ZoneState.RETIRED
        lifecycle.change_state(
            domain,
            DomainState.REMOVED,
            NOW,
            COMMAND,
            Message("domain.removing", {"name": domain.domain_name}),
        )
    db.session.commit()


def test_the_stub_stays_and_everything_else_goes_with_the_last_zone(
    account: Account, customer: User, app: Flask
) -> None:
    colleague, staff = make_user(account=account), make_user(account=account, staff=True)
    other = make_account("Other")
    db.session.add(Membership(account=other, user=colleague, role=MembershipRole.MEMBER))
    make_llm_client(account)
    _, secret = make_key(account)
    endpoint_of(account)
    make_zone(make_domain(account, state=DomainState.VERIFIED))
    db.session.commit()
    gone, kept = customer.id, {colleague.id, staff.id}

    deletion.begin(account, actor=COMMAND, now=NOW)
    tasks.go_on(account)
    assert authenticate(secret, NOW) is None
    assert (account.name, len(account.memberships)) == ("Acme", 3), "its people may have to be told"

    zones_gone(account)
    db.session.query(Notification).update({"sent_at": None, "cancelled_at": None})
    if db.session.query(Notification).count():
        assert not deletion.finish(account)
    db.session.query(Notification).update({"sent_at": NOW})
    db.session.commit()
    tasks.sweep_deletions.run()

    assert (account.name, account.number, account.memberships) == (deletion.STUB, "1234-5678-9012", [])
    assert db.session.get(User, gone) is None
    assert {user.id for user in db.session.query(User)} == kept
    assert db.session.query(LLMClient).count() == 0
    assert db.session.query(ApiKey).count() == 0
    assert db.session.query(WebhookEndpoint).count() == db.session.query(WebhookDelivery).count() == 0
    assert db.session.query(Notification).count() == 0
    assert db.session.query(HostedZone).count() == 1, "its set must be known for ever"
    assert db.session.query(Event).filter(Event.account_id == account.id).count() >= 3
    assert deletion.unfinished() == []


def test_a_domain_that_slips_in_afterwards_is_removed_too(account: Account) -> None:
    deletion.begin(account, actor=COMMAND, now=NOW)
    tasks.go_on(account)
    assert deletion.unfinished() == []
    make_zone(make_domain(account))
    db.session.commit()
    tasks.sweep_deletions.run()
    assert states() == {"removing": 1}


def test_nothing_of_it_is_served_from_the_request_on_whether_or_not_a_worker_runs(
    account: Account, client: FlaskClient
) -> None:
    domain = make_domain(account, state=DomainState.VERIFIED)
    make_llm_client(account, custom_domain=domain)
    db.session.commit()
    where = {"domain": domain.domain_name}
    assert client.get("/edge/ask", query_string=where).status_code == 200
    assert LLMClientCustomDomain.get_verified_domains() == [domain.domain_name]

    deletion.begin(account, actor=COMMAND, now=NOW)
    db.session.commit()

    assert client.get("/edge/ask", query_string=where).status_code == 404
    assert client.get("/edge/route", query_string=where).status_code == 404
    assert LLMClientCustomDomain.get_verified_domains() == []


def test_accounts_whose_zones_have_to_stay_hold_up_nobody(account: Account) -> None:
    for number in range(25):
        old = make_account(f"Old {number}", deleted_at=NOW)
        make_zone(make_domain(old, f"old{number}.acme.test", DomainState.REMOVING), ZoneState.LEAVING)
    make_zone(make_domain(account, state=DomainState.VERIFIED))
    db.session.commit()
    deletion.begin(account, actor=COMMAND, now=NOW)
    db.session.commit()
    assert deletion.unfinished() == [account]


def test_fault_with_one_account_holds_up_no_other(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    other = make_account("Other")
    ids = [make_domain(one, f"n{one.id}.acme.test", DomainState.VERIFIED).id for one in (account, other)]
    for one in (account, other):
        deletion.begin(one, actor=COMMAND, now=NOW)
    db.session.commit()
    remove = lifecycle.remove

    def broken_for_the_first(domain: LLMClientCustomDomain, **given: Any) -> None:
        if domain.id == ids[0]:
            raise KilledError
        remove(domain, **given)

    monkeypatch.setattr(lifecycle, "remove", broken_for_the_first)
    tasks.sweep_deletions.run()
    assert states() == {"verified": 1, "removing": 1}
