"""A Nameplate whose processes are killed and whose servers stop, and what must be true of its rows afterwards."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from click.testing import CliRunner
from flask_migrate import upgrade
from sqlalchemy import Update, select, text, update

from tests.app_fixtures import make_app
from tests.factories import make_account
from tests.servers.fixtures import MIGRATIONS
from tests.servers.halting import halt
from tests.servers.postgresql import restartable_postgresql
from tests.servers.programs import Restartable
from tests.servers.redis import restartable_redis
from tests.service.nameplate import ANSWER_SECONDS, Nameplate
from webapp.audit.log import COMMAND
from webapp.domains import registration
from webapp.extensions import db, settings
from webapp.models import (
    Check,
    CheckStatus,
    DomainState,
    Event,
    EventKind,
    HostedZone,
    LLMClientCustomDomain,
    Method,
    ZoneState,
    utcnow,
)
from webapp.proofs import change
from webapp.proofs.records.queries import newest_proof
from webapp.sandbox.cli import sandbox

#: Until something that must come is missed: much more than it takes on a machine that is busy otherwise.
PATIENCE_SECONDS = 180.0
#: In this order in the id of a test, by which `tests.conftest` gives each of them one process.
BOTH_SETUPS = ("sqlite", "postgresql")
PARENT_SERVERS = ("ns1.sandbox-registrar.test", "ns2.sandbox-registrar.test")
#: Transactions of others at PostgreSQL, of which one that waits for its process may have a commit on its way to it.
OPEN_ELSEWHERE = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND backend_type = 'client backend' AND xact_start IS NOT NULL"
)


def eventually(look: Callable[[], Any], what: str, seconds: float = PATIENCE_SECONDS) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, what
        time.sleep(0.1)
    return found


def due_now(domain_id: int) -> Update:
    return (
        update(LLMClientCustomDomain)
        .where(LLMClientCustomDomain.id == domain_id)
        .values(next_check_at=utcnow())
    )


class Installation(Nameplate):
    """`app` looks into the same database from outside: every look is a transaction of its own.

    `postgresql` and `redis` are the servers of the larger set-up, and can be stopped.
    """

    postgresql: Restartable | None = None
    redis: Restartable | None = None
    sandbox_process: subprocess.Popen[bytes]

    def __init__(self, directory: Path, **settings: str) -> None:
        known_to_all = {"SECRET_KEY": "only-for-tests-0123456789", "CHECK_TOTAL_SECONDS": "6"}
        known_to_all["METHODS"] = "delegation,records"
        super().__init__(directory, **known_to_all, **settings)
        known = {"database_url", "redis_url", "broker_path", "secret_key", "methods"}
        known |= {"edge_domain", "edge_target", "edge_update_servers", "edge_update_key"}
        given = {name.lower(): value for name, value in self.environment.items()}
        self.app = make_app(directory, **{name: given[name] for name in known & given.keys()})
        self._accounts = 0

    @contextmanager
    def looking(self) -> Iterator[None]:
        with self.app.app_context():
            yield

    @contextmanager
    def quick_worker(
        self, name: str = "worker", ready: Callable[[], bool] | None = None, **settings: str
    ) -> Iterator[subprocess.Popen[bytes]]:
        """With beat, as the supervisor starts it; killed with everything that it started."""
        command = ["celery", "--quiet", "--app", "tests.service.quick_worker", "worker", "--beat"]
        command += ["--pool", "threads", "--concurrency", "4", "--hostname", f"{name}@localhost"]
        ready = ready or (lambda: "worker.ready" in self.log(name))
        with self._process(name, command, ready, **settings) as process:
            try:
                yield process
            except Exception:
                _cry(process)
                raise

    # What people do --------------------------------------------------------------------------------------

    def verified(self, name: str) -> int:
        """A domain that a running worker has taken all the way."""
        domain_id = self.register(name)
        eventually(lambda: self.is_ready(domain_id), "the zone was never ready")
        self.delegate(domain_id)
        self.make_due_until(
            domain_id, lambda: self.state(domain_id) is DomainState.VERIFIED, "it was never verified"
        )
        return domain_id

    def register(self, name: str) -> int:
        """The id of a fresh account's claim. No task is sent: whoever finds the row does the work."""
        with self.looking():
            self._accounts += 1
            account = make_account(f"Account {self._accounts}")
            done = registration.register(account, name, actor=COMMAND, settings=settings())
            assert isinstance(done, registration.Registered), done
            db.session.commit()
            return done.domain.id

    def delegate(self, domain_id: int, *, leave_out: int = 0) -> None:
        """Types the domain's name servers at the sandbox's provider, all of them unless told otherwise."""
        with self.looking():
            zone = self.zones(domain_id)[-1]
            name, servers = zone.domain_name, zone.name_servers[leave_out:]
        for server in servers:
            self._provider("add", name, "NS", server)

    def undelegate(self, domain_id: int) -> None:
        with self.looking():
            name, servers = self.domain(domain_id).domain_name, self.zones(domain_id)[-1].name_servers
        for server in servers:
            self._provider("remove", name, "NS", server)

    def choose(self, domain_id: int, method: Method) -> None:
        with self.looking():
            done = change.choose(
                self.domain(domain_id), method, actor=COMMAND, settings=settings(), now=utcnow()
            )
            assert done is None, done
            db.session.commit()

    def type_records(self, domain_id: int, *, add: bool = True) -> None:
        """Types the token and the target at the sandbox's provider, or deletes them there."""
        with self.looking():
            proof, name = newest_proof(self.domain(domain_id)), self.domain(domain_id).domain_name
            assert proof is not None
            token, target = proof.token, proof.target
        for record in (
            (f"_nameplate-challenge.{name}", "TXT", token),
            (name, "CNAME", target),
        ):
            self._provider("add" if add else "remove", *record)

    def method(self, domain_id: int) -> Method:
        with self.looking():
            return self.domain(domain_id).method

    def _provider(self, *words: str) -> None:
        done = CliRunner().invoke(
            sandbox, ["records", *words, "--store", str(self.directory / "sandbox.sqlite")]
        )
        assert done.exit_code == 0, done.output

    def make_due(self, domain_id: int) -> None:
        """Its time has come, without waiting for it."""
        with self.looking():
            db.session.execute(due_now(domain_id))
            db.session.commit()

    def make_due_until(self, domain_id: int, look: Callable[[], Any], what: str) -> None:
        """Due again and again: a check that was under way when it became due puts the next one off."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not look():
            assert time.monotonic() < deadline, what
            self.make_due(domain_id)
            time.sleep(0.5)

    def kill_in_mid_check(self, process: subprocess.Popen[bytes], domain_id: int) -> None:
        """In one that began from now on."""
        since = utcnow()
        self.kill_while(process, lambda: self.running(domain_id, since), lambda: self.make_due(domain_id))

    def kill_while(
        self, process: subprocess.Popen[bytes], holds: Callable[[], bool], begin: Callable[[], object]
    ) -> None:
        """Kill it while that holds, which `begin` brings about. It is halted meanwhile, and what it has sent to the
        database is done: nothing can end unseen.
        """
        deadline, again = time.monotonic() + PATIENCE_SECONDS, 0.0
        while True:
            if time.monotonic() > again:
                begin()
                again = time.monotonic() + 0.5
            if holds():
                _halt(process)
                if self._is_quiet() and holds():
                    return kill(process)
                process.send_signal(signal.SIGCONT)
            assert time.monotonic() < deadline, "it was never at what it was to be killed in"
            time.sleep(0.02)

    def _is_quiet(self) -> bool:
        """Whether nobody's transaction is open at the database. SQLite works in the process that is halted."""
        with self.looking():
            return bool(db.engine.dialect.name == "sqlite" or db.session.scalar(OPEN_ELSEWHERE) == 0)

    # What goes wrong --------------------------------------------------------------------------------------

    def aws_fault(self, operation: str, **fault: object) -> None:
        self.tell_sandbox("faults", {"operation": operation, **fault})

    def forget_faults(self) -> None:
        request = urllib.request.Request(f"{self._sandbox}/faults", method="DELETE")  # noqa: S310 - ours
        urllib.request.urlopen(request, timeout=ANSWER_SECONDS).close()  # noqa: S310 - as above

    def name_servers(self, outcome: str, *servers: str) -> None:
        """These servers are silent, or refuse, or answer again with “”; the parent's unless told otherwise."""
        for server in servers or PARENT_SERVERS:
            self.tell_sandbox("dns-faults", {"server": server, "outcome": outcome})

    def lose_broker(self) -> None:
        for path in self.directory.glob("broker.sqlite*"):
            path.unlink()

    def faults_left(self) -> list[dict[str, Any]]:
        url = f"{self._sandbox}/faults"
        with urllib.request.urlopen(url, timeout=ANSWER_SECONDS) as answer:  # noqa: S310 - ours
            found: list[dict[str, Any]] = json.load(answer)["faults"]
        return found

    def bring_in_sync(self) -> None:
        """As if the time were over that the sandbox's AWS takes to hand its changes to its name servers."""
        with closing(sqlite3.connect(self.directory / "sandbox.sqlite", timeout=60)) as store, store:
            store.execute("UPDATE change SET in_sync_at = submitted_at")
            store.execute("UPDATE hosted_zone SET served_from = 0")
            store.execute("UPDATE hosted_record SET served_from = 0")

    def tell_sandbox(self, what: str, given: dict[str, object]) -> None:
        body, kind = json.dumps(given).encode(), {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self._sandbox}/{what}", body, kind)  # noqa: S310 - ours
        urllib.request.urlopen(request, timeout=ANSWER_SECONDS).close()  # noqa: S310 - as above

    @property
    def _sandbox(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port}/sandbox"

    # What is true -----------------------------------------------------------------------------------------

    def domain(self, domain_id: int) -> LLMClientCustomDomain:
        return db.session.get_one(LLMClientCustomDomain, domain_id)

    def zones(self, domain_id: int) -> Sequence[HostedZone]:
        return db.session.scalars(
            select(HostedZone).where(HostedZone.custom_domain_id == domain_id).order_by(HostedZone.id)
        ).all()

    def checks(self, domain_id: int) -> Sequence[Check]:
        return db.session.scalars(
            select(Check).where(Check.custom_domain_id == domain_id).order_by(Check.id)
        ).all()

    def is_ready(self, domain_id: int) -> bool:
        with self.looking():
            return self.zones(domain_id)[-1].state is ZoneState.READY

    def state(self, domain_id: int) -> DomainState:
        with self.looking():
            return self.domain(domain_id).state

    def done_checks(self, domain_id: int) -> list[str]:
        """The verdicts, in their order."""
        with self.looking():
            return [str(c.verdict) for c in self.checks(domain_id) if c.status is CheckStatus.DONE]

    def newest_check(self, domain_id: int) -> int:
        with self.looking():
            return self.checks(domain_id)[-1].id

    def is_done(self, check_id: int) -> bool:
        with self.looking():
            return db.session.get_one(Check, check_id).status is CheckStatus.DONE

    def running(self, domain_id: int, since: datetime | None = None) -> bool:
        """Whether a check is under way that began then or later."""
        with self.looking():
            found = [c for c in self.checks(domain_id) if c.status is CheckStatus.RUNNING]
            return any(since is None or (c.started_at and c.started_at > since) for c in found)

    def transitions(self, domain_id: int) -> list[str]:
        with self.looking():
            events = db.session.scalars(
                select(Event).where(
                    Event.custom_domain_id == domain_id, Event.kind == EventKind.STATE_CHANGED
                )
            )
            return [str((event.evidence or {}).get("to")) for event in events]

    def zones_at_aws(self, name: str) -> list[str]:
        """The ids of the hosted zones of that name in the sandbox's account, whoever made them."""
        import boto3

        client = boto3.client(
            "route53",
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            region_name="us-east-1",
            aws_access_key_id="look",
            aws_secret_access_key="look",
        )
        pages = client.get_paginator("list_hosted_zones").paginate()
        found = [zone for page in pages for zone in page["HostedZones"]]
        return [zone["Id"].removeprefix("/hostedzone/") for zone in found if zone["Name"] == f"{name}."]

    def verified_names(self) -> list[str]:
        with self.looking():
            return list(
                db.session.scalars(
                    select(LLMClientCustomDomain.domain_name).where(LLMClientCustomDomain.is_verified)
                )
            )

    def assert_one_zone(self, domain_id: int) -> None:
        """One zone in our rows, the same one at AWS."""
        with self.looking():
            ids = [zone.aws_hosted_zone_id for zone in self.zones(domain_id)]
            name = self.domain(domain_id).domain_name
        assert self.zones_at_aws(name) == ids
        assert len(ids) == 1

    def migrate(self) -> None:
        with self.looking():
            upgrade(directory=str(MIGRATIONS))

    @contextmanager
    def in_use(self) -> Iterator[Self]:
        self.migrate()
        try:
            with self.sandbox() as self.sandbox_process:
                yield self
        finally:
            with self.looking():
                db.engine.dispose()


@contextmanager
def installed_on_sqlite(directory: Path) -> Iterator[Installation]:
    with Installation(
        directory, DATABASE_URL=f"sqlite:///{directory / 'nameplate.sqlite'}"
    ).in_use() as found:
        yield found


@contextmanager
def installed_on_servers(directory: Path) -> Iterator[Installation]:
    with restartable_postgresql() as (database, postgresql), restartable_redis(directory) as (url, redis):
        database.create_database("faults")
        made = Installation(directory, DATABASE_URL=database.url("faults"), REDIS_URL=url)
        made.postgresql, made.redis = postgresql, redis
        with made.in_use() as found:
            yield found


def kill(process: subprocess.Popen[bytes]) -> None:
    """As the kernel kills: nothing is cleaned up. What the process started must end by itself."""
    children = _children(process.pid)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    eventually(lambda: not any(map(lives, children)), "it left a process behind")


def _cry(process: subprocess.Popen[bytes]) -> None:
    """Celery then writes into its log what each of its threads is at; beat, its child, does the same."""
    for pid in (process.pid, *_children(process.pid)):
        os.kill(pid, signal.SIGUSR1)
    time.sleep(1)


def _halt(process: subprocess.Popen[bytes]) -> None:
    halt(process.pid)
    time.sleep(0.2)  # A server may have its last statement under way.


@contextmanager
def frozen(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """It and its children say nothing to anybody inside the block, and refuse nothing."""
    pids = [process.pid, *_children(process.pid)]
    halt(*pids)
    try:
        yield
    finally:
        for pid in reversed(pids):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def _children(pid: int) -> list[int]:
    found = (path.name for path in Path("/proc").iterdir() if path.name.isdigit())
    return [int(name) for name in found if parent(int(name)) == pid]


def parent(pid: int) -> int | None:
    """None of a process that has ended."""
    found = _stat(pid)
    return int(found[1]) if found else None


def _state(pid: int) -> str | None:
    """One letter, see proc_pid_stat(5)."""
    found = _stat(pid)
    return found[0] if found else None


def _stat(pid: int) -> list[str]:
    """From the state on; nothing of a process that has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return []


def lives(pid: int) -> bool:
    # What has ended stays a zombie until whoever inherits it looks.
    return _state(pid) not in {"Z", None}
