"""Who sends a request: the client as the trusted proxies name it, this machine, or one of the operator's networks.

`X-Forwarded-For` is a list to which each proxy appends the address that it was asked from. Whoever asks first may
write into it whatever they like, so that only the last `TRUSTED_PROXIES` entries are evidence.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

import structlog
from flask import Flask, current_app, request
from werkzeug.http import parse_list_header
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp.config.settings import IPNetwork, Settings

log = structlog.get_logger(__name__)

IPAddress = IPv4Address | IPv6Address

#: A proxy that adds one of these speaks for somebody else.
FORWARDING_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})


def init_trusted_proxies(app: Flask, chosen: Settings) -> None:
    """The host stays ours (`PUBLIC_URL`), so that `X-Forwarded-Host` and `-Prefix` are read from nobody."""
    hops = chosen.trusted_proxies
    app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
        app.wsgi_app, x_for=hops, x_proto=hops, x_host=0, x_port=0, x_prefix=0
    )


def client_address() -> IPAddress | None:
    """None when the server names no address, as over a Unix socket, or a proxy wrote something else."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_this_machine() -> bool:
    """Whether a program on this machine asks for itself.

    A request with a forwarding header came through a proxy. A proxy may add none: nginx then speaks HTTP/1.0, and
    others pass the visitor's `Host` on, which a program on this machine has no reason to send.
    """
    address = client_address()
    return (
        address is not None
        and address.is_loopback
        and not _was_forwarded()
        and request.environ.get("SERVER_PROTOCOL") != "HTTP/1.0"
        and _host_name() in _THIS_MACHINE
    )


def is_in(networks: Sequence[IPNetwork]) -> bool:
    """Whether the client's address is in one of these. An address behind a proxy that is not trusted is unknown."""
    address = client_address()
    if address is None or (_was_forwarded() and not _is_vouched_for()):
        return False
    return any(address in network for network in networks)


def sends_token(token: str) -> bool:
    """Whether the request carries this bearer token (RFC 6750); nobody carries an empty one."""
    sent = request.headers.get("Authorization", "").encode()
    right = bool(token) and hmac.compare_digest(sent, f"Bearer {token}".encode())
    if sent and not right:
        log.warning("token.refused")
    return right


def _was_forwarded() -> bool:
    return any(name in request.headers for name in FORWARDING_HEADERS)


def _is_vouched_for() -> bool:
    """Whether as many proxies as are trusted have each named whom they were asked by."""
    hops: int = current_app.extensions["settings"].trusted_proxies
    named = parse_list_header(request.headers.get("X-Forwarded-For", ""))
    return 0 < hops <= len(named)


def _host_name() -> str:
    host = request.headers.get("Host", "")
    name, _, port = host.rpartition(":")
    return (name if name and port.isdigit() else host).strip("[]").lower()
