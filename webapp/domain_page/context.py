"""Everything that a domain's page shows, read in one go. The customer's page and the staff's are the same."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.audit.history import Entry, fold
from webapp.certificates.status import CertificateShown, certificate_shown
from webapp.checks import queries as check_queries
from webapp.config.settings import Settings
from webapp.dns.delegation import Asked, DelegationReport
from webapp.dns.providers import Provider
from webapp.domain_page import status_text
from webapp.domain_page.existing_records import Preflight, preflight
from webapp.domain_page.instructions import Instructions, instructions
from webapp.domain_page.provider_guide import Guide, guide, provider_for
from webapp.domain_page.removal_instructions import Farewell, farewell
from webapp.domains import deny_list, queries
from webapp.domains.check_limit import seconds_to_wait
from webapp.domains.suspension_notice import Hold, contact_address, hold_of
from webapp.domains.transitions import Periods
from webapp.models import Check, DomainState, Event, HostedZone, LLMClientCustomDomain, ZoneState
from webapp.removal import restore
from webapp.removal.deletion_queue import leaving_zone

_UNPROVED = {DomainState.PENDING, DomainState.EXPIRED, DomainState.LAPSED}
_SETTLED = {DomainState.VERIFIED, DomainState.EXPIRED, DomainState.REMOVED}
#: What people wait for has ended by then; a page that went on loading itself would only disturb its reader.
_SOON = timedelta(minutes=2)


@dataclass(frozen=True)
class DomainPage:
    """`report` is what the page stands on, `aside` how the latest check went when that differs."""

    domain: LLMClientCustomDomain
    zone: HostedZone | None
    statement: status_text.Statement
    todo: Instructions | None
    report: DelegationReport | None
    aside: status_text.Aside | None
    checking: bool
    wait: int
    history: Sequence[Event]
    periods: Periods
    certificate: CertificateShown | None = None
    provider: Provider | None = None
    before: Preflight | None = None
    hold: Hold | None = None
    #: Until when the removal can be taken back; None when it cannot, or there is none.
    keep_until: datetime | None = None
    #: Nobody may be newly verified with the name, and it is not.
    denied: bool = False
    #: What is under way began so long ago that its end is not near.
    overdue: bool = False

    @property
    def shown(self) -> str:
        return status_text.shown(self.domain.domain_name)

    @property
    def title(self) -> str:
        return f"{self.statement.headline}: {self.shown}"

    @property
    def dns(self) -> status_text.Statement:
        """How DNS alone stands, for a page that tells of the certificate and the LLM client by itself."""
        leads_to_us = self.domain.state is DomainState.VERIFIED and not self.held
        return status_text.leads_to_us(self.domain, self.periods) if leads_to_us else self.statement

    @property
    def latest_report(self) -> DelegationReport | None:
        return self.aside.report if self.aside else self.report

    @property
    def setting_up(self) -> bool:
        unfinished = self.zone is None or self.zone.state not in {ZoneState.READY, ZoneState.REFUSED}
        return unfinished and self.domain.state is DomainState.PENDING

    @property
    def questions(self) -> list[tuple[str, list[Asked]]]:
        """What the latest check asked, in groups of one role; the servers that decide come first."""
        asked = self.latest_report.asked if self.latest_report else ()
        parent = (self.latest_report.parent_zone if self.latest_report else None) or "the parent zone"
        groups = (
            (f"What the servers of {parent} said", "parent"),
            ("What our name servers said", "ours"),
            ("What resolvers said", "resolver"),
            (f"Who serves {parent}", "above"),
        )
        rows = ((words, [one for one in asked if one.role == role]) for words, role in groups)
        return [(words, found) for words, found in rows if found]

    @property
    def busy(self) -> bool:
        """Something is under way that ends within a minute or so; people wait for it."""
        return self.checking or self.setting_up

    @property
    def asks(self) -> bool:
        """The reader is to tick that they know what stops, and then sees what to type."""
        asks = self.todo is not None and self.before is not None and self.before.asks
        return asks and not self.held and not self.denied

    @property
    def refreshes(self) -> bool:
        """Without scripts the page loads itself again: only while something ends by itself soon and nothing is to be
        ticked, for a refresh throws away what somebody has ticked or typed (WCAG 2.2, failure F41).
        """
        return self.busy and not self.asks and not self.overdue

    @property
    def settled(self) -> bool:
        """Nothing will change by itself soon, so a page need not keep asking."""
        moving = self.busy or (self.certificate is not None and self.certificate.moving)
        return not moving and self.domain.state in _SETTLED

    @property
    def farewell(self) -> Farewell | None:
        """What is still to be deleted at the provider, while the domain is being removed."""
        return farewell(self.domain, self.zone) if self.domain.state is DomainState.REMOVING else None

    @property
    def can_check(self) -> bool:
        possible = self.todo is not None and not self.domain.state.is_gone
        return possible and not self.held and not self.denied

    @property
    def held(self) -> bool:
        """Staff hold it: nothing but the removal is possible."""
        return self.hold is not None

    @property
    def guide(self) -> Guide | None:
        return guide(self.provider, self.todo) if self.provider and self.todo else None

    @property
    def on_the_way(self) -> bool:
        """Not live yet: still to be proved, or proved and without a certificate that works."""
        waits = self.certificate is not None and not self.certificate.works
        on_the_way = self.domain.state is DomainState.PENDING or (self.domain.is_verified and waits)
        return on_the_way and not self.held and not self.denied

    @property
    def step(self) -> int:
        """How far it is on the way: 1 add the records, 2 we verify, 3 certificate and live; 0 while we set up."""
        if self.domain.is_verified:
            return 3
        if self.todo is None:
            return 0
        right = self.report is not None and not self.report.missing and not self.report.unexpected
        return 2 if self.checking or right else 1

    @property
    def entries(self) -> list[Entry]:
        """The history with repeats folded."""
        return fold(self.history)

    @property
    def version(self) -> str:
        """Changes when the page would: an ETag that costs no rendering."""
        zone = f"{self.zone.id}.{self.zone.updated_at.timestamp()}" if self.zone else ""
        newest = self.history[0].id if self.history else 0
        client = self.domain.llm_client
        parts = (
            self.domain.id,
            self.domain.version,
            zone,
            newest,
            self.checking,
            self.wait > 0,
            self.latest_report.checked_at if self.latest_report else "",
            f"{client.id}.{client.name}.{client.deployed}" if client else "",
            self.certificate,
            self.before,
            self.denied,
            self.keep_until,
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:20]


def domain_page(domain: LLMClientCustomDomain, settings: Settings, now: datetime) -> DomainPage:
    zone, periods = _zone(domain), Periods.of(settings)
    latest = _telling(domain, check_queries.latest_check(domain))
    report = status_text.standing_report(
        domain, latest, _telling(domain, check_queries.latest_firm_check(domain))
    )
    todo = instructions(domain, zone, report)
    certificate = certificate_shown(queries.newest_certificate(domain))
    before = preflight(domain, zone, latest, lambda: queries.parents_of_others(domain))
    contact = contact_address(settings)
    check = check_queries.open_check(domain)
    denied = domain.state in _UNPROVED and deny_list.covering(domain.domain_name) is not None
    facts = status_text.Facts(domain, zone, report, todo, periods, certificate, contact, before, denied)
    return DomainPage(
        domain=domain,
        zone=zone,
        statement=status_text.statement(facts),
        todo=todo,
        report=report,
        aside=status_text.aside(domain, latest, report, periods),
        checking=check is not None,
        wait=seconds_to_wait(domain, settings, now),
        history=queries.history(domain),
        periods=periods,
        certificate=certificate,
        provider=provider_for(zone, latest),
        before=before,
        hold=hold_of(domain, contact),
        keep_until=restore.offered_until(domain, zone, settings, now),
        denied=denied,
        overdue=now - (check or zone or domain).created_at > _SOON,
    )


def _zone(domain: LLMClientCustomDomain) -> HostedZone | None:
    """The newest; of a domain that is being removed, the one whose name servers are still to be deleted."""
    leaving = leaving_zone(domain) if domain.state is DomainState.REMOVING else None
    return leaving or queries.current_zone(domain)


def _telling(domain: LLMClientCustomDomain, check: Check | None) -> DelegationReport | None:
    """The check's report, unless it tells of a time that is over: that a name was verified before it was removed
    says nothing of one whose removal was taken back.
    """
    report = DelegationReport.from_dict(check.report) if check is not None and check.report else None
    over = domain.state is DomainState.PENDING and domain.verdict is None
    return None if report is not None and report.verified and over else report
