"""The groups of a list of domains, in SQL: `webapp.domains.rules.status.situation`, for many rows at once."""

from __future__ import annotations

from functools import cache

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from webapp.dns.delegation import Verdict
from webapp.domains.rules.status import BACK_STATES, BLOCKED_STATES, CONTEST_STATES, STOPPING
from webapp.messages.sentences.certificates import YOURS
from webapp.models import (
    GONE_STATES,
    Certificate,
    DomainState,
    HostedZone,
    LLMClientCustomDomain,
    Unsettled,
    ZoneState,
)
from webapp.models.kinds.method import ZONED_METHODS


class Rank:
    """The groups, in the order of a list. The first three hold exactly the domains whose situation urges."""

    ALARM, FAILING, ACTION, SUSPENDED, WAITING, VERIFIED, REST = ALL = range(7)


_WAITED_FOR = [verdict for verdict in Verdict if verdict.facts.waits]
#: The id of the account: a parameter of these queries, which are built once and serve every account.
WHOSE = bindparam("whose", type_=BigInteger())


@cache
def rank_of_row() -> ColumnElement[int]:
    """The group of a row, in SQL. It must agree with `situation`, which makes the row's headline.

    The subqueries on other tables run once for the account `WHOSE`, not once for each of its rows. The expression is
    cached, because building it takes longer than the query.
    """
    domain, state = LLMClientCustomDomain, LLMClientCustomDomain.state
    return case(
        (state.in_(GONE_STATES), Rank.REST),
        (domain.held_at.is_not(None), Rank.SUSPENDED),
        (domain.alarm_since.is_not(None), Rank.ALARM),
        (and_(state.in_(BACK_STATES), domain.unsettled == Unsettled.RIGHT), Rank.WAITING),
        (and_(state.in_(CONTEST_STATES), domain.contests_since.is_not(None)), Rank.WAITING),
        (state == DomainState.FAILING, Rank.FAILING),
        (or_(state == DomainState.LAPSED, _wrong(), _troubled(), domain.id.in_(_blocked())), Rank.ACTION),
        (state == DomainState.PENDING, Rank.WAITING),
        (state == DomainState.VERIFIED, Rank.VERIFIED),
        else_=Rank.REST,
    )


@cache
def may_need_action() -> ColumnElement[bool]:
    """A coarse filter before `rank_of_row`, by indexes alone. Without it a page would read the whole account."""
    domain = LLMClientCustomDomain
    return or_(
        domain.state.in_([DomainState.FAILING, DomainState.LAPSED, DomainState.PENDING]),
        domain.held_at.is_not(None),
        domain.alarm_since.is_not(None),
        _troubled(),
        domain.id.in_(_blocked()),
    )


def _wrong() -> ColumnElement[bool]:
    """Pending domains that their owner has to fix something for."""
    domain = LLMClientCustomDomain
    settled = or_(domain.inconsistent_since.is_(None), domain.verdict == Verdict.PARENT_INCONSISTENT)
    undecided = and_(
        domain.verdict == Verdict.RECORD_IN_THE_WAY,
        domain.method.in_(ZONED_METHODS),
        domain.id.in_(_unconfirmed()),
    )
    told = and_(domain.verdict.is_not(None), domain.verdict.not_in(_WAITED_FOR), settled, ~undecided)
    contrary = and_(told, or_(domain.unsettled.is_(None), domain.unsettled != Unsettled.RIGHT))
    ready, refused = (_pending_with(HostedZone.state == one) for one in (ZoneState.READY, ZoneState.REFUSED))
    asks = or_(contrary, domain.unsettled == Unsettled.OWNER)
    zoned = domain.method.in_(ZONED_METHODS)
    with_zone = and_(zoned, or_(and_(asks, domain.id.in_(ready)), domain.id.in_(refused)))
    return and_(domain.state == DomainState.PENDING, or_(with_zone, and_(~zoned, asks)))


def _unconfirmed() -> Select[int]:
    """The ids of pending domains at whose name something stops that nobody has confirmed to know."""
    something = (func.coalesce(HostedZone.baseline[key].as_string(), "[]") != "[]" for key in STOPPING)
    return _pending_with(HostedZone.acknowledged_at.is_(None), or_(*something))


def _pending_with(*conditions: ColumnElement[bool]) -> Select[int]:
    """The ids of pending domains whose newest zone meets these conditions."""
    return _with_newest(HostedZone, DomainState.PENDING, *conditions)


def _troubled() -> ColumnElement[bool]:
    """Verified domains whose DNS only their owner can put right. The values are written out, or SQLite would not use
    the index of `TROUBLED`.
    """
    domain, mine = LLMClientCustomDomain, aliased(LLMClientCustomDomain)
    trouble = or_(
        mine.contrary_since.is_not(None),
        mine.unsettled == literal_column(f"'{Unsettled.OWNER}'"),
        mine.verdict == literal_column(f"'{Verdict.STALE_DS}'"),
    )
    contrary = or_(
        mine.verdict.is_(None), mine.verdict != Verdict.VERIFIED, mine.unsettled == Unsettled.OWNER
    )
    ids = select(mine.id).where(mine.account_id == WHOSE, trouble, contrary)
    return and_(domain.state == DomainState.VERIFIED, domain.id.in_(ids))


def _blocked() -> Select[int]:
    """The ids of verified domains whose certificate only their owner can make possible."""
    blocked = Certificate.state.in_(BLOCKED_STATES), Certificate.problem_code.in_(sorted(YOURS))
    return _with_newest(Certificate, DomainState.VERIFIED, *blocked)


def _with_newest(
    table: type[HostedZone | Certificate], state: DomainState, *conditions: ColumnElement[bool]
) -> Select[int]:
    """The ids of domains in this state whose newest row of the table meets these conditions."""
    newer, mine = aliased(table), aliased(LLMClientCustomDomain)
    same = newer.custom_domain_id == table.custom_domain_id
    return (
        select(table.custom_domain_id)
        .join(mine, mine.id == table.custom_domain_id)
        .where(
            mine.account_id == WHOSE,
            mine.state == state,
            *conditions,
            ~exists().where(same, newer.generation > table.generation),
        )
    )
