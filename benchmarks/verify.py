"""Verifications a second, through the real path: rows, a sweep, Celery's workers, DNS over UDP and TCP, rows.

    python -m benchmarks.verify --names 1200

Every line of the table is of the same run, on the same servers, beside what dnspython and dnsperf manage alone. On a
machine with several cores each worker keeps to one, and the name servers and databases to the others, as far as
there are others. “first” is the check that proves a name, with its events, notifications and records; “again” is
every later one. “core could” is the rate of a core with nothing else to do: one second divided by the workers' CPU
time for one verification, which other programs on the machine disturb much less than the measured rate.

Needs port 53 of loopback addresses: root, or a network of its own (`unshare --user --map-root-user --net`, where
PostgreSQL, which refuses to be root, has to be left out with `--only sqlite`).
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.baselines import dnsperf, dnspython
from benchmarks.installation import ROOT, Installation, Measured
from benchmarks.output import say
from benchmarks.pinning import cores, pinned
from benchmarks.tree import Tree, make_hosts
from tests.servers.postgresql import postgresql
from tests.servers.redis import redis_server
from tests.service.dns_tree.programs import DNS_PORT

AIM = 1_000_000 / 3600
SETUPS = ("sqlite", "postgresql")
SHOWN = {"sqlite": "SQLite", "postgresql": "PostgreSQL + Redis"}


def main() -> None:
    options = _options()
    output = ROOT / "build" / "benchmark-verify.json"
    output.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="nameplate-bench-") as name:
        result = Benchmark(options, Path(name)).run()
    output.write_text(json.dumps(result, indent=2) + "\n")
    say(f"\nWritten to {output.relative_to(ROOT)}.")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--names", type=int, default=1200, help="how many (1200)")
    parser.add_argument("--only", choices=SETUPS, action="append", help="one of the set-ups (both)")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="numbers of workers (1 2)")
    parser.add_argument("--at-once", type=int, default=50, help="CHECKS_AT_ONCE of the workers (50)")
    parser.add_argument(
        "--delay", type=float, default=20, help="the round trip that is simulated, in ms (20)"
    )
    parser.add_argument("--no-delay", action="store_true", help="leave out the runs with a delay")
    return parser.parse_args()


class Benchmark:
    def __init__(self, options: argparse.Namespace, folder: Path) -> None:
        self._options, self._folder = options, folder
        self._runs: list[dict[str, object]] = []
        own = cores()
        # The first core is the worker's; with one core there is nothing to keep apart.
        self._worker_cores: list[int | None] = [own[0], *own[1:]] if len(own) > 1 else [None]
        self._server_core = own[1:] if len(own) > 1 else own

    def run(self) -> dict[str, object]:
        hosts = make_hosts(self._options.names)
        say(f"{len(hosts)} names; preparing the name servers ...")
        everything = cores()
        os.sched_setaffinity(0, self._server_core)
        tree = Tree(self._folder / "tree", hosts)
        os.sched_setaffinity(0, everything)
        try:
            baselines = self._baselines(tree)
            for setup in self._options.only or SETUPS:
                self._measure(setup, tree, baselines)
        finally:
            tree.stop()
        return {**_machine(), "names": len(hosts), "aim": AIM, "baselines": baselines, "runs": self._runs}

    def _baselines(self, tree: Tree) -> dict[str, float]:
        names = self._folder / "names"
        below = [host for host in tree.hosts if host.provider == tree.hosts[0].provider]
        names.write_text("".join(f"{host.name} NS\n" for host in below))
        server, core = tree.parent_address(tree.hosts[0]), self._worker_cores[0]
        found = {
            "dnspython_queries_per_second": dnspython(server, names, 8000, core),
            "dnsperf_queries_per_second": dnsperf(server, names, 3, core),
        }
        say(f"Load of the machine: {os.getloadavg()[0]:.2f}")
        say(f"dnspython alone, 50 at once: {found['dnspython_queries_per_second']:8.0f} queries/s")
        say(f"dnsperf, 50 outstanding:     {found['dnsperf_queries_per_second']:8.0f} queries/s\n")
        say(
            _row(
                "set-up",
                "workers",
                "delay",
                "names",
                "run",
                "verif./s",
                "CPU ms each",
                "core could",
                "questions",
                "q/s ÷ dnspython",
                "load",
            )
        )
        return found

    def _measure(self, setup: str, tree: Tree, baselines: dict[str, float]) -> None:
        with self._outside(setup) as outside:
            place = self._folder / setup
            plain = {**outside, **self._dns(tree)}
            installation = Installation(_environment(place, plain, self._options.at_once))
            installation.fill(tree.hosts)
            for count in self._options.workers:
                self._run(installation, setup, count, 0.0, baselines)
            if not self._options.no_delay:
                with self._far_away(tree) as far:
                    environment = _environment(place, {**plain, **far}, self._options.at_once)
                    self._run(Installation(environment), setup, 1, self._options.delay, baselines)

    def _run(
        self, installation: Installation, setup: str, count: int, delay: float, baselines: dict[str, float]
    ) -> None:
        pinned = [self._worker_cores[number % len(self._worker_cores)] for number in range(count)]
        with installation.workers(pinned, self._folder / "worker.log") as pids:
            for kind in ("first", "again") if not self._runs_of(setup) else ("again",):
                measured = installation.measure(pids)
                self._keep(setup, count, delay, kind, measured, baselines["dnspython_queries_per_second"])

    def _runs_of(self, setup: str) -> bool:
        return any(run["setup"] == setup for run in self._runs)

    def _keep(
        self, setup: str, workers: int, delay: float, kind: str, measured: Measured, dnspython_rate: float
    ) -> None:
        ratio = measured.per_second * measured.queries / dnspython_rate
        run = {"setup": setup, "workers": workers, "delay_ms": delay, "kind": kind, **asdict(measured)}
        self._runs.append({**run, "ratio_to_dnspython": ratio, "load": os.getloadavg()[0]})
        per_second, cpu = f"{measured.per_second:.0f}", f"{measured.cpu_ms:.2f}"
        if measured.verified != measured.names:
            kind = f"{kind} ({measured.verified} verified)"
        say(
            _row(
                SHOWN[setup],
                workers,
                f"{delay:.0f} ms",
                measured.names,
                kind,
                per_second,
                cpu,
                f"{1000 / measured.cpu_ms:.0f}/s",
                f"{measured.queries:.1f}",
                f"{ratio:.2f}",
                f"{os.getloadavg()[0]:.1f}",
            )
        )

    @contextlib.contextmanager
    def _outside(self, setup: str) -> Iterator[dict[str, str]]:
        place = self._folder / setup
        place.mkdir()
        if setup == "sqlite":
            yield {"DATABASE_URL": f"sqlite:///{place / 'nameplate.sqlite'}", "REDIS_URL": ""}
            return
        everything = cores()
        os.sched_setaffinity(0, self._server_core)
        with postgresql() as server, redis_server(place) as redis_url:
            os.sched_setaffinity(0, everything)
            server.create_database("bench")
            yield {"DATABASE_URL": server.url("bench"), "REDIS_URL": redis_url}

    def _dns(self, tree: Tree) -> dict[str, str]:
        return {
            "DNS_RESOLVERS": f"{tree.resolver}:{DNS_PORT}",
            "DNS_ADDRESS_MAP": "",
            "DNS_ALLOW_NETWORKS": tree.network,
        }

    @contextlib.contextmanager
    def _far_away(self, tree: Tree) -> Iterator[dict[str, str]]:
        """The settings that lead every question, those to the resolver included, over a long way."""
        kinds = tree.networks()
        servers = [f"{tree.resolver}:{DNS_PORT}", *(f"{address}:{DNS_PORT}" for _, address in kinds.values())]
        command = [sys.executable, "-m", "benchmarks.delay", str(self._options.delay / 1000), *servers]
        process = subprocess.Popen(  # noqa: S603 - the command is ours
            pinned(command, self._server_core[0]),
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        try:
            assert process.stdout is not None  # noqa: S101 - PIPE above
            resolver, *ports = process.stdout.readline().split()
            mapped = [
                f"{network}=127.0.0.1:{port}"
                for (networks, _), port in zip(kinds.values(), ports, strict=True)
                for network in networks
            ]
            yield {"DNS_RESOLVERS": f"127.0.0.1:{resolver}", "DNS_ADDRESS_MAP": ",".join(mapped)}
        finally:
            process.terminate()
            process.wait()


def _environment(place: Path, outside: dict[str, str], at_once: int) -> dict[str, str]:
    return {
        "SECRET_KEY": "only-for-the-benchmark",
        "NAMEPLATE_INSTANCE": str(place),
        "BROKER_PATH": str(place / "broker.sqlite"),
        "CACHE_DIRECTORY": str(place / "cache"),
        "CHECKS_AT_ONCE": str(at_once),
        "MAIL_URL": f"file:{place / 'mail'}",
        **outside,
    }


def _machine() -> dict[str, object]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "cores": len(cores()),
        "load": os.getloadavg(),
        "command": [*sys.argv],
    }


_WIDTHS = (20, 8, 7, 6, 8, 9, 12, 11, 10, 16, 6)


def _row(*cells: object) -> str:
    first, *rest = (str(cell) for cell in cells)
    return f"{first:<{_WIDTHS[0]}}" + "".join(
        f"{cell:>{width}}" for cell, width in zip(rest, _WIDTHS[1:], strict=True)
    )


if __name__ == "__main__":
    main()
