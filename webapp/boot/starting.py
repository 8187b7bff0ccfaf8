"""The start of a process. Whatever is wrong with the settings ends web, worker, beat and commands alike: with the
sentences that say it, with exit code 1, and before anything listens.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from webapp.config.settings import ConfigurationError, Settings


@contextmanager
def starting() -> Iterator[None]:
    """End the process with the sentences of a `ConfigurationError` that is raised inside of the block."""
    try:
        yield
    except ConfigurationError as err:
        raise SystemExit(f"Nameplate cannot start.\n{err}") from err


def require_usable(settings: Settings) -> None:
    """Make the directories that every process writes into, and look at what else must be there. gunicorn asks before
    it listens: it would start a worker that ends again and again. Raises `ConfigurationError`.
    """
    faults = [*_places(settings), *_without_address(settings)]
    if _is_directory(settings.broker_path):
        faults.append(f"BROKER_PATH: {settings.broker_path} is a directory; write the path of a file in it.")
    if faults:
        raise ConfigurationError("\n".join(faults))


def _places(settings: Settings) -> Iterator[str]:
    by_setting = {"BROKER_PATH": settings.broker_path.parent}
    if not settings.redis_url:
        by_setting["CACHE_DIRECTORY"] = settings.cache_directory
    told = set()
    for name, place in by_setting.items():
        reason = why_unusable(place)
        setting = name if name.lower() in settings.model_fields_set else "NAMEPLATE_INSTANCE"
        if reason and setting not in told:
            told.add(setting)
            yield f"{setting}: {place} cannot be used: {reason}."


def why_unusable(directory: Path) -> str | None:
    """What keeps this process from writing into a directory, which is made if it is missing; None if nothing does."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as err:
        return getattr(err, "strerror", None) or str(err)
    if not os.access(directory, os.R_OK | os.W_OK | os.X_OK):
        return f"the user with the number {os.geteuid()} may not write into it"
    return None


def _is_directory(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _without_address(settings: Settings) -> Iterator[str]:
    hosts = [host for host, _ in settings.dns_resolvers]
    hosts += [host for _, (host, _) in settings.dns_address_map]
    for host in dict.fromkeys(hosts):
        try:
            ipaddress.ip_address(host)
        except ValueError:
            try:
                socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
            except OSError as err:
                yield f"DNS_RESOLVERS or DNS_ADDRESS_MAP: “{host}” has no address: {err.strerror}."
