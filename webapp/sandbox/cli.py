"""`flask sandbox`: run it, and type records in at its DNS provider from a terminal."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import click

from webapp.sandbox.aws.faults import Controls
from webapp.sandbox.edge.targets import targets
from webapp.sandbox.internet import registrar
from webapp.sandbox.laptop.ports import free_row
from webapp.sandbox.provider import records as provider_records
from webapp.sandbox.provider.record import DEFAULT_TTL, Record, RefusedError, TypedError
from webapp.sandbox.provider.switches import CHOICES, read_switches
from webapp.sandbox.provider.typed import (
    Typed,
    read,
    read_place,
    refuse_the_sandboxs_own,
    same_value,
    value_text,
    zone_of,
)
from webapp.sandbox.shared.environment import DNS_PORT, DNS_PORT_COUNT, HTTP_PORT, LOOPBACK, environment
from webapp.sandbox.shared.listening import CannotListenError
from webapp.sandbox.shared.store import DEFAULT_PATH, Store, StoreError

CANNOT_RUN, USAGE, NOT_FOUND, REFUSED = 1, 2, 3, 5


def _default_store() -> Path:
    """Beside everything else that `make run` keeps."""
    instance = os.environ.get("NAMEPLATE_INSTANCE")
    return Path(instance) / "sandbox.sqlite" if instance else DEFAULT_PATH


_store_option = click.option(
    "--store",
    "store_path",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="SANDBOX_STORE",
    default=_default_store,
    help="The file with everything the sandbox keeps.",
)
_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_as_typed_option = click.option(
    "--as-typed",
    is_flag=True,
    help="Read NAME and VALUE as the provider’s page does: unless the zone is set otherwise, what has no final dot"
    " gets the zone’s name appended.",
)
_zone_option = click.option(
    "--zone", help="With --as-typed: the zone whose page it is. Otherwise the domain that NAME is in."
)


@click.group()
def sandbox() -> None:
    """AWS, the DNS and a DNS provider on this machine, with no account and no Internet."""


@sandbox.command()
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
    "--in-sync-seconds", type=float, default=2.0, show_default=True, help="How long changes stay PENDING."
)
@_store_option
@_json_option
def run(port: int, dns_port: int, in_sync_seconds: float, store_path: Path, as_json: bool) -> None:
    """Serve until Ctrl-C. Prints a line (with --json: one object) once everything answers."""
    # Flask and the service model of AWS take a second to load; the other commands do without.
    from webapp.sandbox import server  # noqa: PLC0415

    port = port or free_row()
    dns_port = dns_port or free_row(DNS_PORT_COUNT, avoid=[port])

    def ready() -> None:
        url = f"http://{LOOPBACK}:{port}"
        if as_json:
            described = {"url": url, "dns_port": dns_port, "environment": environment(port, dns_port)}
            click.echo(json.dumps(described))
        else:
            click.echo(f"The sandbox is ready: {url} (DNS at {LOOPBACK}:{dns_port}). Ctrl-C stops it.")

    try:
        server.run(store_path, port, dns_port, Controls(in_sync_seconds=in_sync_seconds), ready)
    except (CannotListenError, StoreError) as err:
        _end(str(err), CANNOT_RUN)


@sandbox.group()
def records() -> None:
    """What the customer types in at their DNS provider."""


@records.command()
@click.argument("name")
@click.argument("type", metavar="TYPE")
@click.argument("value")
@click.option("--ttl", default=str(DEFAULT_TTL), show_default=True)
@click.option(
    "--proxied", is_flag=True, help="Behind the provider’s proxy, which answers with its own addresses."
)
@_as_typed_option
@_zone_option
@_store_option
@_json_option
def add(
    *,
    name: str,
    type: str,  # noqa: A002
    value: str,
    ttl: str,
    proxied: bool,
    as_typed: bool,
    zone: str | None,
    store_path: Path,
    as_json: bool,
) -> None:
    """Add a record. NAME and host names in VALUE are absolute, with or without a final dot."""
    with _opened(store_path) as store:
        page_zone = _page_zone(name, zone, as_typed)
        typed = Typed(name, type, ttl, value, proxied)
        new = read(typed, page_zone, appends=_appends(store, page_zone))
        provider_records.add(store, new)
    _show(new, as_json, "Added ")


@records.command()
@click.argument("name")
@click.argument("type", metavar="TYPE")
@click.argument("value", required=False)
@_as_typed_option
@_zone_option
@_store_option
@_json_option
def remove(
    *,
    name: str,
    type: str,  # noqa: A002
    value: str | None,
    as_typed: bool,
    zone: str | None,
    store_path: Path,
    as_json: bool,
) -> None:
    """Remove a record, or without VALUE all records of NAME and TYPE."""
    with _opened(store_path) as store:
        page_zone = _page_zone(name, zone, as_typed)
        appends = _appends(store, page_zone)
        place = read_place(Typed(name, type), page_zone, appends=appends)
        stored = provider_records.records(store, place.zone)
        gone = [one for one in stored if (one.name, one.type) == (place.name, place.type)]
        if value is not None:
            wanted = value_text(place.type, value, page_zone, appends=appends)
            gone = [one for one in gone if same_value(one.type, one.value, wanted)]
        provider_records.remove(store, gone)
    if not gone:
        _end(f"{place.name} has no such {place.type} record.", NOT_FOUND)
    _show(gone, as_json, "Removed ")


@click.command("list")
@click.argument("name", required=False)
@_store_option
@_json_option
def list_records(name: str | None, store_path: Path, as_json: bool) -> None:
    """List what was typed in so far, in all zones or in the one that NAME is in."""
    with _opened(store_path) as store:
        found = provider_records.records(store, zone_of(name) if name else None)
    if as_json or found:
        _show(found, as_json, "")
    else:
        click.echo("No records yet.")


@click.command("registrar")
@click.argument("domain")
@click.argument("servers", nargs=-1)
@_store_option
def registrar_servers(domain: str, servers: tuple[str, ...], store_path: Path) -> None:
    """Let DOMAIN have these name servers at its registrar, or without SERVERS the provider’s again.

    With the four of a customer’s name it is the mistake that takes the site and mail of the whole domain down.
    """
    with _opened(store_path) as store:
        zone, names = zone_of(domain), [server.lower().removesuffix(".") for server in servers]
        registrar.choose(store, zone, names)
    click.echo(f"The registry now hands out for {zone}: {', '.join(names) or 'the provider’s own again'}.")


@click.command("zone")
@click.argument("domain")
@click.option("--provider", type=click.Choice(CHOICES["provider"]), help="sites takes no NS records.")
@click.option("--flatten", type=click.Choice(CHOICES["flatten"]), help="Which CNAME records.")
@click.option(
    "--names", type=click.Choice(CHOICES["names"]), help="What happens to names without a final dot."
)
@_store_option
@_json_option
def zone_settings(domain: str, store_path: Path, as_json: bool, **chosen: str | None) -> None:
    """Show at which provider DOMAIN is and what is done with its records, or change that."""
    with _opened(store_path) as store:
        zone = zone_of(domain)
        refuse_the_sandboxs_own(zone, "provider")
        given = {field: value for field, value in chosen.items() if value is not None}
        wanted = read_switches(given, provider_records.switches(store, zone))
        if given:
            provider_records.switch(store, zone, wanted)
    shown = {"zone": zone, **wanted.as_text()}
    click.echo(json.dumps(shown) if as_json else " ".join(f"{name}={value}" for name, value in shown.items()))


@click.command("targets")
@_store_option
@_json_option
def list_targets(store_path: Path, as_json: bool) -> None:
    """List the targets at the platform’s edge, to which CNAME records of customers lead."""
    with _opened(store_path) as store:
        found = targets(store)
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(one) for one in found], indent=2))
        return
    for one in found:
        click.echo(f"{one.name}. {one.ttl} {one.type} {one.value}")
    if not found:
        click.echo("No targets yet.")


records.add_command(list_records)
sandbox.add_command(list_records)
sandbox.add_command(list_targets)
sandbox.add_command(registrar_servers)
sandbox.add_command(zone_settings)


def _page_zone(name: str, zone: str | None, as_typed: bool) -> str | None:
    """The zone that names are relative to; None when they are absolute."""
    return zone_of(zone or name) if as_typed else None


def _appends(store: Store, page_zone: str | None) -> bool:
    return page_zone is not None and provider_records.switches(store, page_zone).appends


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Store]:
    try:
        with contextlib.closing(Store(path)) as store:
            yield store
    except RefusedError as err:
        _end(str(err), REFUSED)
    except TypedError as err:
        _end(str(err), USAGE)
    except StoreError as err:
        _end(str(err), CANNOT_RUN)


def _show(shown: list[Record], as_json: bool, verb: str) -> None:
    if as_json:
        click.echo(json.dumps([one.as_json() for one in shown], indent=2))
        return
    for one in shown:
        click.echo(f"{verb}{one}")


def _end(sentence: str, code: int) -> NoReturn:
    click.echo(sentence, err=True)
    raise SystemExit(code)
