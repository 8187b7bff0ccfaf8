"""The list of an account's domains, grouped as its filters name them, and one domain as a document.

Domains that need action come first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, bindparam, case, exists, func, or_, select
from sqlalchemy.orm import aliased, selectinload

from webapp.dns import names
from webapp.dns.delegation import Verdict
from webapp.domains.queries import owned_by
from webapp.domains.suspension_notice import suspension_document
from webapp.extensions import db, settings
from webapp.messages.certificates import YOURS
from webapp.models import (
    GONE_STATES,
    Account,
    Certificate,
    CertificateState,
    DomainState,
    HostedZone,
    LLMClientCustomDomain,
    ZoneState,
)
from webapp.web import bounded

_ALARM, _FAILING, _ACTION, _SUSPENDED, _WAITING, _LIVE, _REST = range(7)

_WAITED_FOR = [verdict for verdict in Verdict if verdict.facts.waits]
#: From this number on, a badge says “99+”.
MOST_COUNTED = 100


class Show(StrEnum):
    """The filters of the list, in the order of the page."""

    ALL = "all"
    ACTION = "action"
    WAITING = "waiting"
    LIVE = "live"
    FAILING = "failing"
    SUSPENDED = "on-hold"

    @property
    def words(self) -> str:
        told = {Show.ACTION: "Needs action", Show.SUSPENDED: "Suspended"}
        return told.get(self, self.value.capitalize())


_RANKS = {
    Show.ALL: tuple(range(7)),
    Show.ACTION: (_ALARM, _FAILING, _ACTION),
    Show.WAITING: (_WAITING,),
    Show.LIVE: (_LIVE,),
    Show.FAILING: (_FAILING,),
    Show.SUSPENDED: (_SUSPENDED,),
}


_LAST_RANK = max(_RANKS[Show.ALL])
#: The id of the account: a parameter of this module's queries, which are built once and serve every account.
_WHOSE = bindparam("whose", type_=BigInteger())


@dataclass(frozen=True)
class Mark:
    """The position at which a page of the list ends and the next page begins."""

    rank: int
    id: int

    def __str__(self) -> str:
        return f"{self.rank}-{self.id}"

    @classmethod
    def read(cls, text: str | None) -> Mark | None:
        """The mark in a query string; None for text that `__str__` did not make."""
        found = bounded.pair(text, _LAST_RANK)
        return cls(*found) if found else None


@dataclass(frozen=True)
class Listed:
    domains: Sequence[LLMClientCustomDomain]
    next: Mark | None


def listed(account: Account, text: str, show: Show, behind: Mark | None, limit: int) -> Listed:
    """A page of the account's domains whose names contain `text`: needs action first, then the newest."""
    rank = _rank()
    query = (
        owned_by(account)
        .add_columns(rank)
        .options(selectinload(LLMClientCustomDomain.zones), selectinload(LLMClientCustomDomain.certificates))
        .where(rank.in_(_RANKS[show]))
        .order_by(None)
        .order_by(rank, LLMClientCustomDomain.id.desc())
        .limit(limit + 1)
    )
    if text:
        query = query.where(LLMClientCustomDomain.domain_name.contains(text.lower(), autoescape=True))
    if behind is not None:
        later = and_(rank == behind.rank, LLMClientCustomDomain.id < behind.id)
        query = query.where(or_(rank > behind.rank, later))
    rows = db.session.execute(query, {_WHOSE.key: account.id}).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return Listed([row[0] for row in rows[:limit]], Mark(last[1], last[0].id) if last else None)


def counts(account: Account) -> dict[Show, int]:
    """How many domains each filter shows."""
    alive = LLMClientCustomDomain.state != DomainState.REMOVED
    ranks_of = select(_rank().label("rank")).where(LLMClientCustomDomain.account_id == account.id, alive)
    rows = ranks_of.subquery()
    query = select(rows.c.rank, func.count()).group_by(rows.c.rank)
    found: dict[int, int] = dict(db.session.execute(query, {_WHOSE.key: account.id}).all())
    return {show: sum(found.get(one, 0) for one in ranks) for show, ranks in _RANKS.items()}


@dataclass(frozen=True)
class Attention:
    """The domains that every page mentions: alarming ones, failing ones, and others that need their owner.

    `suspended` domains are mentioned and not counted, because their owner can fix nothing in DNS.
    """

    failing: Sequence[LLMClientCustomDomain]
    others: Sequence[LLMClientCustomDomain]
    suspended: Sequence[LLMClientCustomDomain] = ()
    alarming: Sequence[LLMClientCustomDomain] = ()

    @property
    def count(self) -> int:
        return len(self.alarming) + len(self.failing) + len(self.others)

    @property
    def shown(self) -> str:
        return f"{MOST_COUNTED - 1}+" if self.count >= MOST_COUNTED else str(self.count)


def attention(account: Account) -> Attention:
    rank = _rank()
    told = [*_RANKS[Show.ACTION], *_RANKS[Show.SUSPENDED]]
    query = owned_by(account).add_columns(rank).where(_may_need_action(), rank.in_(told)).order_by(None)
    query = query.order_by(rank, LLMClientCustomDomain.id.desc()).limit(MOST_COUNTED)
    rows = db.session.execute(query, {_WHOSE.key: account.id}).all()
    found: dict[int, list[LLMClientCustomDomain]] = {one: [] for one in told}
    for domain, where in rows:
        found[where].append(domain)
    return Attention(found[_FAILING], found[_ACTION], found[_SUSPENDED], found[_ALARM])


@cache
def _rank() -> ColumnElement[int]:
    """The group of a row, in SQL. It must agree with `situation`, which makes the row's headline.

    The subqueries on other tables run once for the account `_WHOSE`, not once for each of its rows. The expression is
    cached, because building it takes longer than the query.
    """
    domain, state = LLMClientCustomDomain, LLMClientCustomDomain.state
    return case(
        (state.in_(GONE_STATES), _REST),
        (domain.held_at.is_not(None), _SUSPENDED),
        (domain.alarm_since.is_not(None), _ALARM),
        (state == DomainState.FAILING, _FAILING),
        (or_(state == DomainState.LAPSED, _wrong(), domain.id.in_(_blocked())), _ACTION),
        (state == DomainState.PENDING, _WAITING),
        (state == DomainState.VERIFIED, _LIVE),
        else_=_REST,
    )


@cache
def _may_need_action() -> ColumnElement[bool]:
    """A coarse filter before `_rank`, by indexes alone. Without it a page would read all domains of the account."""
    domain = LLMClientCustomDomain
    return or_(
        domain.state.in_([DomainState.FAILING, DomainState.LAPSED, DomainState.PENDING]),
        domain.held_at.is_not(None),
        domain.alarm_since.is_not(None),
        domain.id.in_(_blocked()),
    )


def _wrong() -> ColumnElement[bool]:
    """Pending domains that their owner has to fix something for."""
    domain = LLMClientCustomDomain
    settled = or_(domain.inconsistent_since.is_(None), domain.verdict == Verdict.PARENT_INCONSISTENT)
    contrary = and_(domain.verdict.is_not(None), domain.verdict.not_in(_WAITED_FOR), settled)
    ready, refused = (_pending_with(one) for one in (ZoneState.READY, ZoneState.REFUSED))
    return and_(
        domain.state == DomainState.PENDING, or_(and_(contrary, domain.id.in_(ready)), domain.id.in_(refused))
    )


def _pending_with(state: ZoneState) -> Select[int]:
    """The ids of pending domains whose newest zone is in this state."""
    newer, mine = aliased(HostedZone), aliased(LLMClientCustomDomain)
    same = newer.custom_domain_id == HostedZone.custom_domain_id
    return (
        select(HostedZone.custom_domain_id)
        .join(mine, mine.id == HostedZone.custom_domain_id)
        .where(
            mine.account_id == _WHOSE,
            mine.state == DomainState.PENDING,
            HostedZone.state == state,
            ~exists().where(same, newer.generation > HostedZone.generation),
        )
    )


def _blocked() -> Select[int]:
    """The ids of verified domains whose certificate only their owner can make possible."""
    newer, mine = aliased(Certificate), aliased(LLMClientCustomDomain)
    same = newer.custom_domain_id == Certificate.custom_domain_id
    return (
        select(Certificate.custom_domain_id)
        .join(mine, mine.id == Certificate.custom_domain_id)
        .where(
            mine.account_id == _WHOSE,
            mine.state == DomainState.VERIFIED,
            Certificate.state == CertificateState.FAILED,
            Certificate.problem_code.in_(sorted(YOURS)),
            ~exists().where(same, newer.generation > Certificate.generation),
        )
    )


def domain_document(domain: LLMClientCustomDomain) -> dict[str, Any]:
    """The domain as JSON values. Scripts rely on the keys: keys may be added, and never renamed or removed."""
    return {
        "domain_name": domain.domain_name,
        "shown": names.HostName(domain.domain_name).shown,
        "account": domain.account.number,
        "llm_client": domain.llm_client.label if domain.llm_client else None,
        "state": domain.state.value,
        "is_verified": domain.is_verified,
        "verdict": domain.verdict,
        "aws_hosted_zone_id": domain.aws_hosted_zone_id,
        "created_at": iso(domain.created_at),
        "state_changed_at": iso(domain.state_changed_at),
        "verified_at": iso(domain.verified_at),
        "last_checked_at": iso(domain.last_checked_at),
        "next_check_at": iso(domain.next_check_at),
        "grace_until": iso(domain.grace_until),
        "alarm_since": iso(domain.alarm_since),
        "hold": suspension_document(domain, settings()),
    }


def iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
