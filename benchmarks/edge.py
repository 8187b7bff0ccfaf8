"""How many questions the edge service answers, beside a bare Flask view on gunicorn and a constant WSGI answer on the
service's own server.

    python -m benchmarks.edge --names 1000000
    python -m benchmarks.edge --names 1000000 --only postgresql

Every server has one worker, and all of them are asked in turn, round after round, by wrk over eight connections, on
the machine that serves: what counts are the ratios of one run. Printed are the medians over the rounds.

hot: a hundred names again and again. cold: a different one of all names each time. route: hot, at `/edge/route`.
Then come the memory of one worker (PSS, with all rooms for names full), all verified names from the cache and from
the database, and a page of the dashboard on gunicorn and on Granian.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from benchmarks import lists
from benchmarks.output import say, write
from benchmarks.setups import SETUPS
from tests.servers.programs import find, free_port, listens, running
from tests.service.faults import Installation
from webapp.edge import verified_names
from webapp.extensions import cache
from webapp.models import LLMClientCustomDomain
from webapp.resilience.gate import THREADS

CONNECTIONS = 8
HOT, COLD = 100, 300_000
GRANIAN = ["-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws", "--workers", "1"]
GRANIAN += ["--blocking-threads", str(THREADS), "--host", "127.0.0.1", "--log-level", "error", "--port"]
#: With as many threads as the dashboard has.
GUNICORN = ["-m", "gunicorn", "--workers", "1", "--threads", str(THREADS), "--no-control-socket", "--bind"]
#: One line for each path that wrk asks for, one after another; each of its threads begins elsewhere.
_SCRIPT = """\
local paths, at = {}, math.random(1, %d)
for line in io.lines("%s") do paths[#paths + 1] = line end
request = function()
  at = at %% #paths + 1
  return wrk.format("GET", paths[at])
end
"""


@dataclass
class Load:
    """What is asked, of whom. `url` has the path where `script` does not say it."""

    url: str
    script: Path | None = None


@dataclass
class Found:
    per_second: float
    p99_ms: float


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--names", type=int, default=100_000, help="how many are served (100000)")
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured (5)")
    parser.add_argument("--seconds", type=int, default=4, help="how long each time (4)")
    parser.add_argument("--only", choices=SETUPS, help="one set-up (both)")
    options = parser.parse_args()
    wrk = find("wrk", "wrk")
    found = {}
    for name in [options.only] if options.only else SETUPS:
        with (
            tempfile.TemporaryDirectory(prefix="nameplate-edge-") as directory,
            SETUPS[name](Path(directory)) as made,
        ):
            found[name] = measured(made, wrk, options)
    write("edge", found)


def measured(made: Installation, wrk: str, options: argparse.Namespace) -> dict[str, object]:
    with made.looking():
        lists.seed_served(options.names)
    kind = made.app.extensions["engine"].dialect.name
    with ExitStack() as stack:
        loads, service = _servers(stack, made, options.names)
        say(f"\n{kind}: {options.names} names, {options.rounds} rounds of {options.seconds} s each")
        rates = _rounds(wrk, loads, options)
        ratios = {
            "hot / bare Flask on gunicorn": _ratio(rates, "hot", "bare Flask"),
            "hot / constant": _ratio(rates, "hot", "constant"),
            "cold / bare Flask on gunicorn": _ratio(rates, "cold", "bare Flask"),
            "route / hot": _ratio(rates, "route", "hot"),
        }
        memory = _pss(service.pid)
    pages = _pages(made, wrk, options)
    ratios["dashboard's /login: Granian / gunicorn"] = _ratio(pages, "Granian", "gunicorn")
    shown = {**rates, **{f"/login on {server}": each for server, each in pages.items()}}
    for load, each in shown.items():
        say(
            f"{load:22} {_median(each):10.0f} / s   99 %: {statistics.median(one.p99_ms for one in each):8.2f} ms"
        )
    for what, ratio in ratios.items():
        say(f"{what:40} x {ratio:.2f}")
    own, mapped = memory["Pss_Anon"], memory["Pss_File"]
    say(f"memory of the service's two processes, PSS: {own:.0f} MB of their own, {mapped:.0f} MB of files")
    lists_of_names = _names(made)
    for where, seconds in lists_of_names.items():
        say(f"get_verified_domains() from the {where}: {seconds:.2f} s")
    return {
        "rates": {name: _median(each) for name, each in shown.items()},
        "p99_ms": {name: statistics.median(one.p99_ms for one in each) for name, each in shown.items()},
        "ratios": ratios,
        "pss_mb": memory,
        "verified_names_s": lists_of_names,
    }


def _servers(
    stack: ExitStack, made: Installation, names: int
) -> tuple[dict[str, Load], subprocess.Popen[bytes]]:
    ports = [free_port() for _ in range(3)]
    stack.enter_context(
        _server(made, ports[0], [*GUNICORN, f"127.0.0.1:{ports[0]}", "benchmarks.edge_servers:bare"])
    )
    stack.enter_context(
        _server(made, ports[1], [*GRANIAN, str(ports[1]), "benchmarks.edge_servers:constant"])
    )
    words = ["-m", "webapp.edge", "--workers", "1", "--bind", f"127.0.0.1:{ports[2]}"]
    service = stack.enter_context(_server(made, ports[2], words))
    chosen = random.Random(12)  # noqa: S311 - which names are asked for is no secret
    few = [lists.name_of(number) for number in chosen.sample(range(names), min(HOT, names))]
    many = [lists.name_of(number) for number in chosen.sample(range(names), min(COLD, names))]
    hot = _script(made.directory / "hot", "/edge/ask", few)
    bare, constant, ours = (f"http://127.0.0.1:{port}" for port in ports)
    return {
        "bare Flask": Load(bare, hot),
        "constant": Load(constant, hot),
        "hot": Load(ours, hot),
        "route": Load(ours, _script(made.directory / "route", "/edge/route", few)),
        "cold": Load(ours, _script(made.directory / "cold", "/edge/ask", many)),
    }, service


def _server(
    made: Installation, port: int, words: list[str]
) -> AbstractContextManager[subprocess.Popen[bytes]]:
    return running(
        [sys.executable, *words],
        log=made.directory / f"server-{port}.log",
        ready=lambda: listens(port),
        env=made.environment,
    )


def _script(path: Path, address: str, names: list[str]) -> Path:
    paths = path.with_suffix(".paths")
    paths.write_text("".join(f"{address}?domain={name}\n" for name in names))
    script = path.with_suffix(".lua")
    script.write_text(_SCRIPT % (len(names), paths))
    return script


def _rounds(wrk: str, loads: dict[str, Load], options: argparse.Namespace) -> dict[str, list[Found]]:
    """Each is asked for a moment before, so that what is made once is made."""
    for load in loads.values():
        _asked(wrk, load, 2)
    found: dict[str, list[Found]] = {name: [] for name in loads}
    for _ in range(options.rounds):
        for name, load in loads.items():
            found[name].append(_asked(wrk, load, options.seconds))
    return found


def _asked(wrk: str, load: Load, seconds: int) -> Found:
    """Raises RuntimeError when a question was not answered with 200."""
    words = [wrk, "--latency", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds}s"]
    words += ["-s", str(load.script)] if load.script else []
    told = subprocess.run([*words, load.url], check=True, capture_output=True, text=True).stdout  # noqa: S603
    if "Non-2xx" in told or "Socket errors" in told:
        raise RuntimeError(f"{load.url} {load.script}:\n{told}")
    rate = re.search(r"Requests/sec:\s+([\d.]+)", told)
    late = re.search(r"99%\s+([\d.]+)(us|ms|s)", told)
    if rate is None or late is None:
        raise RuntimeError(told)
    return Found(float(rate[1]), float(late[1]) * {"us": 0.001, "ms": 1, "s": 1000}[late[2]])


def _median(each: list[Found]) -> float:
    return statistics.median(one.per_second for one in each)


def _ratio(found: dict[str, list[Found]], one: str, other: str) -> float:
    """Of what was measured one after the other, because the machine is not always as fast."""
    pairs = zip(found[one], found[other], strict=True)
    return statistics.median(a.per_second / b.per_second for a, b in pairs)


def _pss(pid: int) -> dict[str, float]:
    """Of a process and its children, in MB: what is their own, and the pages of files that they have mapped, such as
    SQLite's, which the system keeps for everybody and takes back when it needs room.
    """
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    texts = [Path(f"/proc/{one}/smaps_rollup").read_text() for one in (pid, *children)]
    lines = [line.split() for text in texts for line in text.splitlines()]
    return {
        kind: sum(int(words[1]) for words in lines if words[0] == f"{kind}:") / 1024
        for kind in ("Pss_Anon", "Pss_File")
    }


def _pages(made: Installation, wrk: str, options: argparse.Namespace) -> dict[str, list[Found]]:
    """The sign-in page: Jinja, a session and a form. One worker, and as many threads as either has in earnest."""
    ports = [free_port() for _ in range(2)]
    gunicorn = ["-m", "gunicorn", "--config", "python:webapp.gunicorn_config", "--workers", "1"]
    with (
        _server(made, ports[0], [*gunicorn, "--bind", f"127.0.0.1:{ports[0]}", "webapp.wsgi:app"]),
        _server(made, ports[1], [*GRANIAN, str(ports[1]), "webapp.wsgi:app"]),
    ):
        loads = {
            server: Load(f"http://127.0.0.1:{port}/login")
            for server, port in zip(("gunicorn", "Granian"), ports, strict=True)
        }
        for load in loads.values():
            _wait_for(wrk, load)
        return _rounds(wrk, loads, options)


def _wait_for(wrk: str, load: Load) -> None:
    """A server listens before its worker has loaded the application."""
    until = time.monotonic() + 60
    while True:
        try:
            _asked(wrk, load, 1)
        except RuntimeError:
            if time.monotonic() > until:
                raise
        else:
            return


def _names(made: Installation) -> dict[str, float]:
    """The best of five. A list is believed for less than a second from when its reading began, and at a million names
    that takes longer; here it is believed for a minute, so that the cache is measured.
    """
    database, kept = list[float](), list[float]()
    with made.looking(), patch.object(verified_names, "FRESH_SECONDS", 60):
        for _ in range(5):
            cache.clear()
            database.append(_seconds())
            kept.append(_seconds())
    return {"database": min(database), "cache": min(kept)}


def _seconds() -> float:
    started = time.perf_counter()
    LLMClientCustomDomain.get_verified_domains()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
