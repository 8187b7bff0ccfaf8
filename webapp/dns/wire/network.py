"""DNS over UDP and TCP, by dnspython, one message at a time.

Nothing here reads resolv.conf, follows a search list or keeps a cache: a verification must see what the
servers say now (RFC 2308 lets a cache say “no” for hours).
"""

from __future__ import annotations

import asyncio
import copy
import errno
import ipaddress
import secrets
import socket
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import dns.exception

from webapp.dns import addresses
from webapp.dns.addresses import IPNetwork
from webapp.dns.answers import UNHEARD, Answer, Outcome, outcome_of
from webapp.dns.limits import RESTS, UNANSWERED_AT_ONCE, Budget, Limits, Unanswered
from webapp.dns.notes import Note
from webapp.dns.resolver import DnsSettings
from webapp.dns.wire import codec, message
from webapp.dns.wire.codec import Message
from webapp.dns.wire.transport import Connections, Endpoint, over_udp


class NetworkDns:
    """DNS over UDP and TCP. One object serves every check and loop, and keeps nothing between calls but which
    addresses did not answer; what `session` gives belongs to one loop, and keeps TCP connections open until its end.

    `address_map` says where a query for an authoritative address is really sent; the first network that
    holds the address counts. It does not lift the address filter: that is for `allow_networks` alone.
    `refused_networks` are refused beside what the filter refuses.
    """

    def __init__(
        self,
        resolvers: Sequence[Endpoint],
        address_map: Sequence[tuple[IPNetwork, Endpoint]] = (),
        allow_networks: Sequence[IPNetwork] = (),
        limits: Limits | None = None,
        refused_networks: Sequence[IPNetwork] = (),
        *,
        unanswered_at_once: int = UNANSWERED_AT_ONCE,
    ) -> None:
        self.limits = limits or Limits()
        self._resolvers = [(_numeric(host), port) for host, port in resolvers]
        self._address_map = [(network, (_numeric(host), port)) for network, (host, port) in address_map]
        self._allow_networks, self._refused_networks = tuple(allow_networks), tuple(refused_networks)
        self._unanswered = Unanswered(at_once=unanswered_at_once)
        self.connections = Connections(keep=False)
        self.resolvers: Sequence[str] = [
            f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in self._resolvers
        ]

    @asynccontextmanager
    async def session(self) -> AsyncIterator[NetworkDns]:
        session = copy.copy(self)
        session.connections = Connections(keep=True)
        try:
            yield session
        finally:
            session.connections.close()

    def refusal(self, address: str) -> Note | None:
        return addresses.refusal(address, self._allow_networks, self._refused_networks)

    async def ask(self, address: str, name: str, rdtype: str, *, budget: Budget, tcp: bool = False) -> Answer:
        refused = self.refusal(address)
        if refused:
            return Answer(name, rdtype, Outcome.NOT_ASKED, address, note=refused)
        seconds, connections = self.limits.server_try_seconds, self.connections
        endpoint, tries = self._endpoint(address), self.limits.tries
        sending = _Sending(
            name,
            rdtype,
            address,
            endpoint,
            budget,
            tries,
            seconds,
            connections,
            tcp,
            unanswered=self._unanswered,
        )
        return await sending.run()

    async def resolve(
        self, name: str, rdtype: str, *, budget: Budget, path: int = 0, checking_disabled: bool = False
    ) -> Answer:
        seconds, connections = self.limits.resolver_try_seconds, self.connections
        endpoint, tries = self._resolvers[path], self.limits.tries
        # AD asks the resolver to tell whether it validated (RFC 6840, 5.7).
        flags = codec.RD | codec.AD | (codec.CD if checking_disabled else 0)
        sending = _Sending(
            name, rdtype, self.resolvers[path], endpoint, budget, tries, seconds, connections, flags=flags
        )
        return await sending.run()

    def _endpoint(self, address: str) -> Endpoint:
        if not self._address_map:
            return address, 53
        parsed = ipaddress.ip_address(address)
        mapped = (target for network, target in self._address_map if parsed in network)
        return next(mapped, (address, 53))


def _numeric(host: str) -> str:
    """The address of a host that the configuration names, such as localhost. Raises ValueError."""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        pass
    try:
        return str(socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)[0][4][0])
    except OSError as err:
        raise ValueError(f"the DNS server “{host}” in the settings has no address: {err.strerror}") from err


@dataclass
class _Sending:
    """One question on its way: retried on silence, without EDNS on FORMERR, over TCP when truncated."""

    name: str
    rdtype: str
    address: str
    endpoint: Endpoint
    budget: Budget
    tries: int
    seconds: float
    connections: Connections
    tcp: bool = False
    flags: int = 0
    edns: bool = True
    #: None for a resolver of ours, which is asked as often as need be.
    unanswered: Unanswered | None = None
    started: float = field(default_factory=time.monotonic)

    async def run(self) -> Answer:
        answer, left = None, self.tries
        while left and self.budget.spend():
            if self.unanswered and not self.unanswered.take(self.address):
                return answer or self._without_answer(
                    Outcome.NOT_ASKED, Note(RESTS, {"address": self.address})
                )
            answer = await self._try()
            if self.unanswered and answer.outcome not in UNHEARD:
                self.unanswered.give_back(self.address)
            if self._can_be_asked_otherwise(answer):
                continue
            left = left - 1 if answer.outcome is Outcome.TIMEOUT else 0
        return answer or self._without_answer(Outcome.NOT_ASKED, Note("no-queries-left"))

    def _can_be_asked_otherwise(self, answer: Answer) -> bool:
        """Turns to TCP or to plain DNS, each at most once, when the answer calls for it."""
        if answer.note is _TRUNCATED and not self.tcp:
            self.tcp = True
            return True
        if answer.outcome in {Outcome.FORMERR, Outcome.OTHER} and self.edns:
            self.edns = False
            return True
        return False

    async def _try(self) -> Answer:
        try:
            ident = int.from_bytes(secrets.token_bytes(2))
            query = message.write(ident, self.name, self.rdtype, flags=self.flags, edns=self.edns)
            found = await self._exchange(query, ident)
        except TimeoutError:
            return self._without_answer(Outcome.TIMEOUT)
        except (OSError, EOFError) as err:
            return self._without_answer(Outcome.UNREACHABLE, _why_unreachable(err))
        except (dns.exception.DNSException, ValueError):
            found = None
        if found is None:
            return self._without_answer(Outcome.OTHER, Note("unreadable"))
        return self._read(found)

    async def _exchange(self, query: bytes, ident: int) -> Message | None:
        def understood(data: bytes) -> Message | None:
            return message.understand(data, ident, self.name, self.rdtype)

        if self.tcp:
            async with asyncio.timeout(self.seconds):
                return understood(await self.connections.exchange(self.endpoint, query))
        # Whatever is not the answer is passed over: one forged packet must not end the wait (CVE-2023-29483).
        return await over_udp(self.endpoint, query, understood, self.seconds)

    def _read(self, found: Message) -> Answer:
        if found.flags & codec.TC:
            # Truncated even over TCP, where no answer need be: records may be missing, so none of them counts.
            return self._without_answer(Outcome.OTHER, _TRUNCATED)
        outcome = outcome_of(found.rcode, found.answer, found.authority)
        return Answer(
            self.name,
            self.rdtype,
            outcome,
            self.address,
            self.endpoint,
            "tcp" if self.tcp else "udp",
            bool(found.flags & codec.AA),
            found.answer,
            found.authority,
            found.additional,
            self._ms(),
            note=Note("response-code", {"rcode": found.rcode}) if outcome is Outcome.OTHER else None,
            recursive=bool(found.flags & codec.RA),
        )

    def _without_answer(self, outcome: Outcome, note: Note | None = None) -> Answer:
        transport = "tcp" if self.tcp else "udp"
        return Answer(
            self.name,
            self.rdtype,
            outcome,
            self.address,
            self.endpoint,
            transport,
            ms=self._ms(),
            note=note,
        )

    def _ms(self) -> int:
        return round((time.monotonic() - self.started) * 1000)


_TRUNCATED = Note("truncated")


def _why_unreachable(err: OSError | EOFError) -> Note:
    if isinstance(err, EOFError):
        return Note("closed")
    if isinstance(err, ConnectionError):
        return Note("refused")
    if err.errno in {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.ENETUNREACH, errno.EHOSTUNREACH}:
        return Note("no-route")
    return Note("network", {"said": err.strerror or type(err).__name__})


def network_dns(settings: DnsSettings) -> NetworkDns:
    """The network as the settings describe it."""
    return NetworkDns(
        resolvers=settings.dns_resolvers,
        address_map=settings.dns_address_map,
        allow_networks=settings.dns_allow_networks,
        limits=Limits(seconds=settings.check_total_seconds),
        refused_networks=settings.refused_networks,
        unanswered_at_once=max(UNANSWERED_AT_ONCE, 2 * settings.checks_at_once),
    )
