"""The same facts as the documents, as lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from webapp.commands.dns import found_now
from webapp.commands.output import Exit, listed
from webapp.dns import names
from webapp.dns.delegation import Mark, as_typed
from webapp.dns.judgement.report import Report
from webapp.dns.records_method import RecordsReport
from webapp.domain_page.proving.changing import coming
from webapp.domain_page.proving.methods import PAGES, ToType
from webapp.domain_page.status.status_text import refused_as
from webapp.domains import deny_list, queries
from webapp.domains.registration import Registered, in_the_way_of
from webapp.domains.rules.standing import told_situation
from webapp.domains.suspension_notice import Suspension, suspension_of
from webapp.extensions import settings
from webapp.live.status import probe_status
from webapp.messages.catalogue import sentence
from webapp.models import LLMClientCustomDomain, Method, utcnow
from webapp.moves import words
from webapp.proofs.base.method import ProofMethod
from webapp.proofs.registry import METHODS

_MARKS: dict[Mark, str] = {
    "unknown": "–  not seen",
    "found": "✓  found",
    "missing": "✗  missing",
    "unexpected": "+  not ours, remove it",
}


def list_lines(found: Iterable[Sequence[LLMClientCustomDomain]]) -> Iterator[str]:
    head = ("NAME", "STATE", "METHOD", "ACCOUNT", "LLM CLIENT", "LAST CHECKED")
    nothing = "No domains yet. Register one: flask domains register chat.example.com --account N"
    return listed(head, ([_row(domain) for domain in some] for some in found), nothing)


def _row(domain: LLMClientCustomDomain) -> tuple[str, ...]:
    client = domain.llm_client.label if domain.llm_client else "–"
    return (
        domain.domain_name,
        f"{domain.state}, suspended" if _suspension(domain) else domain.state.value,
        _method(domain),
        domain.account.number,
        client,
        when(domain.last_checked_at),
    )


def domain_lines(domain: LLMClientCustomDomain, report: Report | None) -> Iterator[str]:
    """Who and what, then the report of the last check, then the records to type and where."""
    yield names.HostName(domain.domain_name).shown
    yield fact("Account", domain.account.number)
    yield fact("LLM client", domain.llm_client.label if domain.llm_client else "none")
    yield fact("Method", _method(domain))
    yield fact("Headline", headline(domain))
    if (seen := probe_status(domain)) is not None:
        yield fact("From outside", f"{seen.headline} – {seen.sentence} {seen.next_step}".rstrip())
    yield from report_lines(domain, report)
    yield from _where_to_add(domain, report)
    yield from _then(domain)
    yield fact("Last checked", when(domain.last_checked_at))
    yield fact("Next check", when(domain.next_check_at, never="none planned"))


def report_lines(domain: LLMClientCustomDomain, report: Report | None) -> Iterator[str]:
    """Status, What to fix, Found now, and each name server or record with its mark."""
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
    of_records = isinstance(report, RecordsReport)
    marks = _MARKS | {"unexpected": "+  not ours"} if of_records else _MARKS
    slips = {seen: "+  mistyped, edit it" for seen, _ in report.mistyped}
    for number, (value, mark) in enumerate(report.marks):
        label = "Records" if of_records else "Name servers"
        yield fact("" if number else label, f"{slips.get(value) or marks[mark]}  {as_typed(value)}")


def headline(domain: LLMClientCustomDomain) -> str:
    """What the domain's page and the list of domains say first."""
    found = told_situation(domain, queries.current_zone(domain), queries.newest_certificate(domain))
    return f"{found.words}, something is to be done" if found.urges else found.words


def _suspension(domain: LLMClientCustomDomain) -> Suspension | None:
    return suspension_of(domain, settings().contact)


def _status(domain: LLMClientCustomDomain, report: Report | None) -> str:
    if not domain.state.is_verified and not domain.state.is_gone and deny_list.covering(domain.domain_name):
        return f"{domain.state} – {domain.domain_name} is a name that we do not serve. The deny list has it."
    if report is None:
        return f"{domain.state} – not checked yet"
    if report.verified and not domain.is_verified:
        found = in_the_way_of(domain, settings())
        then = refused_as(found) if found is not None else "the next check connects the name"
        right = "is delegated to us" if domain.method.has_zone else "is proved and leads to us"
        return f"{domain.state} – {domain.domain_name} {right}, and {then}."
    return f"{domain.state} – {report.message}"


def _where_to_add(domain: LLMClientCustomDomain, report: Report | None) -> Iterator[str]:
    todo = PAGES[domain.method].todo(domain, report)
    if todo is not None:
        yield from _to_add("Records", todo)
    elif not domain.state.is_gone:
        yield fact("Records", _preparing(METHODS[domain.method], domain))


def _then(domain: LLMClientCustomDomain) -> Iterator[str]:
    """What is to be done for the method that a served name changes to."""
    then = coming(domain, frozenset())
    if then is None:
        return
    if then.report is not None:
        yield fact("Then", then.report.message)
    if then.todo is None:
        yield fact("New records", _preparing(METHODS[then.method], domain))
        return
    yield from _to_add("New records", then.todo)
    yield fact("", then.words.order)


def _preparing(method: ProofMethod, domain: LLMClientCustomDomain) -> str:
    problem = method.preparation(domain).problem
    return sentence(problem) if problem else method.preparing


def _to_add(label: str, todo: ToType) -> Iterator[str]:
    yield fact(label, f"to add at the provider of {todo.parent_zone}, where it is not there yet:")
    for group in todo.groups:
        for one in group.values:
            if one.mark != "unexpected":
                yield fact("", f"{group.relative_name}  {group.type}  {one.value}")
    yield fact("", f"(“{todo.relative_name}” is {todo.host} in full)")


def registered_lines(result: Registered, chosen: Method | None) -> Iterator[str]:
    """`chosen`: the method that was asked for, which a claim that was there already may not have."""
    domain = result.domain
    name, method = domain.domain_name, METHODS[domain.method]
    if result.existing:
        yield f"{name} is registered already, and {domain.state}."
        if chosen not in {None, domain.method, domain.next_method}:
            yield f"It is proved by {_method(domain)}. To change that: flask domains method {name} {chosen}"
    elif method.preparation(domain).ready:
        yield f"{name} is registered."
        yield from _where_to_add(domain, None)
    else:
        yield f"{name} is registered. {method.preparing}"
    yield f"Next: flask domains show {name}"


def method_lines(domain: LLMClientCustomDomain, report: Report | None) -> Iterator[str]:
    name = domain.domain_name
    if domain.next_method is None:
        yield f"{name} is proved by {domain.method}."
        yield from _where_to_add(domain, report)
    else:
        yield f"{name} is served by {domain.method} until {domain.next_method} proves it."
        yield from _then(domain)
    yield f"Next: flask domains check {name} --wait"


def removed_lines(domain: LLMClientCustomDomain) -> Iterator[str]:
    words, types = METHODS[domain.method].words, "NS" if domain.method.has_zone else "TXT and CNAME"
    yield f"{domain.domain_name} is not served any more."
    yield f"Next: delete its {types} records at your DNS provider."
    yield words.leftovers


def kept_lines(domain: LLMClientCustomDomain) -> Iterator[str]:
    yield f"{domain.domain_name}: {METHODS[domain.method].words.kept}"
    yield "We check now."
    yield f"Next: flask domains show {domain.domain_name}"


def _method(domain: LLMClientCustomDomain) -> str:
    return f"{domain.method}, then {domain.next_method}" if domain.next_method else domain.method.value


def fact(label: str, value: str) -> str:
    return f"{label:<14}{value}".rstrip()


def when(moment: datetime | None, never: str = "never") -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else never


def outcome_of(domain: LLMClientCustomDomain, report: Report) -> Exit:
    """A right delegation alone is not enough: another account's claim on the name may be the verified one."""
    if report.verified and domain.is_verified:
        return Exit.DONE
    return Exit.COULD_NOT_CHECK if report.transient else Exit.NOT_VERIFIED
