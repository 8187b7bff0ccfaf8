"""Everything that a domain's page shows. The customer's page and the staff's are the same."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from webapp.certificates.status import CertificateStatus
from webapp.dns import names
from webapp.dns.delegation import Verdict
from webapp.dns.judgement.report import Hint, Report
from webapp.dns.providers import PLAIN, Provider, way_in
from webapp.domain_page.own_records.guide import OwnGuide
from webapp.domain_page.proving.changing import Coming, Way
from webapp.domain_page.proving.methods import PAGES, MethodPage, ToType
from webapp.domain_page.records.provider_guide import Guide
from webapp.domain_page.records.snippets import Chosen
from webapp.domain_page.status import status_text
from webapp.domain_page.status.existing_records import ExistingRecords
from webapp.domain_page.status.removal_instructions import RemovalInstructions, removal_instructions
from webapp.domain_page.status.statement import Aside, Statement
from webapp.domain_page.visitors.welcome import CLOSED, Welcome
from webapp.domain_page.watching import Watch
from webapp.domains import queries
from webapp.domains.contests import InTheWay
from webapp.domains.rules.status import Situation, situation
from webapp.domains.rules.transitions import Periods
from webapp.domains.suspension_notice import Suspension
from webapp.live.status import ProbeStatus
from webapp.models import Certificate, DomainState, Event, HostedZone, LLMClientCustomDomain
from webapp.moves.evidence import Standing
from webapp.proofs.base.leftovers import Leftovers
from webapp.proofs.base.method import Preparation, Stage
from webapp.proofs.base.words import MethodWords
from webapp.proofs.registry import leftovers_of, method_of

_SETTLED = {DomainState.VERIFIED, DomainState.EXPIRED, DomainState.REMOVED}


@dataclass(frozen=True)
class DomainPage:
    """Everything that the page shows.

    `report` is the latest one that says something about the records; `aside` tells of the latest check when that has
    another result.
    """

    domain: LLMClientCustomDomain
    zone: HostedZone | None
    statement: Statement
    todo: ToType | None
    report: Report | None
    aside: Aside | None
    checking: bool
    wait: int
    periods: Periods
    preparation: Preparation
    #: The e-mail address that people can write to.
    contact: str = "us"
    #: The report of the latest check.
    latest: Report | None = None
    newest_certificate: Certificate | None = None
    certificate: CertificateStatus | None = None
    #: The name servers of the zone that takes the records, as far as they are known.
    servers: frozenset[str] = frozenset()
    provider: Provider | None = None
    existing: ExistingRecords | None = None
    suspension: Suspension | None = None
    #: Until when the removal can be taken back; None when it cannot, or when the domain is not being removed.
    keep_until: datetime | None = None
    #: The deny list covers the name, and the domain is not verified, so that it never will be.
    denied: bool = False
    #: Why the claim is not served although DNS proves it.
    refused: InTheWay | None = None
    #: How far the claim has come on a name that another account holds.
    standing: Standing | None = None
    #: When the name may move to another account's claim, which contests it.
    contested_from: datetime | None = None
    #: The check or the zone has been under way for so long that it will not end soon.
    overdue: bool = False
    #: This release cannot read what the latest check saw.
    unreadable: bool = False
    #: The method that the name changes to while it is served.
    coming: Coming | None = None
    #: The other methods that its people can choose.
    other_ways: Sequence[Way] = ()

    probe: ProbeStatus | None = None
    #: The check that is under way.
    watch: Watch | None = None
    welcome: Welcome = CLOSED

    @property
    def words(self) -> MethodWords:
        return method_of(self.domain).words

    @property
    def shown_as(self) -> MethodPage:
        return PAGES[self.domain.method]

    @cached_property
    def history(self) -> Sequence[Event]:
        return queries.history(self.domain)

    @cached_property
    def guide(self) -> Guide | OwnGuide | None:
        """How the records are typed at the provider."""
        if self.todo is None:
            return None
        return self.shown_as.guide(self.domain, self.todo, self.report, self.servers)

    @property
    def told_by_steps(self) -> bool:
        """Whether the steps at the provider say in full what to do, so that nobody else need say it."""
        say, guide = self.statement, self.guide
        told = say.report is not None and say.report is self.report
        told = told or (say.certificate is not None and say.certificate.awaits_record)
        return told and say.who_acts == "you" and not self.asks and guide is not None and guide.tells

    def next_step_by(self, chosen: Chosen) -> str:
        """What to do. A report's words are short where the page says the same in full, in the format that is on."""
        guide = self.guide
        if guide is None or not self.told_by_steps:
            return self.statement.next_step
        return guide.lead_by(chosen)

    @property
    def shown(self) -> str:
        return status_text.shown(self.domain.domain_name)

    @property
    def title(self) -> str:
        return f"{self.statement.headline}: {self.shown}"

    @property
    def dns(self) -> Statement:
        """The statement about DNS alone, for a page that shows the certificate and the LLM client separately."""
        leads_to_us = situation(self.domain, self.zone) is Situation.VERIFIED
        return status_text.leads_to_us(self.domain, self.periods) if leads_to_us else self.statement

    @property
    def latest_report(self) -> Report | None:
        return self.latest or self.report

    @property
    def hints(self) -> tuple[Hint, ...]:
        """What the latest report says beside its verdict, without what the page says elsewhere, or too early."""
        latest, certificate = self.latest_report, self.statement.certificate
        gone = self.domain.state.is_gone
        if latest is None or self.aside or gone or latest.verdict is Verdict.ZONE_PENDING:
            return ()
        awaits = certificate is not None and certificate.awaits_record
        told = {Verdict.VALIDATION_MISSING} if awaits else set()
        return tuple(
            one for one in latest.hints if not one.finding.alarms and one.finding.verdict not in told
        )

    @property
    def other_certificate(self) -> ProbeStatus | None:
        """What visitors met, where its certificate is another one than Amazon's."""
        seen = self.probe
        if seen is None or not seen.certificate_ends_at or not seen.issuer or "Amazon" in seen.issuer:
            return None
        return seen

    @property
    def setting_up(self) -> bool:
        unfinished = self.preparation.stage not in {Stage.READY, Stage.REFUSED}
        return unfinished and self.domain.state is DomainState.PENDING

    @property
    def busy(self) -> bool:
        """Whether a check or the set-up is under way, which ends within about a minute."""
        return self.checking or self.setting_up

    @property
    def asks(self) -> bool:
        """Whether the reader has to confirm that they know what stops before they see the records."""
        asks = self.todo is not None and self.existing is not None and self.existing.asks
        return asks and not self.suspended and not self.denied

    @property
    def was_shown(self) -> bool:
        """Whether anybody can have typed the records, so that a removal can be taken back."""
        if not self.domain.method.has_zone:
            return self.todo is not None
        return self.zone is not None and self.zone.ready_at is not None

    @property
    def refreshes(self) -> bool:
        """Whether the page reloads itself where scripts are off. It does only while work is under way that ends soon,
        and never with a box to tick: a reload discards what was ticked or typed (WCAG 2.2, failure F41).
        """
        return self.busy and not self.asks and not self.overdue

    @property
    def settled(self) -> bool:
        """Whether nothing will change by itself soon, so that the page polls slowly."""
        moving = self.busy or (self.certificate is not None and self.certificate.moving)
        return not moving and self.domain.state in _SETTLED

    @property
    def removal_instructions(self) -> RemovalInstructions | None:
        """What is still to be deleted at the provider, while the domain is being removed."""
        removing = self.domain.state is DomainState.REMOVING
        return removal_instructions(self.domain, self.zone) if removing else None

    def way_into(self, zone: str) -> tuple[str, ...]:
        """From signing in at the provider to the list of this zone's records."""
        host = self.domain.domain_name
        return way_in(self.provider or PLAIN, zone, names.relative(host, zone), host)

    @property
    def leftovers(self) -> Leftovers | None:
        """The same by methods whose records stay in a zone of the customer's."""
        return leftovers_of(self.domain) if self.domain.state is DomainState.REMOVING else None

    @property
    def can_check(self) -> bool:
        possible = self.todo is not None and not self.domain.state.is_gone
        return possible and not self.suspended and not self.denied

    @property
    def suspended(self) -> bool:
        """Whether its people can only remove the domain, because staff have suspended it."""
        return self.suspension is not None

    @property
    def alarming(self) -> bool:
        """Whether the whole domain is led to us, which comes before everything about the name."""
        return self.statement.situation is Situation.ALARM

    @property
    def healthy(self) -> bool:
        """Whether nothing is to be done or waited for, so that the records are of no interest now."""
        return self.domain.state is DomainState.VERIFIED and self.statement.tone == "good"

    @property
    def records_are_right(self) -> bool:
        """Whether the records of a verified name are all there, whatever else its people have to do."""
        right = self.report is not None and self.report.verified
        told = self.guide is not None and self.guide.tells
        return self.domain.state is DomainState.VERIFIED and right and not told

    @property
    def needs_client(self) -> bool:
        """Whether all that is left to do is to choose what answers visitors."""
        return self.healthy and self.domain.llm_client is None

    @property
    def verify_is_next(self) -> bool:
        """Whether pressing Verify is what its reader is to do, now or after what the next step says."""
        say = self.statement
        return say.who_acts == "you" and say.tone != "good" and say.certificate is None and not self.asks

    @property
    def on_the_way(self) -> bool:
        """Whether the domain is not live yet: not verified, or without a certificate that works."""
        waits = self.certificate is not None and not self.certificate.works and not self.welcome.opens
        stands = self.domain.state is DomainState.VERIFIED and self.domain.contrary_since is None
        on_the_way = self.domain.state is DomainState.PENDING or (stands and waits)
        return on_the_way and not (self.suspended or self.denied or self.alarming)

    @property
    def wants_records(self) -> bool:
        """Whether somebody has records to type now, so that whoever manages the DNS may be asked to."""
        say = self.statement
        theirs = say.situation.urges or (
            say.who_acts == "you" and self.domain.state is not DomainState.VERIFIED
        )
        return self.todo is not None and theirs and not self.denied and not self.asks

    @property
    def step(self) -> int:
        """The step on the way to live: 0 we set up, 1 add the records, 2 we verify, 3 certificate and live."""
        at = self.words.step(self.report)
        if at == 1 and self.report is not None:
            return 1
        if self.domain.is_verified:
            return 3
        return at if self.todo is not None else 0

    @property
    def version(self) -> str:
        """An ETag that changes when the page would, made without rendering it."""
        zone = f"{self.zone.id}.{self.zone.updated_at.timestamp()}" if self.zone else ""
        newest = self.history[0].id if self.history else 0
        client = self.domain.llm_client
        parts = (
            (self.domain.id, self.domain.version, zone, newest, self.checking, self.wait > 0),
            self.latest_report.checked_at if self.latest_report else "",
            f"{client.id}.{client.name}.{client.deployed}" if client else "",
            (self.certificate, self.existing, self.denied, self.standing, self.contested_from),
            self.refused.refusal if self.refused else "",
            (self.keep_until, self.other_ways, self.leftovers, self.probe, self.welcome),
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:20]
