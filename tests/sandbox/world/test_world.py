"""The name servers of the sandbox together: registry, provider, Route 53, and the resolver that walks them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dns.name
import dns.rcode
import pytest
from dns.rdatatype import RdataType

from webapp.sandbox.aws.route53_zones import Account
from webapp.sandbox.internet import registrar
from webapp.sandbox.internet.zone import Reply
from webapp.sandbox.provider import records
from webapp.sandbox.provider.typed import Typed, read
from webapp.sandbox.shared.environment import LISTENERS, Listener, Role, listener_at, route53_address
from webapp.sandbox.shared.store import Store
from webapp.sandbox.world.world import World

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client

    from tests.sandbox.conftest import Clock

DS = "1 13 2 " + "0" * 64
RESOLVER = LISTENERS[0]
REGISTRY = LISTENERS[1]
PROVIDER = LISTENERS[2]


@pytest.fixture
def world(account: Account) -> World:
    return World(account.store, account.controls, account.clock)


def ask(world: World, listener: Listener, name: str, kind: str) -> Reply:
    reply = world.answer(listener, dns.name.from_text(name), RdataType[kind])
    assert reply is not None
    return reply


def look_up(world: World, name: str, kind: str) -> Reply:
    return ask(world, RESOLVER, name, kind)


def values(reply: Reply) -> set[str]:
    return {rdata.to_text() for rrset in reply.answer for rdata in rrset}


def type_in(store: Store, name: str, kind: str, *lines: str) -> None:
    records.add(store, read(Typed(name, kind, "300", "\n".join(lines))))


def hosted(route53: Route53Client, clock: Clock, name: str, reference: str = "1") -> list[str]:
    """A zone at Route 53 that is in sync; returns its four name servers."""
    made = route53.create_hosted_zone(Name=name, CallerReference=reference)
    clock.tick(60)
    return made["DelegationSet"]["NameServers"]


def route53_listener(server: str) -> Listener:
    found = listener_at(route53_address(int(server.partition(".")[0].removeprefix("ns-"))))
    assert found is not None
    return found


@pytest.mark.parametrize("name", ["acme.test", "acme.co.uk", "acme.com", "acme.example"])
def test_every_registrable_domain_is_delegated_to_the_provider(world: World, name: str) -> None:
    reply = ask(world, REGISTRY, f"www.{name}", "A")

    assert reply.referral_to == dns.name.from_text(name)
    assert {rdata.to_text() for rdata in reply.authority[0]} == {
        "ns1.sandbox-registrar.test.",
        "ns2.sandbox-registrar.test.",
    }
    apex = ask(world, PROVIDER, name, "SOA")
    assert (apex.authoritative, apex.answer[0].name) == (True, dns.name.from_text(name))


@pytest.mark.parametrize(
    ("name", "rcode"),
    [
        ("test", "NOERROR"),
        ("co.uk", "NOERROR"),
        ("uk", "NOERROR"),
        ("nowhere", "NXDOMAIN"),
        ("a.nowhere", "NXDOMAIN"),
    ],
)
def test_the_registry_knows_which_suffixes_there_are(world: World, name: str, rcode: str) -> None:
    reply = look_up(world, name, "A")

    assert (dns.rcode.to_text(reply.rcode), reply.answer) == (rcode, ())
    assert reply.authority[0].rdtype == RdataType.SOA


def test_the_registry_answers_for_the_root_and_for_suffixes(world: World) -> None:
    assert ask(world, REGISTRY, ".", "NS").authoritative
    assert ask(world, REGISTRY, "test", "SOA").answer[0].name == dns.name.from_text("test")
    at_root = ask(world, REGISTRY, "test", "DS")
    assert (at_root.answer, at_root.authority[0].name) == ((), dns.name.root)


def test_the_provider_refuses_what_it_does_not_have(world: World) -> None:
    assert ask(world, PROVIDER, "test", "SOA").rcode == dns.rcode.REFUSED


def test_servers_of_the_sandbox_have_addresses_that_lead_to_them(world: World) -> None:
    expected = {
        "a.sandbox-registry.test": Role.REGISTRY,
        "ns2.sandbox-registrar.test": Role.PROVIDER,
        "ns-0.awsdns-00.com": Role.ROUTE53,
        "ns-886.awsdns-46.net": Role.ROUTE53,
        "ns-2047.awsdns-63.co.uk": Role.ROUTE53,
    }

    for server, role in expected.items():
        (address,) = values(look_up(world, server, "A"))
        listener = listener_at(address)
        assert listener is not None
        assert listener.role is role
    assert look_up(world, "ns-886.awsdns-45.net", "A").rcode == dns.rcode.NXDOMAIN


def test_a_hosted_zone_is_served_once_it_is_in_sync(
    world: World, route53: Route53Client, clock: Clock
) -> None:
    made = route53.create_hosted_zone(Name="chat.acme.test", CallerReference="1")
    servers = made["DelegationSet"]["NameServers"]

    assert {ask(world, route53_listener(server), "chat.acme.test", "SOA").rcode for server in servers} == {
        dns.rcode.REFUSED
    }
    clock.tick(2)
    for server in servers:
        reply = ask(world, route53_listener(server), "chat.acme.test", "NS")
        assert reply.authoritative
        assert values(reply) == {f"{one}." for one in servers}


def test_a_deleted_zone_is_refused_again(world: World, route53: Route53Client, clock: Clock) -> None:
    servers = hosted(route53, clock, "chat.acme.test")
    route53.delete_hosted_zone(Id=route53.list_hosted_zones()["HostedZones"][0]["Id"])
    clock.tick(60)

    assert ask(world, route53_listener(servers[0]), "chat.acme.test", "SOA").rcode == dns.rcode.REFUSED


def test_servers_that_do_not_have_a_zone_refuse_it(
    world: World, route53: Route53Client, clock: Clock
) -> None:
    servers = hosted(route53, clock, "chat.acme.test")
    having = {route53_listener(server) for server in servers}
    others = [listener for listener in LISTENERS if listener.role is Role.ROUTE53 and listener not in having]

    assert len(having) == 4
    assert {ask(world, other, "chat.acme.test", "SOA").rcode for other in others} == {dns.rcode.REFUSED}


def test_two_zones_of_one_name_answer_each_with_its_own_servers(
    world: World, route53: Route53Client, clock: Clock
) -> None:
    for reference in "12345678":
        servers = hosted(route53, clock, "chat.acme.test", reference)
        for server in servers:
            reply = ask(world, route53_listener(server), "chat.acme.test", "NS")
            assert values(reply) == {f"{one}." for one in servers}


def test_an_undelegated_name_is_nxdomain_with_the_soa_of_the_parent(world: World) -> None:
    reply = look_up(world, "chat.acme.test", "NS")

    assert (reply.rcode, reply.authoritative) == (dns.rcode.NXDOMAIN, False)
    assert reply.authority[0].name == dns.name.from_text("acme.test")


def test_once_delegated_the_childs_own_servers_are_the_answer(
    world: World, store: Store, route53: Route53Client, clock: Clock
) -> None:
    servers = hosted(route53, clock, "chat.acme.test")
    type_in(store, "chat.acme.test", "NS", servers[0], "ns.foreign.test")

    at_parent = ask(world, PROVIDER, "chat.acme.test", "NS")
    recursive = look_up(world, "chat.acme.test", "NS")

    assert (at_parent.authoritative, at_parent.answer) == (False, ())
    assert {rdata.to_text() for rdata in at_parent.authority[0]} == {f"{servers[0]}.", "ns.foreign.test."}
    assert values(recursive) == {f"{one}." for one in servers}


@pytest.mark.parametrize("target", ["ns-1.awsdns-00.com", "ns.foreign.test", "ns1.sandbox-registrar.test"])
def test_a_lame_delegation_is_servfail(world: World, store: Store, target: str) -> None:
    type_in(store, "chat.acme.test", "NS", target)

    assert look_up(world, "www.chat.acme.test", "A").rcode == dns.rcode.SERVFAIL


def test_a_delegation_to_its_own_inside_without_address_is_servfail(world: World, store: Store) -> None:
    type_in(store, "chat.acme.test", "NS", "ns.chat.acme.test")

    assert look_up(world, "chat.acme.test", "A").rcode == dns.rcode.SERVFAIL


def test_two_domains_that_need_each_other_are_servfail(world: World, store: Store) -> None:
    type_in(store, "a.acme.test", "NS", *(f"n{n}.b.acme.test" for n in range(13)))
    type_in(store, "b.acme.test", "NS", *(f"n{n}.a.acme.test" for n in range(13)))

    assert look_up(world, "a.acme.test", "A").rcode == dns.rcode.SERVFAIL


def test_a_name_server_whose_name_is_an_alias_is_not_used(
    world: World, store: Store, route53: Route53Client, clock: Clock
) -> None:
    servers = hosted(route53, clock, "chat.acme.test")
    type_in(store, "ns.acme.test", "CNAME", servers[0])
    type_in(store, "chat.acme.test", "NS", "ns.acme.test")

    assert look_up(world, "chat.acme.test", "SOA").rcode == dns.rcode.SERVFAIL


def test_the_resolver_follows_cnames_from_zone_to_zone(world: World, store: Store) -> None:
    type_in(store, "www.acme.test", "CNAME", "web.other.test")
    type_in(store, "web.other.test", "CNAME", "host.third.co.uk")
    type_in(store, "host.third.co.uk", "A", "203.0.113.5")

    reply = look_up(world, "www.acme.test", "A")

    assert [rrset.rdtype for rrset in reply.answer] == [RdataType.CNAME, RdataType.CNAME, RdataType.A]
    assert look_up(world, "www.acme.test", "AAAA").authority[0].name == dns.name.from_text("third.co.uk")


def test_a_cname_to_nowhere_is_nxdomain_after_the_cname(world: World, store: Store) -> None:
    type_in(store, "www.acme.test", "CNAME", "nothing.other.test")

    reply = look_up(world, "www.acme.test", "A")

    assert (reply.rcode, len(reply.answer)) == (dns.rcode.NXDOMAIN, 1)


def test_cnames_in_a_circle_are_servfail(world: World, store: Store) -> None:
    type_in(store, "a.acme.test", "CNAME", "b.other.test")
    type_in(store, "b.other.test", "CNAME", "a.acme.test")

    assert look_up(world, "a.acme.test", "A").rcode == dns.rcode.SERVFAIL


def test_a_ds_left_at_the_parent_breaks_the_name_for_validating_resolvers(
    world: World, store: Store, route53: Route53Client, clock: Clock
) -> None:
    type_in(store, "chat.acme.test", "NS", *hosted(route53, clock, "chat.acme.test"))
    type_in(store, "chat.acme.test", "DS", DS)

    unchecked = world.answer(
        RESOLVER, dns.name.from_text("chat.acme.test"), RdataType.SOA, checking_disabled=True
    )

    assert look_up(world, "chat.acme.test", "SOA").rcode == dns.rcode.SERVFAIL
    assert unchecked is not None
    assert unchecked.answer
    assert values(look_up(world, "chat.acme.test", "DS"))


def test_the_resolver_refuses_to_answer_without_recursion(world: World) -> None:
    reply = world.answer(RESOLVER, dns.name.from_text("acme.test"), RdataType.SOA, recursion_desired=False)

    assert reply is not None
    assert reply.rcode == dns.rcode.REFUSED


def test_an_alias_record_has_the_addresses_of_its_target(
    world: World, store: Store, route53: Route53Client, clock: Clock
) -> None:
    servers = hosted(route53, clock, "chat.acme.test")
    target = {"HostedZoneId": "Z1", "DNSName": "edge.platform.test.", "EvaluateTargetHealth": False}
    alias = {"Name": "chat.acme.test", "Type": "A", "AliasTarget": target}
    zone_id = route53.list_hosted_zones()["HostedZones"][0]["Id"]
    route53.change_resource_record_sets(
        HostedZoneId=zone_id,
        ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": alias}]},  # type: ignore[typeddict-item]
    )
    clock.tick(60)
    type_in(store, "edge.platform.test", "A", "203.0.113.80")

    reply = ask(world, route53_listener(servers[0]), "chat.acme.test", "A")

    assert values(reply) == {"203.0.113.80"}
    assert reply.answer[0].ttl == 60


def test_an_alias_to_itself_has_no_address(
    world: World, store: Store, route53: Route53Client, clock: Clock
) -> None:
    type_in(store, "chat.acme.test", "NS", *hosted(route53, clock, "chat.acme.test"))
    target = {"HostedZoneId": "Z1", "DNSName": "chat.acme.test.", "EvaluateTargetHealth": False}
    alias = {"Name": "chat.acme.test", "Type": "A", "AliasTarget": target}
    zone_id = route53.list_hosted_zones()["HostedZones"][0]["Id"]
    route53.change_resource_record_sets(
        HostedZoneId=zone_id,
        ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": alias}]},  # type: ignore[typeddict-item]
    )
    clock.tick(60)

    assert look_up(world, "chat.acme.test", "A").answer == ()


@pytest.mark.parametrize("outcome", ["silent", "SERVFAIL", "REFUSED"])
def test_a_server_can_be_told_to_fail(world: World, account: Account, outcome: str) -> None:
    account.controls.set_dns_outcome(LISTENERS[2], outcome)

    reply = world.answer(LISTENERS[2], dns.name.from_text("acme.test"), RdataType.SOA)
    assert (dns.rcode.to_text(reply.rcode) if reply else "silent") == outcome
    assert look_up(world, "acme.test", "SOA").answer, "the second server still answers"

    account.controls.set_dns_outcome(LISTENERS[3], outcome)
    assert look_up(world, "acme.test", "SOA").rcode == dns.rcode.SERVFAIL


def test_registry_hands_out_what_the_registrar_was_told(world: World, account: Account) -> None:
    ours = [f"ns-{number}.awsdns-00.com" for number in (1, 2)]
    registrar.choose(account.store, "acme.test", ours)
    handed = ask(world, REGISTRY, "www.acme.test", "A").authority[0]
    assert {rdata.to_text() for rdata in handed} == {f"{name}." for name in ours}
    assert look_up(world, "www.acme.test", "A").rcode == dns.rcode.SERVFAIL
    registrar.choose(account.store, "acme.test", ())
    assert look_up(world, "www.acme.test", "A").rcode == dns.rcode.NXDOMAIN
