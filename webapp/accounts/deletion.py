"""Deleting an account: its names are not served from then on, its domains are removed, and only the history stays.

`Account.deleted_at` starts it. If a process is killed afterwards, the sweep goes on from there: it removes the
domains that are left, and deletes the people once the last zone is gone and the last e-mail is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, or_, select

from webapp.audit.log import SYSTEM, Actor, note_account
from webapp.domains import lifecycle
from webapp.extensions import db
from webapp.models import (
    GONE_STATES,
    Account,
    ApiKey,
    DomainImport,
    DomainState,
    DomainTransfer,
    Email,
    EmailState,
    EventKind,
    HandoverLink,
    ImportLine,
    Invitation,
    LLMClient,
    LLMClientCustomDomain,
    Membership,
    Message,
    Notification,
    NotificationAddress,
    Probe,
    User,
    WebhookEndpoint,
)

#: Domains removed in one transaction: few, so that other transactions need not wait long.
AT_ONCE = 25
#: The name of an account of which only the history is left.
STUB = "Deleted account"


def begin(account: Account, *, actor: Actor, now: datetime, reason: str | None = None) -> None:
    """Mark the account as being deleted. After the commit it has no members. A second call changes nothing."""
    if account.deleted_at is not None:
        return
    account.deleted_at = now
    said = Message("account.deleted", {"number": account.number})
    note_account(account, EventKind.ACCOUNT_DELETED, said, actor, reason=reason)
    db.session.flush()


def remove_some(account: Account, now: datetime | None = None, limit: int = AT_ONCE) -> int:
    """Remove the next domains, those that are served first. Returns the number that is left."""
    domains = db.session.scalars(
        select(LLMClientCustomDomain)
        .where(_live(account))
        .order_by(LLMClientCustomDomain.is_verified.desc(), LLMClientCustomDomain.id)
        .limit(limit)
    ).all()
    for domain in domains:
        lifecycle.remove(domain, actor=SYSTEM, reason="Its account is being deleted.", now=now)
    return domains_left(account)


def domains_left(account: Account) -> int:
    """The number of domains that are neither removed nor being removed."""
    return _count(LLMClientCustomDomain, _live(account))


def zones_left(account: Account) -> int:
    """The number of domains whose zones we keep, because their parents delegate to them or may do so."""
    leaving = LLMClientCustomDomain.state == DomainState.REMOVING
    return _count(LLMClientCustomDomain, leaving & (LLMClientCustomDomain.account_id == account.id))


def _live(account: Account) -> ColumnElement[bool]:
    mine = LLMClientCustomDomain.account_id == account.id
    return mine & LLMClientCustomDomain.state.not_in(GONE_STATES)


def _count(model: type[LLMClientCustomDomain | Notification | Email], condition: ColumnElement[bool]) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(condition)) or 0


def unfinished(limit: int = 20) -> Sequence[Account]:
    """Accounts being deleted for which something can be done now, up to `limit` of each kind.

    First come accounts with domains left to remove, then accounts whose zones are all gone and whose people are not
    deleted yet. An account whose zones have to stay, perhaps for ever, is left out, so that it delays no other.
    """
    domains = Account.custom_domains
    to_remove = domains.any(LLMClientCustomDomain.state.not_in(GONE_STATES))
    to_forget = ~domains.any(LLMClientCustomDomain.state != DomainState.REMOVED) & or_(
        Account.name != STUB, Account.memberships.any()
    )
    deleted = select(Account).where(Account.deleted_at.is_not(None)).order_by(Account.deleted_at, Account.id)
    return [
        account
        for condition in (to_remove, to_forget)
        for account in db.session.scalars(deleted.where(condition).limit(limit))
    ]


def finish(account: Account) -> bool:
    """Delete everything but the history, once no zone is left and no notification waits to be sent.

    People who are locked out stay, or they could sign up again.
    """
    if domains_left(account) or zones_left(account) or _news_left(account):
        return False
    people = db.session.scalars(
        select(User).join(Membership).where(Membership.account_id == account.id)
    ).all()
    domain_ids = select(LLMClientCustomDomain.id).where(LLMClientCustomDomain.account_id == account.id)
    for of_domain in (Email, Probe):
        db.session.execute(delete(of_domain).where(of_domain.custom_domain_id.in_(domain_ids)))
    imports = select(DomainImport.id).where(DomainImport.account_id == account.id)
    db.session.execute(delete(ImportLine).where(ImportLine.import_id.in_(imports)))
    db.session.execute(delete(DomainImport).where(DomainImport.account_id == account.id))
    sides = DomainTransfer.from_account_id == account.id, DomainTransfer.to_account_id == account.id
    db.session.execute(delete(DomainTransfer).where(or_(*sides)))
    of_account = (
        Notification,
        LLMClient,
        Invitation,
        NotificationAddress,
        HandoverLink,
        ApiKey,
        WebhookEndpoint,
    )
    for model in of_account:
        db.session.execute(delete(model).where(model.account_id == account.id))
    account.memberships.clear()
    db.session.flush()
    for person in people:
        if person.active and not person.memberships and not person.is_staff:
            db.session.delete(person)
    account.name = STUB
    db.session.flush()
    return True


def _news_left(account: Account) -> int:
    news = (
        (Notification.account_id == account.id)
        & Notification.sent_at.is_(None)
        & Notification.cancelled_at.is_(None)
    )
    emails = Email.custom_domain.has(LLMClientCustomDomain.account_id == account.id) & (
        Email.state == EmailState.WAITING
    )
    return _count(Notification, news) + _count(Email, emails)
