"""What a page is told of, and what it says: the statement, and the aside about a check that changed nothing.

The statement tells how the domain stands, in the situation that lists, badge and banner show as well. The aside tells
how the latest check went, if the statement does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from webapp.certificates.status import CertificateStatus
from webapp.config.settings import Settings
from webapp.dns.delegation import AtParent, Verdict, WhoActs
from webapp.dns.judgement.report import Report
from webapp.domain_page.proving.methods import ToType
from webapp.domain_page.status.existing_records import ExistingRecords
from webapp.domains.contests import InTheWay
from webapp.domains.registration import in_the_way_of
from webapp.domains.rules.status import Situation, Tone
from webapp.domains.rules.transitions import Periods
from webapp.live.status import ProbeStatus
from webapp.messages import formatting
from webapp.models import DomainState, HostedZone, LLMClientCustomDomain, Unsettled
from webapp.moves.evidence import Standing
from webapp.proofs.base.method import Preparation

#: The states in which a claim is not served although DNS may prove it.
UNPROVED = {DomainState.PENDING, DomainState.EXPIRED, DomainState.LAPSED}


@dataclass(frozen=True, kw_only=True)
class Facts:
    """The facts behind a statement. `report`: see `standing_report`. `latest`: the report of the latest check.
    `todo`: None before the records are known. `contact`: the e-mail address that people can write to.
    """

    domain: LLMClientCustomDomain
    zone: HostedZone | None
    situation: Situation
    report: Report | None
    latest: Report | None
    todo: ToType | None
    periods: Periods
    preparation: Preparation
    certificate: CertificateStatus | None = None
    #: What is seen from outside; None where nobody looks.
    probe: ProbeStatus | None = None
    contact: str = "us"
    existing: ExistingRecords | None = None
    #: The deny list covers the name, and the domain is not verified, so that it never will be.
    denied: bool = False
    #: Why the claim is not served although it is proved; None unless the report says that it is.
    refused: InTheWay | None = None
    #: How far the claim has come on a name that another account holds.
    standing: Standing | None = None
    #: When the name may move to another account's claim, which contests it.
    contested_from: datetime | None = None
    #: The claim is off because its name moved to another account.
    moved_away: bool = False

    @property
    def shown(self) -> str:
        return formatting.shown(self.domain.domain_name)

    @property
    def contrary(self) -> Report | None:
        """The report, unless its verdict is VERIFIED."""
        return None if self.report is None or self.report.verdict is Verdict.VERIFIED else self.report

    @property
    def asking(self) -> Report | None:
        """The latest report, if it could not ask for a reason that only the people of the name can remove."""
        return self.latest if self.domain.unsettled == Unsettled.OWNER else None


@dataclass(frozen=True)
class Statement:
    """`sentences`: how the domain stands. `next_step`: what to do about it, or empty. `report`, `certificate`: whose
    words they are, if they are one's.
    """

    situation: Situation
    sentences: tuple[str, ...]
    next_step: str = ""
    who_acts: WhoActs = "nobody"
    report: Report | None = None
    certificate: CertificateStatus | None = None
    #: More exact words than those of the situation.
    heading: str = ""

    @property
    def headline(self) -> str:
        return self.heading or self.situation.words

    @property
    def tone(self) -> Tone:
        return self.situation.tone

    @property
    def turn(self) -> str:
        return self.situation.turn(self.who_acts)


@dataclass(frozen=True)
class Aside:
    """How the latest check went, if the statement does not tell it."""

    headline: str
    sentences: tuple[str, ...]
    report: Report


def standing_report(
    domain: LLMClientCustomDomain, latest: Report | None, firm: Report | None
) -> Report | None:
    """The latest report that says something about the customer's records, or about their whole domain. One that could
    not ask says nothing."""
    if latest is not None and latest.alarm is not None:
        return latest
    if latest is None or not latest.parent_asked:
        return firm
    undecided = latest.transient and latest.verdict.facts.at_parent is not AtParent.OURS
    return firm if undecided and domain.state is not DomainState.PENDING else latest


def telling(domain: LLMClientCustomDomain, report: Report | None) -> Report | None:
    """The report, or None if it is by another method than the claim's, or from before a removal that was taken back:
    that the name was verified then says nothing about it now.
    """
    if report is not None and report.method != domain.method:
        return None
    over = domain.state is DomainState.PENDING and domain.verdict is None
    return None if report is not None and report.verified and over else report


def refused_proof(
    domain: LLMClientCustomDomain, report: Report | None, settings: Settings
) -> InTheWay | None:
    """Why the claim is not served although the report proves it."""
    if domain.state not in UNPROVED or report is None or not report.verified:
        return None
    return in_the_way_of(domain, settings)


def aside(facts: Facts, statement: Statement) -> Aside | None:
    """A check that could not ask takes nothing back that an earlier one found, and does not say that all is well."""
    latest, standing = facts.latest, facts.report
    if latest is None or latest.alarm is not None:
        return None
    if latest.verdict is Verdict.ZONE_PENDING and facts.todo is not None:
        return None  # It is from before our name servers were there.
    if latest is statement.report or (latest is standing and not latest.transient):
        return None
    expired = facts.domain.state is DomainState.EXPIRED
    again = "Press Verify to have it checked again." if expired else "We check again by ourselves."
    if latest.who_acts == "you" or statement.who_acts == "nobody":
        then = latest.next_step
    elif standing is not None and standing is not latest:
        seen = formatting.clock(standing.checked_at)
        then = f"What stands above is from the check of {seen}. {again}"
    else:
        then = again
    return Aside(_headline(latest), (latest.message, then), latest)


def _headline(report: Report) -> str:
    if not report.parent_asked:
        return "Could not check"
    return "Our side needs a moment" if report.who_acts == "we" else "Not all servers agree yet"
