"""What is to be done at a provider for the records of a customer's own zone, part by part, in its own words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from webapp.dns.judgement.report import Report
from webapp.dns.providers import (
    PLAIN,
    Provider,
    own_traps,
    provider_of,
    to_add,
    to_change,
    typed_value,
    value_label,
    way_in,
    without_proxy,
)
from webapp.domain_page.own_records.corrections import Correction, correction
from webapp.domain_page.own_records.to_type import Part, RecordLine, RecordsToType
from webapp.domain_page.records.provider_guide import lead
from webapp.domain_page.records.snippets import Chosen
from webapp.messages.formatting import few, shown
from webapp.models import DomainState, LLMClientCustomDomain


@dataclass(frozen=True)
class Row:
    """A record as it is typed at this provider."""

    line: RecordLine
    value_label: str
    typed: str


@dataclass(frozen=True)
class GuidePart:
    """`why`: what these records do. `steps`: how to add or correct them; none where they are there already.
    `mistake`: one of them was mistyped.
    """

    part: Part
    title: str
    why: tuple[str, ...]
    rows: tuple[Row, ...]
    steps: tuple[str, ...]
    done: bool
    mistake: bool = False


@dataclass(frozen=True)
class OwnGuide:
    """`writes`: something is to be typed. `name_label`: what the provider calls the field for a name. `at_once`:
    the name is served, or was, so that all of them have to be there now. `calm`: the name is reserved, and its
    people switch when they like.
    """

    heading: str
    parts: tuple[GuidePart, ...]
    traps: tuple[str, ...]
    name_label: str
    writes: bool
    reserved: bool
    at_once: bool
    calm: bool = False

    @property
    def tells(self) -> bool:
        """Whether there are steps, so that nobody else need tell what to do."""
        return self.writes

    def lead_by(self, chosen: Chosen) -> str:
        """The next step of whoever reads the steps as well."""
        said = lead(chosen, writes=self.writes)
        return f"When you like, {said[0].lower()}{said[1:]}" if self.calm else said


def own_guide(
    domain: LLMClientCustomDomain, todo: RecordsToType, report: Report | None, servers: frozenset[str]
) -> OwnGuide:
    """`report`: the latest one that says something about the records."""
    known = provider_of(servers)
    provider = known or PLAIN
    changes, at_once = domain.next_method is not None, todo.served
    settled = _settled(domain, report)
    parts = tuple(
        _part(part, todo, provider, report, settled=part in settled, at_once=at_once, changes=changes)
        for part in Part
        if todo.of(part)
    )
    writes = any(part.steps for part in parts)
    return OwnGuide(
        heading=_heading(domain, todo, parts, at_once=at_once),
        parts=parts,
        traps=own_traps(provider, todo.parent_zone, todo.relative_name, todo.host) if known else (),
        name_label=provider.name_label,
        writes=writes,
        reserved=todo.in_place(Part.RESERVE),
        at_once=at_once,
        calm=_is_calm(domain, todo, report),
    )


def _is_calm(domain: LLMClientCustomDomain, todo: RecordsToType, report: Report | None) -> bool:
    if domain.state is not DomainState.PENDING or todo.served or report is None:
        return False
    return report.verdict.facts.reserved and not report.verdict.facts.mistake


def _settled(domain: LLMClientCustomDomain, report: Report | None) -> frozenset[Part]:
    """The parts about which nothing is to be done. What a certificate needs is asked for also while the name is
    verified.
    """
    stands = domain.state is DomainState.VERIFIED and (report is None or report.verified)
    return frozenset({Part.RESERVE, Part.SWITCH}) if stands else frozenset()


def _heading(
    domain: LLMClientCustomDomain, todo: RecordsToType, parts: tuple[GuidePart, ...], *, at_once: bool
) -> str:
    asked = [part for part in parts if part.steps]
    if not asked:
        return "Your records"
    if asked[0].mistake:
        return "Correct this"
    if domain.verified_at is not None and not todo.found_count:
        return "Put these back"
    if not todo.in_place(Part.RESERVE):
        return "Add these"
    begun = at_once or todo.in_place(Part.SWITCH)
    return "Add what is missing" if begun else "Switch when you like"


def _part(
    part: Part,
    todo: RecordsToType,
    provider: Provider,
    report: Report | None,
    *,
    settled: bool,
    at_once: bool,
    changes: bool,
) -> GuidePart:
    lines, done = todo.of(part), todo.in_place(part)
    change = Correction() if settled else correction(part, todo, report)
    rows = tuple(
        Row(line, value_label(provider, line.type), typed_value(provider, line.typed)) for line in lines
    )
    return GuidePart(
        part,
        "Switch" if part is Part.SWITCH and (done or change.mistake or at_once) else _TITLES[part],
        tuple(_why(part, todo, change, done=done, at_once=at_once)),
        rows,
        tuple(_steps(part, change, todo, provider, changes=changes)),
        done,
        change.mistake,
    )


_TITLES = {
    Part.RESERVE: "Reserve the name",
    Part.SWITCH: "Switch when you like",
    Part.CERTIFICATE: "For the certificate",
}


def _why(part: Part, todo: RecordsToType, change: Correction, *, done: bool, at_once: bool) -> Iterator[str]:
    name = shown(todo.host)
    if part is Part.RESERVE:
        yield (
            f"This record proves that {name} is yours. Nothing changes for your visitors. Leave it in place for as "
            "long as you use the name."
        )
    elif part is Part.CERTIFICATE:
        yield "Amazon wants to see this record before it issues the certificate, and again at every renewal."
    else:
        yield from _why_switch(todo, name, change, done=done, at_once=at_once)


def _why_switch(
    todo: RecordsToType, name: str, change: Correction, *, done: bool, at_once: bool
) -> Iterator[str]:
    if done:
        yield f"With this, visitors of {name} reach us. Leave it in place."
        return
    many = len(todo.of(Part.SWITCH)) > 1
    leads = f"{'These lead' if many else 'This record leads'} visitors of {name} to us."
    there = todo.gives_way(Part.SWITCH)
    if change.mistake or change.hidden:
        yield leads
        return
    yield f"{leads} Add {'them' if many else 'it'} {_when(todo, at_once=at_once)}."
    if there and at_once:
        yield f"Until then, new visitors are led to {few([_shown_value(line) for line in there])}."
    elif there:
        yield f"Until you switch, {name} leads to {few([_shown_value(line) for line in there])} as it does today."
    if todo.apex:
        yield (
            f"At {name} itself no CNAME record can stand. If your provider has ALIAS or ANAME records, one that "
            f"leads to {todo.target} does as well."
        )
    elif not there:
        yield (
            f"A CNAME record stands alone: delete whatever else is named “{todo.relative_name}”, such as A, MX or "
            "TXT records, in the same go."
        )


def _when(todo: RecordsToType, *, at_once: bool) -> str:
    if not at_once:
        return "once the name is reserved, at a moment that you choose"
    return "now: the TXT record is there" if todo.in_place(Part.RESERVE) else "together with the TXT record"


def _steps(
    part: Part, change: Correction, todo: RecordsToType, provider: Provider, *, changes: bool
) -> Iterator[str]:
    if change == Correction():
        return
    yield from change.elsewhere
    yield from way_in(provider, todo.parent_zone, todo.relative_name, todo.host)
    if changes and part is Part.RESERVE:
        yield f"Delete the NS records named “{todo.relative_name}”. Nobody sees the new records below them."
    yield from change.first
    for there, right in change.edit:
        yield to_change(provider, there.typed, right.typed)
    yield from _deleted(change.delete)
    if change.hidden is not None:
        yield from without_proxy(provider, change.hidden.typed)
    yield from to_add(provider, [line.typed for line in change.add], todo.parent_zone)
    yield "Come back here and press Verify."


def _deleted(lines: tuple[RecordLine, ...]) -> Iterator[str]:
    """One step for all records of one name and type."""
    for owner, rdtype in dict.fromkeys((line.relative_name, line.type) for line in lines):
        values = [line.value for line in lines if (line.relative_name, line.type) == (owner, rdtype)]
        if len(values) == 1:
            yield f"Delete the {rdtype} record named “{owner}” with the value {values[0]}."
        else:
            yield f"Delete the {rdtype} records named “{owner}” with the values {few(values)}."


def _shown_value(line: RecordLine) -> str:
    return shown(line.value) if line.type == "CNAME" else line.value
