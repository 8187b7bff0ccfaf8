"""Records to type, without a database."""

from __future__ import annotations

from typing import Any

from tests.dns.records_method.cases import NOW, expectation, seen
from webapp.dns.judgement.report import Report
from webapp.dns.records_method import RecordsReport, judge
from webapp.domain_page.own_records.to_type import RecordsToType, to_type
from webapp.models import DomainState, LLMClientCustomDomain

HOST = "chat.acme.com"


def a_domain(name: str = HOST, state: DomainState = DomainState.PENDING) -> LLMClientCustomDomain:
    return LLMClientCustomDomain(domain_name=name, registrable_domain="acme.com", state=state)


def todo(report: Report | None = None, name: str = HOST, **changes: Any) -> RecordsToType:
    return to_type(a_domain(name), expectation(host=name, **changes), report)


def checked(**changes: Any) -> RecordsReport:
    """The token is there, and no target."""
    return judge(expectation(), seen(names=(), **changes), NOW)
