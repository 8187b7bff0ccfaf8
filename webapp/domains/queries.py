"""Questions about custom domains. They read and never write."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, text
from sqlalchemy.orm import selectinload

from webapp.dns import names
from webapp.extensions import db
from webapp.jobs.clock import has_come, most_overdue
from webapp.models import (
    Account,
    Certificate,
    CertificateState,
    Check,
    CheckStatus,
    DomainState,
    Event,
    HostedZone,
    LLMClientCustomDomain,
    ZoneState,
)
from webapp.models.hosted_zone import UNFINISHED_STATES
from webapp.zones import pauses

GONE = (DomainState.REMOVING, DomainState.REMOVED)
#: Somebody with more of them finds a slip of the pen by himself.
MOST_PARENTS = 50


def owned_by(account: Account) -> Select[LLMClientCustomDomain]:
    """The account's domains, newest first; those that are gone for good are left out."""
    return (
        select(LLMClientCustomDomain)
        .where(
            LLMClientCustomDomain.account_id == account.id, LLMClientCustomDomain.state != DomainState.REMOVED
        )
        .options(selectinload(LLMClientCustomDomain.llm_client))
        .order_by(LLMClientCustomDomain.id.desc())
    )


def on_hold() -> ColumnElement[bool]:
    """Staff hold it. Of a domain that is on its way out, the removal is told, and nothing is left to hold."""
    return and_(LLMClientCustomDomain.held_at.is_not(None), LLMClientCustomDomain.state.not_in(GONE))


def in_state(state: DomainState) -> ColumnElement[bool]:
    """As people count: what is on hold is in none of the states but that."""
    if state in GONE:
        return LLMClientCustomDomain.state == state
    return and_(LLMClientCustomDomain.state == state, LLMClientCustomDomain.held_at.is_(None))


def attachable(account: Account) -> Sequence[LLMClientCustomDomain]:
    """The domains that an LLM client can be given, by name."""
    free = LLMClientCustomDomain.state.not_in(GONE), LLMClientCustomDomain.held_at.is_(None)
    query = owned_by(account).where(*free).order_by(None)
    return db.session.scalars(query.order_by(LLMClientCustomDomain.domain_name)).all()


def parents_of_others(domain: LLMClientCustomDomain) -> Sequence[str]:
    """The domains, each once, that the account's other names are below."""
    parent = LLMClientCustomDomain.registrable_domain
    query = select(parent).where(
        LLMClientCustomDomain.account_id == domain.account_id,
        LLMClientCustomDomain.state.not_in(GONE),
        LLMClientCustomDomain.id != domain.id,
    )
    return db.session.scalars(query.distinct().order_by(parent).limit(MOST_PARENTS)).all()


def claim_of(account: Account, name: str) -> LLMClientCustomDomain | None:
    """The account's own live claim on this A-label name."""
    return db.session.scalar(
        owned_by(account).where(
            LLMClientCustomDomain.domain_name == name, LLMClientCustomDomain.state.not_in(GONE)
        )
    )


def verified_in_the_way(account: Account, name: names.HostName) -> LLMClientCustomDomain | None:
    """Another account's verified name that is this one, above it, or below it, be it on hold or not."""
    rows = db.session.scalars(
        select(LLMClientCustomDomain).where(
            LLMClientCustomDomain.state.in_([DomainState.VERIFIED, DomainState.FAILING]),
            LLMClientCustomDomain.account_id != account.id,
            LLMClientCustomDomain.registrable_domain == (name.registrable or name.ascii),
        )
    )
    return next((row for row in rows if _overlap(row.domain_name, name.ascii)), None)


def _overlap(one: str, other: str) -> bool:
    return names.at_or_below(one, other) or names.at_or_below(other, one)


def is_held(account: Account, name: str) -> bool:
    """Whether staff hold this name of the account; to remove it is no way around that."""
    query = select(LLMClientCustomDomain.id).where(
        LLMClientCustomDomain.domain_name == name,
        LLMClientCustomDomain.account_id == account.id,
        LLMClientCustomDomain.held_at.is_not(None),
    )
    return db.session.scalar(query.limit(1)) is not None


def zones_made_since(since: datetime, *, account: Account | None = None, name: str | None = None) -> int:
    query = select(func.count()).select_from(HostedZone).where(HostedZone.created_at >= since)
    if account is not None:
        query = query.join(HostedZone.custom_domain).where(LLMClientCustomDomain.account_id == account.id)
    if name is not None:
        query = query.where(HostedZone.domain_name == name)
    return db.session.scalar(query) or 0


def current_zone(domain: LLMClientCustomDomain) -> HostedZone | None:
    """The newest generation of the domain's zone."""
    return db.session.scalar(
        select(HostedZone)
        .where(HostedZone.custom_domain_id == domain.id)
        .order_by(HostedZone.generation.desc())
        .limit(1)
    )


def zones_of_names(names_: Collection[str]) -> dict[str, list[HostedZone]]:
    """Every zone that these names ever had, under any account, oldest first."""
    found: dict[str, list[HostedZone]] = {name: [] for name in names_}
    rows = select(HostedZone).where(HostedZone.domain_name.in_(names_)).order_by(HostedZone.id)
    for zone in db.session.scalars(rows):
        found[zone.domain_name].append(zone)
    return found


def latest_check(domain: LLMClientCustomDomain) -> Check | None:
    return _newest_check(domain, Check.status == CheckStatus.DONE)


def latest_firm_check(domain: LLMClientCustomDomain) -> Check | None:
    """The newest check that could say something about the domain."""
    firm = Check.report["transient"].as_boolean().is_(False)
    return _newest_check(domain, Check.status == CheckStatus.DONE, firm)


def open_check(domain: LLMClientCustomDomain) -> Check | None:
    return _newest_check(domain, Check.status != CheckStatus.DONE)


def _newest_check(domain: LLMClientCustomDomain, *conditions: object) -> Check | None:
    query = select(Check).where(Check.custom_domain_id == domain.id, *conditions)  # type: ignore[arg-type]
    return db.session.scalar(query.order_by(Check.id.desc()).limit(1))


def history(domain: LLMClientCustomDomain, limit: int = 50) -> Sequence[Event]:
    return db.session.scalars(
        select(Event).where(Event.custom_domain_id == domain.id).order_by(Event.id.desc()).limit(limit)
    ).all()


def due_for_check(now: datetime, limit: int, longest: timedelta) -> Sequence[int]:
    """The ids of domains whose time has come, most overdue first. `longest` is the longest pause between checks."""
    return db.session.scalars(
        select(LLMClientCustomDomain.id)
        .where(
            has_come(LLMClientCustomDomain.next_check_at, now, longest),
            LLMClientCustomDomain.held_at.is_(None),
            LLMClientCustomDomain.state.in_(
                [DomainState.PENDING, DomainState.VERIFIED, DomainState.FAILING, DomainState.LAPSED]
            ),
        )
        .order_by(most_overdue(LLMClientCustomDomain.next_check_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


#: Written as in the indexes of open checks, which SQLite uses for nothing else.
OPEN = text("domain_check.status <> 'done'")
_OPEN_STATES = (CheckStatus.WAITING, CheckStatus.RUNNING)


def unattended_checks(now: datetime, limit: int, longest: timedelta) -> Select[int]:
    """The ids of checks that nobody is known to be working on: a lost message, a killed worker."""
    return (
        select(Check.id)
        .where(
            OPEN,
            Check.status.in_(_OPEN_STATES),
            or_(Check.lease_until.is_(None), has_come(Check.lease_until, now, longest)),
        )
        .order_by(Check.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )


def waiting_checks(limit: int) -> int:
    """How many checks wait for a worker, counted no further than to `limit`."""
    some = select(Check.id).where(OPEN, Check.status == CheckStatus.WAITING).limit(limit)
    return db.session.scalar(select(func.count()).select_from(some.subquery())) or 0


def zones_to_work_on(now: datetime, limit: int) -> Sequence[HostedZone]:
    """Those that were tried the fewest times first, so that silent parents keep no new domain waiting.

    Nothing is made for a name that nobody waits for any more.
    """
    unfinished = HostedZone.state.in_(UNFINISHED_STATES)
    given_up = and_(
        HostedZone.state.in_([ZoneState.WANTED, ZoneState.PARKED]),
        HostedZone.custom_domain.has(LLMClientCustomDomain.state == DomainState.EXPIRED),
    )
    return db.session.scalars(
        select(HostedZone)
        .where(
            unfinished,
            ~given_up,
            pauses.is_free(now),
        )
        .order_by(HostedZone.attempts, most_overdue(HostedZone.next_attempt_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def newest_certificate(domain: LLMClientCustomDomain) -> Certificate | None:
    return db.session.scalar(
        select(Certificate)
        .where(Certificate.custom_domain_id == domain.id)
        .order_by(Certificate.generation.desc())
        .limit(1)
    )


def certificates_due(now: datetime, limit: int, longest: timedelta) -> Sequence[int]:
    """The ids of certificates that a worker has something to do for, most overdue first."""
    return db.session.scalars(
        select(Certificate.id)
        .where(
            has_come(Certificate.next_attempt_at, now, longest), Certificate.state != CertificateState.DELETED
        )
        .order_by(most_overdue(Certificate.next_attempt_at))
        .limit(limit)
    ).all()


def certificate_less(limit: int, after_id: int = 0) -> Sequence[LLMClientCustomDomain]:
    """Verified domains with a zone of ours that never had a certificate, older than certificates are here, by id.

    It reads every domain, so it is not for every sweep.
    """
    ready = exists().where(
        HostedZone.custom_domain_id == LLMClientCustomDomain.id, HostedZone.state == ZoneState.READY
    )
    asked = exists().where(Certificate.custom_domain_id == LLMClientCustomDomain.id)
    return db.session.scalars(
        select(LLMClientCustomDomain)
        .where(LLMClientCustomDomain.id > after_id, LLMClientCustomDomain.is_verified, ready, ~asked)
        .order_by(LLMClientCustomDomain.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def records_due(now: datetime, limit: int, longest: timedelta) -> Sequence[int]:
    """The ids of domains whose zones are to be compared with their rows, most overdue first."""
    return db.session.scalars(
        select(LLMClientCustomDomain.id)
        .where(has_come(LLMClientCustomDomain.records_due_at, now, longest))
        .order_by(most_overdue(LLMClientCustomDomain.records_due_at))
        .limit(limit)
    ).all()
