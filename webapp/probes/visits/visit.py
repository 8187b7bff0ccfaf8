"""One visit to one address, as a browser would make it, and nothing more: no redirect is followed.

The port, the path and the headers are ours alone, so that whoever runs the DNS of a name cannot make us ask for
anything else. Whatever the server does ends in a `Visit`.
"""

from __future__ import annotations

import errno
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from webapp.dns.addresses import IPAddress
from webapp.outbound.exchange import Endpoint, Request, Stage, exchange
from webapp.outbound.trust import curious, trusting
from webapp.probes.visits import certificate, reply
from webapp.probes.visits.facts import Reached, Trust, Visit

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
    """What is asked of every address. `proofs`: what our edge may answer. `authority`: see `trusting`.
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
    seen = await _connect(question, address, trusting(question.authority))
    if seen.trust not in {None, Trust.TRUSTED}:
        again = await _connect(question, address, curious())
        seen = replace(seen, certificate=again.certificate, reply=again.reply)
    return replace(seen, milliseconds=round((time.monotonic() - started) * 1000))


async def _connect(question: Question, address: IPAddress, trust: ssl.SSLContext) -> Visit:
    asked = _REQUEST.format(path=question.path, name=question.name).encode()
    request = Request(asked, question.name, trust, question.deadline, reply.MOST_BYTES)
    seen = await exchange(request, question.endpoint(address))
    here = Visit(str(address), Reached.SILENT)
    if seen.stage is Stage.CONNECT:
        return replace(here, reached=_why_not(seen.error))
    if isinstance(seen.error, ssl.SSLCertVerificationError):
        return replace(here, reached=Reached.CONNECTED, trust=certificate.trust_of(seen.error))
    if seen.stage is Stage.TLS:
        return replace(here, reached=Reached.NO_TLS)
    return replace(
        here,
        reached=Reached.CONNECTED,
        trust=Trust.TRUSTED if trust.verify_mode is ssl.CERT_REQUIRED else None,
        certificate=certificate.read(seen.certificate),
        reply=reply.read(seen.data, question.proofs),
    )


def _why_not(error: Exception | None) -> Reached:
    if isinstance(error, OSError) and error.errno in _NO_WAY:
        return Reached.UNASKED
    return Reached.CLOSED if isinstance(error, ConnectionRefusedError) else Reached.SILENT
