"""The doctor's part on who asks us: how many proxies are trusted, and who may read what tells more than yes or no."""

from __future__ import annotations

from webapp.config.settings import Settings
from webapp.config.values import IPNetwork
from webapp.health.doctor.diagnosis import Diagnosis, ok, wrong
from webapp.runtime.askers import is_behind_proxy

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


def _holds_strangers(network: IPNetwork) -> bool:
    return not network.is_private and network.prefixlen < _LARGEST_PUBLIC[network.version]
