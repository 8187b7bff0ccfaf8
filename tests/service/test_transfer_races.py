"""A domain that moves while others want something of it, too, on both databases."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.service.racing import at_once, racing_app
from tests.transfers.sides import GIVER, HOST, RECEIVER, Sides, offered, sides
from webapp.domains import lifecycle, registration
from webapp.domains.registration import Registered
from webapp.edge.served_names import queries as served
from webapp.extensions import db, settings
from webapp.models import (
    Account,
    DomainState,
    DomainTransfer,
    LLMClient,
    LLMClientCustomDomain,
    TransferState,
    utcnow,
)
from webapp.transfers import moving, offers

__all__ = ["racing_app"]  # the fixture

pytestmark = pytest.mark.service

ROUNDS = 5


@pytest.fixture
def both(racing_app: Flask) -> Sides:
    return sides()


def accepting(transfer: DomainTransfer, both: Sides) -> Callable[[], str]:
    transfer_id, account_id, client_id = transfer.id, both.receiver.id, both.client.id

    def act() -> str:
        refusal = moving.accept(
            db.session.get_one(DomainTransfer, transfer_id),
            db.session.get_one(Account, account_id),
            db.session.get_one(LLMClient, client_id),
            actor=RECEIVER,
            settings=settings(),
            now=utcnow(),
        )
        if refusal is not None:
            db.session.rollback()
            return refusal.code
        return "accepted"

    return act


def withdrawing(transfer: DomainTransfer) -> Callable[[], str]:
    transfer_id = transfer.id

    def act() -> str:
        refusal = offers.withdraw(db.session.get_one(DomainTransfer, transfer_id), actor=GIVER, now=utcnow())
        return "withdrawn" if refusal is None else refusal.code

    return act


def removing(both: Sides) -> Callable[[], str]:
    domain_id = both.domain.id

    def act() -> str:
        domain = db.session.get_one(LLMClientCustomDomain, domain_id)
        if domain.account_id != both_giver:
            return "not mine"
        lifecycle.remove(domain, actor=GIVER)
        return domain.state.value

    both_giver = both.giver.id
    return act


def registering(both: Sides) -> Callable[[], str]:
    account_id = both.receiver.id

    def act() -> str:
        account = db.session.get_one(Account, account_id)
        found = registration.register(account, HOST, actor=RECEIVER, settings=settings())
        return f"existing {found.existing}" if isinstance(found, Registered) else found.reason

    return act


def claims(both: Sides) -> list[tuple[int, DomainState]]:
    db.session.rollback()
    rows = db.session.scalars(select(LLMClientCustomDomain).order_by(LLMClientCustomDomain.id))
    return [(row.account_id, row.state) for row in rows]


def test_acceptance_and_withdrawal_at_the_same_moment(racing_app: Flask, both: Sides) -> None:
    transfer = offered(both)
    found = at_once(racing_app, accepting(transfer, both), withdrawing(transfer))
    assert found in (["accepted", "offer-over"], ["offer-over", "withdrawn"])
    db.session.expire_all()
    moved = found[0] == "accepted"
    assert transfer.state is (TransferState.ACCEPTED if moved else TransferState.WITHDRAWN)
    assert both.domain.account_id == (both.receiver if moved else both.giver).id


def test_two_who_accept_at_the_same_moment(racing_app: Flask, both: Sides) -> None:
    transfer = offered(both)
    found = at_once(racing_app, accepting(transfer, both), accepting(transfer, both))
    assert sorted(map(str, found)) == ["accepted", "offer-over"]


def test_acceptance_and_removal_at_the_same_moment(racing_app: Flask, both: Sides) -> None:
    """Either it is removed where it was, or it moves and goes on: former people end nothing of it."""
    transfer = offered(both)
    found = at_once(racing_app, accepting(transfer, both), removing(both))
    [(account_id, state)] = claims(both)
    if found[0] == "accepted":
        assert (account_id, state) == (both.receiver.id, DomainState.VERIFIED)
        assert served.find(HOST) is not None
    else:
        assert found[0] in {"offer-over", "domain-gone"}
        assert (account_id, state) == (both.giver.id, DomainState.REMOVING)


def test_acceptance_and_registration_of_the_name_by_the_receiver(racing_app: Flask, both: Sides) -> None:
    """The account has the name once, whoever was first."""
    transfer = offered(both)
    found = at_once(racing_app, accepting(transfer, both), registering(both))
    live = [account_id for account_id, state in claims(both) if not state.is_gone]
    assert live.count(both.receiver.id) == 1
    assert found in (["accepted", "existing True"], ["already-yours", "existing False"])
    verified = select(func.count()).where(LLMClientCustomDomain.is_verified)
    assert db.session.scalar(verified) == 1


def test_name_is_answered_by_one_of_the_two_at_every_moment(racing_app: Flask, both: Sides) -> None:
    """Nobody who looks meanwhile finds it gone, or with an account of one and a client of the other."""
    transfer = offered(both)
    pairs = {(both.giver.number, "former"), (both.receiver.number, "next")}

    def watching() -> str:
        seen = set()
        for _ in range(30):
            at = served.find(HOST)
            seen.add((at.account, at.label) if at else None)
        return "right" if seen <= pairs else str(seen)

    assert at_once(racing_app, accepting(transfer, both), watching) == ["accepted", "right"]
