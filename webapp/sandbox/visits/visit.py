"""A visit to a name as a browser makes it: DNS, a TCP connection, TLS, a GET. Facts alone; the page words them."""

from __future__ import annotations

import http.client
import shlex
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import dns.name
import dns.rcode
from cryptography import x509
from cryptography.x509.oid import NameOID
from dns.name import Name
from dns.rcode import Rcode
from dns.rdatatype import RdataType

from webapp.sandbox.internet.zone import Reply, target_of
from webapp.sandbox.shared.environment import EDGE_ADDRESS, LOOPBACK, PROXY_ADDRESSES

SECONDS = 10.0

Resolve = Callable[[Name, RdataType], Reply]


class Stop(StrEnum):
    """Where a visit ended before there was an answer."""

    NXDOMAIN = "nxdomain"
    NO_ADDRESS = "no_address"
    SERVFAIL = "servfail"
    PROXIED = "proxied"
    ELSEWHERE = "elsewhere"
    NO_CONNECTION = "no_connection"
    REFUSED = "refused"
    TLS = "tls"
    NO_ANSWER = "no_answer"


@dataclass(frozen=True)
class Edge:
    """Where the sandbox plays `EDGE_ADDRESS`, and the file with the authority of its certificates."""

    port: int
    authority: Path

    def curl(self, name: str) -> str:
        """What one types to visit the name from a terminal."""
        at = f"{name}:{self.port}"
        return f"curl --resolve {at}:{LOOPBACK} --cacert {shlex.quote(str(self.authority))} https://{at}/"


@dataclass(frozen=True)
class Shown:
    """What the handshake showed."""

    version: str
    issuer: str
    not_after: datetime


@dataclass
class Visit:
    """What has been seen so far; `stop` is None as long as nothing ended it.

    `aliases` are the names to which CNAME records led, one after the other, and `detail` is what the library said.
    """

    name: str
    aliases: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    shown: Shown | None = None
    status: int | None = None
    reason: str = ""
    content_type: str = ""
    stop: Stop | None = None
    detail: str = ""


def visit(
    name: str, path: str, resolve: Resolve, edge: Edge
) -> tuple[Visit, http.client.HTTPResponse | None]:
    """Visit an A-label name. The response, if there is one, is still to be read and to be closed."""
    seen = Visit(name)
    seen.stop = _find(seen, resolve(dns.name.from_text(name), RdataType.A))
    if seen.stop is not None:
        return seen, None
    try:
        connection = socket.create_connection((LOOPBACK, edge.port), timeout=SECONDS)
    except OSError as err:
        seen.stop, seen.detail = Stop.NO_CONNECTION, str(err)
        return seen, None
    tls = _shake_hands(seen, connection, edge.authority)
    return seen, _get(seen, tls, path) if tls else None


def _find(seen: Visit, reply: Reply) -> Stop | None:
    seen.aliases = [
        target_of(rdata).to_text(omit_final_dot=True)
        for rrset in reply.answer
        if rrset.rdtype == RdataType.CNAME
        for rdata in rrset
    ]
    seen.addresses = [
        rdata.address for rrset in reply.answer if rrset.rdtype == RdataType.A for rdata in rrset
    ]
    if seen.addresses:
        return _whose(seen.addresses)
    rcode: Rcode = reply.rcode
    return {dns.rcode.NXDOMAIN: Stop.NXDOMAIN, dns.rcode.NOERROR: Stop.NO_ADDRESS}.get(rcode, Stop.SERVFAIL)


def _whose(addresses: list[str]) -> Stop | None:
    """A browser takes the first that it reaches, and the edge's is the only one that anything plays."""
    if EDGE_ADDRESS in addresses:
        return None
    return Stop.PROXIED if set(addresses) & set(PROXY_ADDRESSES["A"]) else Stop.ELSEWHERE


def _shake_hands(seen: Visit, connection: socket.socket, authority: Path) -> ssl.SSLSocket | None:
    """None when the handshake failed; the connection is closed then."""
    try:
        context = ssl.create_default_context(cafile=str(authority))
        tls = context.wrap_socket(connection, server_hostname=seen.name)
    except OSError as err:
        connection.close()
        refused = isinstance(err, ssl.SSLError) and err.reason == "TLSV1_UNRECOGNIZED_NAME"
        seen.stop, seen.detail = Stop.REFUSED if refused else Stop.TLS, str(err)
        return None
    certificate = x509.load_der_x509_certificate(tls.getpeercert(binary_form=True) or b"")
    issuer = certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    seen.shown = Shown(tls.version() or "TLS", str(issuer), certificate.not_valid_after_utc)
    return tls


def _get(seen: Visit, tls: ssl.SSLSocket, path: str) -> http.client.HTTPResponse | None:
    connection = http.client.HTTPConnection(seen.name, timeout=SECONDS)
    connection.sock = tls
    try:
        connection.request("GET", path, headers={"Accept": "text/html"})
        answer = connection.getresponse()
    except (OSError, http.client.HTTPException) as err:
        connection.close()
        seen.stop, seen.detail = Stop.NO_ANSWER, str(err)
        return None
    seen.status, seen.reason = answer.status, answer.reason
    seen.content_type = answer.headers.get_content_type()
    return answer
