"""Offers: made in any case, decided once, and over in time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import make_account
from tests.transfers.sides import GIVER, HOST, RECEIVER, Sides, offered, sides
from webapp.audit.log import COMMAND
from webapp.domains import lifecycle, suspension
from webapp.extensions import db
from webapp.models import Account, DeniedName, DomainTransfer, Event, TransferState, utcnow
from webapp.transfers import offers, queries
from webapp.transfers.rules import NotMoved


@pytest.fixture
def both(app: Flask) -> Sides:
    return sides()


def refusal(both: Sides, to: str) -> NotMoved:
    found = offers.offer(both.domain, to, actor=GIVER, now=utcnow())
    assert isinstance(found, NotMoved), found
    db.session.rollback()
    return found


def codes(account: Account) -> list[str | None]:
    rows = db.session.scalars(select(Event).where(Event.account_id == account.id).order_by(Event.id))
    return [event.message_code for event in rows]


@pytest.mark.parametrize("typed", ["{number}", " {number} ", "{digits}"])
def test_number_is_read_however_it_is_typed(both: Sides, typed: str) -> None:
    number = both.receiver.number
    made = offered(both, typed.format(number=number, digits=number.replace("-", "")))
    assert (made.to_number, made.to_email) == (number, None)


def test_address_is_read_in_lower_case(both: Sides) -> None:
    made = offered(both, " Owner@Rival.Test ")
    assert (made.to_number, made.to_email) == (None, "owner@rival.test")


@pytest.mark.parametrize(
    "typed", ["", "acme", "1234", "1234-5678-901x", "١٢٣٤٥٦٧٨٩٠١٢", "a@b@c", "@", "a b@c.test"]
)
def test_what_is_neither_is_refused(both: Sides, typed: str) -> None:
    assert refusal(both, typed).code == "to-unreadable"


@pytest.mark.parametrize("to", ["9999-9999-9999", "nobody@nowhere.test", "real number", "owner@rival.test"])
def test_offer_is_made_in_any_case_and_looks_the_same(both: Sides, to: str) -> None:
    made = offered(both, both.receiver.number if to == "real number" else to)
    assert made.state is TransferState.OFFERED
    assert made.expires_at - made.created_at > timedelta(days=6.9)
    [event] = db.session.scalars(select(Event).where(Event.account_id == both.giver.id))
    assert event.message is not None
    assert event.message.params == {"name": HOST, "to": made.to}


def test_only_the_account_with_the_number_reads_of_it(both: Sides) -> None:
    offered(both)
    assert codes(both.receiver) == ["transfer.offered-here"]
    assert codes(both.giver) == ["transfer.offered"]


def test_own_number_is_no_other_account(both: Sides) -> None:
    assert refusal(both, both.giver.number).code == "same-account"


def test_domain_is_offered_once_at_a_time(both: Sides) -> None:
    first = offered(both)
    assert refusal(both, "9999-9999-9999").code == "offered-already"
    first.expires_at = utcnow()
    db.session.commit()
    second = offered(both, "9999-9999-9999")
    db.session.expire_all()
    assert (first.state, second.state) == (TransferState.ENDED, TransferState.OFFERED)


def test_account_has_so_many_offers(both: Sides, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offers, "MOST", 0)
    assert refusal(both, both.receiver.number).code == "too-many-offers"


def removed(both: Sides) -> None:
    lifecycle.remove(both.domain, actor=COMMAND)


def suspended(both: Sides) -> None:
    suspension.suspend(both.domain, actor=COMMAND, reason="Spam.", now=utcnow())


def denied(both: Sides) -> None:
    db.session.add(DeniedName(name="acme.test", below=True, reason="x", actor_name="staff"))


@pytest.mark.parametrize(
    ("end", "code"), [(removed, "domain-gone"), (suspended, "domain-suspended"), (denied, "domain-denied")]
)
def test_domain_that_cannot_move_is_not_offered(both: Sides, end: object, code: str) -> None:
    end(both)  # type: ignore[operator]
    db.session.commit()
    assert refusal(both, both.receiver.number).code == code


@pytest.mark.parametrize("end", [removed, suspended])
def test_removal_and_suspension_end_an_offer(both: Sides, end: object) -> None:
    made = offered(both)
    end(both)  # type: ignore[operator]
    db.session.commit()
    db.session.expire_all()
    assert made.state is TransferState.ENDED
    assert queries.received(both.receiver, None, utcnow()) == []


def test_offer_is_over_after_seven_days(both: Sides) -> None:
    made = offered(both)
    later = made.expires_at + timedelta(seconds=1)
    assert queries.received(both.receiver, None, made.expires_at - timedelta(seconds=1)) == [made]
    assert queries.received(both.receiver, None, later) == []
    found = offers.refuse(made, both.receiver, actor=RECEIVER, now=later)
    assert found is not None
    assert found.code == "offer-over"


def test_offer_is_withdrawn_or_refused_once(both: Sides) -> None:
    made = offered(both)
    assert offers.withdraw(made, actor=GIVER, now=utcnow()) is None
    db.session.commit()
    again = offers.refuse(made, both.receiver, actor=RECEIVER, now=utcnow())
    assert again is not None
    assert again.sentence == f"The offer of {HOST} was withdrawn."
    assert codes(both.giver) == ["transfer.offered", "transfer.withdrawn"]
    assert codes(both.receiver) == ["transfer.offered-here", "transfer.withdrawn-here"]


def test_giver_does_not_hear_who_refused(both: Sides) -> None:
    made = offered(both)
    assert offers.refuse(made, both.receiver, actor=RECEIVER, now=utcnow()) is None
    db.session.commit()
    events = db.session.scalars(select(Event).where(Event.account_id == both.giver.id)).all()
    assert not [one for one in events if RECEIVER.name in (one.actor_name, str(one.message_params))]
    assert events[-1].actor_name == both.receiver.number


def test_offer_to_an_address_is_for_that_person(both: Sides) -> None:
    made = offered(both, "owner@rival.test")
    now = utcnow()
    assert queries.received(both.receiver, "Owner@rival.test", now) == [made]
    assert queries.received(both.receiver, "other@rival.test", now) == []
    assert queries.received(both.receiver, None, now) == []
    assert queries.received_one(made.id, make_account("Third"), "third@rival.test", now) is None
    assert db.session.scalars(select(DomainTransfer)).all() == [made]
