"""Who sends a request: the client as the trusted proxies name it, this machine, or one of the operator's networks.

`X-Forwarded-For` is a list to which each proxy appends the address that it was asked from. Whoever asks first may
write into it whatever they like, so that only the last `TRUSTED_PROXIES` entries are evidence.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import structlog
from flask import Flask, current_app, request
from werkzeug.http import parse_list_header
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp.config.settings import Settings
from webapp.config.values import IPNetwork

log = structlog.get_logger(__name__)

IPAddress = IPv4Address | IPv6Address
Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]

#: A proxy that adds one of these speaks for somebody else.
FORWARDING_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
#: `203.0.113.9:50123`, `[2001:db8::1]:443` or `[2001:db8::1]`, as IIS and Azure's gateway write a client.
_WITH_PORT = re.compile(r"\[(?P<v6>[^\]]+)\](?::\d+)?|(?P<v4>\d+(?:\.\d+){3}):\d+")
#: Monitoring and edge proxies ask here directly, past the proxies.
_ASKED_BY_MACHINES = ("edge.", "visitors.", "system.")


def init_trusted_proxies(app: Flask, chosen: Settings) -> None:
    """The host stays ours (`PUBLIC_URL`), so that `X-Forwarded-Host` and `-Prefix` are read from nobody.

    Each proxy adds an entry to `X-Forwarded-For`. `X-Forwarded-Proto` has one value, which only the outermost knows
    and the others hand on.
    """
    hops = chosen.trusted_proxies
    if hops:
        app.wsgi_app = _without_port(app.wsgi_app)  # type: ignore[method-assign,assignment]
        app.before_request(_told_once())
    app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
        app.wsgi_app, x_for=hops, x_proto=min(hops, 1), x_host=0, x_port=0, x_prefix=0
    )


def _without_port(wsgi_app: Wsgi) -> Wsgi:
    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if found := _WITH_PORT.fullmatch(environ.get("REMOTE_ADDR") or ""):
            environ["REMOTE_ADDR"] = found["v6"] or found["v4"]
        return wsgi_app(environ, start_response)

    return application


def _told_once() -> Callable[[], None]:
    """Each warning comes once from a process: a wrong configuration shows in every request."""
    told: set[str] = set()

    def warn() -> None:
        if (request.endpoint or "").startswith(_ASKED_BY_MACHINES):
            return
        hops, entries = current_app.extensions["settings"].trusted_proxies, len(_named())
        if entries < hops:
            found = "proxies.fewer_than_trusted"
        elif client_address() is None:
            found = "proxies.unreadable_address"
        else:
            return
        if found not in told:
            told.add(found)
            log.warning(found, trusted=hops, entries=entries)

    return warn


def client_address() -> IPAddress | None:
    """None when the server names no address, as over a Unix socket, or a proxy wrote something else."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def client_network() -> str:
    """What is counted as one visitor: an IPv4 address, or an IPv6 network of 64 bits, which everybody has whole."""
    address = client_address()
    if address is None:
        return "unknown"
    bits = 64 if address.version == 6 else 0
    return str(type(address)(int(address) >> bits << bits))


def is_behind_proxy(chosen: Settings) -> bool:
    """gunicorn speaks no TLS, so that an https:// address means a proxy, whether or not it is trusted."""
    return chosen.trusted_proxies > 0 or chosen.public_url.startswith("https://")


def is_this_machine() -> bool:
    """Whether a program on this machine asks for itself. Behind a proxy the address alone does not tell: visitors of
    a proxy on this machine that says nothing of them, such as one that passes bytes on, have the same.
    """
    address = client_address()
    return (
        address is not None
        and address.is_loopback
        and not is_behind_proxy(current_app.extensions["settings"])
        and _asks_for_itself()
    )


def is_in(networks: Sequence[IPNetwork]) -> bool:
    """Whether the client's address is in one of these. An address behind a proxy that is not trusted is unknown."""
    address = client_address()
    if address is None or not (_is_vouched_for() or _comes_from(address)):
        return False
    return any(address in network for network in networks)


def sends_token(token: str) -> bool:
    """Whether the request carries this bearer token (RFC 6750); nobody carries an empty one."""
    sent = request.headers.get("Authorization", "").encode()
    right = bool(token) and hmac.compare_digest(sent, f"Bearer {token}".encode())
    if sent and not right:
        log.warning("token.refused")
    return right


def _comes_from(address: IPAddress) -> bool:
    return _asks_for_itself() if address.is_loopback else not _was_forwarded()


def _asks_for_itself() -> bool:
    """Whether nothing shows a proxy on this machine. One that adds no header may speak HTTP/1.0, as nginx does, or
    pass the visitor's `Host` on, which a program on this machine has no reason to send.
    """
    return (
        not _was_forwarded()
        and request.environ.get("SERVER_PROTOCOL") != "HTTP/1.0"
        and _host_name() in _THIS_MACHINE
    )


def _was_forwarded() -> bool:
    return any(name in request.headers for name in FORWARDING_HEADERS)


def _is_vouched_for() -> bool:
    """Whether as many proxies as are trusted have each named whom they were asked by."""
    hops: int = current_app.extensions["settings"].trusted_proxies
    return 0 < hops <= len(_named())


def _named() -> list[str]:
    return parse_list_header(request.headers.get("X-Forwarded-For", ""))


def _host_name() -> str:
    host = request.headers.get("Host", "")
    name, _, port = host.rpartition(":")
    return (name if name and port.isdigit() else host).strip("[]").lower()
