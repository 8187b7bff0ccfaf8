"""How long a list of many names takes to read, to judge and to register, and how much memory.

    python -m benchmarks.imports --names 10000

Each database is of its own. The work is done by the code of the worker's task, in a process of its own, which does
nothing else. Afterwards each order of the account's list is asked for, first and second page, and the account's list
is written as CSV. Zones, which Route 53 makes at its own pace, are not part of it.
"""

from __future__ import annotations

import argparse
import json
import logging
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from flask_migrate import upgrade

from benchmarks.output import say
from tests.app_fixtures import make_app
from tests.servers.postgresql import postgresql
from webapp.audit.log import COMMAND
from webapp.bulk import table
from webapp.config.places import MIGRATIONS
from webapp.domains import listing
from webapp.domains.listing import Show
from webapp.domains.listing.orders import Sort
from webapp.extensions import db
from webapp.imports import queries, service, tasks
from webapp.imports.lines import parsing
from webapp.imports.lines.parsing import Read
from webapp.models import Account, DomainImport, LineState

ROUNDS = 3


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--names", type=int, default=10_000, help="how many (10000)")
    parser.add_argument("--url", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    logging.disable(logging.INFO)
    if chosen.url:
        sys.stdout.write(json.dumps(measured(chosen.url, chosen.names)))
        return
    with databases() as urls:
        for name, url in urls.items():
            command = [sys.executable, "-m", "benchmarks.imports", "--url", url, "--names", str(chosen.names)]
            found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)  # noqa: S603 - ours
            say(f"{name}, {chosen.names} names")
            for what, figure in found.items():
                say(f"  {what:<52}{figure:>10.3f}")


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory(prefix="nameplate-imports-") as name, postgresql() as server:
        server.create_database("imports")
        yield {"SQLite": f"sqlite:///{name}/nameplate.sqlite", "PostgreSQL": server.url("imports")}


def measured(url: str, count: int) -> dict[str, float]:
    limits: dict[str, Any] = {"unverified_per_account": count, "zones_per_account_per_day": count}
    with tempfile.TemporaryDirectory(prefix="nameplate-imports-") as directory:
        app = make_app(Path(directory), database_url=url, **limits)
        with app.app_context():
            upgrade(directory=str(MIGRATIONS))
            account = Account(name="Acme")
            db.session.add(account)
            db.session.commit()
            account_id = account.id
            found = _imported(account, count)
            return found | _listed(account_id)


def _imported(account: Account, count: int) -> dict[str, float]:
    data = "domain_name\n" + "".join(f"shop-{number}.acme-{number % 997}.test\n" for number in range(count))
    before = _memory()
    found: dict[str, float] = {}
    started = time.perf_counter()
    read = parsing.read(data.encode(), most_lines=count)
    if not isinstance(read, Read):
        raise TypeError(read)
    found["seconds to read the list"] = time.perf_counter() - started
    started = time.perf_counter()
    made = service.create(account, read, actor=COMMAND, limited=False)
    if not isinstance(made, DomainImport):
        raise TypeError(made)
    import_id = made.id
    db.session.commit()
    found["seconds to keep its lines"] = time.perf_counter() - started
    found |= _work(import_id, "judge")
    made = db.session.get_one(DomainImport, import_id)
    if refused := service.begin(made, actor=COMMAND):
        raise ValueError(refused.sentence)
    db.session.commit()
    found |= _work(import_id, "register")
    found["MiB more than before at most"] = (_memory() - before) / 1024
    counts = queries.counts(db.session.get_one(DomainImport, import_id))
    found["names registered"] = counts[LineState.REGISTERED]
    return found


def _work(import_id: int, what: str) -> dict[str, float]:
    """The processor's time is without what PostgreSQL takes, and the same on a busy machine."""
    started, busy = time.perf_counter(), time.process_time()
    while tasks.advance(import_id):
        db.session.remove()
    return {
        f"seconds to {what} them": time.perf_counter() - started,
        f"of these of this process's processor, {what}": time.process_time() - busy,
    }


def _memory() -> float:
    """The most that this process ever had, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _listed(account_id: int) -> dict[str, float]:
    account = db.session.get_one(Account, account_id)
    found: dict[str, float] = {}
    for sort in Sort:
        page = listing.listed(account, "", Show.ALL, None, 25, sort=sort)
        for which, mark in (("first", None), ("second", page.next)):
            ask = partial(listing.listed, account, "", Show.ALL, mark, 25, sort=sort)
            found[f"ms of the {which} page by {sort.value}"] = _best(ask)
    found["ms of the counts"] = _best(lambda: listing.counts(account))
    started = time.perf_counter()
    for _ in table.as_csv(account, "", Show.ALL):
        pass
    found["seconds to write it as CSV"] = time.perf_counter() - started
    return found


def _best(question: Callable[[], object]) -> float:
    times = []
    for _ in range(ROUNDS):
        db.session.rollback()
        started = time.perf_counter()
        question()
        times.append(time.perf_counter() - started)
    return min(times) * 1000


if __name__ == "__main__":
    main()
