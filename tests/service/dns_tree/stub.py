"""A name server in Python, for faults that no real server makes. It counts the packets that reach it."""

from __future__ import annotations

import asyncio
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import cast

import dns.exception
import dns.message
import dns.name

from tests.service.dns_tree.programs import DNS_PORT, PATIENCE_SECONDS

#: The address from which this machine asks a loopback address when nothing else is chosen.
VERIFIER = "127.0.0.1"


@dataclass(frozen=True)
class Question:
    """A query as it came in. `name` is lower case without final dot; `transport` is "udp" or "tcp"; `source`
    is the address that asked: the resolvers of the tree ask from their own."""

    query: dns.message.Message
    source: str
    server: str
    name: str
    type: str
    transport: str


#: What goes back, one packet after the other; nothing is silence.
Behaviour = Callable[[Question], list[bytes]]


class Stub:
    """Listens at several addresses; each zone behaves as it was told to, at all of them."""

    def __init__(self, servers: dict[str, str]) -> None:
        self.servers = servers
        self.questions: list[Question] = []
        #: What went wrong in a behaviour itself. The thread of the stub cannot fail a test; its reader can.
        self.faults: list[Exception] = []
        self._behaviours: dict[dns.name.Name, Behaviour] = {}
        self._connections: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="stub", daemon=True)
        self._thread.start()
        listening = asyncio.run_coroutine_threadsafe(self._listen(), self._loop)
        self._listening = listening.result(timeout=PATIENCE_SECONDS)

    def behave(self, zone: str, behaviour: Behaviour) -> None:
        """Answers for a zone and what is below it."""
        self._behaviours[dns.name.from_text(zone)] = behaviour

    def packets(self, zone: str) -> list[Question]:
        """What the verifier asked about a zone and what is below it; the resolvers' own questions do not count."""
        origin = dns.name.from_text(zone)
        about = (asked for asked in self.questions if dns.name.from_text(asked.name).is_subdomain(origin))
        return [asked for asked in about if asked.source == VERIFIER]

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(timeout=PATIENCE_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=PATIENCE_SECONDS)
        self._loop.close()

    def reply(self, data: bytes, source: str, server: str, transport: str) -> list[bytes]:
        try:
            query = dns.message.from_wire(data)
        except dns.exception.DNSException:
            return []
        if not query.question:
            return []
        name, rdtype = query.question[0].name, query.question[0].rdtype
        text = name.to_text(omit_final_dot=True).lower()
        question = Question(query, source, server, text, rdtype.name, transport)
        self.questions.append(question)
        behaviour = next(
            (self._behaviours[zone] for zone in _upwards(name) if zone in self._behaviours), None
        )
        try:
            return behaviour(question) if behaviour else []
        except Exception as err:  # noqa: BLE001 (handed to the test)
            self.faults.append(err)
            return []

    async def _listen(self) -> list[asyncio.BaseTransport | asyncio.Server]:
        listening: list[asyncio.BaseTransport | asyncio.Server] = []
        for server, address in self.servers.items():
            endpoint = await self._loop.create_datagram_endpoint(
                lambda server=server: _Datagrams(self, server),  # type: ignore[misc]
                local_addr=(address, DNS_PORT),
            )
            listening.append(endpoint[0])
            connected = partial(self._connected, server)
            listening.append(await asyncio.start_server(connected, address, DNS_PORT))
        return listening

    async def _connected(
        self, server: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._connections.add(writer)
        source = writer.get_extra_info("peername")[0]
        try:
            while True:
                (length,) = struct.unpack("!H", await reader.readexactly(2))
                for packet in self.reply(await reader.readexactly(length), source, server, "tcp"):
                    writer.write(struct.pack("!H", len(packet)) + packet)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            # What is not yet sent keeps a closed connection open.
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            self._connections.discard(writer)

    async def _close(self) -> None:
        """A connection that nobody closed is a warning in whatever test runs when it is collected."""
        for listener in self._listening:
            listener.close()
        for writer in self._connections:
            writer.transport.abort()
        handlers = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(*handlers, return_exceptions=True)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, stub: Stub, server: str) -> None:
        self._stub, self._server = stub, server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        for packet in self._stub.reply(data, addr[0], self._server, "udp"):
            self._transport.sendto(packet, addr)


def _upwards(name: dns.name.Name) -> list[dns.name.Name]:
    names = [name]
    while names[-1] != dns.name.root:
        names.append(names[-1].parent())
    return names
