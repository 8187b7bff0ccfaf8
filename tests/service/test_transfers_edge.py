"""The edge service, asked all the time while a domain moves a hundred times from one account to the other."""

from __future__ import annotations

import json
import threading
from collections import Counter
from pathlib import Path

import pytest

from tests.app_fixtures import make_app
from tests.service.edge_service import EdgeService, database_of, edge_service
from tests.transfers.sides import GIVER, HOST, sides
from webapp.extensions import db, settings
from webapp.models import Account, DomainTransfer, LLMClient, LLMClientCustomDomain, utcnow
from webapp.transfers import moving

pytestmark = pytest.mark.service

MOVES = 100


def asking(
    edge: EdgeService, over: threading.Event, seen: Counter[tuple[int, str]], rounds: threading.Semaphore
) -> None:
    while not over.is_set():
        status, text = edge.get(f"/edge/route?domain={HOST}")
        target = json.loads(text)["default_host"] if status == 200 else text
        seen[status, target] += 1
        seen[edge.ask(HOST), "asked"] += 1
        rounds.release()


def test_name_is_served_during_a_hundred_moves(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = database_of(sqlite_template, tmp_path)
    app = make_app(tmp_path, database_url=url, cache_directory=tmp_path / "cache")
    # Each move leaves an event of its own, of which people may cause so many a day; the test is not people.
    monkeypatch.setattr("webapp.domains.assignment.MOST_ATTACHED_A_DAY", 10 * MOVES)
    with app.app_context():
        both = sides()
        accounts, clients = (both.giver.id, both.receiver.id), (both.former.id, both.client.id)
        hosts = {both.former.default_host, both.client.default_host}
        domain_id = both.domain.id
        cache, platform = str(tmp_path / "cache"), "platform.example"
        with edge_service(
            tmp_path, DATABASE_URL=url, CACHE_DIRECTORY=cache, PLATFORM_DOMAIN=platform
        ) as edge:
            over, seen, rounds = threading.Event(), Counter[tuple[int, str]](), threading.Semaphore(0)
            watching = threading.Thread(target=asking, args=(edge, over, seen, rounds))
            watching.start()
            try:
                for number in range(MOVES):
                    there = (number + 1) % 2
                    done = moving.move_at_once(
                        db.session.get_one(LLMClientCustomDomain, domain_id),
                        db.session.get_one(Account, accounts[there]),
                        db.session.get_one(LLMClient, clients[there]),
                        actor=GIVER,
                        settings=settings(),
                        now=utcnow(),
                    )
                    assert isinstance(done, DomainTransfer), done
                    db.session.commit()
                    assert rounds.acquire(timeout=60), "nobody asks any more"
            finally:
                over.set()
                watching.join()
        db.session.remove()
        db.engine.dispose()
    statuses = Counter[int]()
    for (status, _), times in seen.items():
        statuses[status] += times
    assert set(statuses) == {200}, seen
    assert statuses[200] > MOVES
    assert {target for _, target in seen} - {"asked"} <= hosts, seen
