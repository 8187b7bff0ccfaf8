"""Who sends a request: the client as the trusted proxies name it, this machine, or one of the operator's networks.

`X-Forwarded-For` is a list to which each proxy appends the address that it was asked from. Whoever asks first may
write into it whatever they like, so that only the last `TRUSTED_PROXIES` entries are evidence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import structlog
from flask import Flask, current_app, request
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp.config.settings import Settings
from webapp.config.values import IPNetwork
from webapp.runtime.requests import askers

log = structlog.get_logger(__name__)

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]

#: `203.0.113.9:50123`, `[2001:db8::1]:443` or `[2001:db8::1]`, as IIS and Azure's gateway write a client.
_WITH_PORT = re.compile(r"\[(?P<v6>[^\]]+)\](?::\d+)?|(?P<v4>\d+(?:\.\d+){3}):\d+")
#: How the endpoints begin that edge proxies and monitoring ask, directly and past the proxies.
ASKED_BY_MACHINES = ("edge.", "visitors.", "monitoring.", "system.")


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
        if (request.endpoint or "").startswith(ASKED_BY_MACHINES):
            return
        hops, entries = (
            current_app.extensions["settings"].trusted_proxies,
            len(askers.forwarded_for(request.environ)),
        )
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


def client_address() -> askers.IPAddress | None:
    """None when the server names no address, as over a Unix socket, or a proxy wrote something else."""
    return askers.address_in(request.environ)


def client_network() -> str:
    """What is counted as one visitor: an IPv4 address, or an IPv6 network of 64 bits, which everybody has whole."""
    address = client_address()
    if address is None:
        return "unknown"
    bits = 64 if address.version == 6 else 0
    return str(type(address)(int(address) >> bits << bits))


def is_this_machine() -> bool:
    """`webapp.runtime.requests.askers.is_this_machine` of the present request; so are those below."""
    return askers.is_this_machine(request.environ, current_app.extensions["settings"])


def is_in(networks: Sequence[IPNetwork]) -> bool:
    return askers.is_in(request.environ, networks, current_app.extensions["settings"])


def sends_token(token: str) -> bool:
    return askers.sends_token(request.environ, token)


def may_read_figures() -> bool:
    """Who reads `/metrics`. With METRICS_TOKEN set, nobody reads without it."""
    chosen: Settings = current_app.extensions["settings"]
    if chosen.metrics_token:
        return sends_token(chosen.metrics_token)
    return is_this_machine() or is_in(chosen.edge_networks)
