"""One message, signed and sent to one endpoint. Whatever the receiver does ends in `Sent`.

The name is resolved once, each address is judged, and the connection is made to an address that was judged. The
certificate has to be one for the name.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import structlog
from standardwebhooks import Webhook

from webapp.config.settings import Settings
from webapp.dns.addresses import IPAddress
from webapp.dns.resolver import Dns
from webapp.models import Message, utcnow
from webapp.outbound import answer
from webapp.outbound.addresses import addresses_of
from webapp.outbound.exchange import Exchange, Request, Stage, exchange
from webapp.outbound.trust import trusting
from webapp.webhooks import targets
from webapp.webhooks.outcomes import Outcome
from webapp.webhooks.targets import Refusal, Target

log = structlog.get_logger(__name__)

#: Resolving, connecting, TLS and the answer together.
SECONDS = 15.0
#: How long one address may take to be connected to while there is another.
CONNECT_SECONDS = 5.0
MOST_ADDRESSES = 3
#: So much of an answer is read, headers included; of its body so much is kept.
MOST_BYTES, MOST_KEPT = 8192, 2000
#: What a receiver can say with Retry-After is bounded by `rule`; this is what can be written.
_LONGEST = timedelta(days=30)


@dataclass(frozen=True)
class Parcel:
    """A delivery that this worker has claimed until `lease`. `secrets`: those that sign, the present one first."""

    delivery_id: int
    endpoint_id: int
    lease: datetime
    url: str
    code: str
    body: str = field(repr=False)
    secrets: Sequence[str] = field(repr=False)


@dataclass(frozen=True)
class Sent:
    outcome: Outcome
    params: dict[str, Any] = field(default_factory=dict)
    status: int | None = None
    answer: str | None = None
    address: str | None = None
    retry_after: timedelta | None = None
    milliseconds: int = 0

    @property
    def message(self) -> Message:
        return Message(self.outcome.value, self.params)


async def send(parcel: Parcel, dns: Dns, settings: Settings, *, seconds: float = SECONDS) -> Sent:
    """Raises nothing: a fault of ours must not end all that is sent at the same time."""
    started = time.monotonic()
    try:
        sent = await _send(parcel, dns, settings, seconds)
    except Exception:
        log.exception("webhook.fault", delivery_id=parcel.delivery_id)
        sent = Sent(Outcome.FAULT)
    took = round((time.monotonic() - started) * 1000)
    return replace(sent, milliseconds=took)


async def _send(parcel: Parcel, dns: Dns, settings: Settings, seconds: float) -> Sent:
    deadline = asyncio.get_running_loop().time() + seconds
    allowed, refused = settings.webhook_allow_networks, settings.refused_networks
    target = targets.read(parcel.url, allowed, refused)
    if isinstance(target, Refusal):
        return Sent(Outcome.REFUSED_URL)
    if not parcel.secrets:
        return Sent(Outcome.NO_SECRET)
    found = [target.address] if target.address else await addresses_of(target.host, dns)
    if found is None:
        return Sent(Outcome.NOT_ASKED, {"host": target.host})
    if not found:
        return Sent(Outcome.UNRESOLVED, {"host": target.host})
    public = [one for one in found if targets.may_be_asked(target, one, allowed, refused)]
    if not public:
        return Sent(Outcome.REFUSED_ADDRESS, {"host": target.host, "address": str(found[0])})
    trust = trusting(settings.webhook_authority) if target.secure else None
    request = Request(_written(parcel, target), target.host, trust, deadline, MOST_BYTES)
    return await _to_one_of(public[:MOST_ADDRESSES], request, target, seconds)


def _written(parcel: Parcel, target: Target) -> bytes:
    """The request (RFC 9112). Nothing in it but the path and the host is somebody else's, and both were read."""
    now, body = utcnow(), parcel.body.encode()
    signatures = (Webhook(secret).sign(parcel.code, now, parcel.body) for secret in parcel.secrets)
    head = [
        f"POST {target.path} HTTP/1.1",
        f"Host: {target.host_header}",
        "User-Agent: Nameplate-Webhooks",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"webhook-id: {parcel.code}",
        f"webhook-timestamp: {int(now.timestamp())}",
        f"webhook-signature: {' '.join(signatures)}",
        "Connection: close",
    ]
    return "\r\n".join([*head, "", ""]).encode("ascii") + body


async def _to_one_of(
    addresses: Sequence[IPAddress], request: Request, target: Target, seconds: float
) -> Sent:
    """To the first that takes a connection: nothing was sent to those before it."""
    loop, sent = asyncio.get_running_loop(), Sent(Outcome.FAULT)
    for address in addresses:
        last = address == addresses[-1]
        by = request.deadline if last else min(request.deadline, loop.time() + CONNECT_SECONDS)
        seen = await exchange(request, (str(address), target.port), connect_by=by)
        sent = _read(seen, address, target, seconds)
        if seen.stage is not Stage.CONNECT:
            break
    return sent


def _read(seen: Exchange, address: IPAddress, target: Target, seconds: float) -> Sent:
    where = str(address)
    silent = Sent(Outcome.SILENT, {"seconds": round(seconds)}, address=where)
    if seen.stage is Stage.CONNECT:
        if isinstance(seen.error, TimeoutError):
            return silent
        return Sent(Outcome.UNREACHABLE, {"address": where, "port": target.port}, address=where)
    if seen.stage is Stage.TLS:
        if isinstance(seen.error, TimeoutError):
            return silent
        return Sent(*_tls_fault(seen.error), address=where)
    found = answer.read(seen.data, MOST_BYTES, "POST")
    if found is None:
        return silent if isinstance(seen.error, TimeoutError) else Sent(Outcome.NO_HTTP, address=where)
    response, body = found
    return Sent(
        _outcome(response.status),
        {"status": response.status},
        response.status,
        _text(body),
        where,
        _retry_after(response.headers.get("Retry-After"), utcnow()),
    )


def _tls_fault(error: Exception | None) -> tuple[Outcome, dict[str, Any]]:
    if isinstance(error, ssl.SSLCertVerificationError):
        return Outcome.UNTRUSTED, {"why": error.verify_message.rstrip(".")[:200]}
    reason = getattr(error, "reason", None) or type(error).__name__
    return Outcome.NO_TLS, {"why": str(reason)[:200]}


def _outcome(status: int) -> Outcome:
    if 200 <= status < 300:
        return Outcome.DELIVERED
    if status == 410:
        return Outcome.GONE
    return Outcome.REDIRECTED if 300 <= status < 400 else Outcome.ANSWERED


def _text(body: bytes) -> str:
    """What databases take: PostgreSQL knows no NUL in a text."""
    return body.decode(errors="replace").replace("\0", "\N{REPLACEMENT CHARACTER}")[:MOST_KEPT]


def _retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Seconds or a date (RFC 9110, 10.2.3); None without one that lies ahead."""
    text = (value or "").strip()
    if text.isascii() and text.isdecimal():
        found = timedelta(seconds=min(int(text[:10]), int(_LONGEST.total_seconds())))
    else:
        try:
            at = parsedate_to_datetime(text)
        except (ValueError, TypeError, OverflowError):
            return None
        found = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return min(found, _LONGEST) if found > timedelta(0) else None
