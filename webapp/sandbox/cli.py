"""`flask sandbox`: run it, and type records in at its DNS provider from a terminal."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import click

from webapp.sandbox.edge.targets import targets
from webapp.sandbox.internet import registrar
from webapp.sandbox.options import CANNOT_RUN, NOT_FOUND, REFUSED, USAGE, end, json_option, store_option
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
from webapp.sandbox.running import run
from webapp.sandbox.shared.store import Store, StoreError

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
@store_option
@json_option
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
@store_option
@json_option
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
        end(f"{place.name} has no such {place.type} record.", NOT_FOUND)
    _show(gone, as_json, "Removed ")


@click.command("list")
@click.argument("name", required=False)
@store_option
@json_option
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
@store_option
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
@store_option
@json_option
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
@store_option
@json_option
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
sandbox.add_command(run)
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
        end(str(err), REFUSED)
    except TypedError as err:
        end(str(err), USAGE)
    except StoreError as err:
        end(str(err), CANNOT_RUN)


def _show(shown: list[Record], as_json: bool, verb: str) -> None:
    if as_json:
        click.echo(json.dumps([one.as_json() for one in shown], indent=2))
        return
    for one in shown:
        click.echo(f"{verb}{one}")
