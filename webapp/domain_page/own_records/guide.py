"""What is to be done at a provider for the records of a customer's own zone, part by part, in its own words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from webapp.dns.delegation import AtParent
from webapp.dns.judgement.report import Report
from webapp.dns.providers import (
    PLAIN,
    Provider,
    own_traps,
    provider_of,
    to_add,
    typed_value,
    value_label,
    way_in,
)
from webapp.domain_page.own_records.to_type import Part, RecordLine, RecordsToType, shown_there
from webapp.messages.formatting import shown
from webapp.models import DomainState, LLMClientCustomDomain


@dataclass(frozen=True)
class Row:
    """A record as it is typed at this provider."""

    line: RecordLine
    value_label: str
    typed: str


@dataclass(frozen=True)
class GuidePart:
    """`why`: what these records do. `steps`: how to add them; none where they are there already."""

    part: Part
    title: str
    why: tuple[str, ...]
    rows: tuple[Row, ...]
    steps: tuple[str, ...]
    done: bool


@dataclass(frozen=True)
class OwnGuide:
    """`writes`: something is to be typed. `name_label`: what the provider calls the field for a name. `at_once`: a
    served name changes to these records, and all of them are typed in one go.
    """

    heading: str
    parts: tuple[GuidePart, ...]
    traps: tuple[str, ...]
    name_label: str
    writes: bool
    reserved: bool
    at_once: bool


def own_guide(
    domain: LLMClientCustomDomain, todo: RecordsToType, report: Report | None, servers: frozenset[str]
) -> OwnGuide:
    """`report`: the latest one that says something about the records."""
    known = provider_of(servers)
    provider = known or PLAIN
    stands = domain.state is DomainState.VERIFIED and (report is None or report.verified)
    impossible = report is not None and report.reason == "domain-missing"
    settled = (
        stands or impossible or (report is not None and report.verdict.facts.at_parent is AtParent.DIVIDED)
    )
    at_once = domain.next_method is not None
    parts = tuple(
        _part(part, todo, provider, settled=settled, at_once=at_once) for part in Part if todo.of(part)
    )
    writes = any(part.steps for part in parts)
    return OwnGuide(
        heading=_heading(domain, todo, writes=writes),
        parts=parts,
        traps=own_traps(provider, todo.parent_zone, todo.relative_name, todo.host) if known else (),
        name_label=provider.name_label,
        writes=writes,
        reserved=todo.in_place(Part.RESERVE),
        at_once=at_once,
    )


def _heading(domain: LLMClientCustomDomain, todo: RecordsToType, *, writes: bool) -> str:
    if not writes:
        return "Your records"
    if domain.verified_at is not None and not todo.found_count:
        return "Put these back"
    if todo.in_place(Part.RESERVE):
        return "Switch when you like" if not todo.in_place(Part.SWITCH) else "Add what is missing"
    return "Add these"


def _part(part: Part, todo: RecordsToType, provider: Provider, *, settled: bool, at_once: bool) -> GuidePart:
    lines, done = todo.of(part), todo.in_place(part)
    absent = () if settled else tuple(line for line in lines if line.mark != "found")
    rows = tuple(
        Row(line, value_label(provider, line.type), typed_value(provider, line.typed)) for line in lines
    )
    return GuidePart(
        part,
        _TITLES[part],
        tuple(_why(part, todo, done=done, at_once=at_once)),
        rows,
        tuple(_steps(absent, todo, provider, at_once=at_once)) if absent else (),
        done,
    )


_TITLES = {
    Part.RESERVE: "Reserve the name",
    Part.SWITCH: "Switch when you like",
    Part.CERTIFICATE: "For the certificate",
}


def _why(part: Part, todo: RecordsToType, *, done: bool, at_once: bool) -> Iterator[str]:
    name = shown(todo.host)
    if part is Part.RESERVE:
        yield (
            f"This record proves that {name} is yours. Nothing changes for your visitors. Leave it in place for as "
            "long as you use the name."
        )
    elif part is Part.CERTIFICATE:
        yield "Amazon wants to see this record before it issues the certificate, and again at every renewal."
    else:
        yield from _why_switch(todo, name, done=done, at_once=at_once)
    there = todo.gives_way(part)
    if there and part is not Part.SWITCH:
        yield f"Replace what stands in its place: {shown_there(there)}."


def _why_switch(todo: RecordsToType, name: str, *, done: bool, at_once: bool) -> Iterator[str]:
    if done:
        yield f"With this, visitors of {name} reach us. Leave it in place."
        return
    many = "These lead" if len(todo.of(Part.SWITCH)) > 1 else "This record leads"
    when = (
        "together with the TXT record"
        if at_once
        else "once the name is reserved, at a moment that you choose"
    )
    it = "them" if len(todo.of(Part.SWITCH)) > 1 else "it"
    yield f"{many} visitors of {name} to us. Add {it} {when}."
    there = todo.gives_way(Part.SWITCH)
    if todo.apex:
        yield (
            f"At {name} itself no CNAME record can stand. If your provider has ALIAS or ANAME records, one that "
            f"leads to {todo.target} does as well."
        )
        if there:
            yield f"Today {name} has {shown_there(there)}. Replace it in the same go."
        return
    if there:
        ours_with_a_zone_appended = any(line.value.startswith(f"{todo.target}.") for line in there)
        answers = "" if ours_with_a_zone_appended else ", which answers until then"
        yield (
            f"Today {name} has {shown_there(there)}{answers}. Delete it in the same go: a CNAME record stands alone."
        )
    else:
        yield (
            f"A CNAME record stands alone: delete whatever else is named “{todo.relative_name}”, such as A, MX or "
            "TXT records, in the same go."
        )


def _steps(
    absent: tuple[RecordLine, ...], todo: RecordsToType, provider: Provider, *, at_once: bool
) -> Iterator[str]:
    there = todo.gives_way(absent[0].part)
    yield from way_in(provider, todo.parent_zone, todo.relative_name, todo.host)
    if at_once and absent[0].part is Part.RESERVE:
        yield f"Delete the NS records named “{todo.relative_name}”. Nobody sees the new records below them."
    for line in there:
        yield f"Delete the {line.type} record named “{line.relative_name}” with the value {line.value}."
    yield from to_add(provider, [line.typed for line in absent], todo.parent_zone)
    yield "Come back here and press Verify."
