"""Staff's searches, over all accounts. They read and never write.

Each list is a range of an index, read in the index's order, and the next page begins after the last row. So a search
is as fast with a million domains as with a thousand. Only a part from the middle of a name has no such range:
PostgreSQL finds it by a trigram index, and SQLite scans the names, if the names that begin with the text do not fill
the page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, not_, or_, select
from sqlalchemy.orm import selectinload

from webapp.dns import names
from webapp.domains import queries as domain_queries
from webapp.extensions import db
from webapp.models import (
    Account,
    DeniedName,
    DomainState,
    HostedZone,
    LLMClientCustomDomain,
    Membership,
    User,
    ZoneNameServer,
)
from webapp.models.account import search_key
from webapp.staff.queries.groups import Group, in_group, parts_of
from webapp.web import bounded

_ACCOUNT_NUMBER = re.compile(r"\d{4}-?\d{4}-?\d{4}")
_ZONE_ID = re.compile(r"(?:/hostedzone/)?(Z[A-Z0-9]{6,31})")
#: Sorts after every text that starts with the same prefix, in the order of code points.
_LAST = "\U0010ffff"
#: The shortest part that is searched: the index has trigrams, and shorter parts are in nearly every name.
SHORTEST_PART = 3
#: The lists of a search have numbers up to this one.
MOST_PARTS = 3
_Domain = LLMClientCustomDomain


@dataclass(frozen=True)
class Wanted:
    """The filter of a list of domains. `group`: as their customers see them. `suspended`: suspended domains only; a
    filter by state leaves them out.
    """

    text: str = ""
    state: DomainState | None = None
    suspended: bool = False
    group: Group | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.state is not None:
            found.append(domain_queries.in_state(self.state))
        if self.suspended:
            found.append(domain_queries.suspended())
        if self.group is not None:
            found.append(in_group(self.group))
        return found


@dataclass(frozen=True)
class Mark:
    """The position at which a page ends: the number of the list in the search, and the id of the last row."""

    part: int
    id: int

    def __str__(self) -> str:
        return f"{self.part}-{self.id}"

    @classmethod
    def read(cls, text: str | None) -> Mark | None:
        """The mark in a query string; None for text that `__str__` did not make."""
        found = bounded.pair(text, MOST_PARTS)
        return cls(*found) if found else None


@dataclass(frozen=True)
class Found:
    domains: Sequence[LLMClientCustomDomain]
    next: Mark | None


def account_number(text: str) -> str | None:
    """The account number in `text`, typed with or without hyphens, in its stored form; else None."""
    if not _ACCOUNT_NUMBER.fullmatch(text):
        return None
    digits = text.replace("-", "")
    return f"{digits[:4]}-{digits[4:8]}-{digits[8:]}"


def find_domains(wanted: Wanted, behind: Mark | None, limit: int) -> Found:
    """`text`: a name or a part of one, an account number, a zone id, a name server.

    Names come in the order of names, all others newest first.
    """
    rows: list[LLMClientCustomDomain] = []
    parts = search(wanted)
    for number, part in enumerate(parts):
        if behind is not None and number < behind.part:
            continue
        last = behind.id if behind is not None and number == behind.part else None
        found = db.session.scalars(part.page(last, limit + 1 - len(rows)).options(*_SHOWN)).all()
        if len(rows) + len(found) > limit:
            shown = [*rows, *found[: limit - len(rows)]]
            mark = Mark(number, shown[-1].id) if len(shown) > len(rows) else Mark(number - 1, rows[-1].id)
            return Found(shown, mark)
        rows += found
    return Found(rows, None)


_SHOWN = (
    selectinload(_Domain.account),
    selectinload(_Domain.llm_client),
    selectinload(_Domain.zones),
    selectinload(_Domain.certificates),
    selectinload(_Domain.probe),
)


@dataclass(frozen=True)
class Part:
    """One list of a search, in the order of `column`; without a `column`, newest first."""

    conditions: Sequence[ColumnElement[bool]]
    column: Any = None

    def page(self, last: int | None, limit: int) -> Select[LLMClientCustomDomain]:
        """The query for the rows after the row with the id `last`."""
        query = select(_Domain).where(*self.conditions).limit(limit)
        if self.column is None:
            query = query.order_by(_Domain.id.desc())
            return query.where(_Domain.id < last) if last is not None else query
        query = query.order_by(self.column, _Domain.id)
        row = db.session.get(_Domain, last) if last is not None else None
        if row is None:
            return query
        value = getattr(row, self.column.key)
        return query.where(and_(self.column >= value, or_(self.column > value, _Domain.id > row.id)))


def search(wanted: Wanted) -> list[Part]:
    """The lists of a search, in the order in which they are shown."""
    narrow, text = wanted.conditions(), wanted.text
    if not text and wanted.group is not None:
        rest = replace(wanted, group=None).conditions()
        return [Part([*part, *rest]) for part in parts_of(wanted.group)]
    if not text:
        return [Part(narrow)]
    number = account_number(text)
    if number is not None:
        account_id = db.session.scalar(select(Account.id).where(Account.number == number))
        return [Part([_Domain.account_id == account_id if account_id else false(), *narrow])]
    if zone := _ZONE_ID.fullmatch(text):
        ids = select(HostedZone.custom_domain_id).where(HostedZone.aws_hosted_zone_id == zone[1])
        return [Part([_Domain.id.in_(ids), *narrow])]
    name = text.lower().rstrip(".")
    if ".awsdns-" in name:
        ids = select(ZoneNameServer.custom_domain_id).where(ZoneNameServer.name == name)
        return [Part([_Domain.id.in_(ids), *narrow])]
    return _by_name(name, narrow)


def _by_name(text: str, narrow: list[ColumnElement[bool]]) -> list[Part]:
    """Names that begin with the text; then names below a domain that begins with it, or below this very name; then
    names that contain it, unless it is the whole name of a domain.
    """
    parsed = names.parse(text, underscores=True).name
    name = parsed.ascii if parsed else text
    begins = starts_with(_Domain.domain_name, name)
    own = parsed.registrable if parsed else None
    if own is not None and own != name:
        below = [_Domain.registrable_domain == own, _Domain.domain_name.endswith(f".{name}", autoescape=True)]
    else:
        below = [starts_with(_Domain.registrable_domain, name), not_(begins)]
    found = [
        Part([begins, *narrow], _Domain.domain_name),
        Part([*below, *narrow], _Domain.registrable_domain),
    ]
    if len(name) >= SHORTEST_PART and not _is_there(name):
        anywhere = _Domain.domain_name.contains(name, autoescape=True)
        found.append(Part([anywhere, not_(begins), not_(and_(*below)), *narrow], _Domain.domain_name))
    return found


def _is_there(name: str) -> bool:
    return db.session.scalar(select(_Domain.id).where(_Domain.domain_name == name).limit(1)) is not None


def starts_with(column: Any, text: str) -> ColumnElement[bool]:
    """A prefix search as a range of the index in the order of code points. LIKE would need another index."""
    return and_(column >= text, column < text + _LAST)


def find_accounts(text: str, last: int | None, limit: int) -> Sequence[Account]:
    """Accounts by number, by a member's whole e-mail address, or by the beginning of their name. Without text: all,
    newest first.
    """
    people = selectinload(Account.memberships).selectinload(Membership.user)
    query = select(Account).options(people).limit(limit)
    number = account_number(text)
    if text and number is None and "@" not in text:
        return db.session.scalars(_behind_name(query, search_key(text), last)).all()
    if number is not None:
        query = query.where(Account.number == number)
    elif text:
        user_ids = select(User.id).where(User.email.in_({text, text.lower()}))
        mine = select(Membership.account_id).where(Membership.user_id.in_(user_ids))
        query = query.where(Account.id.in_(mine))
    if last is not None:
        query = query.where(Account.id < last)
    return db.session.scalars(query.order_by(Account.id.desc())).all()


def _behind_name(query: Select[Account], key: str, last: int | None) -> Select[Account]:
    column = Account.name_key
    query = query.where(starts_with(column, key)).order_by(column, Account.id)
    row = db.session.get(Account, last) if last is not None else None
    if row is None:
        return query
    return query.where(and_(column >= row.name_key, or_(column > row.name_key, Account.id > row.id)))


def people_of(account: Account, limit: int) -> Sequence[Membership]:
    query = select(Membership).options(selectinload(Membership.user))
    mine = query.where(Membership.account_id == account.id)
    return db.session.scalars(mine.order_by(Membership.id).limit(limit)).all()


def domains_by_account(account_ids: Sequence[int]) -> dict[int, int]:
    counted = db.session.execute(
        select(_Domain.account_id, func.count())
        .where(_Domain.account_id.in_(account_ids), _Domain.state != DomainState.REMOVED)
        .group_by(_Domain.account_id)
    )
    return dict(counted.all())


def find_denied(text: str, last: int | None, limit: int) -> Sequence[DeniedName]:
    """Entries that cover the name or begin with the text. Without text: all. Newest first."""
    query = select(DeniedName).order_by(DeniedName.id.desc()).limit(limit)
    if text:
        parsed = names.parse(text, underscores=True).name
        name = parsed.ascii if parsed else text.lower()
        covering = [entry.id for entry in db.session.scalars(DeniedName.covering(name))]
        query = query.where(or_(starts_with(DeniedName.name, name), DeniedName.id.in_(covering)))
    if last is not None:
        query = query.where(DeniedName.id < last)
    return db.session.scalars(query).all()


def domains_that(
    conditions: Sequence[ColumnElement[bool]], last: int | None, limit: int
) -> Sequence[LLMClientCustomDomain]:
    """Newest first."""
    page = Part(conditions).page(last, limit)
    return db.session.scalars(page.options(*_SHOWN)).all()
