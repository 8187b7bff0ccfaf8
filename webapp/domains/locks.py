"""Locks on a domain and its zones, always taken in the same order, so that two transactions cannot deadlock."""

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
    """Lock the domain and its zones until the commit, on both databases, and read the rows anew.

    Zones are locked before their domain, because code that records an outcome for a zone locks in this order, too.
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
    """Lock all zones of a domain until the commit, so that nobody changes them meanwhile.

    The zones are locked in the order of their ids and before the domain; in another order two transactions could
    deadlock. SQLite has one lock for the whole database and gives it to the first that writes.
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
