"""The groups of all accounts' domains, as their customers see them: for the tiles and filters of staff's pages."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, func, literal_column, or_, select, union
from sqlalchemy.orm import aliased

from webapp.domains import queries as domain_queries
from webapp.domains.listing.ranks import Rank, rank_of_row, troubled_ids
from webapp.extensions import db
from webapp.models import DomainState, LLMClientCustomDomain

_Domain = LLMClientCustomDomain
#: The states that hold few domains, of which most are looked at. Verified ones are nearly all.
_SMALL = (DomainState.PENDING, DomainState.FAILING, DomainState.LAPSED)
Conditions = Sequence[ColumnElement[bool]]


class Group(StrEnum):
    """In the words of the badges that customers read. Each domain that is not removed is in exactly one."""

    ACTION = "action"
    FAILING = "failing"
    WAITING = "waiting"
    VERIFIED = "verified"
    SUSPENDED = "on-hold"
    OFF = "off"
    REMOVING = "removing"

    @property
    def words(self) -> str:
        told = {
            Group.ACTION: "Action needed",
            Group.SUSPENDED: "Suspended",
            Group.VERIFIED: "Live or verified",
        }
        return told.get(self, self.value.capitalize())

    @property
    def tone(self) -> str:
        """The colour of its number while it is not 0."""
        return {Group.ACTION: "act", Group.FAILING: "bad", Group.SUSPENDED: "bad"}.get(self, "off")


_RANKS = {
    Group.ACTION: (Rank.ALARM, Rank.ACTION),
    Group.FAILING: (Rank.FAILING,),
    Group.WAITING: (Rank.WAITING,),
    Group.VERIFIED: (Rank.VERIFIED,),
}


def in_group(group: Group) -> ColumnElement[bool]:
    """Whether a row is in the group."""
    if group is Group.SUSPENDED:
        return domain_queries.suspended()
    if group is Group.OFF:
        return domain_queries.in_state(DomainState.EXPIRED)
    if group is Group.REMOVING:
        return domain_queries.in_state(DomainState.REMOVING)
    return rank_of_row(everywhere=True).in_(_RANKS[group])


def parts_of(group: Group) -> list[Conditions]:
    """The group as lists that have no row in common, each of which an index gives in the order of ids."""
    if group not in _RANKS:
        return [[in_group(group)]]
    ranked = in_group(group)
    of_state = {state: [_Domain.state == state, _Domain.alarm_since.is_(None), ranked] for state in _SMALL}
    if group is Group.ACTION:
        verified = [_Domain.state == DomainState.VERIFIED, _Domain.alarm_since.is_(None)]
        rare = [_Domain.id.in_(_alarmed()), ranked], [*verified, _Domain.id.in_(_troubled()), ranked]
        return [*rare, of_state[DomainState.LAPSED], of_state[DomainState.PENDING]]
    if group is Group.FAILING:
        return [of_state[DomainState.FAILING]]
    if group is Group.WAITING:
        return list(of_state.values())
    return [[_Domain.state == DomainState.VERIFIED, ranked]]


def _alarmed() -> Select[int]:
    """Asked by itself, or else SQLite looks for these few among all rows from the end."""
    other = aliased(_Domain)
    return select(other.id).where(other.alarm_since.is_not(None))


def _troubled() -> Select[int]:
    ids = union(*troubled_ids()).subquery()
    return select(ids.c[0])


def group_counts() -> dict[str, int]:
    """How many domains each group holds, by its value. Verified ones are counted by their index alone, less those few
    that an index of troubles knows.
    """
    verified = DomainState.VERIFIED
    looked_at = or_(
        _Domain.state.in_(_SMALL),
        _Domain.held_at.is_not(None),
        _Domain.alarm_since.is_not(None),
        _Domain.id.in_(_troubled()),
    )
    rank, state = rank_of_row(everywhere=True).label("rank"), _Domain.state
    rows = select(state.label("state"), rank).where(looked_at).subquery()
    ranked = db.session.execute(
        select(rows.c.state, rows.c.rank, func.count()).group_by(rows.c.state, rows.c.rank)
    ).all()
    states = {
        one: db.session.scalar(select(func.count(literal_column("1"))).where(state == one)) or 0
        for one in (verified, DomainState.EXPIRED, DomainState.REMOVING)
    }
    of_rank = {group: sum(n for _, at, n in ranked if at in ranks) for group, ranks in _RANKS.items()}
    of_rank[Group.VERIFIED] = states[verified] - sum(
        count for where, at, count in ranked if where == verified and at != Rank.VERIFIED
    )
    held_off = sum(n for where, at, n in ranked if where == DomainState.EXPIRED and at == Rank.SUSPENDED)
    return {
        **{group.value: count for group, count in of_rank.items()},
        Group.SUSPENDED.value: sum(count for _, at, count in ranked if at == Rank.SUSPENDED),
        Group.OFF.value: states[DomainState.EXPIRED] - held_off,
        Group.REMOVING.value: states[DomainState.REMOVING],
    }
