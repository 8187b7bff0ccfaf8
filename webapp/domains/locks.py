"""Locks on an account, a domain, its zones and its name, always taken in the same order, so that two transactions
cannot deadlock: account, zones, domains, names, LLM clients.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sqlalchemy import and_, func, or_, select, update

from webapp.dns.names import HostName
from webapp.extensions import db
from webapp.models import (
    GONE_STATES,
    Account,
    HostedZone,
    LLMClient,
    LLMClientCustomDomain,
)

#: The first of the two keys of PostgreSQL's advisory locks; no other lock of ours has it.
_NAMES = 0x6E616D65


def lock_account(account: Account) -> None:
    """Make the account ours until the commit: who counts what it has and adds one waits for whoever does the same."""
    db.session.flush()
    db.session.execute(
        update(Account)
        .where(Account.id == account.id)
        .values(number=Account.number, updated_at=Account.updated_at)
        .execution_options(synchronize_session=False)
    )


def lock_llm_client(llm_client: LLMClient) -> bool:
    """Keep the LLM client from being deleted until the commit. It is locked behind all else. False when it was
    deleted since it was read.
    """
    db.session.flush()
    row = select(LLMClient.id).where(LLMClient.id == llm_client.id).with_for_update()
    return db.session.scalar(row) is not None


def lock_domain(domain: LLMClientCustomDomain) -> bool:
    """Lock the domain and its zones until the commit, on both databases, and read the rows anew; zones come first, as
    where an outcome for a zone is recorded. False when it moved since it was read: its former people have no say.

    Whoever compares with a lease, or writes a time that is compared, reads the clock behind it: a worker may have
    claimed the zone or the certificate while this waited, and its lease ends later than one by an earlier clock.
    """
    db.session.flush()
    whose = domain.account_id
    lock_zones(domain.id)
    db.session.execute(
        update(LLMClientCustomDomain)
        .where(LLMClientCustomDomain.id == domain.id)
        .values(version=LLMClientCustomDomain.version + 1)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(domain)
    return domain.account_id == whose


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


def lock_row(domain_id: int) -> None:
    """Lock the domain's row alone until the commit, and keep what was changed of the domain and not saved yet."""
    row = select(LLMClientCustomDomain.id).where(LLMClientCustomDomain.id == domain_id)
    db.session.execute(row.with_for_update())


def lock_claims(names: Iterable[str], domain_ids: Iterable[int] = ()) -> None:
    """Lock these domains, and all claims on these A-label names, until the commit.

    Who proves a claim may take the name from another account's, and then changes both. The rows are locked in the
    order of their ids, as batches of checks do, and before the names, or else two transactions could deadlock.
    """
    row = LLMClientCustomDomain
    claims = and_(row.domain_name.in_([*names]), row.state.not_in(GONE_STATES))
    chosen = select(row.id).where(or_(row.id.in_([*domain_ids]), claims)).order_by(row.id)
    db.session.execute(chosen.with_for_update())


def lock_names(names: Iterable[str]) -> None:
    """Lock these A-label names until the commit, with every name that shares a registrable domain with one of them.

    Without the lock two accounts could be verified at once with names of which one is above the other: neither
    transaction sees the row of the other, and no constraint compares the two. Whoever changes a domain's row in the
    same transaction locks the row first, as batches of checks do, or else the two could deadlock. The keys are taken
    in the order of their numbers, so that two batches never wait for each other. SQLite has one lock for the whole
    database.
    """
    keys = sorted({_key_of(name) for name in names})
    if keys and db.engine.dialect.name == "sqlite":
        nothing = update(LLMClientCustomDomain).where(LLMClientCustomDomain.id == -1)
        db.session.execute(nothing.values(version=0).execution_options(synchronize_session=False))
        return
    for key in keys:
        db.session.execute(select(func.pg_advisory_xact_lock(_NAMES, key)))


def _key_of(name: str) -> int:
    """A signed number of 32 bits. Names that share one by chance wait for each other, which does no harm."""
    digest = hashlib.sha256((HostName(name).registrable or name).encode()).digest()
    return int.from_bytes(digest[:4], signed=True)
