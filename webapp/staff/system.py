"""How this installation is set up, for reading only; nothing secret is among it."""

from __future__ import annotations

from urllib.parse import urlsplit

from webapp.config import Settings


def system_facts(settings: Settings) -> list[tuple[str, str]]:
    """Names and values, in the order of interest."""
    resolvers = ", ".join(f"{host}:{port}" for host, port in settings.dns_resolvers)
    return [
        ("DNS resolvers", resolvers or "none"),
        ("Authoritative addresses", _address_map(settings)),
        ("AWS region", settings.aws_region),
        ("AWS endpoint", settings.aws_endpoint_url or "AWS itself"),
        ("AWS calls per second", f"{settings.aws_calls_per_second:g}"),
        ("Installation", settings.installation_id),
        ("Broker", "Redis" if settings.redis_url else "SQLite, in a file of its own"),
        ("Cache", "Redis" if settings.redis_url else "On disk"),
        ("Database", _without_password(settings.database_url)),
        ("Mail", urlsplit(settings.mail_url).scheme),
        ("Platform domain", settings.platform_domain),
        ("Reserved endings allowed", ", ".join(settings.reserved_suffixes_allowed) or "none"),
        ("Verify button", f"once in {settings.check_button_interval_seconds} s for each domain"),
        ("Pending domains", f"expire after {settings.pending_days} days"),
    ]


def _address_map(settings: Settings) -> str:
    mapped = (f"{network} at {host}:{port}" for network, (host, port) in settings.dns_address_map)
    return ", ".join(mapped) or "asked where they are, on port 53"


def _without_password(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme.startswith("sqlite"):
        return "SQLite"
    return f"{parts.scheme} at {parts.hostname or 'a local socket'}, {parts.path.lstrip('/')}"
