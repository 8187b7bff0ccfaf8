"""What the tools alone manage on the same servers in the same minute: dnspython, and dnsperf.

python -m benchmarks.baselines SERVER FILE COUNT      asks by dnspython, as a process that can be pinned
"""

from __future__ import annotations

import asyncio
import itertools
import re
import subprocess
import sys
import time
from pathlib import Path

import dns.asyncquery
import dns.flags
import dns.message

from benchmarks.pinning import pinned
from tests.servers.programs import find
from tests.service.dns_tree.programs import DNS_PORT

AT_ONCE = 50


def dnspython(server: str, names: Path, count: int, core: int | None) -> float:
    """Queries a second of dnspython's asynchronous UDP client, 50 at a time, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.baselines", server, str(names), str(count)]
    done = subprocess.run(pinned(command, core), capture_output=True, text=True, check=True)  # noqa: S603
    return float(done.stdout)


def dnsperf(server: str, names: Path, seconds: int, core: int | None) -> float:
    """Queries a second of dnsperf, 50 outstanding."""
    command = [find("dnsperf", "dnsperf"), "-s", server, "-p", str(DNS_PORT), "-d", str(names)]
    command += ["-l", str(seconds), "-q", str(AT_ONCE), "-c", "1", "-T", "1"]
    done = subprocess.run(pinned(command, core), capture_output=True, text=True, check=True)  # noqa: S603
    found = re.search(r"Queries per second:\s+([\d.]+)", done.stdout)
    if found is None:
        raise RuntimeError(f"dnsperf said no rate: {done.stdout}{done.stderr}")
    return float(found.group(1))


async def _ask(server: str, names: list[str], count: int) -> float:
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(name: str) -> None:
        async with turn:
            query = dns.message.make_query(name, "NS")
            query.flags &= ~dns.flags.RD
            await dns.asyncquery.udp(query, server, timeout=5, port=DNS_PORT, ignore_unexpected=True)

    started = time.monotonic()
    await asyncio.gather(*(one(name) for name in itertools.islice(itertools.cycle(names), count)))
    return count / (time.monotonic() - started)


def main() -> None:
    server, path, count = sys.argv[1:]
    names = [line.split()[0] for line in Path(path).read_text().splitlines()]
    rate = asyncio.run(_ask(server, names, int(count)))
    sys.stdout.write(f"{rate}\n")


if __name__ == "__main__":
    main()
