"""A proxy that stands for a long way to a name server: it passes every query, over UDP or TCP, on with a delay.

    python -m benchmarks.delay SECONDS HOST:PORT...

Prints one port of 127.0.0.1 for each server, and then passes queries on. It needs neither netem in the kernel nor
root.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import struct
import sys
from typing import cast

Address = tuple[str, int]


class _Upstream(asyncio.DatagramProtocol):
    """The socket towards the server. Questions get ids of our own, by which answers find their way back."""

    def __init__(self) -> None:
        self.waiting: dict[int, tuple[bytes, Address]] = {}
        self._numbers = itertools.cycle(range(65536))
        self.front: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def ask(self, data: bytes, client: Address) -> None:
        number = next(self._numbers)
        self.waiting[number] = (data[:2], client)
        self._transport.sendto(number.to_bytes(2) + data[2:])

    def datagram_received(self, data: bytes, _server: Address) -> None:
        found = self.waiting.pop(int.from_bytes(data[:2]), None)
        if found and self.front:
            original, client = found
            self.front.sendto(original + data[2:], client)


class _Front(asyncio.DatagramProtocol):
    def __init__(self, upstream: _Upstream, seconds: float) -> None:
        self._upstream, self._seconds = upstream, seconds

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._upstream.front = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        asyncio.get_running_loop().call_later(self._seconds, self._upstream.ask, data, addr)


async def _relay(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, server: Address, seconds: float
) -> None:
    """One TCP connection. The kernel has shaken hands at once, so its round trip is made up for here."""
    upstream, answers = await asyncio.open_connection(*server)
    late = 2 * seconds
    try:
        while True:
            head = await reader.readexactly(2)
            message = await reader.readexactly(*struct.unpack("!H", head))
            await asyncio.sleep(late)
            late = seconds
            answers.write(head + message)
            head = await upstream.readexactly(2)
            writer.write(head + await upstream.readexactly(*struct.unpack("!H", head)))
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()
        answers.close()


async def _serve(server: Address, seconds: float) -> int:
    loop = asyncio.get_running_loop()
    _, upstream = await loop.create_datagram_endpoint(_Upstream, remote_addr=server)

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await _relay(reader, writer, server, seconds)

    for _ in range(50):
        listener = await asyncio.start_server(relay, "127.0.0.1", 0, backlog=1000)
        port: int = listener.sockets[0].getsockname()[1]
        with contextlib.suppress(OSError):
            await loop.create_datagram_endpoint(
                lambda: _Front(upstream, seconds), local_addr=("127.0.0.1", port)
            )
            _KEPT.append(listener)
            return port
        listener.close()
    raise OSError("no port of 127.0.0.1 is free for UDP and TCP")


_KEPT: list[asyncio.Server] = []


async def main(seconds: float, servers: list[str]) -> None:
    ports = []
    for server in servers:
        host, _, port = server.rpartition(":")
        ports.append(str(await _serve((host, int(port)), seconds)))
    sys.stdout.write(" ".join(ports) + "\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]), sys.argv[2:]))
