"""Traefik's dynamic configuration for its HTTP provider (doc.traefik.io/traefik/providers/http).

Traefik compares hashes of the responses, so that the same routes must give the same bytes: keys are in the order of
the names, and the document holds nothing but the routes. Routers have no `tls` and no `entryPoints`: either would
override the entry point's defaults, and only the proxy's own configuration knows its certificate resolver.
"""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from tempfile import TemporaryFile

#: Another number with every change of what is written for the same routes.
FORMAT = 1
_BEGINNING = '{"http": {"routers": {\n'
_BETWEEN = '\n}, "services": {\n'
_END = "\n}}}\n"


@dataclass(frozen=True)
class Route:
    """Requests for `domain` go to `default_host`; `domain_id` never changes and is never used again."""

    domain_id: int
    domain: str
    default_host: str


def write_configuration(routes: Iterable[Route], write: Callable[[bytes], object]) -> None:
    """The JSON document in pieces. Without routes it is `{}`: Traefik refuses `"routers": {}` and would keep the
    former routes.

    The routes are read once, so that routers and services are of the same moment: the services are kept in a file,
    compressed, until all routers are written.
    """
    with TemporaryFile() as kept:
        any_route = False
        with gzip.open(kept, "wb", compresslevel=1) as services:
            for number, route in enumerate(routes):
                any_route = True
                before = ",\n" if number else ""
                write(f"{before or _BEGINNING}{_router(route)}".encode())
                services.write(f"{before}{_service(route)}".encode())
        if not any_route:
            write(b"{}\n")
            return
        write(_BETWEEN.encode())
        kept.seek(0)
        with gzip.open(kept, "rb") as services:
            shutil.copyfileobj(services, _Sink(write))
        write(_END.encode())


class _Sink:
    def __init__(self, write: Callable[[bytes], object]) -> None:
        self.write = write


def _router(route: Route) -> str:
    name = _name(route)
    return _entry(name, {"rule": f"Host(`{route.domain}`)", "service": name})


def _service(route: Route) -> str:
    """The service of a route. Requests go to the client's default host, the only host name that the client knows."""
    server = {"url": f"https://{route.default_host}"}
    return _entry(_name(route), {"loadBalancer": {"passHostHeader": False, "servers": [server]}})


def _name(route: Route) -> str:
    """The name of a router or service. The id makes it unique; the rest is for people. “@” and dots are replaced,
    because they have a meaning in Traefik's names.
    """
    return f"domain-{route.domain_id}-{route.domain.replace('.', '-')}"


def _entry(name: str, value: dict[str, object]) -> str:
    return f"{json.dumps(name)}: {json.dumps(value)}"
