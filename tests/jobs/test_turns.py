"""Turns between accounts in a queue in which one account has more rows than the window holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from tests.factories import make_account
from webapp.checks import queries as check_queries
from webapp.checks import record
from webapp.extensions import db
from webapp.jobs.turns import WINDOW
from webapp.models import (
    Account,
    Check,
    CheckOrigin,
    CheckStatus,
    DomainState,
    HostedZone,
    LLMClientCustomDomain,
    ZoneState,
    utcnow,
)
from webapp.removal import deletion_queue
from webapp.zones import queries as zone_queries

NOW = utcnow()
MORE = WINDOW + 200


def put(account: Account, count: int, state: DomainState, zone: ZoneState, first: int = 0) -> list[int]:
    """The account's domains, each with a zone, a check and records that are due: those that come first are oldest."""
    names = [f"{account.name.lower()}{number}.names.test" for number in range(count)]
    due = [NOW - timedelta(hours=1) + timedelta(seconds=first + number) for number in range(count)]
    same = {"state": state, "is_verified": False, "version": 1, "state_changed_at": NOW}
    domains = [
        {
            "account_id": account.id,
            "domain_name": name,
            "registrable_domain": "names.test",
            "records_due_at": at,
            **same,
        }
        for name, at in zip(names, due, strict=True)
    ]
    db.session.execute(insert(LLMClientCustomDomain.__table__), domains)  # type: ignore[arg-type]
    own = select(LLMClientCustomDomain.id).where(LLMClientCustomDomain.account_id == account.id)
    ids = [*db.session.scalars(own.order_by(LLMClientCustomDomain.id))]
    zones = [
        {
            "custom_domain_id": which,
            "domain_name": name,
            "caller_reference": name,
            "state": zone,
            "next_attempt_at": at,
        }
        for which, name, at in zip(ids, names, due, strict=True)
    ]
    db.session.execute(insert(HostedZone.__table__), [{"name_servers": [], **one} for one in zones])  # type: ignore[arg-type]
    checks = {"origin": CheckOrigin.CUSTOMER, "status": CheckStatus.WAITING}
    db.session.execute(insert(Check.__table__), [{"custom_domain_id": which, **checks} for which in ids])  # type: ignore[arg-type]
    db.session.commit()
    return ids


def of_zones(zone_ids: Sequence[int]) -> list[int]:
    return [db.session.get_one(HostedZone, zone_id).custom_domain_id for zone_id in zone_ids]


QUEUES: dict[str, tuple[DomainState, ZoneState, Callable[[int], Sequence[int]]]] = {
    "new zones": (
        DomainState.PENDING,
        ZoneState.WANTED,
        lambda limit: of_zones(zone_queries.zones_due(NOW, limit)),
    ),
    "leaving zones": (
        DomainState.REMOVING,
        ZoneState.LEAVING,
        lambda limit: of_zones(deletion_queue.due(NOW, limit)),
    ),
    "records": (DomainState.PENDING, ZoneState.READY, lambda limit: zone_queries.records_due(NOW, limit)),
    "checks": (
        DomainState.PENDING,
        ZoneState.READY,
        lambda limit: [work.domain_id for work in record.take_batch(limit, NOW)],
    ),
}


@pytest.mark.parametrize("kind", QUEUES)
def test_only_row_of_an_account_comes_before_another_with_more_than_the_window(
    account: Account, kind: str
) -> None:
    state, zone, ask = QUEUES[kind]
    many = put(make_account("Many"), MORE, state, zone)
    (one,) = put(make_account("One"), 1, state, zone, MORE)
    assert set(ask(3)) == {one, *many[:2]}


def test_domains_that_are_due_take_turns_however_many_one_account_has(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check_queries, "MOST_DUE_IN_TURNS", 20)
    many = put(make_account("Many"), 40, DomainState.PENDING, ZoneState.READY)
    (one,) = put(make_account("One"), 1, DomainState.PENDING, ZoneState.READY, 40)
    for position, which in enumerate([*many, one]):
        domain = db.session.get_one(LLMClientCustomDomain, which)
        domain.next_check_at = NOW - timedelta(hours=1) + timedelta(seconds=position)
    db.session.commit()
    assert set(check_queries.due_for_check(NOW, 3)) == {one, *many[:2]}
    assert len(check_queries.due_for_check(NOW, 20)) == 20


def test_accounts_with_as_many_rows_come_in_the_order_of_the_queue(account: Account) -> None:
    state, zone, ask = QUEUES["new zones"]
    first, second = (put(make_account(name), 3, state, zone, at) for name, at in (("A", 0), ("B", 10)))
    assert list(ask(6)) == [first[0], second[0], first[1], second[1], first[2], second[2]]
