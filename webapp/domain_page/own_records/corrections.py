"""What is to be done with the records that are there, part by part, by what the last check saw. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from webapp.dns import names
from webapp.dns.delegation import DOMAIN_MISSING, PARKED, AtParent, Verdict
from webapp.dns.judgement.finding import OWN_ZONE, WILDCARD, WRONG_TYPE
from webapp.dns.judgement.report import Report
from webapp.dns.records_method.words.reasons import (
    ALIAS_THERE,
    FLATTENED,
    LABEL_DELEGATED,
    OTHER_CLAIM,
    OTHER_VALUE,
    PROXIED,
    WILDCARD_ENDS,
)
from webapp.domain_page.own_records.to_type import Part, RecordLine, RecordsToType
from webapp.domain_page.records.provider_guide import renewed, without_alias_above
from webapp.messages.formatting import few, shown

Params = Mapping[str, Any]
_SLIPS = {Verdict.TOKEN_MISMATCH, Verdict.TOKEN_EXPIRED}


@dataclass(frozen=True)
class Correction:
    """`elsewhere`: what is to be done before and not among the zone's records. `first`: what else has to go, both in
    whole sentences. `edit`: pairs of a record that is there and what it should be. `hidden`: the record that a proxy
    or flattening may hide. `mistake`: somebody typed something wrong, which is not the same as nothing yet.
    """

    elsewhere: tuple[str, ...] = ()
    first: tuple[str, ...] = ()
    edit: tuple[tuple[RecordLine, RecordLine], ...] = ()
    delete: tuple[RecordLine, ...] = ()
    add: tuple[RecordLine, ...] = ()
    hidden: RecordLine | None = None
    mistake: bool = False


def correction(part: Part, todo: RecordsToType, report: Report | None) -> Correction:
    """`report`: the latest one that says something about the records."""
    absent = tuple(line for line in todo.of(part) if line.mark != "found")
    if report is None or not absent:
        return Correction(add=absent)
    if report.reason == DOMAIN_MISSING or report.verdict.facts.at_parent is AtParent.DIVIDED:
        # Nothing can be done at the provider.
        return Correction()
    return _BY_PART[part](todo, report, absent)


def corrected(todo: RecordsToType, report: Report | None) -> RecordsToType:
    """With what is to be edited and deleted of what is there, for whoever is told of the records without steps."""
    changes = [correction(part, todo, report) for part in Part if todo.of(part)]
    return replace(
        todo,
        to_edit=tuple(there.told for one in changes for there, _ in one.edit if there in todo.there),
        to_remove=tuple(line.told for one in changes for line in one.delete),
    )


def _of_token(todo: RecordsToType, report: Report, absent: tuple[RecordLine, ...]) -> Correction:
    there, verdict, reason = todo.gives_way(Part.RESERVE), report.verdict, report.reason
    others = verdict is Verdict.TOKEN_MISMATCH and reason in {"", OTHER_CLAIM}
    if verdict in _SLIPS and not others and len(there) == 1:
        return Correction(edit=((there[0], absent[0]),), mistake=True)
    say = _FIRST.get(reason) or _FIRST_OF.get(verdict)
    first = tuple(say(todo, report.params)) if say is not None else ()
    mistake = verdict.facts.mistake and verdict is not Verdict.RECORD_IN_THE_WAY and not others
    if reason in {OWN_ZONE, PARKED}:
        return Correction(elsewhere=first, add=absent, mistake=mistake)
    return Correction(first=first, add=absent, mistake=mistake)


def _of_target(todo: RecordsToType, report: Report, absent: tuple[RecordLine, ...]) -> Correction:
    there, reason = todo.gives_way(Part.SWITCH), report.reason
    mistake = report.verdict.facts.mistake and todo.in_place(Part.RESERVE)
    if report.verdict is Verdict.CNAME_MISTYPED and reason == WILDCARD:
        owner = names.relative(report.params["at"], todo.parent_zone)
        gone = f"Delete the record named “{owner}” that leads to us."
        return Correction(first=(gone,), add=absent, mistake=True)
    if reason in {PROXIED, FLATTENED} and not todo.apex:
        return Correction(hidden=absent[0])
    if len(there) == len(absent) == 1 and there[0].type == absent[0].type:
        return Correction(edit=((there[0], absent[0]),), mistake=mistake)
    return Correction(delete=there, add=absent, mistake=mistake)


def _of_certificate(_todo: RecordsToType, report: Report, absent: tuple[RecordLine, ...]) -> Correction:
    found = (one for one in report.further if one.verdict is Verdict.VALIDATION_MISSING)
    hint = next(found, None)
    if hint is not None and hint.reason == OTHER_VALUE and len(absent) == 1:
        seen = RecordLine(
            Part.CERTIFICATE,
            absent[0].name,
            absent[0].relative_name,
            "CNAME",
            hint.params["seen"],
            "unexpected",
        )
        return Correction(edit=((seen, absent[0]),), mistake=True)
    return Correction(add=absent)


_BY_PART = {Part.RESERVE: _of_token, Part.SWITCH: _of_target, Part.CERTIFICATE: _of_certificate}


def _label(todo: RecordsToType) -> RecordLine:
    return todo.of(Part.RESERVE)[0]


def _alias_there(todo: RecordsToType, _params: Params) -> Iterator[str]:
    yield f"Delete the CNAME record named “{_label(todo).relative_name}”."


def _label_delegated(todo: RecordsToType, _params: Params) -> Iterator[str]:
    yield f"Delete the NS records named “{_label(todo).relative_name}”."


def _wildcard_ends(todo: RecordsToType, params: Params) -> Iterator[str]:
    owner = names.relative(params["at"], todo.parent_zone)
    yield (
        f"Add the records that “{owner}” has with the name “{todo.relative_name}” as well: “{owner}” no longer "
        "answers for it afterwards."
    )


def _parked(todo: RecordsToType, _params: Params) -> Iterator[str]:
    yield renewed(todo.host, todo.parent_zone)


def _own_zone(todo: RecordsToType, _params: Params) -> Iterator[str]:
    yield f"Delete the zone {shown(_label(todo).name)} at your DNS provider: it hides our record."


def _misplaced(todo: RecordsToType, params: Params) -> Iterator[str]:
    at = [
        f"“{names.relative(one, todo.parent_zone) if names.at_or_below(one, todo.parent_zone) else one}”"
        for one in params["at"]
    ]
    yield f"Delete the TXT record named {few(at)} that has our value: its name is wrong."


def _alias_above(_todo: RecordsToType, params: Params) -> Iterator[str]:
    yield from without_alias_above(params)


_Say = Callable[[RecordsToType, Params], Iterator[str]]
_FIRST: Mapping[str, _Say] = {
    WRONG_TYPE: _alias_there,
    ALIAS_THERE: _alias_there,
    LABEL_DELEGATED: _label_delegated,
    WILDCARD_ENDS: _wildcard_ends,
    OWN_ZONE: _own_zone,
    PARKED: _parked,
}
_FIRST_OF: Mapping[Verdict, _Say] = {
    Verdict.TOKEN_MISPLACED: _misplaced,
    Verdict.ALIAS_ABOVE: _alias_above,
}
