"""Whether a name is an alias of another one, as our resolvers see it."""

from __future__ import annotations

import asyncio

import pytest

from tests.twins.dns import Fault, MemoryDns
from tests.twins.dns_zone import Response
from webapp.dns.aliases import leads

NAME, TARGET = "_a1.chat.acme.com", "_b2.acm-validations.aws"


def look(dns: MemoryDns, target: str = TARGET) -> bool | None:
    return asyncio.run(leads(dns, NAME, target))


@pytest.fixture
def dns() -> MemoryDns:
    dns = MemoryDns(resolvers=2)
    dns.zone("acme.com", "ns1.acme.com", "ns2.acme.com").put(NAME, "CNAME", TARGET)
    return dns


@pytest.mark.parametrize("target", [TARGET, TARGET.upper(), f"{TARGET}."])
def test_the_value_in_any_spelling(dns: MemoryDns, target: str) -> None:
    assert look(dns, target) is True


@pytest.mark.parametrize("value", [None, "_c3.acm-validations.aws", "acm-validations.aws"])
def test_no_record_or_another_value(value: str | None) -> None:
    dns = MemoryDns(resolvers=2)
    zone = dns.zone("acme.com", "ns1.acme.com", "ns2.acme.com")
    if value is not None:
        zone.put(NAME, "CNAME", value)
    assert look(dns) is False


def test_one_resolver_that_finds_it_is_enough(dns: MemoryDns) -> None:
    dns.recursive[0].says[NAME, "CNAME"] = Response("NXDOMAIN")
    assert look(dns) is True


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.SERVFAIL, Fault.REFUSED])
def test_resolvers_that_cannot_tell_say_nothing(dns: MemoryDns, fault: Fault) -> None:
    for resolver in dns.recursive:
        resolver.fault = fault
    assert look(dns) is None


def test_one_that_can_tell_counts(dns: MemoryDns) -> None:
    dns.recursive[0].fault = Fault.SILENT
    assert look(dns) is True
    assert look(dns, "elsewhere.example.com") is False
