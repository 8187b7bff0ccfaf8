"""One visit to one address, as a browser would make it, and nothing more: no redirect is followed.

The address is connected to as it was judged, and the port, the path and the headers are ours alone, so that whoever
runs the DNS of a name cannot make us ask for anything else. Whatever the server does ends in a `Visit`.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from webapp.probes.visits import certificate, reply
from webapp.probes.visits.facts import CertificateSeen, Reached, Reply, Trust, Visit

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Endpoint = tuple[str, int]

#: This machine's own network says so, before anything was sent.
_NO_WAY = {
    errno.EAFNOSUPPORT,
    errno.EADDRNOTAVAIL,
    errno.ENETUNREACH,
    errno.ENETDOWN,
    errno.EMFILE,
    errno.ENFILE,
}
_REQUEST = (
    "GET {path} HTTP/1.1\r\nHost: {name}\r\nUser-Agent: Nameplate-Probe\r\nAccept: text/plain\r\n"
    "Accept-Encoding: identity\r\nConnection: close\r\n\r\n"
)


@dataclass(frozen=True)
class Question:
    """What is asked of every address. `proofs`: what our edge may answer. `authority`: see `certificate.trusting`.
    `deadline`: when the visit ends, by the loop's clock. `endpoint`: where packets to an address really go.
    """

    name: str
    path: str
    proofs: frozenset[str]
    authority: str
    deadline: float
    endpoint: Callable[[IPAddress], Endpoint]


async def visit(question: Question, address: IPAddress) -> Visit:
    """Two connections at most: a certificate that does not hold is read over a second one."""
    started = time.monotonic()
    seen = await _connect(question, address, certificate.trusting(question.authority))
    if seen.trust not in {None, Trust.TRUSTED}:
        again = await _connect(question, address, certificate.curious())
        seen = replace(seen, certificate=again.certificate, reply=again.reply)
    return replace(seen, milliseconds=round((time.monotonic() - started) * 1000))


async def _connect(question: Question, address: IPAddress, trust: ssl.SSLContext) -> Visit:
    host, port = question.endpoint(address)
    here = Visit(str(address), Reached.SILENT)
    try:
        async with asyncio.timeout_at(question.deadline):
            reader, writer = await asyncio.open_connection(host, port, limit=reply.MOST_BYTES)
    except TimeoutError:
        return here
    except OSError as err:
        return replace(here, reached=_why_not(err))
    try:
        return await _ask(question, here, trust, reader, writer)
    finally:
        writer.transport.abort()


def _why_not(error: OSError) -> Reached:
    if error.errno in _NO_WAY:
        return Reached.UNASKED
    return Reached.CLOSED if isinstance(error, ConnectionRefusedError) else Reached.SILENT


async def _ask(
    question: Question,
    here: Visit,
    trust: ssl.SSLContext,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> Visit:
    try:
        async with asyncio.timeout_at(question.deadline):
            await writer.start_tls(trust, server_hostname=question.name)
    except ssl.SSLCertVerificationError as err:
        return replace(here, reached=Reached.CONNECTED, trust=certificate.trust_of(err))
    except (TimeoutError, OSError, ValueError):
        return replace(here, reached=Reached.NO_TLS)
    trusted = Trust.TRUSTED if trust.verify_mode is ssl.CERT_REQUIRED else None
    shown, answer = _certificate(writer), await _answer(question, reader, writer)
    return replace(here, reached=Reached.CONNECTED, trust=trusted, certificate=shown, reply=answer)


def _certificate(writer: asyncio.StreamWriter) -> CertificateSeen | None:
    secure = writer.get_extra_info("ssl_object")
    return certificate.read(secure.getpeercert(binary_form=True)) if secure is not None else None


async def _answer(
    question: Question, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> Reply | None:
    """What came until the server ended, `MOST_BYTES` were read or the time was over."""
    data = bytearray()
    try:
        async with asyncio.timeout_at(question.deadline):
            writer.write(_REQUEST.format(path=question.path, name=question.name).encode())
            while len(data) < reply.MOST_BYTES and not reply.is_whole(bytes(data)):
                piece = await reader.read(reply.MOST_BYTES - len(data))
                if not piece:
                    break
                data += piece
    except (TimeoutError, OSError):
        pass
    return reply.read(bytes(data), question.proofs)
