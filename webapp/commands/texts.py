"""The same facts as `documents`, as lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from webapp.commands.dns import found_now
from webapp.commands.output import listed
from webapp.dns import names
from webapp.dns.delegation import Mark, as_typed
from webapp.dns.judgement.report import Report
from webapp.domain_page.records.instructions import instructions
from webapp.domain_page.status_text import refused_as
from webapp.domains import deny_list, queries
from webapp.domains.registration import in_the_way_of
from webapp.domains.status import situation
from webapp.domains.suspension_notice import Suspension, contact_address, suspension_of
from webapp.extensions import settings
from webapp.messages.catalogue import sentence
from webapp.models import LLMClientCustomDomain, ZoneState, utcnow
from webapp.moves import words

_MARKS: dict[Mark, str] = {
    "unknown": "–  not seen",
    "found": "✓  found",
    "missing": "✗  missing",
    "unexpected": "+  not ours, remove it",
}


def list_lines(found: Iterable[Sequence[LLMClientCustomDomain]]) -> Iterator[str]:
    head = ("NAME", "STATE", "ACCOUNT", "LLM CLIENT", "LAST CHECKED")
    nothing = "No domains yet. Register one: flask domains register chat.example.com --account N"
    return listed(head, ([_row(domain) for domain in some] for some in found), nothing)


def _row(domain: LLMClientCustomDomain) -> tuple[str, ...]:
    client = domain.llm_client.label if domain.llm_client else "–"
    return (
        domain.domain_name,
        f"{domain.state}, suspended" if _suspension(domain) else domain.state.value,
        domain.account.number,
        client,
        when(domain.last_checked_at),
    )


def domain_lines(domain: LLMClientCustomDomain, report: Report | None) -> Iterator[str]:
    """Who and what, then the report of the last check, then the record set to type and where."""
    yield names.HostName(domain.domain_name).shown
    yield fact("Account", domain.account.number)
    yield fact("LLM client", domain.llm_client.label if domain.llm_client else "none")
    yield fact("Headline", headline(domain))
    yield from report_lines(domain, report)
    yield from _where_to_add(domain, report)
    yield fact("Last checked", when(domain.last_checked_at))
    yield fact("Next check", when(domain.next_check_at, never="none planned"))


def report_lines(domain: LLMClientCustomDomain, report: Report | None) -> Iterator[str]:
    """Status, What to fix, Found now, Name servers."""
    suspension = _suspension(domain)
    yield fact(
        "Status",
        f"{domain.state}, suspended – {suspension.sentence}" if suspension else _status(domain, report),
    )
    if suspension:
        yield fact("What to do", suspension.next_step)
    if contest := words.told_of(domain, settings(), utcnow()):
        yield fact("Contest", contest)
    if report is None:
        return
    if report.next_step and not report.verified and not suspension:
        yield fact("What to fix", report.next_step)
        if report.details:
            yield fact("Details", report.details)
    for hint in report.hints:
        yield fact("Also", hint.message)
    yield fact("Found now", found_now(report))
    for number, (server, mark) in enumerate(report.marks):
        yield fact("" if number else "Name servers", f"{_MARKS[mark]}  {as_typed(server)}")


def headline(domain: LLMClientCustomDomain) -> str:
    """What the domain's page and the list of domains say first."""
    found = situation(domain, queries.current_zone(domain), queries.newest_certificate(domain))
    return f"{found.words}, something is to be done" if found.urges else found.words


def _suspension(domain: LLMClientCustomDomain) -> Suspension | None:
    return suspension_of(domain, contact_address(settings()))


def _status(domain: LLMClientCustomDomain, report: Report | None) -> str:
    if not domain.state.is_verified and not domain.state.is_gone and deny_list.covering(domain.domain_name):
        return f"{domain.state} – {domain.domain_name} is a name that we do not serve. The deny list has it."
    if report is None:
        return f"{domain.state} – not checked yet"
    if report.verified and not domain.is_verified:
        found = in_the_way_of(domain, settings())
        then = refused_as(found) if found is not None else "the next check connects the name"
        return f"{domain.state} – {domain.domain_name} is delegated to us, and {then}."
    return f"{domain.state} – {report.message}"


def _where_to_add(domain: LLMClientCustomDomain, report: Report | None) -> Iterator[str]:
    zone = queries.current_zone(domain)
    todo = instructions(domain, zone, report)
    if todo is None:
        if zone is not None and zone.state is not ZoneState.RETIRED:
            trouble = sentence(zone.problem) if zone.problem else ""
            yield fact("Records", trouble or "We are preparing the name servers; look again in a minute.")
        return
    yield fact("Records", f"to add at the provider of {todo.parent_zone}, where it is not there yet:")
    for server in todo.name_servers:
        yield fact("", f"{todo.relative_name}  {todo.type}  {server}")
    yield fact("", f"(“{todo.relative_name}” is {todo.host} in full)")


def fact(label: str, value: str) -> str:
    return f"{label:<14}{value}".rstrip()


def when(moment: datetime | None, never: str = "never") -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else never
