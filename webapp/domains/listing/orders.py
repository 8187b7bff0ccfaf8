"""The orders of an account's list, and what marks a place in each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, case, cast, extract, func, literal, or_, select

from webapp.domains.listing.ranks import rank_of_row
from webapp.extensions import db, settings
from webapp.models import Account, DomainState, LLMClientCustomDomain
from webapp.web import bounded

#: Beyond every time that a claim ends, in seconds since 1970.
NEVER = 2**40


class Sort(StrEnum):
    """What the list is sorted by. Within equal ones the newest comes first."""

    STATE = "state"
    NAME = "name"
    NEWEST = "newest"
    EXPIRY = "expiry"

    @property
    def words(self) -> str:
        told = {Sort.STATE: "Needs action", Sort.EXPIRY: "Ends next"}
        return told.get(self, self.value.capitalize())

    @classmethod
    def read(cls, text: str | None) -> Sort:
        """The order in a query string; what needs action first for an unknown one."""
        return next((one for one in cls if one.value == text), cls.STATE)


@dataclass(frozen=True)
class Mark:
    """The position at which a page of the list ends and the next page begins. `key`: what the list is sorted by, as a
    number; by names it is none, because the row's id leads to its name.
    """

    key: int
    id: int

    def __str__(self) -> str:
        return f"{self.key}-{self.id}"

    @classmethod
    def read(cls, text: str | None) -> Mark | None:
        """The mark in a query string; None for text that `__str__` did not make."""
        found = bounded.pair(text, NEVER)
        return cls(*found) if found else None


def key_of(sort: Sort) -> ColumnElement[int]:
    """The number of a row by which it is sorted."""
    if sort is Sort.STATE:
        return rank_of_row()
    return _ends_at() if sort is Sort.EXPIRY else literal(0)


def order_of(sort: Sort) -> list[ColumnElement[Any]]:
    newest = LLMClientCustomDomain.id.desc()
    if sort is Sort.NEWEST:
        return [newest]
    if sort is Sort.NAME:
        return [LLMClientCustomDomain.domain_name.expression, newest]
    return [key_of(sort), newest]


def behind(account: Account, sort: Sort, mark: Mark) -> ColumnElement[bool]:
    """The rows that follow the mark."""
    older = LLMClientCustomDomain.id < mark.id
    if sort is Sort.NEWEST:
        return older
    if sort is Sort.NAME:
        name = LLMClientCustomDomain.domain_name
        # Read before, so that the database sees a value, by which it can begin in its index.
        last = db.session.scalar(
            select(name).where(
                LLMClientCustomDomain.id == mark.id, LLMClientCustomDomain.account_id == account.id
            )
        )
        return or_(name > (last or ""), and_(name == (last or ""), older))
    key = key_of(sort)
    return or_(key > mark.key, and_(key == mark.key, older))


def ends_at(domain: LLMClientCustomDomain) -> datetime | None:
    """When the claim ends unless DNS proves it: a failing name is served until then, and the records of a pending one
    are looked for. None for one that does not end by itself.
    """
    if domain.held_at is not None:
        return None
    if domain.state is DomainState.FAILING:
        return domain.grace_until
    if domain.state is DomainState.PENDING:
        return domain.state_changed_at + timedelta(days=settings().pending_days)
    return None


def _ends_at() -> ColumnElement[int]:
    """`ends_at` in SQL, in seconds since 1970."""
    domain = LLMClientCustomDomain
    pending = _epoch(domain.state_changed_at) + int(settings().pending_days * 86400)
    return case(
        (domain.held_at.is_not(None), literal(NEVER)),
        (domain.state == DomainState.FAILING, func.coalesce(_epoch(domain.grace_until), literal(NEVER))),
        (domain.state == DomainState.PENDING, pending),
        else_=literal(NEVER),
    )


def _epoch(time: Any) -> ColumnElement[int]:
    """Whole seconds on both databases: PostgreSQL has parts of them, and a mark has none."""
    return cast(func.floor(extract("epoch", time)), BigInteger)
