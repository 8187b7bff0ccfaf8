"""TCP connections that are used again: fewer of them, and no answer is lost or mixed up by it."""

from __future__ import annotations

import asyncio
import ipaddress
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import dns.message
import dns.rrset
import pytest

from webapp.dns.answers import Outcome
from webapp.dns.limits import Budget, Limits
from webapp.dns.wire import transport
from webapp.dns.wire.network import NetworkDns

pytestmark = pytest.mark.service
LOOPBACK = ipaddress.ip_network("127.0.0.0/8")
#: For an answer that comes, and for one that never does: the client and the server share a process, which waits for
#: both on a busy machine.
PATIENT, HASTY = Limits(server_try_seconds=30.0), Limits(server_try_seconds=3.0)


@pytest.fixture(autouse=True)
def _kept_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a machine takes from one question to the next."""
    monkeypatch.setattr(transport, "_KEPT_SECONDS", 60.0)


@dataclass
class Server:
    """Answers with the name asked for. After `per_connection` answers it closes, or falls silent if so told."""

    per_connection: int = 100
    silent_then: bool = False
    port: int = 0
    connections: list[int] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(0)
        number = len(self.connections) - 1
        try:
            while self.connections[number] < self.per_connection:
                (length,) = struct.unpack("!H", await reader.readexactly(2))
                query = dns.message.from_wire(await reader.readexactly(length))
                answer = dns.message.make_response(query)
                name = query.question[0].name
                answer.answer.append(dns.rrset.from_text(name, 60, "IN", "NS", f"ns.{name}"))
                data = answer.to_wire()
                writer.write(struct.pack("!H", len(data)) + data)
                self.connections[number] += 1
            if self.silent_then:
                await reader.read()
                await reader.read()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def listening(server: Server, limits: Limits = PATIENT) -> AsyncIterator[NetworkDns]:
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    async with listener:
        server.port = listener.sockets[0].getsockname()[1]
        yield NetworkDns(
            resolvers=[("127.0.0.1", server.port)],
            address_map=[(LOOPBACK, ("127.0.0.1", server.port))],
            allow_networks=[LOOPBACK],
            limits=limits,
        )
        await asyncio.sleep(0.05)


async def values(network: NetworkDns, name: str) -> tuple[str, ...]:
    answer = await network.ask("127.0.0.1", name, "NS", budget=Budget(9), tcp=True)
    return answer.values("NS") or (answer.outcome.value,)


def test_a_session_asks_one_server_over_one_connection() -> None:
    async def run(server: Server) -> None:
        async with listening(server) as network, network.session() as session:
            for name in ("a.test", "b.test", "c.test"):
                assert await values(session, name) == (f"ns.{name}",)
        assert server.connections == [3]

    asyncio.run(run(Server()))


def test_questions_at_the_same_time_do_not_share_a_connection() -> None:
    async def run(server: Server) -> None:
        names = [f"n{number}.test" for number in range(10)]
        async with listening(server) as network, network.session() as session:
            found = await asyncio.gather(*(values(session, name) for name in names))
        assert found == [(f"ns.{name}",) for name in names]
        assert server.connections == [1] * 10

    asyncio.run(run(Server()))


def test_a_server_that_closes_after_every_answer_is_asked_all_the_same() -> None:
    async def run(server: Server) -> None:
        async with listening(server) as network, network.session() as session:
            for name in ("a.test", "b.test", "c.test"):
                assert await values(session, name) == (f"ns.{name}",)
        assert server.connections == [1, 1, 1]

    asyncio.run(run(Server(per_connection=1)))


def test_a_kept_connection_that_swallows_questions_costs_one_try() -> None:
    async def run(server: Server) -> None:
        async with listening(server, HASTY) as network, network.session() as session:
            assert await values(session, "a.test") == ("ns.a.test",)
            assert await values(session, "b.test") == ("ns.b.test",)
        assert len(server.connections) == 2

    asyncio.run(run(Server(per_connection=1, silent_then=True)))


def test_without_a_session_nothing_stays_open() -> None:
    async def run(server: Server) -> None:
        async with listening(server) as network:
            assert await values(network, "a.test") == ("ns.a.test",)
            assert await values(network, "b.test") == ("ns.b.test",)
        assert server.connections == [1, 1]

    asyncio.run(run(Server()))


def test_a_server_that_is_gone_is_unreachable_in_a_session_too() -> None:
    async def run() -> None:
        server = Server()
        async with listening(server) as network:
            pass
        async with network.session() as session:
            assert await values(session, "a.test") == (Outcome.UNREACHABLE.value,)

    asyncio.run(run())
