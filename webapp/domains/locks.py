"""Locks on a domain and its zones, in the one order in which everybody takes them."""

from __future__ import annotations

from sqlalchemy import select, update

from webapp.extensions import db
from webapp.models import (
    Account,
    HostedZone,
    LLMClientCustomDomain,
)


def lock_account(account: Account) -> None:
    """Make the account ours until the commit: who counts what it has and adds one waits for whoever does the same."""
    db.session.flush()
    db.session.execute(
        update(Account)
        .where(Account.id == account.id)
        .values(number=Account.number, updated_at=Account.updated_at)
        .execution_options(synchronize_session=False)
    )


def lock_domain(domain: LLMClientCustomDomain) -> None:
    """Make the domain and its zones ours until the commit, on both databases; the rows are read anew.

    Zones before their domain: whoever records what became of a zone takes them in this order, too.
    """
    db.session.flush()
    lock_zones(domain.id)
    db.session.execute(
        update(LLMClientCustomDomain)
        .where(LLMClientCustomDomain.id == domain.id)
        .values(version=LLMClientCustomDomain.version + 1)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(domain)


def lock_zones(domain_id: int) -> None:
    """Make all zones of a domain ours until the commit; what is read of them from now on stays so.

    In one order, so that two who do this cannot wait for each other; and before the domain itself. SQLite has one
    lock for everything and gives it to the first who writes.
    """
    of_domain = HostedZone.custom_domain_id == domain_id
    if db.engine.dialect.name == "sqlite":
        db.session.execute(
            update(HostedZone)
            .where(of_domain)
            .values(attempts=HostedZone.attempts, updated_at=HostedZone.updated_at)
            .execution_options(synchronize_session=False)
        )
        return
    db.session.execute(select(HostedZone.id).where(of_domain).order_by(HostedZone.id).with_for_update())
