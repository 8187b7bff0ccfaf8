"""The move itself: one transaction, under the locks of both accounts, in which a domain changes hands.

Its state, zone, records, certificate, target and token are the domain's own and stay as they are, so that it is
served without a gap. LLM clients belong to accounts: from the same commit on the domain leads to one of the receiving
account.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from webapp.audit.log import Actor, note
from webapp.config.settings import Settings
from webapp.domains.assignment import attach, detach
from webapp.domains.locks import lock_account, lock_domain, lock_names
from webapp.extensions import db
from webapp.handover.links import revoke_all
from webapp.messages.formatting import shown
from webapp.models import (
    Account,
    DomainTransfer,
    Email,
    EventKind,
    LLMClient,
    LLMClientCustomDomain,
    Message,
    Notification,
    NotificationKind,
    TransferState,
)
from webapp.models.custom_domain_indexes import ALREADY_YOURS
from webapp.moves import contest
from webapp.notifications.rules.untold import cancel_of
from webapp.transfers.offers import decide, end_open, giver_of, other_side, over
from webapp.transfers.rules import NotMoved, refusal_of_client, refusal_to_have, refusal_to_leave


@dataclass(frozen=True)
class _By:
    """Who moves it, and as whom the giving account knows them."""

    actor: Actor
    seen_by_giver: Actor


def accept(
    transfer: DomainTransfer,
    account: Account,
    llm_client: LLMClient | None,
    *,
    actor: Actor,
    settings: Settings,
    now: datetime,
) -> NotMoved | None:
    """Take the domain into `account`, where it leads to `llm_client`. After a refusal the caller rolls back."""
    domain: LLMClientCustomDomain = transfer.custom_domain
    _lock(domain, transfer.from_account_id, account.id)
    db.session.refresh(transfer)
    if transfer.state is not TransferState.OFFERED or domain.account_id != transfer.from_account_id:
        return over(transfer)
    client = _locked_client(llm_client)
    refusal = _refusal(domain, account, client, settings, now)
    if refusal is not None:
        return refusal
    if not decide(transfer, TransferState.ACCEPTED, actor, now, account):
        return over(transfer)
    return _move(transfer, account, client, _By(actor, other_side(transfer)), now)


def move_at_once(
    domain: LLMClientCustomDomain,
    account: Account,
    llm_client: LLMClient | None,
    *,
    actor: Actor,
    settings: Settings,
    now: datetime,
) -> DomainTransfer | NotMoved:
    """As an offer that is accepted at once, by somebody who owns both accounts."""
    whose = domain.account_id
    _lock(domain, whose, account.id)
    if domain.account_id != whose:
        return NotMoved("domain-gone", f"{shown(domain.domain_name)} has moved to another account.")
    client = _locked_client(llm_client)
    refusal = _refusal(domain, account, client, settings, now)
    if refusal is not None:
        return refusal
    end_open([domain.id], now)
    transfer = DomainTransfer(
        custom_domain=domain,
        from_account_id=whose,
        to_account_id=account.id,
        to_number=account.number,
        state=TransferState.ACCEPTED,
        offered_by=actor.name,
        decided_by=actor.name,
        decided_at=now,
        expires_at=now,
        tell_at=now,
    )
    db.session.add(transfer)
    db.session.flush()
    return _move(transfer, account, client, _By(actor, actor), now) or transfer


def _lock(domain: LLMClientCustomDomain, *account_ids: int) -> None:
    """Accounts in the order of their ids, then the domain and its name: the order of every other lock."""
    for account_id in sorted(set(account_ids)):
        lock_account(db.session.get_one(Account, account_id))
    lock_domain(domain)
    lock_names([domain.domain_name])
    # What is known of our side may be older than the locks.
    db.session.expire_all()


def _locked_client(llm_client: LLMClient | None) -> LLMClient | None:
    if llm_client is None:
        return None
    return db.session.get(LLMClient, llm_client.id, populate_existing=True, with_for_update=True)


def _refusal(
    domain: LLMClientCustomDomain,
    account: Account,
    llm_client: LLMClient | None,
    settings: Settings,
    now: datetime,
) -> NotMoved | None:
    return (
        refusal_to_leave(domain)
        or refusal_to_have(account, domain, settings, now)
        or refusal_of_client(account, domain, llm_client)
    )


def _move(
    transfer: DomainTransfer, account: Account, llm_client: LLMClient | None, by: _By, now: datetime
) -> NotMoved | None:
    """The giving account's history ends with the move, and the receiving one's begins with it."""
    domain: LLMClientCustomDomain = transfer.custom_domain
    if domain.llm_client is not None:
        detach(domain.llm_client, actor=by.seen_by_giver)
    given = {"name": domain.domain_name, "to": transfer.to}
    note(domain, EventKind.TRANSFER_ACCEPTED, Message("transfer.accepted", given), by.seen_by_giver)
    contest.end(domain, now)
    revoke_all([domain.id], now)
    try:
        with db.session.begin_nested():
            domain.account_id = account.id
            db.session.flush()
    except IntegrityError as err:
        if getattr(domain.conflict(err), "code", "") != ALREADY_YOURS:
            raise
        return refusal_of_twin(domain)
    db.session.refresh(domain)
    _hand_over_news(domain, now)
    received = {"name": domain.domain_name, "from": giver_of(transfer)}
    note(domain, EventKind.TRANSFER_ACCEPTED, Message("transfer.received", received), by.actor)
    if llm_client is not None:
        refusal = attach(llm_client, domain, actor=by.actor)
        if refusal is not None:
            return NotMoved(refusal.reason, refusal.sentence, "llm_client")
    db.session.flush()
    return None


def refusal_of_twin(domain: LLMClientCustomDomain) -> NotMoved:
    """The receiving account registered the name at the same moment."""
    sentence = (
        f"{shown(domain.domain_name)} is among the domains of this account already. Remove that one first."
    )
    return NotMoved("already-yours", sentence, "to")


def _hand_over_news(domain: LLMClientCustomDomain, now: datetime) -> None:
    """What nobody was told yet is told to the receiving account's people. E-mails of before go: their addresses are
    those of people who have nothing to do with the domain any more.
    """
    untold = Notification.sent_at.is_(None), Notification.cancelled_at.is_(None)
    # It says whom the links of the giving account were made for.
    cancel_of([domain.id], [NotificationKind.HANDED_OVER], now)
    waiting = update(Notification).where(Notification.custom_domain_id == domain.id, *untold)
    db.session.execute(
        waiting.values(account_id=domain.account_id).execution_options(synchronize_session=False)
    )
    emails = select(Email.id).where(Email.custom_domain_id == domain.id)
    db.session.execute(delete(Email).where(Email.id.in_(emails)).execution_options(synchronize_session=False))
