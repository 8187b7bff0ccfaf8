"""One server of the parent for an hour, measured: what the other one does, and what our own network lacks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.dns.delegation.cases import HOST, NOW, OTHERS, OURS, PARENTS, expectation, world
from tests.twins.dns import Fault, MemoryDns
from tests.twins.dns_zone import MemoryZone, Response
from webapp.dns.delegation import DelegationReport, Verdict, verify
from webapp.dns.records import RecordSet

SOA = MemoryZone("acme.com").soa
IPV6 = "2600:1f00::2"


def after_an_hour(dns: MemoryDns, minutes: Iterable[int] = (0, 30, 61)) -> DelegationReport:
    history, reports = None, []
    for minute in minutes:
        now = NOW + timedelta(minutes=minute)
        reports.append(asyncio.run(verify(expectation(history=history), dns, now)))
        history = json.loads(json.dumps(reports[-1].history)) or None
    return reports[-1]


#: What the second server says of the name, without being one of those that answer for the parent zone.
OTHERWISE = {
    "no such name, out of the zone above": Response("NXDOMAIN", True, (), (replace(SOA, name="com"),)),
    "no such records, out of another zone": Response("NOERROR", True, (), (replace(SOA, name="acme.net"),)),
    "no such name, AA clear": Response("NXDOMAIN", False, (), (SOA,)),
    "no such records, AA clear": Response("NOERROR", False, (), (SOA,)),
    "others, AA clear": Response(answer=(RecordSet(HOST, "NS", 60, OTHERS),)),
    "an alias, AA clear": Response(answer=(RecordSet(HOST, "CNAME", 60, ("site.example",)),)),
    "itself": Response(authoritative=True, authority=(RecordSet("acme.com", "NS", 60, PARENTS),)),
    "nothing at all": Response(),
}


@pytest.mark.parametrize("kind", OTHERWISE)
def test_a_second_server_that_answers_is_not_dead(kind: str) -> None:
    dns, _ = world()

    def reshape(name: str, rdtype: str, response: Response) -> Response:
        return OTHERWISE[kind] if name == HOST and rdtype in {"NS", "A"} else response

    dns.server(PARENTS[1]).reshape = reshape
    assert not after_an_hour(dns).verified


def test_a_second_server_that_points_to_the_root_is_dead() -> None:
    dns, _ = world()
    up = Response(authority=(RecordSet(".", "NS", 60, ("a.root-servers.net",)),))
    dns.server(PARENTS[1]).reshape = lambda _name, _type, _response: up
    assert after_an_hour(dns).verified


def at_ipv6(dns: MemoryDns, server: str, address: str, fault: Fault | None, *, only: bool) -> None:
    """Puts the server at an IPv6 address, too, or at that alone."""
    known = dns.server(server)
    ipv4 = {} if only else {"A": (known.address,)}
    known.published = {**ipv4, "AAAA": (address,)}
    six = dns.server(f"six-{server}", address)
    six.zones, six.fault = known.zones, fault


@pytest.mark.parametrize("resolvers", [1, 2])
@pytest.mark.parametrize("dead", [PARENTS, PARENTS[1:]])
def test_servers_at_ipv6_alone_are_not_blamed_for_our_own_network(
    dead: tuple[str, ...], resolvers: int
) -> None:
    dns, _ = world(resolvers=resolvers)
    for number, server in enumerate(dead):
        at_ipv6(dns, server, f"2600:1f00::{number + 2}", Fault.UNREACHABLE, only=True)
    report = after_an_hour(dns)
    assert (report.verdict, report.who_acts) == (Verdict.PARENT_UNREACHABLE, "nobody")


@pytest.mark.parametrize("fault", [Fault.UNREACHABLE, Fault.SILENT])
@pytest.mark.parametrize("only", [False, True])
def test_a_server_is_dead_by_ipv6_where_one_of_ours_is_heard_by_it(fault: Fault, *, only: bool) -> None:
    dns, _ = world()
    at_ipv6(dns, PARENTS[1], IPV6, fault, only=only)
    dns.server(PARENTS[1]).fault = Fault.SILENT
    assert not after_an_hour(dns).verified
    for number, server in enumerate(OURS):
        at_ipv6(dns, server, f"2600:9000::{number + 1}", None, only=False)
    assert after_an_hour(dns).verified


def test_one_of_ours_is_asked_by_ipv6_only_where_the_parent_is_silent_by_it() -> None:
    dns, _ = world()
    at_ipv6(dns, OURS[0], IPV6, None, only=False)
    assert after_an_hour(dns, [0]).verified
    assert IPV6 not in {address for address, _, _ in dns.questions}
