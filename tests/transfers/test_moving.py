"""What moves with a domain, what stays, and who may take it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import make_account, make_domain, make_llm_client, make_zone
from tests.serving import is_served
from tests.transfers.sides import GIVER, HOST, Sides, accept, offered, sides
from webapp.audit import history
from webapp.audit.log import COMMAND, note
from webapp.domains import lifecycle, queries
from webapp.edge.served_names import queries as served
from webapp.extensions import db, settings
from webapp.handover import links
from webapp.models import (
    Certificate,
    DeniedName,
    DomainState,
    DomainTransfer,
    Email,
    EmailState,
    Event,
    EventKind,
    HandoverLink,
    HostedZone,
    LLMClientCustomDomain,
    LLMClientCustomDomainDNS,
    Message,
    Notification,
    NotificationKind,
    Probe,
    RecordsProof,
    TransferState,
    utcnow,
)
from webapp.notifications.rules.untold import News, tell
from webapp.transfers import moving
from webapp.transfers.rules import NotMoved


@pytest.fixture
def both(app: Flask) -> Sides:
    return sides()


#: Columns of the domain that a move may change.
MAY_CHANGE = {"account_id", "version", "updated_at"}
OF_DOMAIN = (HostedZone, LLMClientCustomDomainDNS, RecordsProof, Certificate, Probe)


def everything(domain_id: int) -> dict[str, Any]:
    """All columns of the domain and of what belongs to it."""
    db.session.expire_all()
    table = LLMClientCustomDomain.__table__
    row = db.session.execute(select(table).where(table.c.id == domain_id)).mappings().one()
    found: dict[str, Any] = {key: value for key, value in row.items() if key not in MAY_CHANGE}
    for model in OF_DOMAIN:
        rows = model.__table__
        query = select(rows).where(rows.c.custom_domain_id == domain_id)
        found[model.__name__] = [tuple(one) for one in db.session.execute(query)]
    return found


def test_nothing_of_the_domain_changes_but_its_account_and_its_client(both: Sides) -> None:
    before, leads = everything(both.domain.id), served.find(HOST)
    assert leads is not None
    assert leads.label == "former"
    assert accept(both, offered(both)) is None
    assert everything(both.domain.id) == before
    assert both.domain.account_id == both.receiver.id
    assert both.domain.llm_client is both.client
    assert both.former.custom_domain_id is None
    leads = served.find(HOST)
    assert leads is not None
    assert (leads.account, leads.label) == (both.receiver.number, "next")
    assert is_served(HOST)


def test_each_account_reads_its_own_part_of_the_history(both: Sides) -> None:
    note(both.domain, EventKind.CHECK_REQUESTED, Message("check.requested"), GIVER)
    accept(both, offered(both))
    seen = [one.message_code for one in queries.history(both.domain)]
    assert seen == ["llm-client.attached", "transfer.received"]
    page = history.events_of(both.domain, changes=False, limit=50)
    assert [one.message_code for one in page] == seen
    rows = db.session.scalars(select(Event).where(Event.account_id == both.giver.id).order_by(Event.id)).all()
    assert [one.message_code for one in rows] == [
        "check.requested",
        "transfer.offered",
        "llm-client.detached",
        "transfer.accepted",
    ]
    assert not [one for one in rows if "rival.test" in f"{one.actor_name} {one.message_params}"]
    assert not [one for one in rows if "Next" in str(one.message_params)]
    assert [one.message_code for one in history.all_events_of(both.domain, changes=False)] == seen


def test_news_that_nobody_was_told_go_to_the_receiving_people(both: Sides) -> None:
    now = utcnow()
    for kind, at in ((NotificationKind.VERIFIED, None), (NotificationKind.RECOVERED, now)):
        tell(both.domain, News(kind, now, Message("notification.lapsed", {"name": HOST})), now)
        told = db.session.scalars(select(Notification).where(Notification.kind == kind)).one()
        told.sent_at = at
    db.session.add(
        Email(
            custom_domain_id=both.domain.id,
            address="owner@acme.test",
            state=EmailState.WAITING,
            next_attempt_at=now,
        )
    )
    db.session.commit()
    assert accept(both, offered(both)) is None
    whose = {news.kind: news.account_id for news in db.session.scalars(select(Notification))}
    assert whose == {
        NotificationKind.VERIFIED: both.receiver.id,
        NotificationKind.RECOVERED: both.giver.id,
    }
    assert db.session.scalars(select(Email)).all() == []


def test_for_whom_links_were_made_stays_in_the_giving_account(both: Sides) -> None:
    now = utcnow()
    said = Message("notification.handed-over", {"name": HOST, "made_for": ["Jane of the giver"]})
    tell(both.domain, News(NotificationKind.HANDED_OVER, now, said), now)
    db.session.commit()
    assert accept(both, offered(both)) is None
    [news] = db.session.scalars(select(Notification).where(Notification.message_params.is_not(None)))
    assert (news.account_id, news.cancelled_at is None) == (both.giver.id, False)


def test_links_of_the_former_account_end(both: Sides) -> None:
    link = links.make(both.domain, "Jane", actor=GIVER, now=utcnow())
    assert isinstance(link, HandoverLink)
    assert accept(both, offered(both)) is None
    assert links.with_code(link.code, utcnow()) is None
    assert links.of_domain(both.domain, utcnow()) == []


def test_contest_of_a_claim_begins_anew(app: Flask) -> None:
    both = sides(DomainState.PENDING, contests_since=utcnow())
    assert accept(both, offered(both)) is None
    assert both.domain.contests_since is None


# Who may not, and why.
def already_there(both: Sides) -> None:
    make_domain(both.receiver, HOST)


def parent_of_another(both: Sides) -> None:
    make_domain(make_account("Third"), "acme.test", DomainState.VERIFIED)


def parent_of_the_giver(both: Sides) -> None:
    make_domain(both.giver, "acme.test", DomainState.VERIFIED)


def name_below_of_another(both: Sides) -> None:
    make_domain(make_account("Third"), f"a.{HOST}", DomainState.VERIFIED)


def denied(both: Sides) -> None:
    db.session.add(DeniedName(name="acme.test", below=True, reason="x", actor_name="staff"))


def suspended_elsewhere(both: Sides) -> None:
    make_domain(make_account("Third"), HOST, DomainState.PENDING, held_at=utcnow(), hold_reason="x")
    both.domain.verified_at = None


def giver_is_deleted(both: Sides) -> None:
    both.giver.deleted_at = utcnow()


def receiver_is_deleted(both: Sides) -> None:
    both.receiver.deleted_at = utcnow()


def client_is_busy(both: Sides) -> None:
    both.client.custom_domain = make_domain(both.receiver, "docs.rival.test")


def client_is_not_deployed(both: Sides) -> None:
    both.client.deployed = False


REFUSED: list[tuple[Callable[[Sides], None], str]] = [
    (already_there, "already-yours"),
    (parent_of_another, "in-use"),
    (parent_of_the_giver, "in-use"),
    (name_below_of_another, "in-use"),
    (denied, "domain-denied"),
    (suspended_elsewhere, "domain-suspended"),
    (giver_is_deleted, "domain-gone"),
    (receiver_is_deleted, "account-deleted"),
    (client_is_busy, "llm-client-busy"),
    (client_is_not_deployed, "llm-client-not-deployed"),
]


@pytest.mark.parametrize(("meanwhile", "code"), REFUSED)
def test_what_happened_meanwhile_is_asked_again(
    both: Sides, meanwhile: Callable[[Sides], None], code: str
) -> None:
    transfer = offered(both)
    meanwhile(both)
    db.session.commit()
    before = everything(both.domain.id)
    refusal = accept(both, transfer)
    assert refusal is not None
    assert refusal.code == code
    assert refusal.sentence.endswith(".")
    assert everything(both.domain.id) == before
    assert both.domain.account_id == both.giver.id
    assert both.domain.llm_client is both.former
    assert transfer.state is TransferState.OFFERED


def test_served_domain_needs_a_client(both: Sides) -> None:
    transfer = offered(both)
    refusal = moving.accept(transfer, both.receiver, None, actor=GIVER, settings=settings(), now=utcnow())
    assert refusal is not None
    assert (refusal.code, refusal.field) == ("llm-client-needed", "llm_client")


def test_client_of_another_account_is_none(both: Sides) -> None:
    theirs = make_llm_client(make_account("Third"), "Theirs", deployed=True)
    db.session.commit()
    refusal = accept(both, offered(both), theirs)
    assert refusal is not None
    assert refusal.code == "llm-client-unknown"


#: State, whether a client is behind it, whether that is deployed -> whether one of the receiving account is needed.
NEEDED = {
    (state, client, deployed): state.is_verified and client
    for state, client, deployed in itertools.product(
        (
            DomainState.PENDING,
            DomainState.VERIFIED,
            DomainState.FAILING,
            DomainState.LAPSED,
            DomainState.EXPIRED,
        ),
        (True, False),
        (True, False),
    )
}


@pytest.mark.parametrize(("state", "client", "deployed"), NEEDED)
def test_who_meets_somebody_before_meets_somebody_after(
    app: Flask, state: DomainState, client: bool, deployed: bool
) -> None:
    both = sides(state)
    both.former.deployed = deployed
    if not client:
        both.former.custom_domain = None
    db.session.commit()
    transfer, reached = offered(both), served.find(HOST)
    refusal = moving.accept(transfer, both.receiver, None, actor=GIVER, settings=settings(), now=utcnow())
    assert (refusal is not None) is NEEDED[state, client, deployed]
    if refusal is not None:
        db.session.rollback()
        assert accept(both, transfer) is None
    db.session.commit()
    after = served.find(HOST)
    assert (after is None) is (reached is None)
    assert after is None or reached is None or (after.label is None) <= (reached.label is None)


def test_account_that_waits_for_many_proofs_takes_no_more(app: Flask) -> None:
    app.extensions["settings"] = settings().model_copy(update={"unverified_per_account": 1})
    both = sides(DomainState.PENDING)
    make_zone(make_domain(both.receiver, "docs.rival.test"))
    db.session.commit()
    refusal = accept(both, offered(both))
    assert refusal is not None
    assert refusal.code == "too-many-unverified"


def test_zone_of_today_counts_for_whoever_has_it(app: Flask) -> None:
    """Else somebody could draw name servers again and again, and give each claim away."""
    app.extensions["settings"] = settings().model_copy(update={"zones_per_name_per_day": 1})
    both = sides(DomainState.PENDING)
    both.domain.zones[0].created_at = utcnow()
    earlier = make_domain(both.receiver, HOST, DomainState.REMOVED)
    make_zone(earlier)
    db.session.commit()
    transfer = offered(both)
    refusal = accept(both, transfer)
    assert refusal is not None
    assert refusal.code == "too-many"
    both.domain.zones[0].created_at = utcnow() - timedelta(days=2)
    db.session.commit()
    assert accept(both, transfer) is None


def test_move_between_accounts_of_one_owner_is_at_once(both: Sides) -> None:
    open_one = offered(both)
    done = moving.move_at_once(
        both.domain, both.receiver, both.client, actor=GIVER, settings=settings(), now=utcnow()
    )
    assert isinstance(done, DomainTransfer)
    db.session.commit()
    db.session.expire_all()
    assert both.domain.account_id == both.receiver.id
    assert (open_one.state, done.state) == (TransferState.ENDED, TransferState.ACCEPTED)
    again = moving.move_at_once(
        both.domain, both.receiver, both.client, actor=GIVER, settings=settings(), now=utcnow()
    )
    assert isinstance(again, NotMoved)
    assert again.code == "same-account"


def test_accepted_offer_is_over(both: Sides) -> None:
    transfer = offered(both)
    assert accept(both, transfer) is None
    again = accept(both, transfer)
    assert again is not None
    assert again.code == "offer-over"


def test_former_people_remove_nothing_that_moved(both: Sides) -> None:
    """They pressed while it was theirs, and the lock came later."""
    transfer = offered(both)
    stale = db.session.get_one(LLMClientCustomDomain, both.domain.id)
    assert stale.account_id == both.giver.id
    with db.session.no_autoflush:
        db.session.execute(
            LLMClientCustomDomain.__table__.update().values(account_id=both.receiver.id)  # type: ignore[attr-defined]
        )
    lifecycle.remove(stale, actor=COMMAND)
    assert stale.state is DomainState.VERIFIED
    assert transfer.state is TransferState.OFFERED
