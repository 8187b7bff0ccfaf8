"""Questions about custom domains. They read and never write."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import selectinload

from webapp.dns import names
from webapp.extensions import db
from webapp.health.status import Component, facts_of
from webapp.jobs import together
from webapp.models import (
    GONE_STATES,
    VERIFIED_STATES,
    Account,
    Certificate,
    DomainState,
    Event,
    HostedZone,
    LLMClient,
    LLMClientCustomDomain,
    ZoneState,
    suspends_name,
)
from webapp.models.hosted_zone import OVER_STATES
from webapp.models.kinds.method import SUBTREE_METHODS, ZONED_METHODS

Row = TypeVar("Row")

#: The most domains of an account that a typed name is compared with to find a typing mistake.
MOST_PARENTS = 50
#: The most rows that a select offers. With all of them a page would grow with the account.
MOST_OFFERED = 100

_LIVE_ZONES = [state for state in ZoneState if state not in OVER_STATES]


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


def suspended() -> ColumnElement[bool]:
    """Suspended by staff. Domains that are removed or being removed do not count: nothing is left to suspend."""
    return and_(LLMClientCustomDomain.held_at.is_not(None), LLMClientCustomDomain.state.not_in(GONE_STATES))


def in_state(state: DomainState) -> ColumnElement[bool]:
    """In this state as lists count it: a suspended domain counts as suspended only."""
    if state.is_gone:
        return LLMClientCustomDomain.state == state
    return and_(LLMClientCustomDomain.state == state, LLMClientCustomDomain.held_at.is_(None))


@dataclass(frozen=True)
class Offered(Generic[Row]):
    """What a select offers. `more`: there are others, which a search finds."""

    rows: Sequence[Row]
    more: bool


def offered_domains(
    account: Account, text: str = "", chosen: int | None = None
) -> Offered[LLMClientCustomDomain]:
    """The account's domains that an LLM client can be given and whose names contain `text`, by name, and `chosen`."""
    domain = LLMClientCustomDomain
    free = owned_by(account).where(domain.state.not_in(GONE_STATES), domain.held_at.is_(None)).order_by(None)
    matching = free.where(domain.domain_name.contains(text.lower(), autoescape=True))
    return _offered(matching.order_by(domain.domain_name), free.where(domain.id == chosen))


def offered_llm_clients(account: Account, text: str = "", chosen: int | None = None) -> Offered[LLMClient]:
    """As `offered_domains`: the account's LLM clients, those without a domain first."""
    own = (
        select(LLMClient)
        .where(LLMClient.account_id == account.id)
        .options(selectinload(LLMClient.custom_domain))
    )
    matching = own.where(LLMClient.name.icontains(text, autoescape=True))
    order = LLMClient.custom_domain_id.is_not(None), LLMClient.name, LLMClient.id
    return _offered(matching.order_by(*order), own.where(LLMClient.id == chosen))


def _offered(matching: Select[Row], chosen: Select[Row]) -> Offered[Row]:
    found = db.session.scalars(matching.limit(MOST_OFFERED + 1)).all()
    rows = found[:MOST_OFFERED]
    return Offered(
        [*rows, *(one for one in db.session.scalars(chosen) if one not in rows)],
        more=len(found) > len(rows),
    )


def parents_of_others(domain: LLMClientCustomDomain) -> Sequence[str]:
    """The registrable domains of the account's other names, each once."""
    parent = LLMClientCustomDomain.registrable_domain
    query = select(parent).where(
        LLMClientCustomDomain.account_id == domain.account_id,
        LLMClientCustomDomain.state.not_in(GONE_STATES),
        LLMClientCustomDomain.id != domain.id,
    )
    return db.session.scalars(query.distinct().order_by(parent).limit(MOST_PARENTS)).all()


def claim_of(account: Account, name: str) -> LLMClientCustomDomain | None:
    """The account's own live claim on this A-label name."""
    return db.session.scalar(
        owned_by(account).where(
            LLMClientCustomDomain.domain_name == name, LLMClientCustomDomain.state.not_in(GONE_STATES)
        )
    )


def verified_in_the_way(account: Account, name: names.HostName) -> LLMClientCustomDomain | None:
    """Another account's verified domain whose name is above this one or below it, suspended or not. A name that is
    proved by records is in nobody's way: only a delegation leads the names below it to us.
    """
    row, registrable = LLMClientCustomDomain, name.registrable or name.ascii
    higher = [one for one in name.lineage if one != name.ascii and names.at_or_below(one, registrable)]
    under = row.domain_name.endswith(f".{name.ascii}", autoescape=True)
    # An earlier list of public suffixes may have ended the registrable domain of such a name at any label above it.
    below = and_(row.registrable_domain.in_(name.lineage), under)
    # The state stands in both parts, so that an index of states and names answers each.
    verified = and_(row.state.in_(VERIFIED_STATES), row.method.in_(SUBTREE_METHODS))
    query = select(row).where(or_(and_(verified, row.domain_name.in_(higher)), and_(verified, below)))
    if account.id is not None:  # an account that is not saved yet has no domains
        query = query.where(row.account_id != account.id)
    return db.session.scalar(query.order_by(row.id).limit(1))


def verified_elsewhere(account: Account, name: str) -> LLMClientCustomDomain | None:
    """Another account's claim that is verified with this A-label name, suspended or not."""
    row = LLMClientCustomDomain
    query = select(row).where(row.domain_name == name, row.state.in_(VERIFIED_STATES))
    if account.id is not None:
        query = query.where(row.account_id != account.id)
    return db.session.scalar(query.order_by(row.held_at.is_not(None), row.id).limit(1))


def suspended_claim(
    name: str, *, besides: LLMClientCustomDomain | None = None
) -> LLMClientCustomDomain | None:
    """The claim on this A-label name that staff have suspended, in whichever account; the newest of several.

    Removed domains count as well: to remove a domain, and to register it again or to have it verified in a second
    account, must not end its suspension. Only staff end it. Of a claim that is verified, only what takes
    the name from it counts, see `suspends_name`.
    """
    query = select(LLMClientCustomDomain).where(
        LLMClientCustomDomain.domain_name == name, LLMClientCustomDomain.held_at.is_not(None)
    )
    if besides is not None and besides.id is not None:
        query = query.where(LLMClientCustomDomain.id != besides.id)
    if besides is not None and besides.state.is_verified and besides.verified_at is not None:
        query = query.where(suspends_name(LLMClientCustomDomain, besides.verified_at))
    return db.session.scalar(query.order_by(LLMClientCustomDomain.id.desc()).limit(1))


def zones_made_since(since: datetime, *, account: Account | None = None, name: str | None = None) -> int:
    query = select(func.count()).select_from(HostedZone).where(HostedZone.created_at >= since)
    if account is not None:
        query = query.join(HostedZone.custom_domain).where(LLMClientCustomDomain.account_id == account.id)
    if name is not None:
        query = query.where(HostedZone.domain_name == name)
    return db.session.scalar(query) or 0


@dataclass(frozen=True)
class Unproved:
    """How many domains of an account were never verified. `leaving`: those that were removed and whose zones are not
    deleted yet; `waiting`: those that a proof can still make live, and that hold a zone if their method has one.
    """

    waiting: int
    leaving: int


def unproved_of(account: Account) -> Unproved:
    leaving = LLMClientCustomDomain.state == DomainState.REMOVING
    query = (
        select(leaving, func.count(LLMClientCustomDomain.id.distinct()))
        .join(LLMClientCustomDomain.zones)
        .where(LLMClientCustomDomain.account_id == account.id, *_unproved())
        .group_by(leaving)
    )
    query = query.where(or_(leaving, LLMClientCustomDomain.method.in_(ZONED_METHODS)))
    found = {bool(is_leaving): count for is_leaving, count in db.session.execute(query).all()}
    without_zone = select(func.count()).where(
        LLMClientCustomDomain.account_id == account.id,
        LLMClientCustomDomain.state.in_((DomainState.PENDING, DomainState.EXPIRED)),
        LLMClientCustomDomain.verified_at.is_(None),
        LLMClientCustomDomain.method.not_in(ZONED_METHODS),
    )
    waiting = found.get(False, 0) + (db.session.scalar(without_zone) or 0)
    return Unproved(waiting=waiting, leaving=found.get(True, 0))


def unproved_zones(most: int) -> int:
    """The zones of all accounts' domains that were never verified, counted no further than to `most`."""
    some = select(HostedZone.id).join(HostedZone.custom_domain).where(*_unproved()).limit(most)
    return db.session.scalar(select(func.count()).select_from(some.subquery())) or 0


def _unproved() -> tuple[ColumnElement[bool], ...]:
    may_be = (DomainState.PENDING, DomainState.EXPIRED, DomainState.REMOVING)
    return (
        LLMClientCustomDomain.state.in_(may_be),
        LLMClientCustomDomain.verified_at.is_(None),
        # Not by the index of states, which would lead through the zones of all verified domains.
        HostedZone.state.not_in(OVER_STATES),
    )


def has_proved(account: Account) -> bool:
    """Whether the account has a domain that is or was verified, and that it has not removed."""
    query = select(LLMClientCustomDomain.id).where(
        LLMClientCustomDomain.account_id == account.id,
        LLMClientCustomDomain.state.not_in(GONE_STATES),
        or_(LLMClientCustomDomain.verified_at.is_not(None), LLMClientCustomDomain.state.in_(VERIFIED_STATES)),
    )
    return db.session.scalar(query.limit(1)) is not None


@dataclass(frozen=True)
class ZoneQuota:
    """`limit` is None as long as AWS has not told it: an installation that was upgraded may have any quota."""

    limit: int | None
    used: int


def zone_quota() -> ZoneQuota:
    """The zones that the AWS account may have and has, as AWS told the last comparison with it. Our own zones are
    counted anew, because AWS is asked once an hour.
    """
    told = facts_of(Component.ZONE_QUOTA)
    ours = select(func.count()).select_from(HostedZone).where(HostedZone.state.in_(_LIVE_ZONES))
    return ZoneQuota(
        limit=told.get("limit"),
        used=max(told.get("used", 0), db.session.scalar(ours) or 0),
    )


def current_zone(domain: LLMClientCustomDomain) -> HostedZone | None:
    """The newest generation of the domain's zone."""
    if together.is_open():
        return max(domain.zones, key=lambda one: one.generation, default=None)
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


def history(domain: LLMClientCustomDomain, limit: int = 50) -> Sequence[Event]:
    """Since it is in its account: what was before belongs to the account of then."""
    own = Event.custom_domain_id == domain.id, Event.account_id == domain.account_id
    return db.session.scalars(select(Event).where(*own).order_by(Event.id.desc()).limit(limit)).all()


def newest_certificate(domain: LLMClientCustomDomain) -> Certificate | None:
    """Of changes that are written together, also one that is not flushed yet."""
    if together.is_open():
        return max(domain.certificates, key=lambda one: one.generation, default=None)
    return db.session.scalar(
        select(Certificate)
        .where(Certificate.custom_domain_id == domain.id)
        .order_by(Certificate.generation.desc())
        .limit(1)
    )
