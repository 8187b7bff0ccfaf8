"""Staff's questions, over every account. They read and never write."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, String, cast, func, or_, select
from sqlalchemy.orm import selectinload

from webapp.dns import names
from webapp.extensions import db
from webapp.models import (
    Account,
    Check,
    CheckStatus,
    DomainState,
    Event,
    EventKind,
    HostedZone,
    LLMClientCustomDomain,
    Membership,
    User,
    ZoneState,
)

_ACCOUNT_NUMBER = re.compile(r"\d{4}-?\d{4}-?\d{4}")
_ZONE_ID = re.compile(r"(?:/hostedzone/)?(Z[A-Z0-9]{6,31})")


@dataclass(frozen=True)
class Overview:
    """`oldest_open_check` is since when the longest-waiting check waits."""

    domains: dict[DomainState, int]
    zones_in_trouble: Sequence[HostedZone]
    open_checks: int
    oldest_open_check: datetime | None
    accounts: int


def overview() -> Overview:
    counted = db.session.execute(
        select(LLMClientCustomDomain.state, func.count()).group_by(LLMClientCustomDomain.state)
    )
    is_open = Check.status != CheckStatus.DONE
    return Overview(
        domains=dict(counted.all()),
        zones_in_trouble=db.session.scalars(
            select(HostedZone)
            .where(HostedZone.state.in_([ZoneState.PARKED, ZoneState.REFUSED]))
            .order_by(HostedZone.id.desc())
            .limit(20)
        ).all(),
        open_checks=db.session.scalar(select(func.count()).select_from(Check).where(is_open)) or 0,
        oldest_open_check=db.session.scalar(select(func.min(Check.created_at)).where(is_open)),
        accounts=db.session.scalar(select(func.count()).select_from(Account)) or 0,
    )


def find_domains(
    text: str, state: DomainState | None, before: int | None, limit: int
) -> Sequence[LLMClientCustomDomain]:
    """Newest first, older than the id `before`. `text`: a name or part of one, an account number, a zone id or a
    name server.
    """
    query = (
        select(LLMClientCustomDomain)
        .options(
            selectinload(LLMClientCustomDomain.account),
            selectinload(LLMClientCustomDomain.llm_client),
            selectinload(LLMClientCustomDomain.zones),
        )
        .order_by(LLMClientCustomDomain.id.desc())
        .limit(limit)
    )
    if text:
        query = query.where(_matches(text))
    if state is not None:
        query = query.where(LLMClientCustomDomain.state == state)
    if before is not None:
        query = query.where(LLMClientCustomDomain.id < before)
    return db.session.scalars(query).all()


def _matches(text: str) -> ColumnElement[bool]:
    if _ACCOUNT_NUMBER.fullmatch(text):
        digits = text.replace("-", "")
        number = f"{digits[:4]}-{digits[4:8]}-{digits[8:]}"
        return LLMClientCustomDomain.account.has(Account.number == number)
    zone_id = _ZONE_ID.fullmatch(text)
    if zone_id:
        return LLMClientCustomDomain.zones.any(HostedZone.aws_hosted_zone_id == zone_id[1])
    part = text.lower().rstrip(".")
    if part.startswith("ns-") or ".awsdns-" in part:
        # The four names are stored as one JSON text, and a quote ends each of them.
        return LLMClientCustomDomain.zones.any(
            cast(HostedZone.name_servers, String).contains(part, autoescape=True)
        )
    parsed = names.parse(text, underscores=True)
    stored = LLMClientCustomDomain.domain_name
    spelled = stored.contains(parsed.name.ascii, autoescape=True) if parsed.name else stored == part
    return or_(stored.contains(part, autoescape=True), spelled)


def find_accounts(text: str, before: int | None, limit: int) -> Sequence[Account]:
    """Newest first, by number, name, or the e-mail address of somebody in it."""
    people = selectinload(Account.memberships).selectinload(Membership.user)
    query = select(Account).options(people).order_by(Account.id.desc()).limit(limit)
    if text:
        person = Account.memberships.any(
            Membership.user.has(User.email.contains(text.lower(), autoescape=True))
        )
        number = Account.number.contains(text, autoescape=True)
        query = query.where(or_(Account.name.icontains(text, autoescape=True), number, person))
    if before is not None:
        query = query.where(Account.id < before)
    return db.session.scalars(query).all()


def domains_by_account(account_ids: Sequence[int]) -> dict[int, int]:
    counted = db.session.execute(
        select(LLMClientCustomDomain.account_id, func.count())
        .where(
            LLMClientCustomDomain.account_id.in_(account_ids),
            LLMClientCustomDomain.state != DomainState.REMOVED,
        )
        .group_by(LLMClientCustomDomain.account_id)
    )
    return dict(counted.all())


def events(text: str, kind: EventKind | None, before: int | None, limit: int) -> Sequence[Event]:
    """Newest first. `text` is part of a domain name or of who did it."""
    query = (
        select(Event)
        .options(selectinload(Event.custom_domain), selectinload(Event.account))
        .order_by(Event.id.desc())
        .limit(limit)
    )
    if text:
        of_domain = Event.custom_domain.has(
            LLMClientCustomDomain.domain_name.contains(text.lower(), autoescape=True)
        )
        query = query.where(or_(of_domain, Event.actor_name.contains(text, autoescape=True)))
    if kind is not None:
        query = query.where(Event.kind == kind)
    if before is not None:
        query = query.where(Event.id < before)
    return db.session.scalars(query).all()
