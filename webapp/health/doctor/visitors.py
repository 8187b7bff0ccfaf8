"""The doctor's part on who asks us: how many proxies are trusted, and who may read what tells more than yes or no."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping

from sqlalchemy.exc import DBAPIError

from webapp.config.settings import Settings
from webapp.config.values import IPNetwork
from webapp.health.doctor.diagnosis import Diagnosis, ok, unknown, wrong
from webapp.models import ProbeOutcome
from webapp.runtime.requests.askers import is_behind_proxy

#: A public network that is larger than this holds strangers, too.
_LARGEST_PUBLIC = {4: 16, 6: 32}


def proxies_health(settings: Settings) -> Diagnosis:
    """gunicorn speaks no TLS, so that an https:// address means a proxy."""
    trusted = settings.trusted_proxies
    if not trusted and settings.public_url.startswith("https://"):
        return wrong(
            "PUBLIC_URL is https://, so a proxy stands before Nameplate, and TRUSTED_PROXIES is 0: every visitor "
            "seems to have the proxy's address, and all share one limit of sign-ins.",
            "Set TRUSTED_PROXIES to how many proxies a request comes through, mostly 1; docs/operations.md has their "
            "configuration.",
        )
    if not trusted:
        return ok("No proxy is trusted; whoever connects is the visitor.")
    return ok(
        f"{trusted} {'proxy is' if trusted == 1 else 'proxies are'} trusted to say who the visitor is, if nobody "
        "else can reach the web's port."
    )


def edge_health(settings: Settings) -> Diagnosis:
    open_ones = [network for network in settings.edge_networks if _holds_strangers(network)]
    if open_ones:
        names = ", ".join(map(str, open_ones))
        return wrong(
            f"EDGE_NETWORKS lets {names} read every customer's name.",
            "List the networks of your own proxies and monitoring only.",
        )
    who = [] if is_behind_proxy(settings) else ["this machine"]
    who += [", ".join(map(str, settings.edge_networks))] if settings.edge_networks else []
    who += ["whoever sends EDGE_TOKEN"] if settings.edge_token else []
    closed = "/edge/route, /edge/traefik and /readyz answer"
    if not who:
        return ok(
            f"{closed} nobody: a proxy stands before Nameplate, so this machine's programs, too, need EDGE_TOKEN, or "
            "EDGE_NETWORKS with 127.0.0.1/32."
        )
    if who == ["this machine"]:
        return ok(
            f"{closed} this machine alone; a proxy elsewhere, or one that sends visitors' headers along, needs "
            "EDGE_TOKEN."
        )
    return ok(f"{closed} {' and '.join(filter(None, (', '.join(who[:-1]), who[-1])))}.")


def live_health(settings: Settings, counts: Callable[[], Mapping[ProbeOutcome | None, int]]) -> Diagnosis:
    """Whether live names are checked from outside, and how many of them do not work. `counts`: by outcome. A few
    that do not are their people's business.
    """
    if not settings.probes_names:
        return ok(
            "EDGE_PROBES is off: nobody checks live names from outside, and pages call them verified, not live."
        )
    if fault := _authority_fault(settings.probe_authority):
        return wrong(
            f"PROBE_AUTHORITY: {fault}", "Name a file of certificates in PEM that Nameplate may read."
        )
    try:
        found = counts()
    except DBAPIError:
        return unknown("What was seen of names is in the database.", "Fix the database first.")
    failing = {one: count for one, count in found.items() if one is not None and not one.works and count}
    if not failing:
        return ok(f"{sum(found.values())} names are checked from outside, and none was seen not to work.")
    told = ", ".join(f"{count} {one.value.removeprefix('probe.')}" for one, count in failing.items())
    said = f"{sum(failing.values())} of {sum(found.values())} names do not work from outside: {told}."
    if 2 * sum(failing.values()) < sum(found.values()):
        return ok(said)
    return wrong(
        said,
        "See one of them under /staff/domains. If all are points-elsewhere, the proxies do not hand "
        "/.well-known/nameplate/ on: docs/operations.md.",
    )


def _authority_fault(path: str) -> str:
    if not path:
        return ""
    try:
        ssl.create_default_context(cafile=path)
    except OSError as err:
        return f"{path} cannot be used: {err.strerror or err}."
    return ""


def _holds_strangers(network: IPNetwork) -> bool:
    return not network.is_private and network.prefixlen < _LARGEST_PUBLIC[network.version]
