"""What the start page of a customer shows. It reads a bounded number of rows, however many domains there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from webapp.config.settings import Settings
from webapp.domain_page.context import DomainPage
from webapp.domain_page.reading import domain_page
from webapp.domains import listing
from webapp.domains.listing import Attention, Listed, Show
from webapp.domains.rules.status import Situation
from webapp.home import news
from webapp.home.news import Told
from webapp.models import Account, LLMClientCustomDomain

#: The most domains that are told of in sentences: each is read as its own page reads it.
MOST_FIRST = 3
#: The rows of the list.
MOST_LISTED = 8

#: What the link to a domain says, by what its page is for just then.
ACTIONS = {
    Situation.ALARM: "What to do now",
    Situation.FAILING: "Put it right",
    Situation.RECORDS_GONE: "Put the records back",
    Situation.RECORDS_CHANGED: "See what changed",
    Situation.ACTION: "See what to fix",
    Situation.UNREACHED: "See what to fix",
    Situation.OFF: "Bring it back",
    Situation.DECISION: "Decide",
    Situation.ON_HOLD: "Read the reason",
    Situation.WAITING: "Show the records",
    Situation.RESERVED: "Show the records",
}
_ELSE = "Open its page"


@dataclass(frozen=True)
class First:
    page: DomainPage

    @property
    def action(self) -> str:
        return ACTIONS.get(self.page.statement.situation, _ELSE)


@dataclass(frozen=True)
class Home:
    """`first`: what needs the reader; without any, what waits for records. `more`: how many others need them."""

    counts: Mapping[Show, int]
    first: Sequence[First]
    more: int
    told: Told
    listed: Listed

    @property
    def total(self) -> int:
        return self.counts[Show.ALL]

    @property
    def verified(self) -> int:
        return self.counts[Show.VERIFIED] + self.counts[Show.LIVE]

    @property
    def heading(self) -> str:
        if not self.total:
            return "Welcome to Nameplate"
        if needs := self.counts[Show.ACTION]:
            return f"{_domains(needs)} {'needs' if needs == 1 else 'need'} you"
        if waits := self.counts[Show.WAITING]:
            return f"{_domains(waits)} {'waits' if waits == 1 else 'wait'} for DNS"
        return "Nothing needs you"


def _domains(count: int) -> str:
    return "1 domain" if count == 1 else f"{count} domains"


def home(account: Account, found: Attention, settings: Settings, now: datetime) -> Home:
    counts = listing.counts(account)
    first = islice(_first(account, found), MOST_FIRST)
    return Home(
        counts=counts,
        first=[First(domain_page(one, settings, now)) for one in first],
        more=max(0, counts[Show.ACTION] - MOST_FIRST),
        told=news.told(account, news.yesterday(now)),
        listed=listing.listed(account, "", Show.ALL, None, MOST_LISTED),
    )


def _first(account: Account, found: Attention) -> Iterator[LLMClientCustomDomain]:
    """What is worst comes first. What waits for records is told of where nothing is wrong."""
    yield from (*found.alarming, *found.failing, *found.others, *found.suspended)
    if not found.count:
        yield from listing.listed(account, "", Show.WAITING, None, MOST_FIRST).domains
