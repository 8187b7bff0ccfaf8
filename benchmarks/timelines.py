"""What the days of names add to the list of ten thousand domains, and to the page of one.

    python -m benchmarks.timelines --domains 10000
    python -m benchmarks.timelines --domains 10000 --only sqlite

Every domain changes its state twelve times in 90 days and has 24 other events; one has 180 checks. Prints the best of
several rounds, in milliseconds, through the code of the pages, beside reading a page of the list without its days.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from flask_migrate import upgrade
from sqlalchemy import update

from benchmarks import lists
from benchmarks.output import say
from tests.app_fixtures import make_app
from tests.factories import make_user
from webapp.domains import listing
from webapp.domains.listing import Show
from webapp.extensions import db
from webapp.models import (
    Account,
    ActorKind,
    Check,
    CheckOrigin,
    CheckStatus,
    DomainState,
    Event,
    EventKind,
    LLMClientCustomDomain,
    utcnow,
)
from webapp.timeline import reading

ROUNDS = 15
PER_PAGE = 25
CHANGES, OTHERS, CHECKS = 12, 24, 180


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--domains", type=int, default=10_000, help="how many (10000)")
    parser.add_argument("--only", choices=("sqlite", "postgresql"), help="one kind of database (both)")
    options = parser.parse_args()
    for kind in [options.only] if options.only else ["sqlite", "postgresql"]:
        with (
            tempfile.TemporaryDirectory(prefix="nameplate-timelines-") as name,
            lists.database(kind, Path(name)) as url,
        ):
            app = make_app(Path(name), database_url=url)
            with app.app_context():
                upgrade(directory=str(lists.MIGRATIONS))
                _seed(options.domains)
                say(f"\n{kind}: best of {ROUNDS}, in ms, with {options.domains} domains")
                for what, question in _questions(options.domains).items():
                    say(f"{what:44} {_best(question):8.2f}")
                db.session.remove()
                db.engine.dispose()


def _seed(count: int) -> None:
    lists.seed(count)
    for model in (LLMClientCustomDomain, Event):
        db.session.execute(update(model).values(account_id=1))
    db.session.execute(update(LLMClientCustomDomain).values(created_at=_ago(300)))
    lists.fill(Event, (_event(which, n) for n in range(CHANGES + OTHERS) for which in range(1, count + 1)))
    lists.fill(Check, (_check(count // 2, n) for n in range(CHECKS)))
    make_user(account=db.session.get_one(Account, 1), email="owner@shop.test")
    db.session.commit()


def _ago(days: float) -> object:
    return utcnow() - timedelta(days=days)


def _event(which: int, number: int) -> dict[str, object]:
    changes, at = number % 3 == 0, _ago(90 - number * 90 / (CHANGES + OTHERS))
    there, away = DomainState.VERIFIED.value, DomainState.FAILING.value
    before, after = (there, away) if number % 2 == 0 else (away, there)
    return {
        "account_id": 1,
        "custom_domain_id": which,
        "kind": EventKind.STATE_CHANGED if changes else EventKind.CHECK_REQUESTED,
        "actor_kind": ActorKind.SYSTEM,
        "actor_name": "Nameplate",
        "message_code": "check.requested",
        "message_params": {},
        "evidence": {"from": before, "to": after, "verdict": "VERIFIED"} if changes else None,
        "created_at": at,
        "updated_at": at,
    }


def _check(which: int, number: int) -> dict[str, object]:
    at = _ago(number / 2)
    return {
        "custom_domain_id": which,
        "origin": CheckOrigin.SCHEDULE,
        "status": CheckStatus.DONE,
        "verdict": "VERIFIED",
        "created_at": at,
        "updated_at": at,
    }


def _questions(count: int) -> dict[str, Callable[[], object]]:
    account = db.session.get_one(Account, 1)

    def page() -> listing.Listed:
        db.session.expire_all()
        return listing.listed(account, "", Show.ALL, None, PER_PAGE)

    domains = page().domains
    ids = [one.id for one in domains]

    def loaded() -> Iterator[LLMClientCustomDomain]:
        return (db.session.get_one(LLMClientCustomDomain, which) for which in ids)

    one = db.session.get_one(LLMClientCustomDomain, count // 2)
    return {
        "a page of the list, 25 domains": page,
        "the counts of its filters": lambda: listing.counts(account),
        "their last 30 days": lambda: reading.short_timelines(list(loaded()), utcnow()),
        "the last 90 days of one": lambda: reading.timeline_of(one, utcnow()),
    }


def _best(question: Callable[[], object]) -> float:
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        question()
        took.append(time.perf_counter() - began)
    return min(took) * 1000


if __name__ == "__main__":
    main()
