"""The sandbox's name servers on UDP and TCP: octets in, octets out, and the sockets they travel through."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import cast

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.tsig
import dns.tsigkeyring
from dns.message import Message, QueryMessage
from dns.update import UpdateMessage

from webapp.sandbox.internet.zone import Reply
from webapp.sandbox.shared.environment import EDGE_KEY_NAME, EDGE_KEY_SECRET, LISTENERS, Listener, Role
from webapp.sandbox.shared.listening import bound
from webapp.sandbox.world.world import World

EDNS_PAYLOAD = 1232
_PLAIN_PAYLOAD = 512
_TCP_IDLE_SECONDS = 10
_OPCODE_BITS = 0x7800
_KEYS = dns.tsigkeyring.from_text({EDGE_KEY_NAME: EDGE_KEY_SECRET})
_TRANSFERS = frozenset({dns.rdatatype.AXFR, dns.rdatatype.IXFR})

Responder = Callable[[bytes, bool], bytes | None]


def respond(world: World, listener: Listener, wire: bytes, over_udp: bool) -> bytes | None:
    """The answer to one message, or None when it deserves none."""
    try:
        query = dns.message.from_wire(wire, keyring=_KEYS, ignore_trailing=True)
    except (dns.message.UnknownTSIGKey, dns.tsig.BadSignature, dns.tsig.BadTime, dns.tsig.BadKey):
        return _error(wire, dns.rcode.NOTAUTH)
    except dns.exception.DNSException:
        return _error(wire, dns.rcode.FORMERR)
    if query.flags & dns.flags.QR:
        return None
    response = dns.message.make_response(
        query, recursion_available=listener.role is Role.RESOLVER, our_payload=EDNS_PAYLOAD
    )
    if not _fill(world, listener, query, response):
        return None
    limit = 65535
    if over_udp:
        limit = min(max(query.payload, _PLAIN_PAYLOAD), EDNS_PAYLOAD) if query.edns >= 0 else _PLAIN_PAYLOAD
    return response.to_wire(max_size=limit, prefer_truncation=True)


def _fill(world: World, listener: Listener, query: Message, response: Message) -> bool:
    """Put code, flags and records into the response. False when the server stays silent."""
    if isinstance(query, UpdateMessage):
        rcode = world.update(listener, query)
        response.set_rcode(rcode or dns.rcode.NOERROR)
        return rcode is not None
    if refusal := _refusal(query):
        response.set_rcode(refusal)
        return True
    question = query.question[0]
    reply = world.answer(
        listener,
        question.name,
        question.rdtype,
        recursion_desired=bool(query.flags & dns.flags.RD),
        checking_disabled=bool(query.flags & dns.flags.CD),
    )
    if reply is None:
        return False
    _copy(reply, response)
    return True


def _refusal(query: Message) -> dns.rcode.Rcode | None:
    if query.opcode() != dns.opcode.QUERY or not isinstance(query, QueryMessage):
        return dns.rcode.NOTIMP
    if query.edns > 0:
        return dns.rcode.BADVERS
    if len(query.question) != 1:
        return dns.rcode.FORMERR
    question = query.question[0]
    if question.rdclass != dns.rdataclass.IN or question.rdtype in _TRANSFERS:
        return dns.rcode.REFUSED
    return None


def _copy(reply: Reply, response: Message) -> None:
    response.set_rcode(reply.rcode)
    if reply.authoritative:
        response.flags |= dns.flags.AA
    response.answer.extend(reply.answer)
    response.authority.extend(reply.authority)
    response.additional.extend(reply.additional)


def _error(wire: bytes, rcode: dns.rcode.Rcode) -> bytes | None:
    """A bare code with the id of a query that cannot be read; nothing for an answer or for less than a header."""
    if len(wire) < 12 or wire[2] & 0x80:
        return None
    response = dns.message.Message(id=int.from_bytes(wire[:2]))
    response.flags = dns.flags.Flag(dns.flags.QR | int.from_bytes(wire[2:4]) & _OPCODE_BITS)
    response.set_rcode(rcode)
    return response.to_wire()


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, responder: Responder) -> None:
        self._responder = responder
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # A cast and no check: the selector loop of Python 3.11 hands over something that only acts like one.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        answer = self._responder(data, True)
        if answer is not None and self._transport:
            self._transport.sendto(answer, addr)


class DnsServer:
    """All listeners of the sandbox. Use as an asynchronous context; leaving it closes them."""

    def __init__(self, world: World, first_port: int) -> None:
        self._world, self._first_port = world, first_port
        self._open = contextlib.AsyncExitStack()
        self._conversations: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> DnsServer:
        """Raises `CannotListenError` when a port is taken; then none stays open."""
        async with contextlib.AsyncExitStack() as opening:
            for listener in LISTENERS:
                await self._listen(listener, opening)
            self._open = opening.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()
        for conversation in self._conversations:
            conversation.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)

    async def _listen(self, listener: Listener, opening: contextlib.AsyncExitStack) -> None:
        def responder(wire: bytes, over_udp: bool) -> bytes | None:
            return respond(self._world, listener, wire, over_udp)

        port = self._first_port + listener.offset
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: _Udp(responder), sock=bound(port, socket.SOCK_DGRAM, "--dns-port")
        )
        opening.callback(transport.close)

        # No coroutine: asyncio would own its task, and print a traceback when the loop ends before the client goes.
        def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            conversation = loop.create_task(_serve_tcp(reader, writer, responder))
            self._conversations.add(conversation)
            conversation.add_done_callback(self._conversations.discard)

        server = await asyncio.start_server(serve, sock=bound(port, socket.SOCK_STREAM, "--dns-port"))
        opening.callback(server.close)


async def _serve_tcp(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, responder: Responder
) -> None:
    """Answer message after message (RFC 7766) until the client goes or falls silent."""
    try:
        while True:
            async with asyncio.timeout(_TCP_IDLE_SECONDS):
                length = int.from_bytes(await reader.readexactly(2))
                wire = await reader.readexactly(length)
            answer = responder(wire, False)
            if answer is not None:
                writer.write(len(answer).to_bytes(2) + answer)
                await writer.drain()
    except (asyncio.IncompleteReadError, TimeoutError, ConnectionError):
        pass
    finally:
        writer.close()
