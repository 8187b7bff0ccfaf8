"""Puts names into a zone at the platform's own name servers and takes them out, by RFC 2136, signed with TSIG.

For the targets below `EDGE_DOMAIN`: each is there from its publication to its withdrawal. A wildcard in their place
would go on answering for a target that was withdrawn, so none can be published.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import dns.exception
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.tsig
import dns.update
from dns.message import Message
from dns.name import Name

TTL = 60
#: What a server may say while it starts, reloads or is overloaded. Every other code needs somebody to act.
_PASSING = frozenset({dns.rcode.SERVFAIL})

_NO_ANSWER = (OSError, EOFError, dns.exception.Timeout)

#: Sends a message to a server, within so many seconds, and returns the answer.
Send = Callable[[Message, str, int, float], Message]


class UpdateError(Exception):
    """The zone was not changed, as far as we know. `str()` is stable and holds no secret."""


class UpdateRetryError(UpdateError):
    """No server answered, or the first that did cannot now. The same update may work later; it does no harm twice."""


class UpdateRefusedError(UpdateError):
    """The server will not take this update until staff change the key, the clock, or the server."""


@dataclass(frozen=True)
class UpdateKey:
    """The TSIG key (RFC 8945) that the server knows: its name, and its secret in base64."""

    name: str
    secret: str = field(repr=False)
    algorithm: str = "hmac-sha256"


def _by_tcp(message: Message, server: str, port: int, seconds: float) -> Message:
    """`server` may be a host name, since EDGE_UPDATE_SERVERS takes one: its addresses are tried in their order."""
    found = socket.getaddrinfo(server, port, type=socket.SOCK_STREAM)
    addresses = [*dict.fromkeys(str(one[4][0]) for one in found)]
    for address in addresses[:-1]:
        try:
            return dns.query.tcp(message, address, timeout=seconds, port=port)
        except _NO_ANSWER:
            continue
    return dns.query.tcp(message, addresses[-1], timeout=seconds, port=port)


@dataclass(frozen=True)
class DynamicZone:
    """A zone and its servers that take updates, as (address or host name, port).

    The next is tried when one does not answer.
    """

    domain: str
    servers: tuple[tuple[str, int], ...]
    key: UpdateKey
    seconds: float = 5.0
    send: Send = _by_tcp

    def publish(self, name: str, values: Iterable[str]) -> None:
        """Let a name have these addresses, or this one host name as its CNAME, and nothing else.

        Raises `UpdateRetryError` and `UpdateRefusedError`.
        """
        owner, wanted = self._inside(name), [_typed(value) for value in values]
        if not wanted or (len(wanted) > 1 and any(kind == "CNAME" for kind, _ in wanted)):
            raise ValueError(f"{name} needs addresses, or one host name")
        update = self._update()
        update.delete(owner)
        for kind, value in wanted:
            update.add(owner, TTL, kind, value)
        self._carry_out(update)

    def withdraw(self, name: str) -> None:
        """Let a name answer nothing any more; one that is not there is withdrawn already. Raises as `publish`."""
        owner, update = self._inside(name), self._update()
        update.delete(owner)
        self._carry_out(update)

    def _inside(self, name: str) -> Name:
        owner, origin = dns.name.from_text(name), dns.name.from_text(self.domain)
        if owner == origin or not owner.is_subdomain(origin) or owner.is_wild():
            raise ValueError(f"{name} is no single name below {self.domain}")
        return owner

    def _update(self) -> dns.update.UpdateMessage:
        update = dns.update.UpdateMessage(self.domain)
        key = dns.tsig.Key(dns.name.from_text(self.key.name), self.key.secret, self.key.algorithm)
        update.use_tsig(key)
        return update

    def _carry_out(self, update: dns.update.UpdateMessage) -> None:
        for address, port in self.servers:
            try:
                rcode = self.send(update, address, port, self.seconds).rcode()
            except _NO_ANSWER:
                continue
            except (dns.tsig.PeerError, dns.tsig.BadSignature, dns.tsig.BadTime) as err:
                raise UpdateRefusedError(_not_signed(address, port, err)) from err
            except dns.exception.DNSException as err:
                raise UpdateRefusedError(f"{address}:{port} gave no signed answer to an update.") from err
            if rcode in _PASSING:
                continue
            if rcode != dns.rcode.NOERROR:
                said = dns.rcode.to_text(rcode)
                raise UpdateRefusedError(f"{address}:{port} answered an update of {self.domain} with {said}.")
            return
        raise UpdateRetryError(f"No server of {self.domain} that takes updates answers.")


def _typed(value: str) -> tuple[str, str]:
    try:
        return ("AAAA" if ipaddress.ip_address(value).version == 6 else "A"), value
    except ValueError:
        return "CNAME", dns.name.from_text(value).to_text()


def _not_signed(address: str, port: int, err: dns.exception.DNSException) -> str:
    clock = isinstance(err, dns.tsig.PeerBadTime | dns.tsig.BadTime)
    return f"{address}:{port} and we differ about the {'time' if clock else 'key'} that an update is signed with."
