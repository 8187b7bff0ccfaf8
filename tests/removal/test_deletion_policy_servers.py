"""Whose silence keeps a zone: every server of the parent has a say, whoever names it, and be there ever so many."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from tests.factories import a_set
from tests.twins.dns import Fault, MemoryDns
from tests.twins.dns_zone import Response
from webapp.dns.delegation import Expectation, look_up
from webapp.dns.limits import Limits
from webapp.dns.records import RecordSet
from webapp.removal.deletion_policy import MOST_SERVERS, Look, Outlook, look_of, thorough

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOST, PARENT = "chat.acme.com", "acme.com"
OURS = a_set(7)
THREE = ("ns1.acme.com", "ns2.acme.com", "ns3.other.net")
OLD, NEW = ("ns1.old.net", "ns2.old.net"), ("ns1.new.net", "ns2.new.net")


def look(dns: MemoryDns) -> Look:
    seen = asyncio.run(look_up(Expectation(HOST, tuple(OURS)), dns, limits=thorough(dns.limits)))
    return look_of(seen, OURS, NOW)


def parent(*servers: str) -> MemoryDns:
    dns = MemoryDns(limits=Limits(seconds=5))
    dns.zone(PARENT, *servers)
    return dns


def lists_ours(dns: MemoryDns, *servers: str) -> None:
    for server in servers:
        dns.copy_at(server, PARENT).put(HOST, "NS", *OURS)


@pytest.mark.parametrize(
    "unknown",
    [
        Response("SERVFAIL"),
        Response(answer=(RecordSet("ns3.other.net", "A", 60, ("10.0.0.1",)),)),
        Response(answer=(RecordSet("ns3.other.net", "CNAME", 60, ("ns1.other.net",)),)),
    ],
)
def test_a_server_whose_address_could_not_be_learnt_makes_the_look_incomplete(unknown: Response) -> None:
    dns = parent(*THREE)
    dns.zone("other.net", "a.other.net")
    lists_ours(dns, THREE[2])
    assert look(dns).outlook is Outlook.LISTED
    dns.recursive[0].says[THREE[2], "A"] = unknown
    seen = look(dns)
    assert (seen.outlook, seen.complete) == (Outlook.CLEAN, False)


def test_all_of_many_servers_are_asked() -> None:
    names = [f"n{number:02}.acme.com" for number in range(15)]
    dns = parent(*names)
    lists_ours(dns, *names[13:])
    assert look(dns).outlook is Outlook.LISTED
    dns = parent(*names)
    seen = look(dns)
    assert (seen.outlook, seen.complete, len(seen.servers)) == (Outlook.CLEAN, True, 15)


def test_more_servers_than_are_asked_are_never_clean() -> None:
    names = [f"n{number:03}.acme.com" for number in range(MOST_SERVERS + 1)]
    dns = parent(*names)
    lists_ours(dns, names[-1])
    assert look(dns).outlook is Outlook.UNCLEAR


def moved() -> MemoryDns:
    """To another provider, which the resolver does not know yet."""
    dns = MemoryDns(limits=Limits(seconds=5))
    for servers in (OLD, NEW):
        dns.zone(PARENT, *servers)
    dns.zone("old.net", "a.old.net")
    dns.zone("new.net", "a.new.net")
    stale = RecordSet(PARENT, "NS", 172800, OLD)
    dns.recursive[0].says[PARENT, "NS"] = Response(answer=(stale,))
    return dns


@pytest.mark.parametrize("listing", [OLD[0], NEW[0]])
def test_the_former_and_the_new_provider_have_a_say(listing: str) -> None:
    dns = moved()
    lists_ours(dns, listing)
    assert look(dns).outlook is Outlook.LISTED


def test_a_look_at_both_is_clean_and_one_at_the_former_alone_is_not() -> None:
    dns = moved()
    assert (look(dns).outlook, look(dns).complete) == (Outlook.CLEAN, True)
    dns.server(NEW[0]).fault = Fault.SILENT
    assert look(dns).outlook is Outlook.UNCLEAR
    dns.server(NEW[0]).fault = None
    dns.server(OLD[0]).fault = Fault.SILENT
    assert (look(dns).outlook, look(dns).complete) == (Outlook.CLEAN, False)


def test_nothing_is_clean_while_nobody_says_which_servers_the_parent_has() -> None:
    dns = parent(*THREE[:2])
    assert look(dns).outlook is Outlook.CLEAN
    resolver = dns.recursive[0]
    for name in (PARENT, "com", *THREE[:2], "a.nic.com", "b.nic.com"):
        for rdtype in ("SOA", "NS", "A"):
            resolver.says[name, rdtype] = dns._recurse(name, rdtype)
    for server in ("a.nic.com", "b.nic.com"):
        dns.server(server).fault = Fault.SILENT
    assert look(dns).outlook is Outlook.UNCLEAR


def test_the_caps_hold() -> None:
    names = [f"n{number:03}.acme.com" for number in range(1000)]
    dns = parent(*names)
    limits = thorough(dns.limits)
    look(dns)
    assert len(dns.questions) <= limits.queries
    assert len({address for address, _, _ in dns.questions}) <= MOST_SERVERS + len(OURS) + 2
