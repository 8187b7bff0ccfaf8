"""The network class against a small server on loopback that answers exactly as told."""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import socket
import struct
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from webapp.dns.answers import Answer, Outcome
from webapp.dns.limits import Budget, Limits
from webapp.dns.notes import Note
from webapp.dns.wire.network import NetworkDns

LOOPBACK = ipaddress.ip_network("127.0.0.0/8")
#: For an answer that comes, and for silence: the client and the server share a process, which waits for both on a
#: busy machine.
PATIENT = Limits(server_try_seconds=30.0, resolver_try_seconds=30.0)
LIMITS = Limits(server_try_seconds=1.0, resolver_try_seconds=1.0)
HOST = "chat.acme.com"
NAMES = ("ns-101.awsdns-12.com.", "NS-613.awsdns-13.net.")

#: The query and "udp" or "tcp" -> the packets to send back.
Behaviour = Callable[[dns.message.Message, str], list[bytes]]


@dataclass
class Server:
    behaviour: Behaviour
    port: int = 0
    queries: list[tuple[dns.message.Message, str]] = field(default_factory=list)

    def reply(self, wire: bytes, transport: str) -> list[bytes]:
        query = dns.message.from_wire(wire)
        self.queries.append((query, transport))
        return self.behaviour(query, transport)

    @property
    def transports(self) -> list[str]:
        return [transport for _, transport in self.queries]


class Datagrams(asyncio.DatagramProtocol):
    def __init__(self, server: Server) -> None:
        self.server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        for packet in self.server.reply(data, "udp"):
            self.transport.sendto(packet, addr)


@asynccontextmanager
async def listening(behaviour: Behaviour) -> AsyncIterator[Server]:
    """A server at 127.0.0.1, over UDP and TCP at one free port."""
    server = Server(behaviour)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        (length,) = struct.unpack("!H", await reader.readexactly(2))
        for packet in server.reply(await reader.readexactly(length), "tcp"):
            writer.write(struct.pack("!H", len(packet)) + packet)
        await writer.drain()
        await reader.read()

    async with accepting(connected) as server.port:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: Datagrams(server), local_addr=("127.0.0.1", server.port)
        )
        yield server
        transport.close()
        await asyncio.sleep(0)


@asynccontextmanager
async def accepting(
    connected: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[int]:
    """A TCP server at 127.0.0.1; its port. Every connection is closed before it ends."""
    connections: list[asyncio.Task[None]] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await connected(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(asyncio.create_task(handle(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        await asyncio.gather(*connections)
        await asyncio.sleep(0)


def referral(query: dns.message.Message, _transport: str = "") -> list[bytes]:
    response = dns.message.make_response(query)
    response.authority.append(dns.rrset.from_text("Chat.ACME.com.", 3600, "IN", "NS", *NAMES))
    return [response.to_wire()]


def silent(_query: dns.message.Message, _transport: str) -> list[bytes]:
    return []


def rcode(code: dns.rcode.Rcode) -> Behaviour:
    def behaviour(query: dns.message.Message, _transport: str) -> list[bytes]:
        response = dns.message.make_response(query)
        response.set_rcode(code)
        return [response.to_wire()]

    return behaviour


def network(port: int, **options: object) -> NetworkDns:
    """A network in which 127.0.0.1 is reached at that port, as server and as resolver."""
    given = {
        "resolvers": [("127.0.0.1", port)],
        "address_map": [(LOOPBACK, ("127.0.0.1", port))],
        "allow_networks": [LOOPBACK],
        "limits": PATIENT,
    }
    return NetworkDns(**(given | options))  # type: ignore[arg-type]


def asked(
    behaviour: Behaviour,
    *,
    tcp: bool = False,
    budget: Budget | None = None,
    recursive: bool = False,
    limits: Limits = PATIENT,
) -> tuple[Answer, Server]:
    """One question to such a server."""

    async def run() -> tuple[Answer, Server]:
        async with listening(behaviour) as server:
            dns = network(server.port, limits=limits)
            spending = budget or Budget(60)
            if recursive:
                return await dns.resolve(HOST, "NS", budget=spending), server
            return await dns.ask("127.0.0.9", HOST, "NS", budget=spending, tcp=tcp), server

    return asyncio.run(run())


@pytest.mark.parametrize(("tcp", "transport"), [(False, "udp"), (True, "tcp")])
def test_a_referral_is_read_into_our_own_words(tcp: bool, transport: str) -> None:
    answer, server = asked(referral, tcp=tcp)
    assert (answer.outcome, answer.authoritative, answer.transport) == (Outcome.REFERRAL, False, transport)
    assert (answer.address, answer.endpoint) == ("127.0.0.9", ("127.0.0.1", server.port))
    cut = answer.referral
    assert cut is not None
    assert (cut.name, cut.ttl) == (HOST, 3600)
    assert cut.values == ("ns-101.awsdns-12.com", "ns-613.awsdns-13.net")


@pytest.mark.parametrize("offers", [False, True])
def test_whether_a_server_offers_recursion_is_read(offers: bool) -> None:
    def answering(query: dns.message.Message, _transport: str) -> list[bytes]:
        return [dns.message.make_response(query, recursion_available=offers).to_wire()]

    assert asked(answering)[0].recursive is offers


def test_an_authoritative_server_is_asked_without_recursion_and_with_edns() -> None:
    (query, _), *_ = asked(referral)[1].queries
    assert not query.flags & dns.flags.RD
    assert (query.edns, query.payload) == (0, 1232)


def test_a_resolver_is_asked_for_recursion_and_checks_unless_told_otherwise() -> None:
    async def run() -> list[dns.message.Message]:
        async with listening(referral) as server:
            dns = network(server.port)
            await dns.resolve(HOST, "NS", budget=Budget(9))
            await dns.resolve(HOST, "NS", budget=Budget(9), checking_disabled=True)
            return [query for query, _ in server.queries]

    checked, unchecked = asyncio.run(run())
    assert checked.flags & dns.flags.RD
    assert not checked.flags & dns.flags.CD
    assert unchecked.flags & dns.flags.CD


def test_a_forged_packet_before_the_true_answer_is_ignored() -> None:
    def forged_first(query: dns.message.Message, _transport: str) -> list[bytes]:
        forged = dns.message.make_response(query)
        forged.id = (query.id + 1) % 65536
        forged.set_rcode(dns.rcode.NXDOMAIN)
        other_question = dns.message.make_response(dns.message.make_query("evil.example.", "NS"))
        other_question.id = query.id
        return [b"junk", forged.to_wire(), other_question.to_wire(), *referral(query)]

    assert asked(forged_first)[0].outcome is Outcome.REFERRAL


def test_a_forged_answer_alone_is_silence() -> None:
    def forged(query: dns.message.Message, _transport: str) -> list[bytes]:
        query.id = (query.id + 1) % 65536
        return referral(query)

    assert asked(forged, limits=LIMITS)[0].outcome is Outcome.TIMEOUT


def test_a_truncated_answer_is_asked_again_over_tcp() -> None:
    def truncated(query: dns.message.Message, transport: str) -> list[bytes]:
        if transport == "tcp":
            return referral(query)
        response = dns.message.make_response(query)
        response.flags |= dns.flags.TC
        return [response.to_wire()]

    answer, server = asked(truncated)
    assert (answer.outcome, answer.transport) == (Outcome.REFERRAL, "tcp")
    assert server.transports == ["udp", "tcp"]


def test_a_server_that_truncates_over_tcp_too_says_nothing() -> None:
    def always(query: dns.message.Message, _transport: str) -> list[bytes]:
        response = dns.message.make_response(query)
        response.flags |= dns.flags.TC | dns.flags.AA
        return [response.to_wire()]

    answer, server = asked(always)
    assert (answer.outcome, answer.authoritative) == (Outcome.OTHER, False)
    assert len(server.queries) <= 4


@pytest.mark.parametrize("tcp", [False, True])
def test_silence_is_a_timeout_after_the_tries(tcp: bool) -> None:
    budget = Budget(60)
    answer, server = asked(silent, tcp=tcp, budget=budget, limits=LIMITS)
    assert answer.outcome is Outcome.TIMEOUT
    assert len(server.queries) == LIMITS.tries
    assert budget.left == 60 - LIMITS.tries
    assert answer.ms >= 1990


def test_one_lost_packet_is_not_silence() -> None:
    seen: list[int] = []

    def second_time(query: dns.message.Message, _transport: str) -> list[bytes]:
        seen.append(query.id)
        return referral(query) if len(seen) > 1 else []

    assert asked(second_time, limits=Limits(server_try_seconds=3.0))[0].outcome is Outcome.REFERRAL
    assert seen[0] != seen[1]


def test_a_refused_port() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        dns = network(free.getsockname()[1], limits=LIMITS)

        async def run() -> tuple[Answer, Answer]:
            over_tcp = await dns.ask("127.0.0.9", HOST, "NS", budget=Budget(9), tcp=True)
            return over_tcp, await dns.ask("127.0.0.9", HOST, "NS", budget=Budget(9))

        over_tcp, over_udp = asyncio.run(run())
    assert (over_tcp.outcome, over_tcp.note) == (Outcome.UNREACHABLE, Note("refused"))
    assert over_udp.outcome in {Outcome.TIMEOUT, Outcome.UNREACHABLE}


def test_a_server_that_knows_no_edns_is_asked_without() -> None:
    def old(query: dns.message.Message, transport: str) -> list[bytes]:
        return rcode(dns.rcode.FORMERR)(query, transport) if query.edns >= 0 else referral(query)

    answer, server = asked(old)
    assert answer.outcome is Outcome.REFERRAL
    assert [query.edns for query, _ in server.queries] == [0, -1]


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (dns.rcode.NXDOMAIN, Outcome.NXDOMAIN),
        (dns.rcode.SERVFAIL, Outcome.SERVFAIL),
        (dns.rcode.REFUSED, Outcome.REFUSED),
        (dns.rcode.FORMERR, Outcome.FORMERR),
        (dns.rcode.NOTIMP, Outcome.OTHER),
    ],
)
@pytest.mark.parametrize("recursive", [False, True])
def test_response_codes_are_kept_apart(code: dns.rcode.Rcode, outcome: Outcome, recursive: bool) -> None:
    assert asked(rcode(code), recursive=recursive)[0].outcome is outcome


def test_a_connection_that_ends_in_the_middle() -> None:
    def cut_short(query: dns.message.Message, _transport: str) -> list[bytes]:
        return [referral(query)[0][:-5]]

    answer, _ = asked(cut_short, tcp=True)
    assert answer.outcome is Outcome.OTHER
    assert answer.note == Note("unreadable")


def test_a_server_that_sends_byte_by_byte_does_not_hold_us_up() -> None:
    async def run() -> Answer:
        async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            for byte in b"\x01\x00" + bytes(100):
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.1)

        async with accepting(drip) as port:
            dns = network(port, limits=LIMITS)
            return await dns.ask("127.0.0.9", HOST, "NS", budget=Budget(9), tcp=True)

    assert asyncio.run(run()).outcome is Outcome.TIMEOUT


@pytest.mark.parametrize("address", ["127.0.0.9", "169.254.169.254", "::ffff:127.0.0.9", "224.0.0.1"])
def test_the_filter_stops_before_anything_is_sent(address: str) -> None:
    async def run() -> tuple[Answer, list[str], int]:
        async with listening(referral) as server:
            everywhere = [
                (ipaddress.ip_network(net), ("127.0.0.1", server.port)) for net in ("0.0.0.0/0", "::/0")
            ]
            dns = network(server.port, allow_networks=[], address_map=everywhere)
            budget = Budget(9)
            answer = await dns.ask(address, HOST, "NS", budget=budget)
            return answer, server.transports, budget.left

    answer, transports, left = asyncio.run(run())
    assert (answer.outcome, transports, left) == (Outcome.NOT_ASKED, [], 9)
    assert answer.note is not None
    assert answer.note.params["address"] == address


def test_a_global_address_in_a_mapped_network_is_asked_there() -> None:
    async def run() -> Answer:
        async with listening(referral) as server:
            mapped = [(ipaddress.ip_network("205.251.192.0/21"), ("127.0.0.1", server.port))]
            dns = network(server.port, allow_networks=[], address_map=mapped)
            return await dns.ask("205.251.193.1", HOST, "NS", budget=Budget(9))

    assert asyncio.run(run()).outcome is Outcome.REFERRAL


def test_nothing_is_sent_once_the_budget_is_spent() -> None:
    answer, server = asked(referral, budget=Budget(0))
    assert (answer.outcome, server.transports) == (Outcome.NOT_ASKED, [])


def test_an_address_of_a_family_that_is_missing_here_is_unreachable() -> None:
    async def run() -> list[Answer]:
        # Documentation addresses are routed nowhere, with or without IPv6 on this machine.
        dns = NetworkDns([], allow_networks=[ipaddress.ip_network("2001:db8::/32")], limits=LIMITS)
        return [await dns.ask("2001:db8::1", HOST, "NS", budget=Budget(9), tcp=tcp) for tcp in (False, True)]

    assert {answer.outcome for answer in asyncio.run(run())} <= {Outcome.UNREACHABLE, Outcome.TIMEOUT}


@pytest.mark.parametrize("tcp", [False, True])
def test_a_deadline_leaves_nothing_open(tcp: bool) -> None:
    async def run() -> None:
        async with listening(silent) as server:
            dns = network(server.port)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await dns.ask("127.0.0.9", HOST, "NS", budget=Budget(9), tcp=tcp)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        asyncio.run(run())
        gc.collect()
    assert [str(warning.message) for warning in caught] == []


def test_one_object_serves_several_loops() -> None:
    async def run(dns: NetworkDns) -> Answer:
        return await dns.ask("127.0.0.9", HOST, "NS", budget=Budget(9))

    async def serve(dns_for: Callable[[int], NetworkDns]) -> Answer:
        async with listening(referral) as server:
            return await run(dns_for(server.port))

    kept: dict[str, NetworkDns] = {}

    def same(port: int) -> NetworkDns:
        first = kept.setdefault("dns", network(port))
        first._address_map[:] = [(LOOPBACK, ("127.0.0.1", port))]
        return first

    assert {asyncio.run(serve(same)).outcome for _ in range(2)} == {Outcome.REFERRAL}


def test_settings_name_hosts_or_addresses() -> None:
    assert NetworkDns([("127.0.0.1", 5300), ("::1", 53)]).resolvers == ["127.0.0.1:5300", "[::1]:53"]
    assert NetworkDns([("localhost", 53)]).resolvers[0] in {"127.0.0.1:53", "[::1]:53"}
    with pytest.raises(ValueError, match=r"“no-such-host\.invalid”"):
        NetworkDns([("no-such-host.invalid", 53)])
