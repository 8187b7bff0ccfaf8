"""A zone above the parent zone that is delegated to ours alone: nobody delegates what is below it."""

from __future__ import annotations

import asyncio

import pytest

from tests.dns.delegation.cases import OURS, PARENTS, check, expectation
from tests.twins.dns import MemoryDns
from tests.twins.dns_zone import Response
from webapp.dns.delegation import Verdict, look_up
from webapp.dns.lookup.observation import NameServerSet
from webapp.dns.records import RecordSet

HOST = "chat.b.acme.com"


def led_to_ours(*, resolvers: int) -> MemoryDns:
    """The registrar leads acme.com to ours, and the resolvers still know b.acme.com below it."""
    dns = MemoryDns(resolvers=resolvers)
    dns.zone("acme.com", *PARENTS)
    deep = dns.zone("b.acme.com", "ns1.deep.net", "ns2.deep.net")
    dns.zone("deep.net", "a.deep.net")
    dns.zone(HOST, *OURS, delegate=False)
    dns.above("acme.com").put("acme.com", "NS", *OURS)
    for resolver in dns.recursive:
        resolver.says["b.acme.com", "SOA"] = Response(answer=(deep.soa,))
        known = RecordSet("b.acme.com", "NS", 3600, ("ns1.deep.net", "ns2.deep.net"))
        resolver.says["b.acme.com", "NS"] = Response(answer=(known,))
    return dns


@pytest.mark.parametrize("resolvers", [1, 2])
def test_it_is_the_zone_that_is_led_to_ours_that_is_told_of(resolvers: int) -> None:
    dns = led_to_ours(resolvers=resolvers)
    seen = asyncio.run(look_up(expectation(host=HOST), dns))
    assert (seen.parent_zone, seen.parent_set is NameServerSet.DENIED) == ("acme.com", False)
    history = None
    for _ in range(4):
        report = check(dns, host=HOST, history=history)
        history = report.history
    assert report.verdict is Verdict.MISPLACED
    assert not report.params.get("gone")
    assert "delegated nowhere" not in report.message
