"""The list of an account's domains, grouped as its filters name them, and one domain as a document.

Domains that need action come first, unless another order is asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import selectinload

from webapp.dns import names
from webapp.domains.listing.orders import Mark, Sort, behind, key_of, order_of
from webapp.domains.listing.ranks import WHOSE, Rank, may_need_action, rank_of_row
from webapp.domains.queries import owned_by
from webapp.domains.suspension_notice import suspension_document
from webapp.extensions import db, settings
from webapp.jobs.batches import batches
from webapp.live.status import probe_document
from webapp.models import Account, DomainState, LLMClientCustomDomain

#: From this number on, a badge says “99+”.
MOST_COUNTED = 100


class Show(StrEnum):
    """The filters of the list, in the order of the page. Each domain is in one of them, beside `ALL` and `FAILING`,
    which is a part of `ACTION`.
    """

    ALL = "all"
    ACTION = "action"
    FAILING = "failing"
    WAITING = "waiting"
    VERIFIED = "verified"
    LIVE = "live"
    SUSPENDED = "on-hold"
    #: Given up before they were proved, or being removed.
    REST = "off"

    @property
    def words(self) -> str:
        told = {
            Show.ACTION: "Needs action",
            Show.SUSPENDED: "Suspended",
            Show.REST: "Off or removing",
        }
        return told.get(self, self.value.capitalize())

    @classmethod
    def read(cls, text: str | None) -> Show:
        """The filter in a query string; all domains for an unknown one."""
        return next((one for one in cls if one.value == text), cls.ALL)


_RANKS = {
    Show.ALL: tuple(Rank.ALL),
    Show.ACTION: (Rank.ALARM, Rank.FAILING, Rank.ACTION),
    Show.FAILING: (Rank.FAILING,),
    Show.WAITING: (Rank.WAITING,),
    Show.VERIFIED: (Rank.VERIFIED,),
    Show.LIVE: (Rank.LIVE,),
    Show.SUSPENDED: (Rank.SUSPENDED,),
    Show.REST: (Rank.REST,),
}


#: What the list shows of each domain beside its own row.
SHOWN = (LLMClientCustomDomain.zones, LLMClientCustomDomain.certificates, LLMClientCustomDomain.probe)


@dataclass(frozen=True)
class Listed:
    domains: Sequence[LLMClientCustomDomain]
    next: Mark | None


def listed(
    account: Account, text: str, show: Show, mark: Mark | None, limit: int, *, sort: Sort = Sort.STATE
) -> Listed:
    """A page of the account's domains whose names contain `text`, behind the mark."""
    query = _of(account, text, show).add_columns(key_of(sort)).options(*map(selectinload, SHOWN))
    if mark is not None:
        query = query.where(behind(account, sort, mark))
    query = query.order_by(*order_of(sort)).limit(limit + 1)
    rows = db.session.execute(query, {WHOSE.key: account.id}).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return Listed([row[0] for row in rows[:limit]], Mark(last[1], last[0].id) if last else None)


def all_listed(account: Account, text: str, show: Show) -> Iterator[Sequence[LLMClientCustomDomain]]:
    """The same without an end, newest first, read while it is written."""
    query = _of(account, text, show).options(*map(selectinload, (*SHOWN, LLMClientCustomDomain.account)))
    query = query.params({WHOSE.key: account.id})
    return batches(query, LLMClientCustomDomain.id, newest_first=True)


def _of(account: Account, text: str, show: Show) -> Select[LLMClientCustomDomain]:
    query = owned_by(account).order_by(None)
    if show is not Show.ALL:
        query = query.where(rank_of_row().in_(_RANKS[show]))
    if text:
        query = query.where(LLMClientCustomDomain.domain_name.contains(text.lower(), autoescape=True))
    return query


def counts(account: Account) -> dict[Show, int]:
    """How many domains each filter shows."""
    alive = LLMClientCustomDomain.state != DomainState.REMOVED
    ranks_of = select(rank_of_row().label("rank")).where(
        LLMClientCustomDomain.account_id == account.id, alive
    )
    rows = ranks_of.subquery()
    query = select(rows.c.rank, func.count()).group_by(rows.c.rank)
    found: dict[int, int] = dict(db.session.execute(query, {WHOSE.key: account.id}).all())
    return {show: sum(found.get(one, 0) for one in ranks) for show, ranks in _RANKS.items()}


@dataclass(frozen=True)
class Attention:
    """The domains that every page mentions: alarming ones, failing ones, and others that need their owner.
    `webapp.domains.listing.banners` makes lines of them.

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
    def served(self) -> list[LLMClientCustomDomain]:
        """The others that were served once. Who sets a name up for the first time has its page open, and knows."""
        return [one for one in self.others if one.verified_at is not None]

    @property
    def is_red(self) -> bool:
        """Whether the badge has the colour of what is going wrong, not of what is to be done."""
        return bool(self.alarming or self.failing)

    @property
    def version(self) -> str:
        """Changes when the badge does."""
        return f"{self.shown}{'-red' if self.is_red else ''}"

    @property
    def shown(self) -> str:
        return f"{MOST_COUNTED - 1}+" if self.count >= MOST_COUNTED else str(self.count)


def attention(account: Account) -> Attention:
    rank = rank_of_row()
    told = [*_RANKS[Show.ACTION], *_RANKS[Show.SUSPENDED]]
    query = owned_by(account).add_columns(rank).where(may_need_action(), rank.in_(told)).order_by(None)
    query = query.order_by(rank, LLMClientCustomDomain.id.desc()).limit(MOST_COUNTED)
    rows = db.session.execute(query, {WHOSE.key: account.id}).all()
    found: dict[int, list[LLMClientCustomDomain]] = {one: [] for one in told}
    for domain, where in rows:
        found[where].append(domain)
    return Attention(found[Rank.FAILING], found[Rank.ACTION], found[Rank.SUSPENDED], found[Rank.ALARM])


def domain_document(domain: LLMClientCustomDomain) -> dict[str, Any]:
    """The domain as JSON values. Scripts rely on the keys: keys may be added, and never renamed or removed."""
    return {
        "id": domain.id,
        "domain_name": domain.domain_name,
        "shown": names.HostName(domain.domain_name).shown,
        "account": domain.account.number,
        "llm_client": domain.llm_client.label if domain.llm_client else None,
        "state": domain.state.value,
        "is_verified": domain.is_verified,
        "verdict": domain.verdict,
        "method": domain.method.value,
        "next_method": domain.next_method.value if domain.next_method else None,
        "aws_hosted_zone_id": domain.aws_hosted_zone_id,
        "created_at": iso(domain.created_at),
        "state_changed_at": iso(domain.state_changed_at),
        "verified_at": iso(domain.verified_at),
        "last_checked_at": iso(domain.last_checked_at),
        "next_check_at": iso(domain.next_check_at),
        "grace_until": iso(domain.grace_until),
        "alarm_since": iso(domain.alarm_since),
        "hold": suspension_document(domain, settings()),
        "probe": probe_document(domain),
    }


def certificate_ends_at(domain: LLMClientCustomDomain) -> datetime | None:
    """When the certificate ends that its visitors get: as they see it, else as AWS has issued it. Nobody gets one at
    a name that is being removed.
    """
    if domain.state.is_gone:
        return None
    seen = domain.probe.certificate_ends_at if domain.probe is not None else None
    newest = domain.certificates[0] if domain.certificates else None
    return seen or (newest.not_after if newest is not None and not newest.state.is_leaving else None)


def iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
