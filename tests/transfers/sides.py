"""Two accounts, and a domain of the first one that is served."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.factories import make_account, make_domain, make_llm_client, make_user, make_zone
from webapp.audit.log import Actor
from webapp.extensions import db, settings
from webapp.models import (
    Account,
    ActorKind,
    DomainState,
    DomainTransfer,
    LLMClient,
    LLMClientCustomDomain,
    User,
    utcnow,
)
from webapp.transfers import moving, offers
from webapp.transfers.rules import NotMoved

HOST = "chat.acme.test"
GIVER, RECEIVER = (Actor(ActorKind.CUSTOMER, f"owner@{name}.test") for name in ("acme", "rival"))


@dataclass
class Sides:
    giver: Account
    receiver: Account
    giving: User
    receiving: User
    domain: LLMClientCustomDomain
    former: LLMClient
    client: LLMClient


def sides(state: DomainState = DomainState.VERIFIED, **values: Any) -> Sides:
    giver, receiver = make_account("Acme"), make_account("Rival")
    giving = make_user(account=giver, email="owner@acme.test")
    receiving = make_user(account=receiver, email="owner@rival.test")
    long_ago = utcnow() - timedelta(days=30)
    if state is not DomainState.PENDING:
        values.setdefault("verified_at", long_ago)
    domain = make_domain(giver, HOST, state, **values)
    make_zone(domain, created_at=long_ago)
    former = make_llm_client(giver, "Former", deployed=True, custom_domain=domain)
    client = make_llm_client(receiver, "Next", deployed=True)
    db.session.commit()
    return Sides(giver, receiver, giving, receiving, domain, former, client)


def offered(both: Sides, to: str | None = None) -> DomainTransfer:
    made = offers.offer(both.domain, to or both.receiver.number, actor=GIVER, now=utcnow())
    assert isinstance(made, DomainTransfer), made
    db.session.commit()
    return made


def accept(both: Sides, transfer: DomainTransfer, client: LLMClient | None = None) -> NotMoved | None:
    """As the view does: a refusal is rolled back."""
    refusal = moving.accept(
        transfer,
        both.receiver,
        client or both.client,
        actor=RECEIVER,
        settings=settings(),
        now=utcnow(),
    )
    if refusal is None:
        db.session.commit()
    else:
        db.session.rollback()
    db.session.expire_all()
    return refusal
