"""Names that are published and withdrawn at a server that takes dynamic updates; the sandbox's plays it in memory."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import dns.exception
import dns.message
import dns.rcode
import dns.tsig
import pytest
from dns.message import Message
from dns.update import UpdateMessage

from webapp.dns.updates import DynamicZone, UpdateKey, UpdateRefusedError, UpdateRetryError
from webapp.sandbox.edge.targets import targets
from webapp.sandbox.shared.environment import (
    EDGE_DOMAIN,
    EDGE_KEY_NAME,
    EDGE_KEY_SECRET,
    EDGE_SERVERS,
    listener_at,
)
from webapp.sandbox.shared.store import Store
from webapp.sandbox.world.dns_server import respond
from webapp.sandbox.world.world import World

KEY = UpdateKey(EDGE_KEY_NAME, EDGE_KEY_SECRET)
SERVERS = tuple((address, 53) for address in EDGE_SERVERS.values())
TARGET = f"k7qx2m.{EDGE_DOMAIN}"


class Wire:
    """The way to the sandbox's servers, and what goes wrong on it: an error or a code in the place of an answer."""

    def __init__(self, store: Store) -> None:
        self._world = World(store)
        self.wrong: dict[str, type[Exception] | dns.rcode.Rcode] = {}
        self.asked: list[str] = []

    def __call__(self, message: Message, address: str, _port: int, _seconds: float) -> Message:
        self.asked.append(address)
        assert isinstance(message, UpdateMessage)
        wire = message.to_wire()
        wrong = self.wrong.get(address)
        if isinstance(wrong, type):
            raise wrong
        if wrong is not None:
            answer = dns.message.make_response(message)
            answer.set_rcode(wrong)
            return answer
        listener = listener_at(address)
        assert listener is not None
        reply = respond(self._world, listener, wire, False)
        assert reply is not None
        return dns.message.from_wire(reply, keyring=message.keyring, request_mac=message.mac)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path / "sandbox.sqlite")) as store:
        yield store


@pytest.fixture
def wire(store: Store) -> Wire:
    return Wire(store)


def zone(wire: Wire, key: UpdateKey = KEY, domain: str = EDGE_DOMAIN) -> DynamicZone:
    return DynamicZone(domain, SERVERS, key, send=wire)


def stored(store: Store) -> list[tuple[str, str, str]]:
    return [(one.name, one.type, one.value) for one in targets(store)]


def test_a_name_is_there_from_publication_to_withdrawal(wire: Wire, store: Store) -> None:
    zone(wire).publish(TARGET, ["203.0.113.80", "2001:db8::80"])
    assert stored(store) == [(TARGET, "A", "203.0.113.80"), (TARGET, "AAAA", "2001:db8::80")]

    zone(wire).withdraw(TARGET)
    assert stored(store) == []


def test_doing_it_twice_does_no_harm(wire: Wire, store: Store) -> None:
    for _ in range(2):
        zone(wire).publish(TARGET, ["203.0.113.80"])
    assert len(stored(store)) == 1
    for _ in range(2):
        zone(wire).withdraw(TARGET)
    assert stored(store) == []


def test_publishing_replaces_what_the_name_had_and_nothing_else(wire: Wire, store: Store) -> None:
    other = (f"other.{EDGE_DOMAIN}", "A", "203.0.113.9")
    zone(wire).publish(other[0], [other[2]])
    for values, expected in (
        (["203.0.113.80", "203.0.113.81"], [("A", "203.0.113.80"), ("A", "203.0.113.81")]),
        (["edge.other.test"], [("CNAME", "edge.other.test.")]),
        (["203.0.113.82"], [("A", "203.0.113.82")]),
    ):
        zone(wire).publish(TARGET, values)
        assert stored(store) == [*((TARGET, kind, value) for kind, value in expected), other]


@pytest.mark.parametrize("name", [f"*.{EDGE_DOMAIN}", EDGE_DOMAIN, "chat.acme.test", f"x{EDGE_DOMAIN}"])
def test_what_is_no_single_name_of_the_zone_is_our_own_fault(wire: Wire, name: str) -> None:
    with pytest.raises(ValueError, match="is no single name below"):
        zone(wire).publish(name, ["203.0.113.80"])
    with pytest.raises(ValueError, match="is no single name below"):
        zone(wire).withdraw(name)
    assert wire.asked == []


@pytest.mark.parametrize("values", [[], ["a.test", "b.test"], ["a.test", "203.0.113.80"]])
def test_a_name_needs_addresses_or_one_host(wire: Wire, values: list[str]) -> None:
    with pytest.raises(ValueError, match="needs addresses, or one host name"):
        zone(wire).publish(TARGET, values)
    assert wire.asked == []


FIRST, SECOND = EDGE_SERVERS.values()


@pytest.mark.parametrize(
    "wrong", [dns.exception.Timeout, ConnectionRefusedError, EOFError, OSError, dns.rcode.SERVFAIL], ids=str
)
def test_the_next_server_is_tried_and_none_is_a_retry(
    wire: Wire, store: Store, wrong: type[Exception] | dns.rcode.Rcode
) -> None:
    wire.wrong[FIRST] = wrong
    zone(wire).publish(TARGET, ["203.0.113.80"])
    assert (wire.asked, len(stored(store))) == ([FIRST, SECOND], 1)

    wire.wrong[SECOND] = wrong
    with pytest.raises(UpdateRetryError, match=r"No server of sandbox-edge\.test"):
        zone(wire).withdraw(TARGET)
    assert len(stored(store)) == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (dns.rcode.REFUSED, "with REFUSED"),
        (dns.rcode.NOTIMP, "with NOTIMP"),
        (dns.tsig.PeerBadTime, "about the time"),
        (dns.tsig.PeerBadKey, "about the key"),
        (dns.tsig.BadSignature, "about the key"),
        (dns.exception.FormError, "no signed answer"),
    ],
    ids=str,
)
def test_what_staff_must_mend_is_no_retry_and_asks_nobody_else(
    wire: Wire, wrong: type[Exception] | dns.rcode.Rcode, sentence: str
) -> None:
    wire.wrong[FIRST] = wrong

    with pytest.raises(UpdateRefusedError, match=sentence):
        zone(wire).publish(TARGET, ["203.0.113.80"])
    assert wire.asked == [FIRST]


@pytest.mark.parametrize(
    ("key", "domain"),
    [
        (UpdateKey(EDGE_KEY_NAME, "AAAA" + EDGE_KEY_SECRET[4:]), EDGE_DOMAIN),
        (UpdateKey("somebody", EDGE_KEY_SECRET), EDGE_DOMAIN),
        (KEY, "other.test"),
    ],
    ids=["secret", "name", "zone"],
)
def test_a_server_that_does_not_take_our_word_refuses(
    wire: Wire, store: Store, key: UpdateKey, domain: str
) -> None:
    with pytest.raises(UpdateRefusedError) as err:
        zone(wire, key, domain).publish(f"k7qx2m.{domain}", ["203.0.113.80"])

    assert stored(store) == []
    assert EDGE_KEY_SECRET[4:] not in f"{err.value} {zone(wire, key)!r}"


def test_a_server_may_be_named_and_has_several_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that listens at 127.0.0.1 alone is found where localhost is ::1 first."""
    tried: list[str] = []

    def tcp(message: Message, address: str, *, timeout: float, port: int) -> Message:
        tried.append(f"{address} {port} {timeout}")
        if address == "::1":
            raise ConnectionRefusedError
        return dns.message.make_response(message)

    def found(_host: str, port: int, **_: object) -> list[object]:
        return [(0, 0, 0, "", (address, port)) for address in ("::1", "::1", "127.0.0.1")]

    monkeypatch.setattr("socket.getaddrinfo", found)
    monkeypatch.setattr("dns.query.tcp", tcp)
    DynamicZone(EDGE_DOMAIN, (("localhost", 5300),), KEY).publish(TARGET, ["203.0.113.80"])
    assert tried == ["::1 5300 5.0", "127.0.0.1 5300 5.0"]


def test_a_name_of_a_server_that_is_unknown_is_a_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror("unknown")

    monkeypatch.setattr("socket.getaddrinfo", unknown)
    with pytest.raises(UpdateRetryError):
        DynamicZone(EDGE_DOMAIN, (("ns1.nowhere.test", 53),), KEY).withdraw(TARGET)
