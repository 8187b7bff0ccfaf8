"""Traefik's dynamic configuration for its HTTP provider (doc.traefik.io/traefik/providers/http).

Traefik compares hashes of the responses, so that the same routes must give the same bytes: keys are in the order of
the names, and the document holds nothing but the routes. Routers have no `tls` and no `entryPoints`: either would
override the entry point's defaults, and only the proxy's own configuration knows its certificate resolver.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from webapp.edge.queries import Route


def configuration(routes: Sequence[Route]) -> Iterator[str]:
    """The JSON document in pieces. Without routes it is `{}`: Traefik refuses `"routers": {}` and would keep the
    former routes.
    """
    if not routes:
        yield "{}\n"
        return
    yield '{"http": {"routers": {\n'
    yield from _joined(_router(route) for route in routes)
    yield '\n}, "services": {\n'
    yield from _joined(_service(route) for route in routes)
    yield "\n}}}\n"


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


def _joined(entries: Iterator[str]) -> Iterator[str]:
    for number, entry in enumerate(entries):
        yield f",\n{entry}" if number else entry
