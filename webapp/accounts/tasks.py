"""Background work for accounts."""

from __future__ import annotations

from datetime import timedelta

import structlog
from celery import shared_task

from webapp.accounts import deletion, unconfirmed
from webapp.extensions import db, settings
from webapp.models import Account, utcnow

log = structlog.get_logger(__name__)


@shared_task
def sweep_deletions() -> None:
    """Go on with deleting accounts, wherever that was interrupted."""
    account_ids = [account.id for account in deletion.unfinished()]
    db.session.commit()
    for account_id in account_ids:
        go_on_with(account_id)


@shared_task
def prune_unconfirmed() -> None:
    """Forget whoever did not confirm an address within UNCONFIRMED_DAYS, a transaction at a time."""
    before, count = utcnow() - timedelta(days=settings().unconfirmed_days), 0
    while people := unconfirmed.older_than(before):
        for user in people:
            unconfirmed.forget(user)
        db.session.commit()
        count += len(people)
    log.info("unconfirmed.pruned", people=count)


@shared_task
def go_on_with(account_id: int) -> None:
    """Go on with one account. A fault is logged and delays no other account; the next sweep tries again."""
    try:
        go_on(db.session.get_one(Account, account_id))
    except Exception:
        db.session.rollback()
        log.exception("account.fault", account_id=account_id)


def go_on(account: Account) -> None:
    """Remove the domains that are left, some in each transaction, and then delete the people."""
    while deletion.remove_some(account):
        db.session.commit()
    db.session.commit()
    if deletion.finish(account):
        log.info("account.deleted", account_id=account.id)
    db.session.commit()
