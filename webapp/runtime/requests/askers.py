"""Whom a request comes from, read from a WSGI environment (PEP 3333) without a framework.

`webapp.runtime.requests.trusted_proxies` puts the address that the trusted proxies name into `REMOTE_ADDR` before.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import structlog
from werkzeug.http import parse_list_header

from webapp.config.settings import Settings
from webapp.config.values import IPNetwork

log = structlog.get_logger(__name__)

IPAddress = IPv4Address | IPv6Address
Environ = Mapping[str, Any]

#: A proxy that adds one of these speaks for somebody else.
FORWARDING_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
_FORWARDING = tuple(f"HTTP_{name.upper().replace('-', '_')}" for name in FORWARDING_HEADERS)
_THIS_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
#: Werkzeug's ProxyFix leaves it where it has read what proxies say. A client cannot write it: it is no header.
_PROXIES_WERE_READ = "werkzeug.proxy_fix.orig"
#: All of an environment that the functions below read, besides `HTTP_AUTHORIZATION`.
EVIDENCE = ("REMOTE_ADDR", "HTTP_HOST", "SERVER_PROTOCOL", *_FORWARDING)


def address_in(environ: Environ) -> IPAddress | None:
    """None when the server names no address, as over a Unix socket, or a proxy wrote something else."""
    try:
        address = ip_address(environ.get("REMOTE_ADDR") or "")
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def is_behind_proxy(chosen: Settings) -> bool:
    """Our servers speak no TLS, so that an https:// address means a proxy, whether or not it is trusted."""
    return chosen.trusted_proxies > 0 or chosen.public_url.startswith("https://")


def is_this_machine(environ: Environ, chosen: Settings) -> bool:
    """Whether a program on this machine asks for itself. Behind a proxy the address alone does not tell: visitors of
    a proxy on this machine that says nothing of them, such as one that passes bytes on, have the same.
    """
    address = address_in(environ)
    return (
        address is not None
        and address.is_loopback
        and not is_behind_proxy(chosen)
        and _asks_for_itself(environ)
    )


def is_in(environ: Environ, networks: Sequence[IPNetwork], chosen: Settings) -> bool:
    """Whether the client's address is in one of these. An address behind a proxy that is not trusted is unknown."""
    address = address_in(environ)
    if address is None or not (_is_vouched_for(environ, chosen) or _comes_from(address, environ)):
        return False
    return any(address in network for network in networks)


def sends_token(environ: Environ, token: str) -> bool:
    """Whether the request carries this bearer token (RFC 6750); nobody carries an empty one."""
    sent: bytes = environ.get("HTTP_AUTHORIZATION", "").encode()
    right = bool(token) and hmac.compare_digest(sent, f"Bearer {token}".encode())
    if sent and not right:
        log.warning("token.refused")
    return right


def forwarded_for(environ: Environ) -> list[str]:
    """Whom the proxies say that they were asked by, the outermost first."""
    return parse_list_header(environ.get("HTTP_X_FORWARDED_FOR", ""))


def _comes_from(address: IPAddress, environ: Environ) -> bool:
    return _asks_for_itself(environ) if address.is_loopback else not _was_forwarded(environ)


def _asks_for_itself(environ: Environ) -> bool:
    """Whether nothing shows a proxy on this machine. One that adds no header may speak HTTP/1.0, as nginx does, or
    pass the visitor's `Host` on, which a program on this machine has no reason to send. (Servers write that protocol
    as “HTTP/1.0” or, as Granian, “HTTP/1”.)
    """
    return (
        not _was_forwarded(environ)
        and environ.get("SERVER_PROTOCOL") == "HTTP/1.1"
        and _host_name(environ) in _THIS_MACHINE
    )


def _was_forwarded(environ: Environ) -> bool:
    return any(name in environ for name in _FORWARDING)


def _is_vouched_for(environ: Environ, chosen: Settings) -> bool:
    """Whether as many proxies as are trusted have each named whom they were asked by, and `REMOTE_ADDR` is that."""
    return _PROXIES_WERE_READ in environ and 0 < chosen.trusted_proxies <= len(forwarded_for(environ))


def _host_name(environ: Environ) -> str:
    host: str = environ.get("HTTP_HOST", "")
    name, _, port = host.rpartition(":")
    return (name if name and port.isdigit() else host).strip("[]").lower()
