"""The doctor's look at what belongs to the installation: settings, database, cache, broker, worker, disk, files."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import redis
from cachelib import FileSystemCache
from celery import Celery
from kombu.exceptions import KombuError
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from webapp.config.keys import REPLACE_KEY, is_easy_to_guess
from webapp.config.mail import mail_config
from webapp.config.places import INSTANCE
from webapp.config.private_files import is_handed_to_our_group, open_to_others
from webapp.config.settings import Settings
from webapp.database.schema import schema
from webapp.health.doctor.diagnosis import Diagnosis, ok, unknown, wrong
from webapp.health.status import Component
from webapp.jobs.clock import is_of_the_future
from webapp.models import SystemStatus
from webapp.runtime.broker import declare
from webapp.settings_review.meaning import doubts
from webapp.telemetry.metrics_files import VARIABLE as METRICS_VARIABLE

LEAST_FREE_MEGABYTES = 500
_KEY = "doctor"


class Backend(Protocol):
    """What the doctor needs of a cache."""

    def set(self, key: str, value: Any, timeout: int | None = None) -> bool | None: ...
    def get(self, key: str) -> Any: ...


def settings_health(settings: Settings) -> Diagnosis:
    """Every setting can be read, or there would be no application; this is on how they go together."""
    found = [*_weak(settings), *(_sandbox_mix(settings) if settings.aws_endpoint_url else _real(settings))]
    found += doubts(settings)
    if not found:
        return ok("All settings can be read and go together.")
    return wrong("\n".join(sentence for sentence, _ in found), "\n".join(advice for _, advice in found))


def _weak(settings: Settings) -> Iterable[tuple[str, str]]:
    if is_easy_to_guess(settings.secret_key):
        yield "SECRET_KEY is easy to guess.", f"{REPLACE_KEY}."
    if any(is_easy_to_guess(key) for key in settings.secret_key_fallbacks):
        yield (
            "A key in SECRET_KEY_FALLBACKS is easy to guess: whoever guesses it signs links for any address.",
            "Once “flask db upgrade” and “flask users renew-keys” have run, take it out and restart all processes.",
        )
    if settings.worker_silent_seconds < 15:
        yield (
            f"WORKER_SILENT_SECONDS is {settings.worker_silent_seconds:g}, and a healthy worker may be that silent.",
            "Set it to 45.",
        )


def _real(settings: Settings) -> Iterable[tuple[str, str]]:
    """Without the sandbox."""
    if settings.dns_address_map or settings.dns_allow_networks:
        yield (
            "DNS_ADDRESS_MAP or DNS_ALLOW_NETWORKS is set, and there is no sandbox.",
            "Unset both: otherwise a name server of the customer's choice decides what is verified.",
        )
    if settings.probe_address_map:
        yield (
            "PROBE_ADDRESS_MAP is set, and there is no sandbox.",
            "Unset it: otherwise names are looked at somewhere else than where their visitors go.",
        )
    if settings.platform_domain == "platform.example":
        yield (
            "PLATFORM_DOMAIN is still the example.",
            "Set it to the domain that the default hosts are under.",
        )
    if not settings.staff_need_second_factor:
        yield (
            "Staff sign in with a password alone.",
            "Set STAFF_SECOND_FACTOR to “on”: whoever has the password of one of them sees every account.",
        )
    if not settings.public_url:
        yield (
            "PUBLIC_URL is not set, so links in mails lead to the machine of whoever reads them.",
            "Set it to Nameplate's own https:// address.",
        )
    if settings.mail_url == "console:":
        yield "MAIL_URL is “console:”, so nobody gets any mail.", "Set it to your mail server."


def _sandbox_mix(settings: Settings) -> Iterable[tuple[str, str]]:
    if not settings.dns_address_map:
        yield (
            "AWS_ENDPOINT_URL leads to a sandbox and DNS_ADDRESS_MAP does not, so zones are looked for elsewhere.",
            "Set both or neither; “flask sandbox run --json” prints all that belongs together.",
        )


def database_health(engine: Engine) -> Diagnosis:
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except DBAPIError as err:
        return wrong(
            f"The database cannot be used: {_first_line(err.orig)}", "Start it, or correct DATABASE_URL."
        )
    kind = "PostgreSQL" if engine.dialect.name == "postgresql" else "SQLite"
    return ok(f"{kind} answers.")


def migrations_health(engine: Engine) -> Diagnosis:
    try:
        with engine.connect() as connection:
            found = schema(connection)
    except DBAPIError:
        return unknown("The database cannot be asked which migrations it has.", "Fix the database first.")
    if found.found == found.needed:
        return ok(f"The database is at migration {found.needed}, as this version needs it.")
    return wrong(found.sentence, found.advice)


def cache_health(settings: Settings, backend: Backend) -> Diagnosis:
    """Written the way the processes write, and read again the way another process would."""
    where = "Redis" if settings.redis_url else f"The directory {settings.cache_directory}"
    try:
        backend.set(_KEY, "written", timeout=30)
        kept = _as_another_process(settings, backend)
    except (OSError, redis.RedisError) as err:
        return wrong(f"{where} cannot be used as a cache: {_first_line(err)}", _CACHE_ADVICE)
    if not kept:
        return wrong(f"{where} did not keep what was written into the cache.", _CACHE_ADVICE)
    return ok("What one process writes into the cache, another one reads.")


_CACHE_ADVICE = (
    "Start Redis, or correct REDIS_URL or CACHE_DIRECTORY. Until then every page asks the database."
)


def _as_another_process(settings: Settings, backend: Backend) -> bool:
    if not settings.redis_url:
        if not isinstance(backend, FileSystemCache):
            return bool(backend.get(_KEY) == "written")
        return bool(FileSystemCache(str(settings.cache_directory)).get(_KEY) == "written")
    with redis.Redis.from_url(settings.redis_url, socket_timeout=5, socket_connect_timeout=5) as connection:
        return bool(connection.exists(f"{settings.installation_id}:{_KEY}"))


def broker_health(settings: Settings, celery: Celery) -> Diagnosis:
    where = "Redis" if settings.redis_url else f"The file {settings.broker_path}"
    try:
        declare(celery, connect_timeout=5)
    except (KombuError, SQLAlchemyError, redis.RedisError, OSError) as err:
        return wrong(
            f"{where} cannot be used as the queue: {_first_line(getattr(err, 'orig', err))}",
            f"{_queue_advice(settings)} Until then a pressed button waits for the next sweep.",
        )
    return ok("The queue takes messages.")


def _queue_advice(settings: Settings) -> str:
    """A file that is broken or gone has been replaced by now; what is left is somebody else's doing."""
    if settings.redis_url:
        return "Start Redis, or correct REDIS_URL."
    directory = shlex.quote(str(settings.broker_path.parent))
    return f"Let us write into {directory}, make room on its disk, or correct BROKER_PATH."


def worker_health(engine: Engine, settings: Settings, now: datetime) -> Diagnosis:
    query = select(SystemStatus.last_ok_at).where(SystemStatus.component == Component.WORKER)
    try:
        with engine.connect() as connection:
            seen_at = connection.scalar(query)
    except DBAPIError:
        return unknown("Workers leave their signs of life in the database.", "Fix the database first.")
    if seen_at is None:
        return wrong("No worker has ever run, so nothing is checked.", _WORKER_ADVICE)
    if is_of_the_future(seen_at, now):
        return wrong(
            f"The last sign of life of a worker is {_clock(seen_at)}, which is still to come.",
            "Set the clocks of all machines, and restart the workers.",
        )
    silent = now - seen_at
    if silent > timedelta(seconds=settings.worker_silent_seconds):
        return wrong(f"The last sign of life of a worker was {_clock(seen_at)}.", _WORKER_ADVICE)
    return ok(f"A worker lives; it was last seen {max(0, silent.seconds)} s ago.")


_WORKER_ADVICE = "Start a worker, and beat exactly once; docs/operations.md has the command lines."


@dataclass(frozen=True)
class UnverifiedZones:
    """The zones that never verified domains hold (`used`) and may hold. From `open_to_all` on only accounts that have
    verified a domain may register more.
    """

    used: int
    most: int
    open_to_all: int


def unverified_health(read: Callable[[], UnverifiedZones | None]) -> Diagnosis:
    try:
        zones = read()
    except DBAPIError:
        return unknown(
            "The zones of unverified domains are counted in the database.", "Fix the database first."
        )
    if zones is None:
        return ok("AWS has not told its quota of zones yet, and until it does no share of it limits anybody.")
    taken = f"{zones.used} of the {zones.most} zones that unverified domains may hold are taken"
    if zones.used < zones.open_to_all:
        return ok(f"{taken}.")
    nobody = "nobody" if zones.used >= zones.most else "no account without a verified domain"
    return wrong(
        f"{taken}, so {nobody} can register another one.",
        "See which accounts have so many pending domains and remove what is not meant; or ask AWS for more hosted "
        "zones, or raise UNVERIFIED_ZONES_PERCENT.",
    )


def disk_health(engine: Engine, settings: Settings) -> Diagnosis:
    """Of the file systems with our files; a PostgreSQL server looks after its own."""
    places = {INSTANCE, settings.cache_directory, settings.broker_path.parent}
    if engine.dialect.name == "sqlite" and engine.url.database not in {None, "", ":memory:"}:
        places.add(Path(str(engine.url.database)).parent)
    free = {place: shutil.disk_usage(place).free // 2**20 for place in places if place.is_dir()}
    if not free:
        return unknown("None of the directories is there yet.", "Start Nameplate once, and look again.")
    place, least = min(free.items(), key=lambda item: item[1])
    if least < LEAST_FREE_MEGABYTES:
        return wrong(f"Only {least} MiB are free at {place}.", "Make room: a full disk stops everything.")
    return ok(f"{least} MiB are free.")


def files_health(engine: Engine, settings: Settings) -> Diagnosis:
    """Whether others on this machine can read what the installation keeps."""
    open_ones = open_to_others(_kept(engine, settings))
    if not open_ones:
        return ok("Nobody else on this machine can read what Nameplate keeps.")
    names = ", ".join(map(str, open_ones))
    return wrong(f"Others on this machine can read {names}.", f"Run {' and '.join(_closing(open_ones))}.")


def _closing(places: Sequence[Path]) -> Iterable[str]:
    """The commands that close them. What our group was given to read stays readable to it: the service would not
    start without its settings.
    """
    handed = {place for place in places if is_handed_to_our_group(place)}
    for mode, those in (("go=", [one for one in places if one not in handed]), ("o=", sorted(handed))):
        if those:
            yield f"“chmod -R {mode} {shlex.join(map(str, those))}”"


def _kept(engine: Engine, settings: Settings) -> Iterable[Path]:
    """Everything that a process writes, and the files with secrets."""
    yield from (Path(".env"), INSTANCE, settings.cache_directory, settings.broker_path)
    yield Path(os.environ.get(METRICS_VARIABLE, INSTANCE / "metrics"))
    if mails := mail_config(settings.mail_url, settings.mail_from).get("MAIL_FILE_PATH"):
        yield Path(str(mails))
    if engine.dialect.name == "sqlite" and engine.url.database not in {None, "", ":memory:"}:
        yield from (Path(f"{engine.url.database}{ending}") for ending in ("", "-wal", "-shm"))


def _first_line(err: object) -> str:
    return str(err).strip().partition("\n")[0].rstrip(".") + "."


def _clock(moment: datetime) -> str:
    return f"on {moment:%-d %B %Y at %H:%M} UTC"
