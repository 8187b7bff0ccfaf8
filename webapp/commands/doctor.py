"""`flask doctor`: what is wrong with this installation, a line for each part, and what to do about it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

import click
from flask import Flask, current_app

from webapp.commands.output import Command, Exit, as_json_text, json_option
from webapp.config.settings import ConfigurationError, Settings
from webapp.domains import limits
from webapp.domains import queries as domain_queries
from webapp.extensions import acm, cache, db, dns, edge_zone, route53, settings
from webapp.health import probes as parts
from webapp.health.doctor import external, internal, visitors
from webapp.health.doctor.diagnosis import Diagnosis, Health, Probe, Use, examine, if_used, worst, wrong
from webapp.keys.diagnosis import platform_keys, platform_keys_health
from webapp.live.queries import counts as probe_counts
from webapp.models import Method, utcnow
from webapp.proofs.records.diagnosis import EdgeZone, edge_zone_health
from webapp.proofs.records.publication import values_of
from webapp.proofs.records.queries import published_target
from webapp.proofs.registry import offered
from webapp.runtime.logs import blotted, secrets_of

T = TypeVar("T")
_EXITS = {Health.OK: Exit.DONE, Health.WRONG: Exit.NOT_VERIFIED, Health.UNKNOWN: Exit.COULD_NOT_CHECK}


@click.command(cls=Command)
@json_option
def doctor(as_json: bool) -> None:
    """Check everything that Nameplate needs.

    Ends with 0 when all is well, 1 when something is wrong, and 4 when something could not be checked.
    """
    found = examine(probes())
    secrets = secrets_of(settings())
    tell({part: _discreet(diagnosis, secrets) for part, diagnosis in found.items()}, as_json=as_json)


def probes() -> dict[str, Probe]:
    chosen, engine, app = settings(), db.engine, current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    zones = Use(
        chosen.makes_zones,
        "METHODS has no delegation",
        "hosted zone",
        partial(_within, app, parts.zones_left),
    )
    certificates = Use(
        chosen.asks_acm,
        "CERTIFICATES leaves them to the edge",
        "certificate",
        partial(_within, app, parts.certificates_left),
    )
    found: dict[str, Probe] = {
        "settings": partial(internal.settings_health, chosen),
        "database": partial(internal.database_health, engine),
        "connections": partial(external.connections_health, engine),
        "migrations": partial(internal.migrations_health, engine),
        "cache": partial(internal.cache_health, chosen, cache.cache),
        "broker": partial(internal.broker_health, chosen, app.extensions["celery"]),
        "worker": partial(internal.worker_health, engine, chosen, utcnow()),
        "resolver": partial(external.resolvers_health, chosen),
        "name servers": partial(external.authoritative_health, dns(), chosen),
        "route53": partial(
            if_used,
            zones,
            partial(external.route53_health, chosen, partial(_within, app, route53)),
        ),
        "unverified": partial(
            if_used,
            zones,
            partial(internal.unverified_health, partial(_within, app, partial(_unverified_zones, chosen))),
        ),
        "acm": partial(
            if_used,
            certificates,
            partial(external.acm_health, partial(_within, app, acm)),
        ),
        "mail": partial(external.mail_health, chosen),
        "clock": partial(
            external.clock_health,
            chosen,
            engine,
            utcnow,
            by_aws=chosen.uses_aws,
        ),
        "disk": partial(internal.disk_health, engine, chosen),
        "proxies": partial(visitors.proxies_health, chosen),
        "edge": partial(visitors.edge_health, chosen),
        "live names": partial(visitors.live_health, chosen, partial(_within, app, probe_counts)),
        "platform keys": partial(
            platform_keys_health, partial(_within, app, partial(platform_keys, utcnow()))
        ),
        "files": partial(internal.files_health, engine, chosen),
    }
    if Method.RECORDS in offered(chosen):
        edge = EdgeZone(
            chosen.edge_domain,
            values_of(chosen),
            edge_zone(chosen.edge_domain),
            partial(_within, app, published_target),
        )
        found["edge zone"] = partial(edge_zone_health, edge, dns())
    return found


def _unverified_zones(chosen: Settings) -> internal.UnverifiedZones | None:
    """None as long as AWS has not told its quota."""
    limit = domain_queries.zone_quota().limit
    if limit is None:
        return None
    share = limits.share_of_unproved(limit, chosen)
    used = domain_queries.unproved_zones(share.most)
    return internal.UnverifiedZones(used, share.most, share.open_to_all)


def _within(app: Flask, build: Callable[[], T]) -> T:
    with app.app_context():
        return build()


def _discreet(diagnosis: Diagnosis, secrets: list[str]) -> Diagnosis:
    return Diagnosis(
        diagnosis.health, blotted(diagnosis.sentence, secrets), blotted(diagnosis.advice, secrets)
    )


def tell(found: Mapping[str, Diagnosis], *, as_json: bool) -> None:
    """Print it and end the command."""
    health = worst(list(found.values()))
    if as_json:
        parts = [
            {"part": part, "health": one.health.value, "sentence": one.sentence, "advice": one.advice}
            for part, one in found.items()
        ]
        click.echo(as_json_text({"healthy": health is Health.OK, "parts": parts}))
    else:
        width = max(map(len, found))
        for part, one in found.items():
            begin, margin = f"{one.health.value:<8} {part:<{width}}  ", " " * (width + 11)
            click.echo(begin + f"\n{margin}".join(one.sentence.splitlines()))
            for line in one.advice.splitlines():
                click.echo(f"{margin}→ {line}")
    raise click.exceptions.Exit(_EXITS[health])


def instead_of(err: ConfigurationError) -> Flask | None:
    """An application whose only command is `doctor`, if `flask doctor` was called; else None.

    It stands in where the settings allow no application. Without it the doctor could not say which setting is wrong.
    """
    if "doctor" not in sys.argv[1:]:
        return None
    app = Flask("webapp")

    @app.cli.command("doctor")
    @json_option
    def settings_only(as_json: bool) -> None:
        advice = "Correct it; README.md lists every setting."
        tell({"settings": wrong(str(err), advice)}, as_json=as_json)

    return app
