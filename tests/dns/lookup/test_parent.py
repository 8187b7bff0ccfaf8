"""Addresses that a referral brings along: only that of a server that is believed counts.

The liars here repeat the honest delegation, word for word, and add addresses of their own. They answer first.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tests.dns.delegation.cases import NOW, OURS, expectation
from tests.twins.dns import MemoryDns
from tests.twins.dns_zone import MemoryZone, Response
from webapp.dns.answers import Answer
from webapp.dns.delegation import DelegationReport, Verdict, verify
from webapp.dns.records import RecordSet
from webapp.dns.resolver import Budget

HOST = "chat.eu.acme.com"
DEEPER = ("ns1.eu.acme.com", "ns2.eu.acme.com")
FORGED = ("198.51.77.1", "198.51.77.2")


class Liars(MemoryDns):
    """`acme.com` delegates `eu.acme.com`, which no resolver knows yet, and the host is not delegated there.

    The servers at `lying` say of `eu.acme.com` what the others say, but that its servers are at `FORGED`, where they
    list ours for the host, and the resolver believes it. All others wait until they have said so.
    """

    def __init__(self, *servers: str) -> None:
        super().__init__()
        self.lying: set[str] = set()
        self.patient: set[str] = set()
        self._lied = asyncio.Event()
        acme = self.zone("acme.com", *servers)
        self.deeper = self.zone("eu.acme.com", *DEEPER)
        self.zone(HOST, *OURS, delegate=False)
        lie = MemoryZone("eu.acme.com")
        lie.put(HOST, "NS", *OURS)
        for address in FORGED:
            self.server(f"at-{address.replace('.', '-')}.org", address).zones["eu.acme.com"] = lie
        self.patient |= {self.server(server).address for server in servers}
        nothing = Response("NXDOMAIN", authority=(acme.soa,))
        self.recursive[0].says["eu.acme.com", "SOA"] = nothing
        self.knows(HOST, "NS", *OURS)

    def knows(self, name: str, rdtype: str, *values: str) -> None:
        found = RecordSet(name, rdtype, 172800, values)
        self.recursive[0].says[name, rdtype] = Response(answer=(found,))

    async def ask(self, address: str, name: str, rdtype: str, *, budget: Budget, tcp: bool = False) -> Answer:
        if address in self.patient and name == HOST:
            await self._lied.wait()
        answer = await super().ask(address, name, rdtype, budget=budget, tcp=tcp)
        if address not in self.lying or not answer.referral:
            return answer
        self._lied.set()
        pairs = zip(DEEPER, FORGED, strict=True)
        return replace(answer, additional=tuple(RecordSet(name, "A", 60, (at,)) for name, at in pairs))

    def checked(self) -> DelegationReport:
        return asyncio.run(verify(replace(expectation(), host=HOST), self, NOW))


def named_by_the_resolver_alone() -> Liars:
    """The resolver still knows the servers of a former provider, which the zone above does not name any more."""
    dns = Liars("ns1.new.net", "ns2.new.net")
    dns.zone("new.net", "a.new.net")
    dns.zone("old.net", "a.old.net")
    for server in ("ns1.old.net", "ns2.old.net"):
        dns.server(server).zones["acme.com"] = dns.server("ns1.new.net").zones["acme.com"]
        dns.lying.add(dns.server(server).address)
    dns.knows("acme.com", "NS", "ns1.old.net", "ns2.old.net")
    return dns


def test_addresses_that_a_server_brings_along_that_is_not_believed() -> None:
    dns = named_by_the_resolver_alone()
    report = dns.checked()
    assert (report.verdict, report.parent_zone) == (Verdict.NOT_DELEGATED, "eu.acme.com")
    asked = {address for address, *_ in dns.questions}
    assert asked & dns.lying
    assert not asked & set(FORGED)


def test_a_right_delegation_is_verified_beside_them() -> None:
    dns = named_by_the_resolver_alone()
    dns.deeper.put(HOST, "NS", *OURS)
    assert dns.checked().verdict is Verdict.VERIFIED
