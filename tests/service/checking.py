"""One check against the tree, and what a test asks of its report."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from tests.service.dns_tree import SET_A, DnsTree
from webapp.dns.delegation import Asked, DelegationReport, Expectation, Verdict, verify
from webapp.dns.limits import Limits
from webapp.dns.wire.network import NetworkDns

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
#: Where silence is what a test is about, it need not last as long as in production.
IMPATIENT = Limits(server_try_seconds=1.2, resolver_try_seconds=3.0)


def check(
    tree: DnsTree,
    host: str,
    name_servers: tuple[str, ...] = SET_A,
    *,
    dns: NetworkDns | None = None,
    **expectation: Any,
) -> DelegationReport:
    """Verifies the host, and holds every report to what is true of all of them."""
    expected = Expectation(host, name_servers, **expectation)
    report = asyncio.run(verify(expected, dns or tree.network_dns(), NOW))
    assert report.message
    assert report.message.endswith((".", "?"))
    assert report.next_step
    assert set(report.expected) == {name.lower().rstrip(".") for name in name_servers}
    assert set(report.missing) == set(report.expected) - set(report.found)
    assert set(report.unexpected) == set(report.found) - set(report.expected)
    assert DelegationReport.from_dict(report.to_dict()) == report
    assert len(report.asked) <= 120
    return report


def hints(report: DelegationReport) -> set[Verdict]:
    return {hint.verdict for hint in report.hints}


def asked_of(report: DelegationReport, address: str) -> list[Asked]:
    """The questions that were really put to a server at an address."""
    return [asked for asked in report.asked if asked.address == address and asked.dig]


def said(report: DelegationReport) -> str:
    """Everything that a person reads: the sentences, the next step and the details."""
    return f"{report.message} {report.next_step} {report.details}"
