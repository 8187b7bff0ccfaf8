"""DNS over UDP and TCP, by dnspython, one message at a time.

Nothing here reads resolv.conf, follows a search list or keeps a cache: a verification must see what the
servers say now (RFC 2308 lets a cache say “no” for hours).
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from webapp.dns import addresses, tree
from webapp.dns.addresses import IPNetwork
from webapp.dns.answers import Answer, Outcome, outcome_of
from webapp.dns.limits import Budget, Limits
from webapp.dns.records import RecordSet

Endpoint = tuple[str, int]
# What a UDP answer may weigh without being cut into fragments (DNS flag day 2020).
EDNS_PAYLOAD = 1232


class NetworkDns:
    """DNS over UDP and TCP. It keeps no state between calls, so one object serves every check and loop.

    `address_map` says where a query for an authoritative address is really sent; the first network that
    holds the address counts. It does not lift the address filter: that is for `allow_networks` alone.
    """

    def __init__(
        self,
        resolvers: Sequence[Endpoint],
        address_map: Sequence[tuple[IPNetwork, Endpoint]] = (),
        allow_networks: Sequence[IPNetwork] = (),
        limits: Limits | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self._resolvers = [(_numeric(host), port) for host, port in resolvers]
        self._address_map = [(network, (_numeric(host), port)) for network, (host, port) in address_map]
        self._allow_networks = tuple(allow_networks)

    @property
    def resolvers(self) -> Sequence[str]:
        return [f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in self._resolvers]

    def refusal(self, address: str) -> str | None:
        return addresses.refusal(address, self._allow_networks)

    async def ask(self, address: str, name: str, rdtype: str, *, budget: Budget, tcp: bool = False) -> Answer:
        refused = self.refusal(address)
        if refused:
            return Answer(name, rdtype, Outcome.NOT_ASKED, address, note=refused)
        seconds = self.limits.server_try_seconds
        sending = _Sending(name, rdtype, self._endpoint(address), budget, self.limits.tries, seconds, tcp)
        return replace(await sending.run(), address=address)

    async def resolve(
        self, name: str, rdtype: str, *, budget: Budget, path: int = 0, checking_disabled: bool = False
    ) -> Answer:
        seconds = self.limits.resolver_try_seconds
        # AD asks the resolver to tell whether it validated (RFC 6840, 5.7).
        flags = dns.flags.RD | dns.flags.AD | (dns.flags.CD if checking_disabled else 0)
        sending = _Sending(
            name, rdtype, self._resolvers[path], budget, self.limits.tries, seconds, flags=flags
        )
        return replace(await sending.run(), address=self.resolvers[path])

    def _endpoint(self, address: str) -> Endpoint:
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
    endpoint: Endpoint
    budget: Budget
    tries: int
    seconds: float
    tcp: bool = False
    flags: int = 0
    edns: bool = True

    async def run(self) -> Answer:
        started = time.monotonic()
        answer = self._without_answer(Outcome.NOT_ASKED, "The check had used up its queries.")
        left = self.tries
        while left and self.budget.spend():
            answer = await self._try()
            if self._can_be_asked_otherwise(answer):
                continue
            left = left - 1 if answer.outcome is Outcome.TIMEOUT else 0
        return replace(answer, ms=round((time.monotonic() - started) * 1000))

    def _can_be_asked_otherwise(self, answer: Answer) -> bool:
        """Turns to TCP or to plain DNS, each at most once, when the answer calls for it."""
        if answer.note == _TRUNCATED and not self.tcp:
            self.tcp = True
            return True
        if answer.outcome in {Outcome.FORMERR, Outcome.OTHER} and self.edns:
            self.edns = False
            return True
        return False

    async def _try(self) -> Answer:
        try:
            # dnspython has the same limit; ours also covers what it does before it starts its clock.
            async with asyncio.timeout(self.seconds):
                return self._read(await self._exchange())
        except dns.message.Truncated:
            return self._without_answer(Outcome.OTHER, _TRUNCATED)
        except (TimeoutError, dns.exception.Timeout):
            return self._without_answer(Outcome.TIMEOUT, "")
        except (OSError, EOFError) as err:
            return self._without_answer(Outcome.UNREACHABLE, _why_unreachable(err))
        except (dns.exception.DNSException, ValueError):
            return self._without_answer(Outcome.OTHER, "What came back could not be read as DNS.")

    async def _exchange(self) -> dns.message.Message:
        host, port = self.endpoint
        query = dns.message.make_query(dns.name.from_text(self.name), self.rdtype)
        query.flags = dns.flags.Flag(self.flags)
        if self.edns:
            query.use_edns(edns=0, payload=EDNS_PAYLOAD)
        if self.tcp:
            return await dns.asyncquery.tcp(query, host, timeout=self.seconds, port=port)
        # Without the two “ignore” flags one forged packet would end the wait (TuDoor, CVE-2023-29483).
        return await dns.asyncquery.udp(
            query,
            host,
            timeout=self.seconds,
            port=port,
            ignore_unexpected=True,
            ignore_errors=True,
            raise_on_truncation=True,
        )

    def _read(self, message: dns.message.Message) -> Answer:
        rcode = dns.rcode.to_text(message.rcode())
        answer, authority = _record_sets(message.answer), _record_sets(message.authority)
        outcome = outcome_of(rcode, answer, authority)
        if message.flags & dns.flags.TC:
            # Half an answer, over TCP where nothing need be cut off: no word of it counts.
            return self._without_answer(Outcome.OTHER, _TRUNCATED)
        return replace(
            self._without_answer(
                outcome, f"The response code was {rcode}." if outcome is Outcome.OTHER else ""
            ),
            authoritative=bool(message.flags & dns.flags.AA),
            answer=answer,
            authority=authority,
            additional=_record_sets(message.additional),
        )

    def _without_answer(self, outcome: Outcome, note: str) -> Answer:
        transport = "tcp" if self.tcp else "udp"
        return Answer(self.name, self.rdtype, outcome, endpoint=self.endpoint, transport=transport, note=note)


_TRUNCATED = "The answer over UDP was cut off."


def _why_unreachable(err: OSError | EOFError) -> str:
    if isinstance(err, EOFError):
        return "The server closed the connection without an answer."
    if isinstance(err, ConnectionError):
        return "The server refused the connection."
    if err.errno in {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.ENETUNREACH, errno.EHOSTUNREACH}:
        return "There is no route from here to this address."
    return f"The network said: {err.strerror or type(err).__name__}."


def _record_sets(section: list[dns.rrset.RRset]) -> tuple[RecordSet, ...]:
    return tuple(_record_set(rrset) for rrset in section if rrset.rdtype != dns.rdatatype.OPT)


def _record_set(rrset: dns.rrset.RRset) -> RecordSet:
    values = sorted({_value(rdata) for rdata in rrset})
    return RecordSet(tree.text_of(rrset.name), dns.rdatatype.to_text(rrset.rdtype), rrset.ttl, tuple(values))


def _value(rdata: Any) -> str:
    target = getattr(rdata, "target", None)
    if isinstance(target, dns.name.Name) and rdata.rdtype in _ONE_NAME:
        return tree.text_of(target)
    return str(rdata.to_text())


_ONE_NAME = {dns.rdatatype.NS, dns.rdatatype.CNAME, dns.rdatatype.DNAME, dns.rdatatype.PTR}
