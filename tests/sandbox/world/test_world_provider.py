"""What the providers' servers and the resolver answer: text, aliases, flattening, the proxy, two providers."""

from __future__ import annotations

import dns.name
import dns.rcode
import pytest
from dns.rdatatype import RdataType

from webapp.sandbox.aws.route53_zones import Account
from webapp.sandbox.internet import registrar
from webapp.sandbox.internet.zone import Reply
from webapp.sandbox.provider import records
from webapp.sandbox.provider.providers import SITES
from webapp.sandbox.provider.switches import Flatten, Switches
from webapp.sandbox.provider.typed import Typed, read
from webapp.sandbox.shared.environment import LISTENERS, PROXY_ADDRESSES, listener_named
from webapp.sandbox.shared.store import Store
from webapp.sandbox.world.world import World

CHALLENGE = "_nameplate-challenge.chat.acme.test"
SERVERS = ["ns1.sandbox-registrar.test", "ns2.sandbox-registrar.test"]


@pytest.fixture
def world(account: Account) -> World:
    return World(account.store, account.controls, account.clock)


def ask(world: World, name: str, kind: str, server: str = SERVERS[0]) -> Reply:
    listener = listener_named(server)
    assert listener is not None
    reply = world.answer(listener, dns.name.from_text(name), RdataType[kind])
    assert reply is not None
    return reply


def look_up(world: World, name: str, kind: str) -> Reply:
    reply = world.answer(LISTENERS[0], dns.name.from_text(name), RdataType[kind])
    assert reply is not None
    return reply


def said(reply: Reply) -> list[str]:
    """The code, then the answer's records, each as owner, type and value."""
    lines = [
        f"{rrset.name} {RdataType.to_text(rrset.rdtype)} {rdata}" for rrset in reply.answer for rdata in rrset
    ]
    return [dns.rcode.to_text(reply.rcode), *lines]


def type_in(store: Store, name: str, kind: str, *lines: str, ttl: str = "300", proxied: bool = False) -> None:
    records.add(store, read(Typed(name, kind, ttl, "\n".join(lines), proxied)))


def flatten(store: Store, where: Flatten) -> None:
    records.switch(store, "acme.test", Switches(flatten=where))


def addresses(kind: str, name: str) -> list[str]:
    return ["NOERROR", *(f"{name} {kind} {address}" for address in PROXY_ADDRESSES[kind])]


def test_token_and_target_are_answered_by_both_servers_of_the_zone(world: World, store: Store) -> None:
    type_in(store, CHALLENGE, "TXT", '"tok" "en"', "another")
    type_in(store, "chat.acme.test", "CNAME", "t.elsewhere.example")

    for server in SERVERS:
        text = ask(world, CHALLENGE, "TXT", server)
        assert text.authoritative
        assert sorted(said(text)) == sorted(
            ["NOERROR", f'{CHALLENGE}. TXT "tok" "en"', f'{CHALLENGE}. TXT "another"']
        )
        cname = ask(world, "chat.acme.test", "A", server)
        assert said(cname) == ["NOERROR", "chat.acme.test. CNAME t.elsewhere.example."]
        assert (cname.authoritative, cname.authority) == (True, ()), "the target is another server's"
        assert said(ask(world, "chat.acme.test", "TXT", server)) == said(cname), "a CNAME is for every type"
    assert said(ask(world, CHALLENGE, "A")) == ["NOERROR"]
    assert ask(world, "chat2.acme.test", "CNAME").rcode == dns.rcode.NXDOMAIN


def test_a_name_with_nothing_but_a_challenge_below_it_is_nodata_even_below_a_wildcard(
    world: World, store: Store
) -> None:
    type_in(store, "*.acme.test", "CNAME", "parking.other.test")
    assert said(ask(world, "chat.acme.test", "CNAME")) == [
        "NOERROR",
        "chat.acme.test. CNAME parking.other.test.",
    ]

    type_in(store, CHALLENGE, "TXT", "token")

    reply = ask(world, "chat.acme.test", "CNAME")
    assert (said(reply), reply.authority[0].rdtype) == (["NOERROR"], RdataType.SOA)


def test_what_is_below_a_delegation_is_not_answered(world: World, store: Store) -> None:
    type_in(store, CHALLENGE, "TXT", "token")
    type_in(store, "chat.acme.test", "NS", "ns.other.test")

    assert ask(world, CHALLENGE, "TXT").referral_to == dns.name.from_text("chat.acme.test")


@pytest.mark.parametrize("name", ["acme.test", "chat.acme.test"])
def test_an_alias_has_the_addresses_of_its_target_and_no_cname(world: World, store: Store, name: str) -> None:
    type_in(store, "edge.other.test", "A", "203.0.113.80", "203.0.113.81", ttl="60")
    type_in(store, "edge.other.test", "AAAA", "2001:db8::80")
    type_in(store, name, "ALIAS", "edge.other.test")
    type_in(store, name, "TXT", "stays")

    reply = ask(world, name, "A")
    assert sorted(said(reply)) == ["NOERROR", f"{name}. A 203.0.113.80", f"{name}. A 203.0.113.81"]
    assert (reply.authoritative, reply.answer[0].ttl) == (True, 60)
    assert said(ask(world, name, "AAAA")) == ["NOERROR", f"{name}. AAAA 2001:db8::80"]
    assert said(ask(world, name, "TXT")) == ["NOERROR", f'{name}. TXT "stays"']
    assert said(ask(world, name, "CNAME")) == ["NOERROR"]
    assert said(look_up(world, name, "A")) == said(reply)


def test_an_alias_has_no_longer_ttl_than_its_own(world: World, store: Store) -> None:
    type_in(store, "edge.other.test", "A", "203.0.113.80", ttl="3600")
    type_in(store, "acme.test", "ALIAS", "edge.other.test", ttl="120")

    assert ask(world, "acme.test", "A").answer[0].ttl == 120


def test_a_flattened_apex_answers_addresses_beside_its_other_records(world: World, store: Store) -> None:
    type_in(store, "edge.other.test", "CNAME", "far.third.test")
    type_in(store, "far.third.test", "A", "203.0.113.80")
    flatten(store, Flatten.APEX)
    type_in(store, "acme.test", "CNAME", "edge.other.test")
    type_in(store, "acme.test", "MX", "10 mail.other.test")
    type_in(store, "chat.acme.test", "CNAME", "edge.other.test")

    assert said(ask(world, "acme.test", "A")) == ["NOERROR", "acme.test. A 203.0.113.80"]
    assert said(ask(world, "acme.test", "AAAA")) == ["NOERROR"]
    assert said(ask(world, "acme.test", "CNAME")) == ["NOERROR"]
    assert said(ask(world, "acme.test", "MX")) == ["NOERROR", "acme.test. MX 10 mail.other.test."]
    assert ask(world, "acme.test", "NS").answer
    assert said(ask(world, "chat.acme.test", "CNAME"))[1:] == ["chat.acme.test. CNAME edge.other.test."]


def test_flattening_everywhere_hides_every_cname(world: World, store: Store) -> None:
    type_in(store, "edge.other.test", "A", "203.0.113.80")
    type_in(store, "chat.acme.test", "CNAME", "edge.other.test")
    type_in(store, "*.wild.acme.test", "CNAME", "edge.other.test")
    type_in(store, "www.acme.test", "CNAME", "chat.acme.test")
    flatten(store, Flatten.EVERYWHERE)

    for name in ("chat", "a.wild", "a.b.wild", "www"):
        assert said(ask(world, f"{name}.acme.test", "A")) == ["NOERROR", f"{name}.acme.test. A 203.0.113.80"]
        assert said(ask(world, f"{name}.acme.test", "CNAME")) == ["NOERROR"]
    flatten(store, Flatten.OFF)
    assert said(ask(world, "chat.acme.test", "CNAME")) == [
        "NOERROR",
        "chat.acme.test. CNAME edge.other.test.",
    ]


@pytest.mark.parametrize("target", ["nothing.other.test", "only-text.other.test", "nowhere.nosuchending"])
def test_flattening_to_a_name_without_addresses_is_nodata(world: World, store: Store, target: str) -> None:
    type_in(store, "only-text.other.test", "TXT", "x")
    type_in(store, "acme.test", "ALIAS", target)

    reply = ask(world, "acme.test", "A")

    assert (said(reply), reply.authority[0].rdtype) == (["NOERROR"], RdataType.SOA)


def test_flattening_to_a_name_that_cannot_be_found_is_servfail(world: World, store: Store) -> None:
    type_in(store, "lame.other.test", "NS", "ns.nothing.test")
    type_in(store, "acme.test", "ALIAS", "www.lame.other.test")

    assert said(ask(world, "acme.test", "A")) == ["SERVFAIL"]
    assert ask(world, "acme.test", "TXT").rcode == dns.rcode.NOERROR


def test_flattening_in_a_circle_ends(world: World, store: Store) -> None:
    type_in(store, "a.acme.test", "ALIAS", "b.acme.test")
    type_in(store, "b.acme.test", "ALIAS", "a.acme.test")

    assert said(ask(world, "a.acme.test", "A")) == ["NOERROR"]


@pytest.mark.parametrize(
    ("kind", "value"), [("A", "203.0.113.7"), ("AAAA", "2001:db8::7"), ("CNAME", "edge.other.test")]
)
@pytest.mark.parametrize("name", ["chat", "*"])
def test_the_proxy_answers_addresses_of_its_own(
    world: World, store: Store, name: str, kind: str, value: str
) -> None:
    type_in(store, f"{name}.acme.test", kind, value, proxied=True)
    type_in(store, CHALLENGE, "TXT", "token")
    asked = "chat.acme.test" if name == "chat" else "help.acme.test"

    for family in ("A", "AAAA"):
        assert said(ask(world, asked, family)) == addresses(family, f"{asked}.")
        assert said(look_up(world, asked, family)) == addresses(family, f"{asked}.")
    assert said(ask(world, asked, "CNAME")) == ["NOERROR"]
    assert said(ask(world, CHALLENGE, "TXT")) == ["NOERROR", f'{CHALLENGE}. TXT "token"']


def test_one_proxied_address_hides_the_others_of_its_name(world: World, store: Store) -> None:
    type_in(store, "chat.acme.test", "A", "203.0.113.7")
    type_in(store, "chat.acme.test", "A", "203.0.113.8", proxied=True)
    type_in(store, "www.acme.test", "A", "203.0.113.9")

    assert said(ask(world, "chat.acme.test", "A")) == addresses("A", "chat.acme.test.")
    assert said(ask(world, "www.acme.test", "A")) == ["NOERROR", "www.acme.test. A 203.0.113.9"]


def test_switching_the_proxy_off_shows_the_cname_again(world: World, store: Store) -> None:
    type_in(store, "chat.acme.test", "CNAME", "edge.other.test", proxied=True)
    type_in(store, "chat.acme.test", "CNAME", "edge.other.test")

    assert len(records.records(store)) == 1
    assert said(ask(world, "chat.acme.test", "CNAME"))[1:] == ["chat.acme.test. CNAME edge.other.test."]


def test_a_domain_at_the_other_provider_is_served_there_alone(world: World, store: Store) -> None:
    type_in(store, CHALLENGE, "TXT", "token")
    records.switch(store, "acme.test", Switches(SITES))
    theirs = {f"{server}." for server in SITES.servers}

    handed_out = ask(world, CHALLENGE, "TXT", "a.sandbox-registry.test")
    assert {rdata.to_text() for rdata in handed_out.authority[0]} == theirs
    for server in SITES.servers:
        assert said(ask(world, CHALLENGE, "TXT", server)) == ["NOERROR", f'{CHALLENGE}. TXT "token"']
        apex = ask(world, "acme.test", "NS", server)
        assert (apex.authoritative, {rdata.to_text() for rdata in apex.answer[0]}) == (True, theirs)
        assert ask(world, "other.test", "SOA", server).rcode == dns.rcode.REFUSED
    for server in SERVERS:
        assert ask(world, CHALLENGE, "TXT", server).rcode == dns.rcode.REFUSED
    assert said(look_up(world, CHALLENGE, "TXT")) == ["NOERROR", f'{CHALLENGE}. TXT "token"']
    assert look_up(world, "ns1.sandbox-sites.test", "A").answer


def test_the_registrars_word_goes_before_the_provider(world: World, store: Store) -> None:
    records.switch(store, "acme.test", Switches(SITES))
    registrar.choose(store, "acme.test", ["ns.foreign.test"])

    handed_out = ask(world, "acme.test", "SOA", "a.sandbox-registry.test")

    assert [rdata.to_text() for rdata in handed_out.authority[0]] == ["ns.foreign.test."]
