"""The records of a name as a report lists them: each “name type value”, expected, found, missing or unexpected."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from webapp.dns.records_method.lookup.texts import shown
from webapp.dns.records_method.rules.case import RecordsCase


@dataclass(frozen=True)
class Listed:
    expected: tuple[str, ...]
    found: tuple[str, ...]
    unexpected: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(one for one in self.expected if one not in self.found)


def listed(case: RecordsCase) -> Listed:
    expected = case.expectation.records(apex=case.apex)
    there = frozenset(_found(case))
    found = tuple(one for one in expected if one in there)
    unexpected = dict.fromkeys(one for one in _others(case) if one not in expected)
    return Listed(expected, found, tuple(unexpected))


def _found(case: RecordsCase) -> Iterator[str]:
    expectation = case.expectation
    if case.token.right and not case.token.wildcard:
        yield f"{expectation.label_name} TXT {expectation.token}"
    if case.pointing.right and not case.pointing.wildcard:
        yield from expectation.pointing(apex=case.apex)
    if case.apex:
        yield from (expectation.address_record(one) for said in case.said_of_host for one in said.addresses)
    validation, seen = expectation.validation, case.observation.validation
    if validation and seen and seen.value == validation.value:
        yield f"{validation.name} CNAME {validation.value}"


def _others(case: RecordsCase) -> Iterator[str]:
    """What stands in the place of the records. TXT records beside the token are others' affair. Whatever a wildcard
    or a DNAME record makes up is no record of the name."""
    if not case.token.right:
        yield from (f"{case.expectation.label_name} TXT {shown(text)}" for text in case.texts)
    if case.leads_to_us or case.host_wildcard or case.token.aliases:
        return
    for said in case.elsewhere:
        yield from (f"{case.host} CNAME {name}" for name in said.names[:1])
        yield from sorted(map(case.expectation.address_record, said.addresses))
