"""How many names one worker looks at from outside in a second, with an edge that answers and with addresses that say
nothing.

    python -m benchmarks.probes --names 2000 --silent 2

Seeds a SQLite file with names of many accounts, all due, starts an edge on this machine in a process of its own that
answers the proof over TLS, and runs the worker's task until nothing is due. `--silent` is how many of a hundred names
lead to an address that never answers, and cost five seconds each. DNS is in memory.
"""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import multiprocessing
import resource
import socket
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import func, select

from tests.app_fixtures import make_app
from tests.factories import make_account, make_domain, make_llm_client
from tests.servers.tls import Authority, authority
from tests.twins.dns import MemoryDns
from webapp.edge.visitors.proof import PATH, proof
from webapp.extensions import db
from webapp.live.queries import counts
from webapp.models import DomainState, Probe, utcnow
from webapp.probes import tasks

MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"
ACCOUNTS = 50
PARENT = "names.example"
EDGE, SILENT = "198.51.100.1", "198.51.100.2"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--names", type=int, default=2000)
    parser.add_argument("--silent", type=int, default=0, help="of a hundred names")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        measure(Path(directory), chosen.names, chosen.silent)


def measure(directory: Path, names: int, silent: int) -> None:
    made = authority(directory)
    ports = multiprocessing.get_context("fork").Queue()
    edge = multiprocessing.get_context("fork").Process(target=serve, args=(made, ports), daemon=True)
    edge.start()
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        # Nobody takes connections from its queue, so that further ones are not answered.
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        mapped = f"{EDGE}/32=127.0.0.1:{ports.get()},{SILENT}/32=127.0.0.1:{full.getsockname()[1]}"
        run(directory, names, silent, probe_address_map=mapped, probe_authority=str(made.path))
        for one in waiting:
            one.close()
    edge.terminate()


def run(directory: Path, names: int, silent: int, **more: Any) -> None:
    url = f"sqlite:///{directory}/names.sqlite"
    app = make_app(directory, database_url=url, edge_probes="yes", **more)
    dns = app.extensions["dns"] = MemoryDns(allow_networks=[ipaddress.ip_network("198.51.100.0/24")])
    zone = dns.zone(PARENT, f"ns1.{PARENT}", f"ns2.{PARENT}")
    with app.app_context():
        upgrade(directory=str(MIGRATIONS))
        accounts = [make_account(f"Account {number}") for number in range(ACCOUNTS)]
        for number in range(names):
            name = f"n{number}.{PARENT}"
            domain = make_domain(accounts[number % ACCOUNTS], name, DomainState.VERIFIED)
            make_llm_client(domain.account, name=f"n{number}", custom_domain=domain, deployed=True)
            db.session.add(Probe(custom_domain_id=domain.id, next_probe_at=utcnow() - timedelta(minutes=1)))
            zone.put(name, "A", SILENT if number % 100 < silent else EDGE)
        db.session.commit()
        began, used = time.monotonic(), cpu()
        while db.session.scalar(select(func.count(Probe.id)).where(Probe.seen_at.is_(None))):
            db.session.commit()
            tasks.probe_due()
        seconds, busy = time.monotonic() - began, cpu() - used
        found = {one.value: count for one, count in counts().items() if one is not None}
        sys.stdout.write(
            f"{names} names in {seconds:.1f} s: {names / seconds:.0f} in a second, and {busy / names * 1000:.1f} ms "
            f"of one processor for each. Seen: {found}\n"
        )


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def serve(made: Authority, ports: Any) -> None:
    """The edge: one certificate for all names, and the proof of each."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        nonce = head.split(" ")[1].removeprefix(PATH)
        name = head.partition("Host: ")[2].partition("\r\n")[0]
        number = int(name.partition(".")[0].removeprefix("n"))
        said = proof("only-for-tests-0123456789", number + 1, name, nonce)
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: 65\r\n\r\n{said}\n".encode())
        await writer.drain()
        writer.close()

    async def forever() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=made.context(f"*.{PARENT}"))
        ports.put(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(forever())


if __name__ == "__main__":
    main()
