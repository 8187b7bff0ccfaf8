"""How long each of staff's lists takes with a million domains, beside the same list with a thousand; and how long
lists of everything take.

    python -m benchmarks.lists --domains 1000000
    python -m benchmarks.lists --domains 1000000 --only postgresql --whole

Seeds a database of each kind of its own, asks every list several times through the code of the pages, and prints the
best time of each and its ratio to the small database's. Rendering is not part of it. Then come the lists that hold
everything (`--whole`: these alone): each in a process of its own, with its time beside that of reading all names in
one plain query, and how much memory it took more than the process had before.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from flask import Flask
from flask.cli import ScriptInfo
from flask_migrate import upgrade
from sqlalchemy import insert, select, text

from benchmarks.output import say
from tests.app_fixtures import make_app
from tests.servers.postgresql import postgresql
from webapp.edge.served_names.announcements import announce_change
from webapp.extensions import db
from webapp.models import (
    Account,
    ActorKind,
    Certificate,
    CertificateState,
    DomainState,
    Event,
    EventKind,
    HostedZone,
    LLMClient,
    LLMClientCustomDomain,
    ZoneState,
    utcnow,
)
from webapp.models.account import search_key
from webapp.staff.figures import dashboard
from webapp.staff.figures.checks import Span
from webapp.staff.queries import event_search, overview, search
from webapp.staff.queries.event_search import Filter
from webapp.staff.queries.groups import Group
from webapp.staff.queries.search import Mark, Wanted

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"
SMALL = 1000
BATCH = 5000
ROUNDS = 5
#: Route 53 has about so many sets of four names.
SETS = 2048
PER_ACCOUNT = 50
NOW = utcnow()
#: The state of each hundredth part of the domains; most are verified, as in a real installation.
STATES = (
    *(DomainState.VERIFIED,) * 90,
    *(DomainState.PENDING,) * 5,
    *(DomainState.REMOVED,) * 3,
    DomainState.EXPIRED,
    DomainState.LAPSED,
)
WORDS = ("chat", "assistant", "help", "sales", "support", "api", "bot", "ask")

#: What the checks of pending domains say; and how many checks each domain has.
_VERDICTS = (None, "NOT_DELEGATED", "NOT_DELEGATED", "NOT_DELEGATED", "NS_MISTYPED", "RECORD_IN_THE_WAY")
CHECKS_EACH = 5

Question = Callable[[], object]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--domains", type=int, default=1_000_000, help="how many (1000000)")
    parser.add_argument("--only", choices=("sqlite", "postgresql"), help="one kind of database (both)")
    parser.add_argument("--whole", action="store_true", help="only the lists that hold everything")
    options = parser.parse_args()
    for kind in [options.only] if options.only else ["sqlite", "postgresql"]:
        small = {} if options.whole else _measured(kind, SMALL)
        large = _measured(kind, options.domains, whole=True, pages=not options.whole)
        if options.whole:
            continue
        say(f"\n{kind}: best of {ROUNDS}, in ms, with {SMALL} and with {options.domains} domains")
        for name, took in large.items():
            say(f"{name:44} {small[name]:8.2f} {took:8.2f}   x {took / small[name]:.1f}")


def _measured(kind: str, count: int, *, whole: bool = False, pages: bool = True) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="nameplate-lists-") as name, database(kind, Path(name)) as url:
        app = make_app(Path(name), database_url=url)
        with app.app_context():
            upgrade(directory=str(MIGRATIONS))
            started = time.perf_counter()
            seed(count)
            say(f"{kind}: seeded {count} in {time.perf_counter() - started:.0f} s")
            found = {name: _best(question) for name, question in questions(count).items()} if pages else {}
            if whole:
                _whole_lists(app, kind, count)
            db.session.remove()
            db.engine.dispose()
            return found


def _whole_lists(app: Flask, kind: str, count: int) -> None:
    """The baseline is what any answer has to do: read the names, all at once."""
    names = select(LLMClientCustomDomain.domain_name)
    baseline, memory = _apart(lambda: len(db.session.scalars(names).all()))
    say(f"\n{kind}: lists of everything, {count} domains; ratio to one plain query for all names")
    say(f"{'all names in one query':44} {baseline:8.2f} s  {memory:6.0f} MB")
    for name, question in _whole_questions(app).items():
        took, memory = _apart(question)
        say(f"{name:44} {took:8.2f} s  {memory:6.0f} MB   x {took / baseline:.1f}")


def _whole_questions(app: Flask) -> dict[str, Question]:
    def command(*words: str) -> Question:
        def run() -> None:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            app.cli.main(args=list(words), standalone_mode=False, obj=_script(app))

        return run

    def traefik(**headers: str) -> None:
        with app.test_client() as client:
            for _ in client.get("/edge/traefik", headers=headers, buffered=False).response:
                pass

    def anew() -> None:
        announce_change()
        traefik()

    return {
        "flask domains list": command("domains", "list"),
        "flask domains list --json": command("domains", "list", "--json"),
        "flask domains list --limit 100": command("domains", "list", "--limit", "100"),
        "flask domains verified": command("domains", "verified"),
        "flask accounts list": command("accounts", "list"),
        "/edge/traefik, made anew": anew,
        "/edge/traefik, unchanged": traefik,
        "/edge/traefik, unchanged, gzip": lambda: traefik(**{"Accept-Encoding": "gzip"}),
    }


def _script(app: Flask) -> ScriptInfo:
    return ScriptInfo(create_app=lambda: app)


def _apart(question: Question) -> tuple[float, float]:
    """Seconds, and megabytes more than before, in a process of its own: memory that was once taken stays taken."""
    db.session.remove()
    db.engine.dispose()
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.perf_counter()
        question()
        took = time.perf_counter() - started
        more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        os.write(writes, json.dumps([took, more / 1024]).encode())
        os._exit(0)
    os.close(writes)
    with os.fdopen(reads) as told:
        took, more = json.loads(told.read())
    os.waitpid(child, 0)
    return took, more


@contextmanager
def database(kind: str, directory: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{directory / 'lists.sqlite'}"
        return
    with postgresql() as server:
        server.create_database("lists")
        yield server.url("lists")


def _best(question: Question) -> float:
    times = []
    for _ in range(ROUNDS):
        db.session.rollback()
        started = time.perf_counter()
        question()
        times.append((time.perf_counter() - started) * 1000)
    return min(times)


def questions(count: int) -> dict[str, Question]:
    """Every list by name, with its first page, a page in the middle, and each way to narrow it."""

    def domains(behind: str | None = None, **wanted: Any) -> Question:
        return lambda: search.find_domains(Wanted(**wanted), Mark.read(behind), 50)

    def events(before: int | None = None, **wanted: str) -> Question:
        return lambda: event_search.events(Filter.read(wanted), before, 51)

    middle = count // 2
    number = _number(middle // PER_ACCOUNT)
    return {
        "domains, newest": domains(),
        "domains, in the middle": domains(f"0-{middle}"),
        "by the whole name": domains(text=name_of(middle)),
        "by a common beginning": domains(text="chat"),
        "by a common beginning, in the middle": domains(f"0-{_like(middle, 0)}", text="chat"),
        "by the beginning of a registrable domain": domains(text=_own(middle)[:-2]),
        "by a part in the middle": domains(text=_own(middle)[2:]),
        "by a common part in the middle": domains(text="hop"),
        "by a part and a rare state": domains(text="hop", state=DomainState.LAPSED),
        "below a name": domains(text=f"eu.{_own(middle)}"),
        "by a common beginning and a rare state": domains(text="chat", state=DomainState.LAPSED),
        "by nothing that is there": domains(text="zzz-nothing"),
        "by account": domains(text=number),
        "by account and state": domains(text=number, state=DomainState.PENDING),
        "by zone id": domains(text=f"Z{middle:08}"),
        "by name server": domains(text=_set(middle)[0]),
        **{f"state {state.value}": domains(state=state) for state in DomainState},
        "suspended": domains(suspended=True),
        "accounts, newest": lambda: search.find_accounts("", None, 51),
        "accounts by name": lambda: search.find_accounts("shop 1", None, 51),
        "accounts by number": lambda: search.find_accounts(number, None, 51),
        "accounts by e-mail address": lambda: search.find_accounts("nobody@shop.test", None, 51),
        "events, newest": events(),
        "events, in the middle": events(before=middle),
        "events by domain": events(domain=name_of(middle)),
        "events by account": events(account=number),
        "events by who": events(actor="staff7@platform.test"),
        "events by kind": events(kind="hold.begun"),
        "events of a day": events(since="2020-01-01", until="2020-01-01"),
        **{f"as customers see it: {group.words}": domains(group=group) for group in Group},
        "overview, without its counts": lambda: overview.queue(NOW),
        "overview, its counts (kept for a minute)": overview.fresh_counts,
        "overview, moves and suspensions": lambda: overview.lately(NOW),
        "overview, plots of hours (kept for a minute)": lambda: dashboard.fresh_figures(Span.HOURS, NOW),
        "overview, plots of days (kept for a minute)": lambda: dashboard.fresh_figures(Span.DAYS, NOW),
    }


def _like(number: int, word: int) -> int:
    """The id of the domain near `number` whose first word is this one."""
    return number - number % len(WORDS) + word + 1


def _number(account: int) -> str:
    digits = f"{account + 10**11:012}"
    return f"{digits[:4]}-{digits[4:8]}-{digits[8:]}"


def name_of(number: int) -> str:
    return f"{WORDS[number % len(WORDS)]}.{'eu.' if number % 3 else ''}{_own(number)}"


def _own(number: int) -> str:
    """The name that eight domains are below."""
    return f"shop{number // len(WORDS)}.com"


def _set(number: int) -> list[str]:
    one = number % SETS
    return sorted(
        f"ns-{one + i * 512}.awsdns-{one % 64:02}.{end}"
        for i, end in enumerate(("com", "net", "org", "co.uk"))
    )


def seed(count: int) -> None:
    """`count` domains, each with a zone of four name servers and an event; ids start at 1."""
    fill(Account, (_account(n) for n in range(-(-count // PER_ACCOUNT))))
    fill(LLMClientCustomDomain, map(_domain, range(count)))
    fill(LLMClient, map(_llm_client, range(count)))
    fill(HostedZone, map(_zone, range(count)))
    fill(Event, map(_event, range(count)))
    fill(Certificate, map(_certificate, range(count)))
    _checks(count)
    each = "json_array_elements_text" if db.engine.dialect.name == "postgresql" else "json_each"
    db.session.execute(
        text(
            "INSERT INTO zone_name_server (zone_id, name, custom_domain_id) "
            "SELECT zone.id, one.value, custom_domain_id FROM hosted_zone AS zone, EACH(name_servers) AS one".replace(
                "EACH", each
            )
        )
    )
    db.session.execute(text("ANALYZE"))
    db.session.commit()


def _checks(count: int) -> None:
    """Some of each domain, in the order of time, over as many days as they are kept."""
    postgresql_ = db.engine.dialect.name == "postgresql"
    done = "((:round * 1.0 * :count + id) / (:rounds * 1.0 * :count) - 1) * :days"
    at = (
        f"now() + {done} * interval '1 day'"
        if postgresql_
        else f"datetime(julianday('now') + {done}) || '.000000'"
    )
    ended = (
        f"{at} + interval '2 seconds'"
        if postgresql_
        else f"datetime(julianday('now') + {done} + 2 / 86400.0) || '.000000'"
    )
    statement = (
        "INSERT INTO domain_check (custom_domain_id, origin, status, verdict, created_at, updated_at) SELECT id, "
        "'schedule', 'done', CASE WHEN id % 9 = 0 THEN 'NS_MISTYPED' ELSE 'VERIFIED' END, BEGAN, ENDED "
        "FROM llm_client_custom_domain ORDER BY id"
    )
    statement = statement.replace("BEGAN", at).replace("ENDED", ended)
    for number in range(CHECKS_EACH):
        given = {"round": number, "rounds": CHECKS_EACH, "count": count, "days": 90}
        db.session.execute(text(statement), given)
        db.session.commit()


def seed_served(count: int) -> None:
    """As many names that are verified and lead to a deployed client, and nothing else.

    SQLite's log is emptied into the database in the end, as a checkpoint does in use. Each statement would search the
    log of the seeding first.
    """
    verified = {"state": DomainState.VERIFIED, "is_verified": True}
    fill(Account, (_account(n) for n in range(-(-count // PER_ACCOUNT))))
    fill(LLMClientCustomDomain, ({**_domain(n), **verified} for n in range(count)))
    fill(LLMClient, map(_llm_client, range(count)))
    db.session.execute(text("ANALYZE"))
    db.session.commit()
    if db.engine.dialect.name == "sqlite":
        db.session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
        db.session.commit()


def fill(model: Any, rows: Iterator[dict[str, object]]) -> None:
    while batch := list(islice(rows, BATCH)):
        db.session.execute(insert(model.__table__), batch)
        db.session.commit()


def _times(number: int) -> dict[str, object]:
    at = NOW - timedelta(seconds=10 * number)
    return {"created_at": at, "updated_at": at}


def _account(number: int) -> dict[str, object]:
    name = f"Shop {number}"
    return {
        "id": number + 1,
        "number": _number(number),
        "name": name,
        "name_key": search_key(name),
        **_times(0),
    }


def _domain(number: int) -> dict[str, object]:
    state = STATES[number * 7 % len(STATES)]
    return {
        "id": number + 1,
        "account_id": number // PER_ACCOUNT + 1,
        "domain_name": name_of(number),
        "registrable_domain": _own(number),
        "state": state,
        "is_verified": state.is_verified,
        "state_changed_at": NOW,
        "verdict": _VERDICTS[number % len(_VERDICTS)] if state is DomainState.PENDING else None,
        "next_check_at": NOW + timedelta(hours=1) if state is DomainState.VERIFIED else None,
        "check_attempt": 0,
        "version": 1,
        **_times(0),
    }


def _llm_client(number: int) -> dict[str, object]:
    return {
        "id": number + 1,
        "account_id": number // PER_ACCOUNT + 1,
        "name": f"Bot {number}",
        "label": f"bot-{number}",
        "deployed": True,
        "custom_domain_id": number + 1,
        **_times(0),
    }


def _zone(number: int) -> dict[str, object]:
    return {
        "id": number + 1,
        "custom_domain_id": number + 1,
        "domain_name": name_of(number),
        "generation": 1,
        "caller_reference": f"list-{number}",
        "state": ZoneState.READY,
        "aws_hosted_zone_id": f"Z{number:08}",
        "name_servers": _set(number),
        "attempts": 0,
        **_times(0),
    }


def _certificate(number: int) -> dict[str, object]:
    return {
        "id": number + 1,
        "custom_domain_id": number + 1,
        "domain_name": name_of(number),
        "generation": 1,
        "state": CertificateState.ISSUED,
        "idempotency_token": f"list{number}",
        "problem_code": "caa-restricted" if number % 1000 == 0 else None,
        "attempts": 0,
        **_times(0),
    }


def _event(number: int) -> dict[str, object]:
    by_staff = number % 1000 == 0
    return {
        "account_id": number // PER_ACCOUNT + 1,
        "custom_domain_id": number + 1,
        "kind": EventKind.HELD if by_staff else EventKind.REGISTERED,
        "actor_kind": ActorKind.STAFF if by_staff else ActorKind.SYSTEM,
        "actor_name": f"staff{number // 1000 % 20}@platform.test" if by_staff else "Nameplate",
        "message_code": "domain.registered",
        "message_params": {"name": name_of(number)},
        **_times(number),
    }


if __name__ == "__main__":
    main()
