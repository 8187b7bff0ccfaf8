"""Everything is killed and halted at random moments while names are registered: nothing is lost or done twice."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from tests.servers.programs import Restartable
from tests.service.faults import Installation, eventually, frozen, kill
from tests.service.nameplate import Visitor
from webapp.models import DomainState

#: Another one is another course of events; this one can be repeated.
SEED = 20261126
NAMES = 3
Start = Callable[[], subprocess.Popen[bytes]]


class Process:
    """One that is started again as often as it is killed."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self.process = start()

    def kill(self) -> None:
        kill(self.process)
        self.process = self._start()


class Troubles:
    def __init__(self, installation: Installation, worker: Process, web: Process) -> None:
        self._dice = random.Random(SEED)  # noqa: S311 - to be repeated
        sandbox = installation.sandbox_process
        self.known: dict[str, Callable[[], object]] = {
            "worker killed": worker.kill,
            "worker halted": lambda: self._halt(worker.process),
            "web killed": web.kill,
            "web halted": lambda: self._halt(web.process),
            "AWS and DNS halted": lambda: self._halt(sandbox),
        }
        postgresql, redis = installation.postgresql, installation.redis
        if postgresql and redis:
            self.known |= {
                "PostgreSQL halted": lambda: self._halt(postgresql.process),
                "PostgreSQL killed": lambda: self._crash(postgresql, signal.SIGQUIT),
                "Redis halted": lambda: self._halt(redis.process),
                "Redis killed": lambda: self._crash(redis, signal.SIGKILL),
            }

    def in_any_order(self) -> list[str]:
        return self._dice.sample(sorted(self.known), k=len(self.known))

    def wait(self) -> None:
        time.sleep(self._dice.uniform(0.0, 0.5))

    def _halt(self, process: subprocess.Popen[bytes]) -> None:
        with frozen(process):
            time.sleep(self._dice.uniform(0.3, 2.0))

    def _crash(self, server: Restartable, ending: signal.Signals) -> None:
        server.stop(ending)
        self.wait()
        server.start()


def test_everything_is_killed_and_halted_at_random_moments(installation: Installation) -> None:
    ids: list[int] = []
    with ExitStack() as stack:
        worker = Process(
            lambda: stack.enter_context(installation.quick_worker("random", CHECK_TOTAL_SECONDS="6"))
        )
        web = Process(lambda: stack.enter_context(installation.web()))
        troubles = Troubles(installation, worker, web)
        for number, trouble in enumerate(troubles.in_any_order()):
            if number < NAMES:
                ids.append(installation.register(f"random{number}.acme.test"))
            troubles.wait()
            troubles.known[trouble]()
        for domain_id in ids:
            eventually(partial(installation.is_ready, domain_id), "a zone was never made")
            installation.delegate(domain_id)
        for domain_id in ids:
            installation.make_due(domain_id)
        for domain_id in ids:
            installation.make_due_until(
                domain_id,
                lambda d=domain_id: installation.state(d) is DomainState.VERIFIED,  # type: ignore[misc]
                "a name was never verified",
            )
        visitor = Visitor(installation.url)
        eventually(lambda: visitor.status("/readyz") == 200, "it was never ready again")
        for number in range(len(ids)):
            assert visitor.status(f"/edge/ask?domain=random{number}.acme.test") == 200
        assert worker.process.poll() is None
        assert web.process.poll() is None
    for domain_id in ids:
        installation.assert_one_zone(domain_id)
        assert installation.transitions(domain_id) == ["verified"]
