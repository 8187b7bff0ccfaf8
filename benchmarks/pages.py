"""How long pages take with ten thousand domains in one account, asked for by several people at once.

    python -m benchmarks.pages --domains 10000

Starts gunicorn with two workers, as the supervisor does, on SQLite and on PostgreSQL with Redis, signs people in, and
prints for each page the median, the 95th percentile and the ratio of the median to that of /healthz in the same run.
The visitors share the machine with the servers.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path

from sqlalchemy import update

from benchmarks import lists
from benchmarks.output import say, write
from benchmarks.setups import SETUPS
from tests.factories import PASSWORD, make_user
from tests.service.faults import Installation
from tests.service.nameplate import Visitor
from webapp.extensions import db
from webapp.models import Account, Event, LLMClientCustomDomain

BASELINE = "/healthz"
OWNER, STAFF = "owner@shop.test", "staff@platform.test"
Answer = tuple[float, int]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--domains", type=int, default=10_000, help="how many the account has (10000)")
    parser.add_argument("--visitors", type=int, default=4, help="how many people ask at once (4)")
    parser.add_argument("--requests", type=int, default=50, help="how often each asks for each page (50)")
    parser.add_argument("--only", choices=SETUPS, help="one set-up (both)")
    options = parser.parse_args()
    found = {
        name: measured(SETUPS[name], options.domains, options.visitors, options.requests)
        for name in ([options.only] if options.only else SETUPS)
    }
    for name, pages in found.items():
        say(f"\n{name}: {options.domains} domains, {options.visitors} visitors, in ms")
        say(f"{'page':44} {'median':>8} {'95 %':>8}   ÷ {BASELINE}")
        for path, took in pages.items():
            ratio = took["median"] / pages[BASELINE]["median"]
            say(f"{path:44} {took['median']:8.1f} {took['p95']:8.1f}   x {ratio:.1f}")
    write("pages", found)


def measured(
    setup: Callable[[Path], AbstractContextManager[Installation]], domains: int, visitors: int, requests: int
) -> dict[str, dict[str, float]]:
    """By path: `median` and `p95`, in ms. Raises RuntimeError when a page is not what was asked for."""
    with tempfile.TemporaryDirectory(prefix="nameplate-pages-") as directory, setup(Path(directory)) as made:
        fill(made, domains)
        with made.web():
            return {
                path: timed(made, visitors, requests, path, who) for path, who in pages(domains // 2).items()
            }


def fill(made: Installation, count: int) -> None:
    """One account with all the domains, its owner, and one of staff."""
    with made.looking():
        lists.seed(count)
        for model in (LLMClientCustomDomain, Event):
            db.session.execute(update(model).values(account_id=1))
        make_user(account=db.session.get_one(Account, 1), email=OWNER)
        make_user(staff=True, email=STAFF)
        db.session.commit()


def pages(domain_id: int) -> dict[str, str | None]:
    """What is asked for, and who asks."""
    return {
        BASELINE: None,
        "/login": None,
        "/": OWNER,
        "/domains": OWNER,
        "/domains?q=shop7": OWNER,
        "/domains?state=pending": OWNER,
        f"/domains/{domain_id}": OWNER,
        f"/domains/{domain_id}/status": OWNER,
        f"/domains/{domain_id}/history": OWNER,
        "/llm-clients": OWNER,
        "/staff": STAFF,
        "/staff/domains": STAFF,
        "/staff/domains?q=shop7": STAFF,
        "/staff/domains?q=hop77": STAFF,
        f"/staff/domains/{domain_id}": STAFF,
        "/staff/events": STAFF,
    }


def timed(made: Installation, visitors: int, requests: int, path: str, who: str | None) -> dict[str, float]:
    with ThreadPoolExecutor(visitors) as people:
        asked = [people.submit(ask, made.url, path, who, requests) for _ in range(visitors)]
        answers = [answer for one in asked for answer in one.result()]
    if wrong := {status for _, status in answers} - {200}:
        raise RuntimeError(f"{path} answered {sorted(wrong)}")
    times = [took * 1000 for took, _ in answers]
    return {"median": statistics.median(times), "p95": statistics.quantiles(times, n=20)[-1]}


def ask(url: str, path: str, who: str | None, requests: int) -> list[Answer]:
    """The first answers are not counted: each process compiles a template when somebody first asks for it."""
    visitor = Visitor(url)
    if who and visitor.send("/login", email=who, password=PASSWORD).status != 302:
        raise RuntimeError(f"{who} could not sign in")
    for _ in range(5):
        visitor.get(path)
    return [_one(visitor, path) for _ in range(requests)]


def _one(visitor: Visitor, path: str) -> Answer:
    started = time.perf_counter()
    page = visitor.get(path)
    return time.perf_counter() - started, page.status


if __name__ == "__main__":
    main()
