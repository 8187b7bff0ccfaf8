"""The list of an account's domains: those that need somebody first, in the groups that its filters name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from sqlalchemy import BigInteger, ColumnElement, Select, and_, bindparam, case, exists, func, or_, select
from sqlalchemy.orm import aliased, selectinload

from webapp.certificates import messages
from webapp.dns.delegation import Verdict
from webapp.domains.queries import owned_by
from webapp.extensions import db
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

_FAILING, _ACTION, _HELD, _WAITING, _LIVE, _REST = range(6)

#: Verdicts after which a pending domain waits, be it for its owner's first records or for us.
_WAITED_FOR = (Verdict.NOT_DELEGATED, Verdict.ZONE_NOT_SERVED)
#: More names than this are told of as “and more”.
MOST_NAMED = 3
#: Above that a badge says “99+”.
MOST_COUNTED = 100


class Show(StrEnum):
    """The filters of the list, in the order of the page."""

    ALL = "all"
    ACTION = "action"
    WAITING = "waiting"
    LIVE = "live"
    FAILING = "failing"
    HELD = "on-hold"

    @property
    def words(self) -> str:
        return "Needs action" if self is Show.ACTION else self.value.replace("-", " ").capitalize()


_RANKS = {
    Show.ALL: tuple(range(6)),
    Show.ACTION: (_FAILING, _ACTION),
    Show.WAITING: (_WAITING,),
    Show.LIVE: (_LIVE,),
    Show.FAILING: (_FAILING,),
    Show.HELD: (_HELD,),
}


_LAST_RANK = max(_RANKS[Show.ALL])
#: The id of the account, which the queries of this module are given when they are asked.
_WHOSE = bindparam("whose", type_=BigInteger())


@dataclass(frozen=True)
class Mark:
    """Where a page of the list ends: the next one goes on behind it."""

    rank: int
    id: int

    def __str__(self) -> str:
        return f"{self.rank}-{self.id}"

    @classmethod
    def read(cls, text: str | None) -> Mark | None:
        """From an address; None when it is none of ours."""
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
    """What every page tells of: names that are about to be switched off, and names that wait for their owner.

    `held` are those on hold, which nothing that their owner does in DNS would mend: they are told of and not counted.
    """

    failing: Sequence[LLMClientCustomDomain]
    others: Sequence[LLMClientCustomDomain]
    held: Sequence[LLMClientCustomDomain] = ()

    @property
    def count(self) -> int:
        return len(self.failing) + len(self.others)

    @property
    def shown(self) -> str:
        return f"{MOST_COUNTED - 1}+" if self.count >= MOST_COUNTED else str(self.count)


def attention(account: Account) -> Attention:
    rank = _rank()
    told = [*_RANKS[Show.ACTION], *_RANKS[Show.HELD]]
    query = owned_by(account).add_columns(rank).where(_may_need_action(), rank.in_(told)).order_by(None)
    query = query.order_by(rank, LLMClientCustomDomain.id.desc()).limit(MOST_COUNTED)
    rows = db.session.execute(query, {_WHOSE.key: account.id}).all()
    found: dict[int, list[LLMClientCustomDomain]] = {one: [] for one in told}
    for domain, where in rows:
        found[where].append(domain)
    return Attention(found[_FAILING], found[_ACTION], found[_HELD])


@cache
def _rank() -> ColumnElement[int]:
    """As `situation` has it, in SQL: what a row's headline says decides where it stands.

    What depends on other tables is asked once for the account `_WHOSE`, not for each of its rows. The expression is
    the same for everybody, and takes longer to build than to ask.
    """
    domain, state = LLMClientCustomDomain, LLMClientCustomDomain.state
    return case(
        (state.in_(GONE_STATES), _REST),
        (domain.held_at.is_not(None), _HELD),
        (state == DomainState.FAILING, _FAILING),
        (or_(state == DomainState.LAPSED, _wrong(), domain.id.in_(_blocked())), _ACTION),
        (state == DomainState.PENDING, _WAITING),
        (state == DomainState.VERIFIED, _LIVE),
        else_=_REST,
    )


@cache
def _may_need_action() -> ColumnElement[bool]:
    """By indexes alone, so that no page reads all that an account has for its count of what needs action."""
    domain = LLMClientCustomDomain
    return or_(
        domain.state.in_([DomainState.FAILING, DomainState.LAPSED, DomainState.PENDING]),
        domain.held_at.is_not(None),
        domain.id.in_(_blocked()),
    )


def _wrong() -> ColumnElement[bool]:
    """Pending, and its owner has something to mend."""
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
            or_(
                Certificate.failure_reason.in_(messages.YOURS),
                Certificate.next_step.contains(messages.CAA_STEP, autoescape=True),
            ),
            ~exists().where(same, newer.generation > Certificate.generation),
        )
    )
