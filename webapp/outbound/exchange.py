"""One request to one address over a connection of its own, and as much of the answer as is wanted.

The address is connected to as it was judged: no name is resolved here, so that whoever runs the DNS of a name cannot
lead us elsewhere after the look at its addresses. No redirect is followed. Whatever the server does ends in an
`Exchange`.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from enum import StrEnum

from webapp.outbound.answer import is_whole

Endpoint = tuple[str, int]


class Stage(StrEnum):
    """How far it came: the step that failed, or the last one."""

    CONNECT = "connect"
    TLS = "tls"
    ANSWER = "answer"


@dataclass(frozen=True)
class Request:
    """What is asked of every address. `trust`: None for a connection without TLS. `server_name`: whom the certificate
    has to name. `deadline`: when it is all over, by the loop's clock. `most_bytes`: so much of the answer is read,
    headers included.
    """

    data: bytes
    server_name: str
    trust: ssl.SSLContext | None
    deadline: float
    most_bytes: int


@dataclass(frozen=True)
class Exchange:
    """`error`: what ended the stage; None when the answer came to its end or to the most that is read.
    `certificate`: what was shown, as DER.
    """

    stage: Stage
    error: Exception | None = None
    certificate: bytes | None = None
    data: bytes = b""


async def exchange(request: Request, endpoint: Endpoint, *, connect_by: float | None = None) -> Exchange:
    """`connect_by`: when connecting is given up, where that is earlier than the deadline."""
    host, port = endpoint
    try:
        async with asyncio.timeout_at(request.deadline if connect_by is None else connect_by):
            reader, writer = await asyncio.open_connection(host, port, limit=request.most_bytes)
    except OSError as err:
        return Exchange(Stage.CONNECT, err)
    try:
        return await _ask(request, reader, writer)
    finally:
        writer.transport.abort()


async def _ask(request: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Exchange:
    if request.trust is not None:
        try:
            async with asyncio.timeout_at(request.deadline):
                await writer.start_tls(request.trust, server_hostname=request.server_name)
        except (OSError, ValueError) as err:
            return Exchange(Stage.TLS, err)
    secure = writer.get_extra_info("ssl_object")
    shown = secure.getpeercert(binary_form=True) if secure is not None else None
    data, error = bytearray(), None
    try:
        async with asyncio.timeout_at(request.deadline):
            writer.write(request.data)
            while len(data) < request.most_bytes and not is_whole(bytes(data)):
                piece = await reader.read(request.most_bytes - len(data))
                if not piece:
                    break
                data += piece
    except OSError as err:
        error = err
    return Exchange(Stage.ANSWER, error, shown, bytes(data))
