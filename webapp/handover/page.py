"""What somebody without a sign-in sees of a domain: its records, what was found of them, and how they are typed.

It is made of the domain's page, so that both say the same of the records. Whose the domain is, which LLM client it
leads to, its history, and claims of others are not part of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from webapp.config.settings import Settings
from webapp.dns.judgement.report import Report
from webapp.dns.providers import Provider
from webapp.domain_page.context import DomainPage
from webapp.domain_page.own_records.guide import OwnGuide
from webapp.domain_page.proving.methods import MethodPage, ToType, how_many
from webapp.domain_page.reading import domain_page
from webapp.domain_page.records.provider_guide import Guide
from webapp.domain_page.records.snippets import Chosen
from webapp.models import DomainState, LLMClientCustomDomain


@dataclass(frozen=True)
class Wanted:
    """The records to type. `todo` is None as long as they may still change."""

    todo: ToType | None
    guide: Guide | OwnGuide | None
    provider: Provider | None
    shown_as: MethodPage
    report: Report | None
    in_place: bool


@dataclass(frozen=True)
class HandoverPage:
    """`page` says more than a stranger may read, so that templates of this room read only what is named here."""

    page: DomainPage
    records: Wanted

    @property
    def shown(self) -> str:
        return self.page.shown

    @property
    def todo(self) -> ToType | None:
        return self.records.todo

    @property
    def in_place(self) -> bool:
        return self.records.in_place

    @property
    def headline(self) -> str:
        if self.in_place:
            return "Done, thank you"
        return "The records are being prepared" if self.todo is None else "Records to add"

    @property
    def wanted(self) -> str:
        """What is wanted, in one sentence."""
        if self.in_place:
            return f"The records of {self.shown} are in place, so you can close this page. Leave them as they are."
        if self.todo is None:
            return f"We are preparing what {self.shown} needs, which takes about a minute."
        zone, far = self.todo.parent_zone, how_many(self.todo)
        return f"Please enter the records below where {zone} is managed: {self.shown} {far}."

    def found_by(self, chosen: Chosen) -> tuple[str, ...]:
        """What the last check found wrong, and what to do about it, in the format that is shown.

        Empty before one, and where nothing is wrong.
        """
        report = self.records.report
        if report is None or report.verified or self.in_place or self.todo is None:
            return ()
        guide = self.records.guide
        step = guide.lead_by(chosen) if guide is not None and guide.tells else report.next_step
        return tuple(one for one in (report.message, step) if one)

    @property
    def saw(self) -> Report | None:
        """The evidence for whoever knows DNS; it is of DNS alone, and tells nothing of the account."""
        return self.records.report if self.todo is not None else None

    @property
    def stops(self) -> tuple[str, ...]:
        """What is at the name today and stops answering with the new records."""
        existing = self.page.existing
        return () if existing is None or self.in_place else tuple(one.sentence for one in existing.there)

    @property
    def title(self) -> str:
        return f"{self.headline}: {self.shown}"

    @property
    def pace(self) -> str:
        """How soon the page's script looks again."""
        return "busy" if self.page.busy else "settled" if self.page.settled else "calm"


def handover_page(domain: LLMClientCustomDomain, settings: Settings, now: datetime) -> HandoverPage:
    page = domain_page(domain, settings, now)
    return HandoverPage(page, _wanted(page))


def _wanted(page: DomainPage) -> Wanted:
    """Those of the method that a served name changes to come first: the others are there."""
    coming = page.coming
    if coming is not None:
        return Wanted(
            coming.todo, coming.guide, coming.provider, coming.shown_as, coming.report, in_place=False
        )
    return Wanted(page.todo, page.guide, page.provider, page.shown_as, page.report, _in_place(page))


def _in_place(page: DomainPage) -> bool:
    """Whether nothing is left to do for whoever manages the DNS. That others claim the name is not their business."""
    state = page.domain.state
    if isinstance(page.guide, OwnGuide) and page.guide.writes:
        return False  # A certificate may need one more, also while the name is verified.
    if state is DomainState.VERIFIED and page.domain.contrary_since is None:
        return page.report is None or not page.report.verdict.facts.mistake
    return page.report is not None and page.report.verified and state is not DomainState.FAILING
