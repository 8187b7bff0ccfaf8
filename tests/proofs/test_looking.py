"""The short look at a name before it is registered."""

from __future__ import annotations

import pytest

from tests.twins.dns import Fault, MemoryDns
from webapp.dns import names
from webapp.proofs import looking
from webapp.proofs.choice import Seen

HOST = "chat.acme.com"


def a_world(*servers: str) -> MemoryDns:
    dns = MemoryDns()
    dns.zone("acme.com", *(servers or ("ns1.acme.com", "ns2.acme.com")))
    return dns


def look_at(dns: MemoryDns, name: str = HOST) -> Seen:
    return looking.look_at(names.HostName(name), dns)


def test_free_name_has_nothing_against_it() -> None:
    assert look_at(a_world()) == Seen(zone="acme.com", servers=("ns1.acme.com", "ns2.acme.com"))


@pytest.mark.parametrize(
    ("rdtype", "value", "kind"),
    [
        ("A", "203.0.113.7", "site"),
        ("AAAA", "2001:db8::7", "site"),
        ("CNAME", "sites.example.net", "site"),
        ("MX", "10 mx1.acme.com", "mail"),
        ("TXT", '"v=spf1 -all"', "txt"),
        ("NS", "ns1.other.net", "ns"),
    ],
)
def test_what_answers_at_the_name_is_seen(rdtype: str, value: str, kind: str) -> None:
    dns = MemoryDns()
    dns.zone("acme.com", "ns1.acme.com", "ns2.acme.com").put(HOST, rdtype, value)
    assert look_at(dns).there == (kind,)


def test_provider_that_takes_no_ns_is_known_by_its_servers() -> None:
    seen = look_at(a_world("ns1.dns-parking.com", "ns2.dns-parking.com"))
    assert seen.refuses_ns == "Hostinger takes no NS records for a name below acme.com, as others report."


def test_provider_with_steps_is_named() -> None:
    seen = look_at(a_world("ada.ns.cloudflare.com", "bob.ns.cloudflare.com"))
    assert (seen.provider, seen.refuses_ns) == ("Cloudflare", "")


def test_whole_domain_is_known_without_a_question() -> None:
    dns = a_world()
    assert look_at(dns, "acme.com") == Seen(apex=True, zone="acme.com")
    assert dns.questions == []


def test_silent_servers_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "SECONDS", 0.05)
    dns = a_world()
    for server in ("ns1.acme.com", "ns2.acme.com"):
        dns.server(server).fault = Fault.HANGS
    assert look_at(dns) == Seen(asked=False)
