"""Targets that come and go at the edge by dynamic updates, and what its servers answer meanwhile."""

from __future__ import annotations

import itertools

import dns.message
import dns.name
import dns.rcode
import dns.update
import pytest
from dns.rcode import Rcode
from dns.rdatatype import RdataType
from dns.tsig import Key

from webapp.sandbox.aws.route53_zones import Account
from webapp.sandbox.edge.targets import Target, targets
from webapp.sandbox.provider import records
from webapp.sandbox.provider.typed import Typed, read
from webapp.sandbox.shared.environment import (
    EDGE_ADDRESS,
    EDGE_DOMAIN,
    EDGE_KEY_NAME,
    EDGE_KEY_SECRET,
    EDGE_SERVERS,
    LISTENERS,
    listener_named,
)
from webapp.sandbox.shared.store import Store
from webapp.sandbox.world.dns_server import respond
from webapp.sandbox.world.world import World

TARGET = f"k7qx2m.{EDGE_DOMAIN}"
KEY = Key(EDGE_KEY_NAME, EDGE_KEY_SECRET)
OTHER_SECRET = Key(EDGE_KEY_NAME, "AAAA" + EDGE_KEY_SECRET[4:])
OTHER_NAME = Key("somebody.", EDGE_KEY_SECRET)


@pytest.fixture
def world(account: Account) -> World:
    return World(account.store, account.controls, account.clock)


def new_update(zone: str = EDGE_DOMAIN, key: Key | None = KEY) -> dns.update.UpdateMessage:
    update = dns.update.UpdateMessage(zone)
    if key:
        update.use_tsig(key)
    return update


def added(name: str = TARGET, *values: str, kind: str = "A", ttl: int = 60) -> dns.update.UpdateMessage:
    update = new_update()
    for value in values or (EDGE_ADDRESS,):
        update.add(dns.name.from_text(name), ttl, kind, value)
    return update


def withdrawn(name: str = TARGET) -> dns.update.UpdateMessage:
    update = new_update()
    update.delete(dns.name.from_text(name))
    return update


def send(world: World, update: dns.update.UpdateMessage, server: str = f"ns1.{EDGE_DOMAIN}") -> Rcode:
    listener = listener_named(server)
    assert listener is not None
    wire = respond(world, listener, update.to_wire(), False)
    assert wire is not None
    answer = dns.message.from_wire(
        wire, keyring=KEY, request_mac=update.mac if update.keyring is KEY else b""
    )
    assert update.is_response(answer)
    return answer.rcode()


def look_up(world: World, name: str, kind: str = "A") -> tuple[str, list[str]]:
    reply = world.answer(LISTENERS[0], dns.name.from_text(name), RdataType[kind])
    assert reply is not None
    values = [rdata.to_text() for rrset in reply.answer for rdata in rrset]
    return dns.rcode.to_text(reply.rcode), values


def test_a_target_is_answered_from_its_publication_to_its_withdrawal(world: World) -> None:
    assert look_up(world, TARGET) == ("NXDOMAIN", [])

    assert send(world, added()) == dns.rcode.NOERROR
    assert look_up(world, TARGET) == ("NOERROR", [EDGE_ADDRESS])
    assert look_up(world, TARGET, "AAAA") == ("NOERROR", [])
    assert look_up(world, f"x.{TARGET}") == ("NXDOMAIN", [])
    assert look_up(world, f"other.{EDGE_DOMAIN}") == ("NXDOMAIN", []), "no wildcard"

    assert send(world, withdrawn()) == dns.rcode.NOERROR
    assert look_up(world, TARGET) == ("NXDOMAIN", [])


def test_a_customers_cname_leads_to_the_edge_while_its_target_stands(world: World, store: Store) -> None:
    records.add(store, read(Typed("chat.acme.test", "CNAME", "300", TARGET)))
    send(world, added())
    assert look_up(world, "chat.acme.test") == ("NOERROR", [f"{TARGET}.", EDGE_ADDRESS])

    send(world, withdrawn())
    assert look_up(world, "chat.acme.test") == ("NXDOMAIN", [f"{TARGET}."])


@pytest.mark.parametrize("server", EDGE_SERVERS)
def test_both_servers_have_the_zone_and_nothing_else(world: World, server: str) -> None:
    listener = listener_named(server)
    assert listener is not None
    send(world, added(), server)

    apex = world.answer(listener, dns.name.from_text(EDGE_DOMAIN), RdataType.NS)
    target = world.answer(listener, dns.name.from_text(TARGET), RdataType.A)
    other = world.answer(listener, dns.name.from_text("acme.test"), RdataType.SOA)

    assert apex is not None
    assert apex.authoritative
    assert {rdata.to_text() for rdata in apex.answer[0]} == {f"{one}." for one in EDGE_SERVERS}
    assert target is not None
    assert target.answer
    assert other is not None
    assert other.rcode == dns.rcode.REFUSED
    at_the_provider = listener_named("ns1.sandbox-registrar.test")
    assert at_the_provider is not None
    refused = world.answer(at_the_provider, dns.name.from_text(TARGET), RdataType.A)
    assert refused is not None
    assert refused.rcode == dns.rcode.REFUSED


def test_every_change_raises_the_serial_and_no_other_update_does(world: World) -> None:
    def serial() -> int:
        return int(look_up(world, EDGE_DOMAIN, "SOA")[1][0].split()[2])

    seen = [serial()]
    for update in (added(), added(), withdrawn(), withdrawn()):
        send(world, update)
        seen.append(serial())

    assert [after - before for before, after in itertools.pairwise(seen)] == [1, 0, 1, 0]


def test_a_label_that_was_given_is_not_given_again_by_mistake(world: World) -> None:
    """What Nameplate should send: the addition with the condition that nobody has the name."""
    for expected in (dns.rcode.NOERROR, dns.rcode.YXDOMAIN):
        update = added()
        update.absent(dns.name.from_text(TARGET))
        assert send(world, update) == expected


def test_all_of_an_update_or_nothing(world: World, store: Store) -> None:
    update = added()
    update.add(dns.name.from_text(f"*.{EDGE_DOMAIN}"), 60, "A", EDGE_ADDRESS)

    assert send(world, update) == dns.rcode.REFUSED
    assert targets(store) == []


@pytest.mark.parametrize(
    ("name", "kind", "value", "expected"),
    [
        (f"*.{EDGE_DOMAIN}", "A", EDGE_ADDRESS, dns.rcode.REFUSED),
        (f"*.a.{EDGE_DOMAIN}", "CNAME", f"b.{EDGE_DOMAIN}.", dns.rcode.REFUSED),
        (EDGE_DOMAIN, "A", EDGE_ADDRESS, dns.rcode.REFUSED),
        (f"ns1.{EDGE_DOMAIN}", "A", EDGE_ADDRESS, dns.rcode.REFUSED),
        (f"a.{EDGE_DOMAIN}", "NS", "ns.other.test.", dns.rcode.REFUSED),
        (f"a.{EDGE_DOMAIN}", "DNAME", "other.test.", dns.rcode.REFUSED),
        ("chat.acme.test", "A", EDGE_ADDRESS, dns.rcode.NOTZONE),
        (f"a{EDGE_DOMAIN}", "A", EDGE_ADDRESS, dns.rcode.NOTZONE),
    ],
)
def test_what_would_answer_for_more_than_a_target_is_refused(
    world: World, store: Store, name: str, kind: str, value: str, expected: Rcode
) -> None:
    assert send(world, added(name, value, kind=kind)) == expected
    assert targets(store) == []


@pytest.mark.parametrize(
    ("key", "expected"),
    [(None, dns.rcode.REFUSED), (OTHER_SECRET, dns.rcode.NOTAUTH), (OTHER_NAME, dns.rcode.NOTAUTH)],
)
def test_only_the_key_may_write(world: World, store: Store, key: Key | None, expected: Rcode) -> None:
    update = new_update(key=key)
    update.add(dns.name.from_text(TARGET), 60, "A", EDGE_ADDRESS)

    assert send(world, update) == expected
    assert targets(store) == []


@pytest.mark.parametrize("server", ["ns1.sandbox-registrar.test", "a.sandbox-registry.test"])
def test_other_servers_take_no_updates(world: World, store: Store, server: str) -> None:
    assert send(world, added(), server) == dns.rcode.NOTIMP
    assert targets(store) == []


def test_another_zone_is_not_ours(world: World) -> None:
    assert send(world, new_update("acme.test")) == dns.rcode.NOTAUTH


def test_a_failing_server_fails_updates_as_well(world: World, account: Account, store: Store) -> None:
    listener = listener_named(f"ns1.{EDGE_DOMAIN}")
    assert listener is not None
    account.controls.set_dns_outcome(listener, "SERVFAIL")
    assert send(world, added()) == dns.rcode.SERVFAIL
    account.controls.set_dns_outcome(listener, "silent")
    assert respond(world, listener, added().to_wire(), False) is None
    assert targets(store) == []


def stored(store: Store) -> set[tuple[str, str]]:
    return {(one.type, one.value) for one in targets(store)}


def test_records_come_and_go_one_by_one(world: World, store: Store) -> None:
    send(world, added(TARGET, "203.0.113.80", "203.0.113.81"))
    send(world, added(TARGET, "2001:db8::80", kind="AAAA"))
    assert stored(store) == {("A", "203.0.113.80"), ("A", "203.0.113.81"), ("AAAA", "2001:db8::80")}

    one, kind, replaced = new_update(), new_update(), new_update()
    one.delete(dns.name.from_text(TARGET), "A", "203.0.113.80")
    send(world, one)
    assert stored(store) == {("A", "203.0.113.81"), ("AAAA", "2001:db8::80")}
    kind.delete(dns.name.from_text(TARGET), "AAAA")
    send(world, kind)
    assert stored(store) == {("A", "203.0.113.81")}
    replaced.replace(dns.name.from_text(TARGET), 30, "A", "203.0.113.82")
    send(world, replaced)
    assert targets(store) == [Target(TARGET, "A", 30, "203.0.113.82")]


def test_a_set_has_one_ttl(world: World, store: Store) -> None:
    send(world, added(TARGET, "203.0.113.80"))
    send(world, added(TARGET, "203.0.113.81", ttl=30))

    assert {one.ttl for one in targets(store)} == {30}


def test_a_target_may_be_a_cname_to_the_edges_host(world: World, store: Store) -> None:
    send(world, added(f"pool.{EDGE_DOMAIN}", EDGE_ADDRESS))
    send(world, added(TARGET, f"pool.{EDGE_DOMAIN}.", kind="CNAME"))
    assert look_up(world, TARGET) == ("NOERROR", [f"pool.{EDGE_DOMAIN}.", EDGE_ADDRESS])

    send(world, added(TARGET, EDGE_ADDRESS))
    assert ("A", EDGE_ADDRESS) not in {(one.type, one.value) for one in targets(store) if one.name == TARGET}
    send(world, added(TARGET, "edge.other.test.", kind="CNAME"))
    assert look_up(world, TARGET, "CNAME") == ("NOERROR", ["edge.other.test."])


def test_a_name_above_a_target_is_nodata(world: World) -> None:
    send(world, added(f"a.b.{EDGE_DOMAIN}"))

    assert look_up(world, f"b.{EDGE_DOMAIN}") == ("NOERROR", [])
    assert look_up(world, f"ab.{EDGE_DOMAIN}") == ("NXDOMAIN", [])


@pytest.mark.parametrize(
    ("condition", "before", "after"),
    [
        (("present", TARGET), dns.rcode.NXDOMAIN, dns.rcode.NOERROR),
        (("absent", TARGET), dns.rcode.NOERROR, dns.rcode.YXDOMAIN),
        (("present", TARGET, "A"), dns.rcode.NXRRSET, dns.rcode.NOERROR),
        (("absent", TARGET, "A"), dns.rcode.NOERROR, dns.rcode.YXRRSET),
        (("absent", TARGET, "TXT"), dns.rcode.NOERROR, dns.rcode.NOERROR),
        (("present", TARGET, "A", EDGE_ADDRESS), dns.rcode.NXRRSET, dns.rcode.NOERROR),
        (("present", TARGET, "A", "203.0.113.99"), dns.rcode.NXRRSET, dns.rcode.NXRRSET),
        (("absent", "chat.acme.test"), dns.rcode.NOTZONE, dns.rcode.NOTZONE),
    ],
)
def test_conditions_are_those_of_rfc_2136(
    world: World, condition: tuple[str, ...], before: Rcode, after: Rcode
) -> None:
    method, name, *what = condition

    def asked() -> Rcode:
        update = new_update()
        getattr(update, method)(dns.name.from_text(name), *what)
        return send(world, update)

    assert asked() == before
    send(world, added())
    assert asked() == after
