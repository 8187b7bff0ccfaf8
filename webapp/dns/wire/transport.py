"""Sending a query to a name server and receiving the answer, over UDP and TCP.

Each UDP query has a socket of its own, so that a forger must guess its port beside the id (RFC 5452). The socket is
connected, so that the kernel drops packets from other addresses. TCP connections are reused (RFC 7766, 6.2.1).
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from typing import TypeVar

Endpoint = tuple[str, int]
T = TypeVar("T")
_LARGEST = 65535
#: How long an idle connection is kept: shorter than servers keep it.
_KEPT_SECONDS = 2.0


async def over_udp(endpoint: Endpoint, query: bytes, read: Callable[[bytes], T | None], seconds: float) -> T:
    """What `read` returns for the first packet that it accepts. It returns None for a packet to pass over.

    Raises TimeoutError when there is no such packet in time, and OSError for what the network says.
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Future[T] = loop.create_future()
    with _socket(endpoint, socket.SOCK_DGRAM) as sock:
        sock.connect(endpoint)
        sock.send(query)
        # `loop.sock_recv` would try to read before there is a packet, and register the socket anew for each one.
        loop.add_reader(sock, _receive, sock, read, found)
        limit = loop.call_later(seconds, _give_up, found)
        try:
            return await found
        finally:
            limit.cancel()
            loop.remove_reader(sock)


def _receive(sock: socket.socket, read: Callable[[bytes], T | None], found: asyncio.Future[T]) -> None:
    try:
        answer = read(sock.recv(_LARGEST))
    except (BlockingIOError, InterruptedError):
        return
    except Exception as err:  # noqa: BLE001 - raised where the answer is awaited
        _settle(found, err)
        return
    if answer is not None and not found.done():
        found.set_result(answer)


def _give_up(found: asyncio.Future[T]) -> None:
    _settle(found, TimeoutError())


def _settle(found: asyncio.Future[T], err: Exception) -> None:
    if not found.done():
        found.set_exception(err)


class Connections:
    """Open TCP connections, each for one question at a time, kept for a moment for whoever asks the same server next.

    Without `keep` each serves one question.
    """

    def __init__(self, *, keep: bool) -> None:
        self._keep = keep
        self._idle: dict[Endpoint, list[tuple[socket.socket, float]]] = {}

    async def exchange(self, endpoint: Endpoint, query: bytes) -> bytes:
        """One message there and one back. Raises OSError and EOFError; the caller sets the time limit.

        A server may close an idle connection at any time (RFC 7766, 6.2.4), which is noticed only at the next use.
        So the end of a kept connection says nothing about the server, and the query is sent over a new one.
        """
        kept = self._take(endpoint)
        if kept is not None:
            try:
                return await self._ask(endpoint, kept, query)
            except (OSError, EOFError):
                self._forget(endpoint)
            except asyncio.CancelledError:
                # Something on the way may have forgotten the connection and swallow what goes over it.
                self._forget(endpoint)
                raise
        sock = _socket(endpoint, socket.SOCK_STREAM)
        try:
            await asyncio.get_running_loop().sock_connect(sock, endpoint)
        except BaseException:
            sock.close()
            raise
        return await self._ask(endpoint, sock, query)

    def close(self) -> None:
        for endpoint in list(self._idle):
            self._forget(endpoint)

    def _take(self, endpoint: Endpoint) -> socket.socket | None:
        kept = self._idle.get(endpoint)
        if not kept:
            return None
        sock, since = kept.pop()
        if time.monotonic() - since <= _KEPT_SECONDS:
            return sock
        sock.close()
        self._forget(endpoint)  # the others are older still
        return None

    def _forget(self, endpoint: Endpoint) -> None:
        for sock, _ in self._idle.pop(endpoint, ()):
            sock.close()

    async def _ask(self, endpoint: Endpoint, sock: socket.socket, query: bytes) -> bytes:
        """The connection is kept after a whole answer, and closed after anything else, a time limit included."""
        loop = asyncio.get_running_loop()
        try:
            await loop.sock_sendall(sock, len(query).to_bytes(2) + query)
            data = await _received(loop, sock, 2)
            length = int.from_bytes(data[:2])
            answer = data[2:]
            if len(answer) < length:
                answer += await _received(loop, sock, length - len(answer))
        except BaseException:
            sock.close()
            raise
        if self._keep and len(answer) == length:
            self._idle.setdefault(endpoint, []).append((sock, time.monotonic()))
        else:
            sock.close()
        return answer[:length]


async def _received(loop: asyncio.AbstractEventLoop, sock: socket.socket, least: int) -> bytes:
    """At least so many octets. Raises EOFError when the connection ends before."""
    data = b""
    while len(data) < least:
        more = await loop.sock_recv(sock, _LARGEST)
        if not more:
            raise EOFError("the connection ended in the middle of a message")
        data += more
    return data


def _socket(endpoint: Endpoint, kind: socket.SocketKind) -> socket.socket:
    family = socket.AF_INET6 if ":" in endpoint[0] else socket.AF_INET
    sock = socket.socket(family, kind)
    sock.setblocking(False)
    if kind == socket.SOCK_STREAM:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock
