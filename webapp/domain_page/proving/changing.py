"""How a claim is proved, the other ways that there are, and a change from one to another that is under way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from webapp.config.settings import Settings
from webapp.dns import methods as dns_methods
from webapp.dns.judgement.report import Report
from webapp.dns.providers import Provider, provider_of
from webapp.dns.records_method import RecordsReport
from webapp.domain_page.own_records.guide import OwnGuide
from webapp.domain_page.proving.methods import PAGES, MethodPage, ToType
from webapp.domain_page.records.provider_guide import Guide, servers_asked
from webapp.models import LLMClientCustomDomain, Method
from webapp.proofs.base.method import Preparation
from webapp.proofs.base.words import MethodWords
from webapp.proofs.change import FORMER_STAYS
from webapp.proofs.registry import METHODS, offered


@dataclass(frozen=True)
class Coming:
    """The method that a served name changes to. `report`: what the last check said by it. `todo`: None as long as
    what there is to type may still change.
    """

    method: Method
    words: MethodWords
    shown_as: MethodPage
    preparation: Preparation
    report: Report | None
    todo: ToType | None
    guide: Guide | OwnGuide | None
    provider: Provider | None

    @property
    def half_way(self) -> bool:
        """Whether the former records are gone, which hide the new ones, and not all of the new ones are there."""
        report = self.report
        return isinstance(report, RecordsReport) and report.proved and not report.verified


@dataclass(frozen=True)
class Way:
    """A way to prove the name that its people can choose."""

    method: Method
    words: MethodWords


def coming(domain: LLMClientCustomDomain, servers: frozenset[str]) -> Coming | None:
    """`servers`: the name servers of the zone that takes the records, as far as the page knows them."""
    if domain.next_method is None or domain.state.is_gone:
        return None
    method, page = METHODS[domain.next_method], PAGES[domain.next_method]
    report = _report(domain)
    todo = page.todo(domain, report)
    known = servers_asked(report) or servers
    return Coming(
        method.id,
        method.words,
        page,
        method.preparation(domain),
        report,
        todo,
        page.guide(domain, todo, report, known) if todo is not None else None,
        provider_of(known),
    )


def _report(domain: LLMClientCustomDomain) -> Report | None:
    """What was seen last; None for what another release stored in a way that this one cannot read."""
    if domain.next_report is None:
        return None
    try:
        return dns_methods.read(domain.next_report)
    except (KeyError, TypeError, ValueError):
        return None


def other_ways(domain: LLMClientCustomDomain, settings: Settings) -> Sequence[Way]:
    """What the claim can change to. A whole domain is never delegated."""
    if domain.state.is_gone or domain.held_at is not None or domain.next_method is not None:
        return ()
    whole = domain.registrable_domain == domain.domain_name
    possible = [one for one in offered(settings) if not (whole and one.has_zone)]
    return [Way(one, METHODS[one].words) for one in possible if one is not domain.method]


#: For how many days what belongs to the former method stays after a change.
FORMER_DAYS = FORMER_STAYS.days
