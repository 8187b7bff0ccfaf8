"""What a domain's page shows, read in one go for the customer's page, the staff's, the API and e-mails."""

from __future__ import annotations

from datetime import datetime, timedelta

from webapp.certificates.status import certificate_status, leads_to_us
from webapp.checks import queries as check_queries
from webapp.checks.watch import board
from webapp.config.settings import Settings
from webapp.dns.providers import provider_of
from webapp.domain_page.context import DomainPage
from webapp.domain_page.proving.changing import coming, other_ways
from webapp.domain_page.proving.methods import PAGES
from webapp.domain_page.records.provider_guide import parent_servers
from webapp.domain_page.status import status_text
from webapp.domain_page.status.existing_records import existing_records, instead_of
from webapp.domain_page.status.removal_instructions import shown_zone
from webapp.domain_page.status.statement import (
    UNPROVED,
    Facts,
    aside,
    refused_proof,
    standing_report,
    telling,
)
from webapp.domain_page.visitors.welcome import welcome
from webapp.domain_page.watching import watch
from webapp.domains import deny_list, queries
from webapp.domains.limits import seconds_to_wait
from webapp.domains.rules.standing import told_situation
from webapp.domains.rules.status import Situation
from webapp.domains.rules.transitions import Periods
from webapp.domains.suspension_notice import suspension_of
from webapp.live.status import probe_status
from webapp.models import DomainState, LLMClientCustomDomain
from webapp.moves.evidence import contested_from as contested_from_of
from webapp.moves.evidence import moved_away, standing_of
from webapp.proofs import first_look, restore
from webapp.proofs.registry import method_of
from webapp.reports.rows import has_report, report_of

#: Work still under way after this time will not end soon, so that the page no longer reloads itself.
_SOON = timedelta(minutes=2)


def domain_page(domain: LLMClientCustomDomain, settings: Settings, now: datetime) -> DomainPage:
    zone, periods = shown_zone(domain), Periods.of(settings)
    done = check_queries.latest_check(domain)
    seen = report_of(done)
    latest = telling(domain, seen)
    is_firm = done is None or (seen is not None and not seen.transient)
    firm = latest if is_firm else telling(domain, report_of(check_queries.latest_firm_check(domain)))
    report = standing_report(domain, latest, firm)
    shown_as, preparation = PAGES[domain.method], method_of(domain).preparation(domain)
    todo = shown_as.todo(domain, report)
    newest = queries.newest_certificate(domain)
    certificate = certificate_status(newest, leads_to_us=leads_to_us(domain), contact=settings.contact)
    existing = existing_records(domain, zone, latest, lambda: instead_of(domain, settings, now))
    contact = settings.contact
    check, servers = check_queries.open_check(domain), parent_servers(zone, latest)
    if done is None and not servers:
        servers = first_look.recall(domain.domain_name)
    denied = domain.state in UNPROVED and deny_list.covering(domain.domain_name) is not None
    refused = None if denied else refused_proof(domain, report, settings)
    standing, contested_from = standing_of(domain, settings, now), contested_from_of(domain, settings, now)
    facts = Facts(
        domain=domain,
        zone=zone,
        situation=told_situation(domain, zone, newest),
        report=report,
        latest=latest,
        todo=todo,
        periods=periods,
        preparation=preparation,
        certificate=certificate,
        probe=(probe := probe_status(domain)),
        contact=contact,
        existing=existing,
        denied=denied,
        refused=refused,
        standing=standing,
        contested_from=contested_from,
        moved_away=domain.state is DomainState.LAPSED and moved_away(domain),
    )
    statement = status_text.statement(facts)
    return DomainPage(
        domain=domain,
        zone=zone,
        statement=statement,
        todo=todo,
        report=report,
        aside=aside(facts, statement),
        checking=check is not None,
        wait=seconds_to_wait(domain, settings, now),
        periods=periods,
        preparation=preparation,
        contact=contact,
        latest=latest,
        newest_certificate=newest,
        certificate=certificate,
        servers=servers,
        provider=provider_of(servers),
        existing=existing,
        suspension=suspension_of(domain, contact),
        keep_until=restore.offered_until(domain, settings, now),
        denied=denied,
        refused=refused,
        standing=standing,
        contested_from=contested_from,
        overdue=now - (check or zone or domain).created_at > _SOON,
        unreadable=seen is None and has_report(done),
        coming=coming(domain, servers),
        other_ways=other_ways(domain, settings),
        probe=probe,
        watch=watch(check, board.read, now),
        welcome=welcome(domain, certificate, probe, now, live=statement.situation is Situation.LIVE),
    )
