"""Two name servers of the parent that are one machine: it counts once, whatever the family of its address."""

from __future__ import annotations

import pytest

from tests.dns.delegation.cases import PARENTS, check, world
from tests.twins.dns import Fault, MemoryDns
from webapp.dns.delegation import Verdict

SIX, OTHER_SIX = "2600:1f00::1", "2600:1f00::2"


def two_families(first: str, second: str) -> MemoryDns:
    """Both servers have an address of either family: IPv6 at these, the second one dead at IPv4."""
    dns, _ = world()
    for name, six in zip(PARENTS, (first, second), strict=True):
        server = dns.server(name)
        server.published = {"A": (server.address,), "AAAA": (six,)}
    for six in {first, second}:
        dns.server(f"at-{six.replace(':', '-')}.example", six).zones = dns.server(PARENTS[0]).zones
    dns.server(PARENTS[1]).fault = Fault.SILENT
    return dns


@pytest.mark.parametrize("both_dead", [False, True])
def test_the_other_address_of_the_first_server_is_no_second_server(both_dead: bool) -> None:
    dns = two_families(SIX, SIX)
    if both_dead:
        dns.server(PARENTS[0]).fault = Fault.SILENT
    assert not check(dns).verified


@pytest.mark.parametrize("both_dead", [False, True])
def test_two_machines_are_two_by_their_other_addresses(both_dead: bool) -> None:
    dns = two_families(SIX, OTHER_SIX)
    if both_dead:
        dns.server(PARENTS[0]).fault = Fault.SILENT
    assert check(dns).verdict is Verdict.VERIFIED


def test_nor_is_an_address_that_was_asked_by_the_first_family() -> None:
    """The first has IPv6 alone, and the second the same address beside a dead one."""
    dns = two_families(SIX, SIX)
    dns.server(PARENTS[0]).published = {"AAAA": (SIX,)}
    assert not check(dns).verified
