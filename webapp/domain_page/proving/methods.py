"""What a domain's page shows by the method of the claim: the records to type, how, and in which templates."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Protocol

from webapp.dns.judgement.report import Report
from webapp.dns.providers import Provider
from webapp.dns.records_method import RecordsExpectation
from webapp.domain_page.own_records import snippets as own_snippets
from webapp.domain_page.own_records.corrections import corrected
from webapp.domain_page.own_records.guide import OwnGuide, own_guide
from webapp.domain_page.own_records.to_type import RecordsToType, to_type
from webapp.domain_page.records import snippets
from webapp.domain_page.records.instructions import Group, Instructions, instructions
from webapp.domain_page.records.provider_guide import Guide, guide
from webapp.domains import queries
from webapp.models import LLMClientCustomDomain, Method
from webapp.proofs.registry import METHODS


class ToType(Protocol):
    """The records to type, as pages and e-mails show them whatever the method."""

    @property
    def host(self) -> str: ...
    @property
    def parent_zone(self) -> str: ...
    @property
    def relative_name(self) -> str: ...
    @property
    def groups(self) -> tuple[Group, ...]: ...
    @property
    def unexpected(self) -> tuple[str, ...]: ...
    @property
    def to_edit(self) -> tuple[str, ...]: ...
    @property
    def to_remove(self) -> tuple[str, ...]: ...
    @property
    def count(self) -> int: ...
    @property
    def found_count(self) -> int: ...


def how_many(todo: ToType) -> str:
    """How many of the records are there, in the words of a subject."""
    count, found = todo.count, todo.found_count
    if todo.to_remove and found:
        return f"has {found} of {count} records, and {len(todo.to_remove)} too many"
    return f"has {found} of {count} records" if found else f"has none of its {count} records"


class MethodPage(ABC):
    """`template` shows the records to type with their guide; `leftovers` those to delete, before a removal."""

    template: ClassVar[str]
    leftovers: ClassVar[str]

    @abstractmethod
    def todo(self, domain: LLMClientCustomDomain, report: Report | None) -> ToType | None:
        """The records to type; None as long as they may still change."""

    @abstractmethod
    def guide(
        self, domain: LLMClientCustomDomain, todo: Any, report: Report | None, servers: frozenset[str]
    ) -> Guide | OwnGuide:
        """How they are typed at the provider of these name servers."""

    @abstractmethod
    def snippet(self, format_: str, todo: Any, provider: Provider | None) -> snippets.Snippet:
        """The records in a format of `snippets.FORMATS`."""


class DelegationPage(MethodPage):
    template = "domains/_records.html"
    leftovers = "domains/_leftovers.html"

    def todo(self, domain: LLMClientCustomDomain, report: Report | None) -> Instructions | None:
        return instructions(domain, queries.current_zone(domain), report)

    def guide(
        self,
        domain: LLMClientCustomDomain,
        todo: Instructions,
        report: Report | None,
        servers: frozenset[str],
    ) -> Guide:
        return guide(domain, todo, report, servers)

    def snippet(self, format_: str, todo: Instructions, provider: Provider | None) -> snippets.Snippet:
        return snippets.chosen(format_).snippet(todo, provider)


class RecordsPage(MethodPage):
    template = "domains/_own_records.html"
    leftovers = "domains/_own_leftovers.html"

    def todo(self, domain: LLMClientCustomDomain, report: Report | None) -> RecordsToType | None:
        method = METHODS[Method.RECORDS]
        if not method.preparation(domain).ready:
            return None
        expectation = method.expectations([domain])[domain.id]
        if not isinstance(expectation, RecordsExpectation):
            return None
        return corrected(to_type(domain, expectation, report), report)

    def guide(
        self,
        domain: LLMClientCustomDomain,
        todo: RecordsToType,
        report: Report | None,
        servers: frozenset[str],
    ) -> OwnGuide:
        return own_guide(domain, todo, report, servers)

    def snippet(self, format_: str, todo: RecordsToType, provider: Provider | None) -> snippets.Snippet:
        return own_snippets.FORMATS[format_](todo, provider)


PAGES: dict[Method, MethodPage] = {Method.DELEGATION: DelegationPage(), Method.RECORDS: RecordsPage()}
