"""All routes at once."""

from __future__ import annotations

from collections.abc import Iterator

from webapp.edge.routes.traefik import Route
from webapp.edge.served import ROUTES, Served, domain
from webapp.stores import engine, settings

_BATCH = 2000


def routes() -> Iterator[Route]:
    """Every verified name with a deployed LLM client, sorted by name, read in batches of columns: a million objects
    would take a web process most of a minute and a gigabyte. Each batch is a transaction of its own, because whoever
    reads may be slow.
    """
    platform_domain, after = settings().platform_domain, ""
    query = ROUTES.order_by(domain.c.domain_name).limit(_BATCH)
    while True:
        with engine().connect() as connection:
            found = connection.execute(query.where(domain.c.domain_name > after)).all()
        for domain_id, name, label, number in found:
            yield Route(domain_id, name, Served(domain_id, number, label).default_host(platform_domain))
        if len(found) < _BATCH:
            return
        after = found[-1].domain_name
