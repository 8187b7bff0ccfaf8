"""How long a name goes on being served after the commit that removed it, on real nginx and Caddy.

    python -m benchmarks.removal --rounds 30

Starts two edge services, nginx and Caddy as deploy/ ships them, on SQLite and on PostgreSQL. A name is verified,
visited until it is served, and removed; then it is visited without a pause until it is refused. Prints for each edge
how long after the commit the last visit began that was served, and the same of the list that Traefik fetches.
"""

from __future__ import annotations

import argparse
import logging
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from flask_migrate import upgrade

from benchmarks.output import say
from tests.app_fixtures import make_app
from tests.servers import edges
from tests.servers.postgresql import postgresql
from tests.service.edge_platform import TOKEN, Platform, eventually, platform_in
from tests.service.nameplate import Visitor
from webapp.config.places import MIGRATIONS
from webapp.extensions import db
from webapp.models import DomainState

NAME = "leaving.acme.test"
#: Answers that are kept for a second are as old as it comes when the name is removed.
KEPT_SECONDS = 1.2


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=30, help="removals for each line (30)")
    rounds = parser.parse_args().rounds
    logging.disable(logging.INFO)  # Alembic's lines would only part the figures
    say(f"{'database':<12}{'asked by':<10}{'median s':>10}{'longest s':>11}   of {rounds} removals")
    with databases() as urls:
        for database, url in urls.items():
            for who, seconds in measured(url, rounds):
                say(f"{database:<12}{who:<10}{statistics.median(seconds):>10.3f}{max(seconds):>11.3f}")


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory(prefix="nameplate-removal-") as name, postgresql() as server:
        server.create_database("removal")
        urls = {"SQLite": f"sqlite:///{name}/nameplate.sqlite", "PostgreSQL": server.url("removal")}
        for url in urls.values():
            app = make_app(Path(name), database_url=url)
            with app.app_context():
                upgrade(directory=str(MIGRATIONS))
                db.engine.dispose()
        yield urls


def measured(url: str, rounds: int) -> Iterator[tuple[str, list[float]]]:
    with tempfile.TemporaryDirectory(prefix="nameplate-removal-") as name, ExitStack() as stack:
        places = {kind: Path(name) / kind for kind in ("platform", "nginx", "caddy")}
        for place in places.values():
            place.mkdir()
        platform = stack.enter_context(platform_in(places["platform"], url))
        platform.all_nodes()
        nginx = stack.enter_context(edges.nginx_edge(places["nginx"], platform.behind))
        caddy = stack.enter_context(edges.caddy_edge(places["caddy"], platform.behind))
        service = Visitor(f"http://127.0.0.1:{platform.behind.services[0]}")

        def listed() -> bool:
            return NAME in service.get("/edge/traefik", Authorization=f"Bearer {TOKEN}").text

        for who, served in {
            "Caddy": lambda: edges.status(caddy.https, NAME) == 200,
            "nginx": lambda: edges.status(nginx.https, NAME) == 200,
            "the list": listed,
        }.items():
            yield who, [served_on(platform, served) for _ in range(rounds)]


def served_on(platform: Platform, served: Callable[[], bool]) -> float:
    """Seconds from the commit to the beginning of the last visit that was served; 0 where there was none."""
    platform.decide(NAME, DomainState.VERIFIED)
    eventually(served)
    until = time.monotonic() + KEPT_SECONDS * (1 + random.random())  # noqa: S311 - no secret
    while time.monotonic() < until:
        served()
    platform.decide(NAME, DomainState.REMOVED)
    removed_at = last = time.monotonic()
    while True:
        began = time.monotonic()
        if not served():
            return last - removed_at
        last = began


if __name__ == "__main__":
    main()
