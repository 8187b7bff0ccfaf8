"""What the views ask of the database: one name, or all routes at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from flask import current_app

from webapp.edge.routes.traefik import Route
from webapp.edge.served import ROUTES, Served, domain, look_up
from webapp.stores import engine, settings

#: Among an application's extensions: what tells of a name who is served, where that is not the database alone. It
#: raises `AwayError`.
KNOWN = "known"
_BATCH = 2000


def find(name: str) -> Served | None:
    """None when this A-label name is not served. In the edge service from what it knows: a name that it serves while
    the database is away is seen to work. Raises what the database raises, and `AwayError`.
    """
    known: Callable[[str], Served | None] | None = current_app.extensions.get(KNOWN)
    if known is not None:
        return known(name)
    with engine().connect() as connection:
        return look_up(connection, name)


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
