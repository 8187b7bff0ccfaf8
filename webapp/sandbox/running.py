"""`flask sandbox run`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from webapp.sandbox.aws.faults import Controls
from webapp.sandbox.laptop.ports import free_row
from webapp.sandbox.options import CANNOT_RUN, USAGE, end, json_option, store_option
from webapp.sandbox.shared.environment import (
    ASKED,
    DNS_PORT,
    DNS_PORT_COUNT,
    EDGE_PORT,
    HTTP_PORT,
    LOOPBACK,
    environment,
)
from webapp.sandbox.shared.listening import CannotListenError
from webapp.sandbox.shared.store import StoreError
from webapp.sandbox.tls_edge.questions import Nameplate


@click.command()
@click.option(
    "--port", type=int, envvar="SANDBOX_PORT", default=HTTP_PORT, show_default=True, help="0: a free one."
)
@click.option(
    "--dns-port",
    type=int,
    envvar="SANDBOX_DNS_PORT",
    default=DNS_PORT,
    show_default=True,
    help=f"The first of {DNS_PORT_COUNT} ports in a row. 0: free ones.",
)
@click.option(
    "--edge-port",
    type=int,
    envvar="SANDBOX_EDGE_PORT",
    default=EDGE_PORT,
    show_default=True,
    help="Of the platform’s edge, over TLS. 0: a free one.",
)
@click.option(
    "--ask",
    metavar="HOST:PORT",
    envvar="EDGE_BIND",
    default=ASKED,
    show_default=True,
    help="Whom the edge asks about names: Nameplate’s edge service.",
)
@click.option("--token", envvar="EDGE_TOKEN", default="", help="What the edge service asks for, if it does.")
@click.option(
    "--in-sync-seconds", type=float, default=2.0, show_default=True, help="How long changes stay PENDING."
)
@store_option
@json_option
def run(
    *,
    port: int,
    dns_port: int,
    edge_port: int,
    ask: str,
    token: str,
    in_sync_seconds: float,
    store_path: Path,
    as_json: bool,
) -> None:
    """Serve until Ctrl-C. Prints a line (with --json: one object) once everything answers."""
    host, _, asked_port = ask.rpartition(":")
    if not host or not asked_port.isdecimal():
        end(f"--ask is “{ask}”, which is no host and port, as in {ASKED}.", USAGE)
    # Flask and the service model of AWS take a second to load; the other commands do without.
    from webapp.sandbox import server  # noqa: PLC0415

    port = port or free_row()
    dns_port = dns_port or free_row(DNS_PORT_COUNT, avoid=[port])
    edge_port = edge_port or free_row(avoid=[port, *range(dns_port, dns_port + DNS_PORT_COUNT)])

    def ready() -> None:
        url = f"http://{LOOPBACK}:{port}"
        if as_json:
            settings = environment(port, dns_port, edge_port, ask, store_path.parent)
            described = {"url": url, "dns_port": dns_port, "edge_port": edge_port, "environment": settings}
            click.echo(json.dumps(described))
        else:
            click.echo(f"The sandbox is ready: {url} (DNS at {LOOPBACK}:{dns_port}). Ctrl-C stops it.")

    try:
        places, nameplate = server.Places(port, dns_port, edge_port), Nameplate(host, int(asked_port), token)
        server.run(store_path, places, nameplate, Controls(in_sync_seconds=in_sync_seconds), ready)
    except (CannotListenError, StoreError) as err:
        end(str(err), CANNOT_RUN)
