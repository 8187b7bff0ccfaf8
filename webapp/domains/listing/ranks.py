"""The groups of a list of domains, in SQL: `webapp.domains.rules.standing`, for many rows at once."""

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
from webapp.domains.listing import visits
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

    ALARM, FAILING, ACTION, SUSPENDED, WAITING, VERIFIED, LIVE, REST = ALL = range(8)


_WAITED_FOR = [verdict for verdict in Verdict if verdict.facts.waits]
#: The id of the account: a parameter of these queries, which are built once and serve every account.
WHOSE = bindparam("whose", type_=BigInteger())


@cache
def rank_of_row(*, everywhere: bool = False) -> ColumnElement[int]:
    """The group of a row, in SQL. It must agree with `told_situation`, which makes the row's headline.

    The subqueries on other tables run once for the account `WHOSE`, not once for each of its rows; `everywhere`: once
    for all accounts. The expression is cached, because building it takes longer than the query.
    """
    domain, state = LLMClientCustomDomain, LLMClientCustomDomain.state
    trouble = or_(_wrong(everywhere), _troubled(everywhere), _blocked(everywhere))
    return case(
        (state.in_(GONE_STATES), Rank.REST),
        (domain.held_at.is_not(None), Rank.SUSPENDED),
        (domain.alarm_since.is_not(None), Rank.ALARM),
        (and_(state.in_(BACK_STATES), domain.unsettled == Unsettled.RIGHT), Rank.WAITING),
        (and_(state.in_(CONTEST_STATES), domain.contests_since.is_not(None)), Rank.WAITING),
        (state == DomainState.FAILING, Rank.FAILING),
        (or_(state == DomainState.LAPSED, trouble, _unreached(everywhere)), Rank.ACTION),
        (state == DomainState.PENDING, Rank.WAITING),
        *_live(everywhere),
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
        _troubled(False),
        _blocked(False),
        _unreached(False),
    )


def troubled_ids() -> list[Select[int]]:
    """The ids of all accounts' verified domains that only their owner can put right; each by an index of few rows."""
    certificate = select(Certificate.custom_domain_id).where(
        Certificate.problem_code.in_(sorted(YOURS)), Certificate.state.in_(BLOCKED_STATES)
    )
    return [_in_trouble(), certificate, visits.unreached()]


def _unreached(everywhere: bool) -> ColumnElement[bool]:
    return LLMClientCustomDomain.id.in_(visits.unreached(None if everywhere else WHOSE))


def _live(everywhere: bool) -> list[tuple[ColumnElement[bool], int]]:
    """Of all accounts those are nearly all rows, which is why there they stay with the verified ones."""
    return [] if everywhere else [(LLMClientCustomDomain.id.in_(visits.live(WHOSE)), Rank.LIVE)]


def _wrong(everywhere: bool) -> ColumnElement[bool]:
    """Pending domains that their owner has to fix something for."""
    domain = LLMClientCustomDomain
    settled = or_(domain.inconsistent_since.is_(None), domain.verdict == Verdict.PARENT_INCONSISTENT)
    undecided = and_(
        domain.verdict == Verdict.RECORD_IN_THE_WAY,
        domain.method.in_(ZONED_METHODS),
        _unconfirmed(everywhere),
    )
    told = and_(domain.verdict.is_not(None), domain.verdict.not_in(_WAITED_FOR), settled, ~undecided)
    contrary = and_(told, or_(domain.unsettled.is_(None), domain.unsettled != Unsettled.RIGHT))
    ready, refused = (
        _pending_with(everywhere, HostedZone.state == one) for one in (ZoneState.READY, ZoneState.REFUSED)
    )
    asks = or_(contrary, domain.unsettled == Unsettled.OWNER)
    zoned = domain.method.in_(ZONED_METHODS)
    with_zone = and_(zoned, or_(and_(asks, ready), refused))
    return and_(domain.state == DomainState.PENDING, or_(with_zone, and_(~zoned, asks)))


def _unconfirmed(everywhere: bool) -> ColumnElement[bool]:
    """Pending domains at whose name something stops that nobody has confirmed to know."""
    something = (func.coalesce(HostedZone.baseline[key].as_string(), "[]") != "[]" for key in STOPPING)
    return _pending_with(everywhere, HostedZone.acknowledged_at.is_(None), or_(*something))


def _pending_with(everywhere: bool, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    """Pending domains whose newest zone meets these conditions."""
    return _with_newest(HostedZone, DomainState.PENDING, everywhere, *conditions)


def _troubled(everywhere: bool) -> ColumnElement[bool]:
    """Verified domains whose DNS only their owner can put right."""
    domain = LLMClientCustomDomain
    ids = _in_trouble() if everywhere else _in_trouble(WHOSE)
    return and_(domain.state == DomainState.VERIFIED, domain.id.in_(ids))


def _in_trouble(whose: ColumnElement[int] | None = None) -> Select[int]:
    """The values are written out, or SQLite would not use the index of `TROUBLED`."""
    mine = aliased(LLMClientCustomDomain)
    trouble = or_(
        mine.contrary_since.is_not(None),
        mine.unsettled == literal_column(f"'{Unsettled.OWNER}'"),
        mine.verdict == literal_column(f"'{Verdict.STALE_DS}'"),
    )
    contrary = or_(
        mine.verdict.is_(None), mine.verdict != Verdict.VERIFIED, mine.unsettled == Unsettled.OWNER
    )
    found = select(mine.id).where(trouble, contrary)
    return found if whose is None else found.where(mine.account_id == whose)


def _blocked(everywhere: bool) -> ColumnElement[bool]:
    """Verified domains whose certificate only their owner can make possible."""
    blocked = Certificate.state.in_(BLOCKED_STATES), Certificate.problem_code.in_(sorted(YOURS))
    return _with_newest(Certificate, DomainState.VERIFIED, everywhere, *blocked)


def _with_newest(
    table: type[HostedZone | Certificate],
    state: DomainState,
    everywhere: bool,
    *conditions: ColumnElement[bool],
) -> ColumnElement[bool]:
    """Domains in this state whose newest row of the table meets these conditions.

    A set of ids, made once: PostgreSQL would make one of all rows of the table for a condition on each domain.
    """
    newer, mine = aliased(table), aliased(LLMClientCustomDomain)
    same = newer.custom_domain_id == table.custom_domain_id
    ids = (
        select(table.custom_domain_id)
        .join(mine, mine.id == table.custom_domain_id)
        .where(mine.state == state, *conditions, ~exists().where(same, newer.generation > table.generation))
    )
    if not everywhere:
        ids = ids.where(mine.account_id == WHOSE)
    return LLMClientCustomDomain.id.in_(ids)
